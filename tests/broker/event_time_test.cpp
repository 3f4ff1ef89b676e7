// The time of events: it never falls, and no append moves it far ahead.
#include <gmock/gmock.h>

#include <algorithm>

#include "broker/sequencer.h"
#include "tests/broker/driver.h"

namespace broker {
namespace {

constexpr std::int64_t kYear = std::int64_t{365} * 24 * 3'600'000;

std::vector<std::int64_t> times(const Driver& broker) {
  std::vector<std::int64_t> all;
  for (std::uint64_t no = 1; no <= broker.journal.size(); ++no) {
    const auto block = broker.journal.block(no);
    const auto events = msg::decode_events(block.events.bytes, block.count).value();
    for (const auto& event : events) all.push_back(event.at);
    EXPECT_EQ(block.at, all.back());
  }
  return all;
}

TEST(EventTime, EventTimesNeverFallAlthoughTwoClocksStampThem) {
  Driver broker;
  broker.with_writer();
  const auto ahead = broker.now.wall + 60'000;  // by the writer's clock
  const auto write_at = [&](std::uint64_t producer, std::int64_t at) {
    auto append = append_of(broker.epoch(), producer, 1, 10, at);
    broker.ask(append);
    broker.commit_all();
  };
  write_at(1, ahead);
  broker.lease("frontend-1", 3);  // joins by the broker's clock, which is a minute behind
  broker.commit_all();
  write_at(2, ahead + 1);
  broker.reopen();  // the leader's knowledge comes from the journal
  broker.now.wall += 300'000;
  broker.pass(300);  // it has listened for its members
  broker.lease("frontend-2", 5);
  broker.commit_all();
  write_at(3, ahead + 1);
  broker.beat({.applied = 7});
  broker.pass(2000);
  broker.beat({.instance = "order-2", .applied = 7});
  broker.pass(2000);
  broker.commit_all();
  EXPECT_EQ(broker.control().writer, "order-2");
  write_at(1, broker.now.wall);
  EXPECT_TRUE(std::ranges::is_sorted(times(broker))) << testing::PrintToString(times(broker));
}

TEST(EventTime, AnAppointmentUnderAClockThatHasLeaptGetsTheTimeThatReplicasTell) {
  Driver broker;
  broker.with_writer();
  const auto right = broker.now.wall;
  broker.reopen();
  broker.now.wall += kYear;
  broker.pass(400);
  broker.beat({.instance = "order-2", .applied = 2, .at = right + 400});
  broker.pass(100);
  broker.commit_all();
  EXPECT_EQ(broker.control().writer, "order-2");
  EXPECT_EQ(times(broker).back(), right + 410);
  const auto beat = broker.heartbeat();
  EXPECT_LT(beat.at.value_or(right + kYear), right + 600'000);
  EXPECT_EQ(beat.trouble.value_or(std::vector<std::string>()).size(), 1U);
  broker.now.wall -= kYear;
  EXPECT_FALSE(broker.heartbeat().trouble);
}

TEST(EventTime, AHolderThatJoinsDuringAWritersReignTakesTheWritersTime) {
  Driver broker;
  broker.with_writer();
  const auto behind = times(broker).back();  // the writer's clock stands still
  broker.now.wall += 60'000;
  broker.lease("frontend-1", 2);
  broker.commit_all();
  broker.ask(append_of(broker.epoch(), 1, 1, 10, behind));  // decided before the writer knew of the edge
  broker.commit_all();
  EXPECT_TRUE(std::ranges::is_sorted(times(broker))) << testing::PrintToString(times(broker));
}

TEST(EventTime, NoAppendMovesTheStreamsTimeMoreThanAnHourAhead) {
  Driver broker;
  broker.with_writer();
  broker.beat({.instance = "order-2", .applied = 2, .at = broker.now.wall});
  const auto latest = broker.now.wall + Sequencer::kAheadMax;
  for (const std::int64_t at : {latest + 1, std::int64_t{1} << 62, std::int64_t{-1}}) {
    broker.ask(append_of(broker.epoch(), 1, 1, 10, at));
    EXPECT_EQ(broker.reply().err(), "invalid") << at;
  }
  auto other_time = append_of(broker.epoch(), 1);
  other_time.at = 1;
  broker.ask(other_time);
  EXPECT_EQ(broker.reply().err(), "invalid") << "the time is not that of the last event";
  broker.ask(append_of(broker.epoch(), 1, 1, 10, latest));
  broker.commit_all();
  EXPECT_EQ(times(broker).back(), latest);
  broker.now.wall -= 3 * Sequencer::kAheadMax;
  broker.ask(append_of(broker.epoch(), 2, 1, 10, latest));
  EXPECT_TRUE(broker.replies.empty()) << "the stream is there already";
  broker.ask(append_of(broker.epoch(), 3, 1, 10, latest + 1));
  EXPECT_EQ(broker.reply().err(), "invalid");
}

TEST(EventTime, ABrokerWhoseClockIsBehindTakesTheTimeOfTheOthers) {
  Driver broker;
  broker.with_writer();
  const auto right = broker.now.wall + 10 * Sequencer::kAheadMax;
  for (const auto* replica : {"order-1", "order-2", "catalog-1"}) {
    broker.beat({.instance = replica, .applied = 2, .at = right});
  }
  broker.ask(append_of(broker.epoch(), 1, 1, 10, right));
  EXPECT_TRUE(broker.replies.empty());
}

TEST(EventTime, ABrokerWhoseClockIsAheadOfTheOthersTakesItsOwnTime) {
  Driver broker;
  broker.with_writer();
  for (const auto* replica : {"order-1", "order-2", "catalog-1"}) {
    broker.beat({.instance = replica, .applied = 2, .at = broker.now.wall - 60'000});
  }
  broker.ask(append_of(broker.epoch(), 1, 1, 10, broker.now.wall + Sequencer::kAheadMax));
  EXPECT_TRUE(broker.replies.empty());
}

// A thief of the writer's key must not use the moment after the start of a broker whose clock is wrong.
TEST(EventTime, ABrokerThatNobodyHasToldTheTimeKeepsToTheStreams) {
  Driver broker;
  broker.with_writer();
  const auto right = broker.now.wall;
  broker.reopen();
  broker.now.wall += kYear;
  const auto hour = right + Sequencer::kAheadMax;
  broker.ask(append_of(broker.epoch(), 1, 1, 10, hour + 1));
  EXPECT_EQ(broker.reply().err(), "busy");
  broker.ask(append_of(broker.epoch(), 1, 1, 10, hour));
  EXPECT_TRUE(broker.replies.empty()) << "most stores write within an hour of their last event";
  broker.ask(append_of(broker.epoch(), 2, 1, 10, hour + Sequencer::kAheadMax + 1));
  EXPECT_EQ(broker.reply().err(), "busy");
  broker.beat({.instance = "order-2", .applied = 2, .at = hour + Sequencer::kAheadMax});
  broker.ask(append_of(broker.epoch(), 2, 1, 10, hour + Sequencer::kAheadMax + 1));
  EXPECT_TRUE(broker.replies.empty());
}

// The stream of a store whose clock was ahead stays ahead. No process that tells the right time can be compared then.
TEST(EventTime, ABrokerThatNobodyCanTellTheTimeTakesTheTimeThatTheStreamHas) {
  Driver broker;
  broker.with_writer();
  const auto latest = broker.now.wall + Sequencer::kAheadMax;
  broker.reopen();
  broker.now.wall -= 3 * Sequencer::kAheadMax;
  broker.beat({.instance = "order-2", .applied = 2, .at = broker.now.wall});
  broker.ask(append_of(broker.epoch(), 1, 1, 10, latest));
  EXPECT_TRUE(broker.replies.empty());
  broker.ask(append_of(broker.epoch(), 2, 1, 10, latest + 1));
  EXPECT_EQ(broker.reply().err(), "busy") << "a thief does not get an hour more with each append";
}

// The writer's time does not go back, and the event that it sent last may not have come.
TEST(EventTime, TheClocksMayBeSetBackWhileAnAppendIsUnderWay) {
  Driver broker;
  broker.with_writer();
  broker.beat({.instance = "order-2", .applied = 2, .at = broker.now.wall});
  broker.ask(append_of(broker.epoch(), 1, 1, 10, broker.now.wall));
  const auto sent = broker.now.wall + 5;
  broker.now.wall -= 3 * Sequencer::kAheadMax;
  broker.beat({.instance = "order-2", .applied = 2, .at = broker.now.wall});
  broker.ask(append_of(broker.epoch(), 2, 1, 10, sent));
  EXPECT_TRUE(broker.replies.empty());
}

}  // namespace
}  // namespace broker
