// The appointment of the writer, and the heartbeats that the broker hears.
#include "broker/membership.h"

#include <fmt/ranges.h>
#include <gmock/gmock.h>

#include "tests/broker/membership_fixture.h"

namespace broker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(MembershipTest, TheFirstLiveOrderReplicaBecomesTheWriter) {
  broker.tick();
  broker.commit();
  beating({{.instance = "catalog-1", .role = msg::Role::kCatalog},
           {.instance = "frontend-1", .role = msg::Role::kFrontend}},
          100);
  EXPECT_EQ(writer(), "");
  beating({{.instance = "order-3", .state = msg::State::kCatchingUp}}, 100);
  EXPECT_EQ(writer(), "");
  beating({{.instance = "order-2"}}, 50);
  EXPECT_EQ(writer(), "order-2");
  EXPECT_EQ(broker.control().writer_incarnation, Incarnation(1));
}

TEST_F(MembershipTest, OfTwoProcessesWithOneNameTheSecondIsIgnoredAndTold) {
  broker.with_writer();
  const Beat other{.instance = "order-1", .incarnation = 2};
  beating({one, other}, 1000);
  EXPECT_EQ(writer(), "order-1");
  EXPECT_EQ(broker.control().writer_incarnation, Incarnation(1));
  const auto epoch = broker.epoch();
  beating({one, other}, 2000);
  EXPECT_EQ(broker.epoch(), epoch) << "the two are not appointed in turns";
  ASSERT_TRUE(broker.heartbeat().trouble);
  EXPECT_THAT(*broker.heartbeat().trouble, ElementsAre(HasSubstr("two processes run under the name order-1")));
  EXPECT_GT(broker.counter("heartbeats_of_namesakes"), 0U);
  beating({one}, 6000);
  EXPECT_FALSE(broker.heartbeat().trouble) << "the second has gone";
}

TEST_F(MembershipTest, ANameThatATerminalWouldObeyIsNotTaken) {
  broker.tick();
  broker.commit();
  for (const auto* name : {"order\x1b[2J", "a\u202eb", "a\nb", "\xff"}) {
    const auto before = broker.counter("malformed_heartbeats");
    broker.beat({.instance = name});
    EXPECT_EQ(broker.counter("malformed_heartbeats"), before + 1);
    EXPECT_FALSE(Membership::is_name(name));
  }
  EXPECT_TRUE(Membership::is_name(std::string(Membership::kInstanceBytesMax, 'x')));
  EXPECT_FALSE(Membership::is_name(std::string(Membership::kInstanceBytesMax + 1, 'x')));
  EXPECT_FALSE(Membership::is_name(""));
}

TEST_F(MembershipTest, NotMoreNamesakesAreToldThanAHeartbeatHolds) {
  broker.with_writer();
  std::vector<Beat> all;
  for (std::size_t i = 0; i < Membership::kNamesakesTold + 1; ++i) {
    const auto name = "catalog-" + std::to_string(i);
    all.push_back({.instance = name, .role = msg::Role::kCatalog});
    all.push_back({.instance = name, .incarnation = 2, .role = msg::Role::kCatalog});
  }
  beating(all, 2000);
  ASSERT_TRUE(broker.heartbeat().trouble);
  EXPECT_EQ(broker.heartbeat().trouble->size(), Membership::kNamesakesTold);
}

TEST_F(MembershipTest, AWriterThatBeatsStays) {
  broker.with_writer();
  beating({one, two}, 2000);
  EXPECT_EQ(broker.epoch(), Epoch(2));
}

TEST_F(MembershipTest, ASilentWriterIsReplacedByTheOneThatHasAppliedMost) {
  broker.with_writer();
  broker.write(1);
  beating({{.instance = "order-2", .applied = 2},
           {.instance = "order-3", .applied = 3},
           {.instance = "order-4", .applied = 3}},
          250);
  EXPECT_EQ(writer(), "order-1");
  beating({{.instance = "order-2", .applied = 2},
           {.instance = "order-3", .applied = 3},
           {.instance = "order-4", .applied = 3}},
          150);
  EXPECT_EQ(writer(), "order-3");
  EXPECT_EQ(broker.epoch(), Epoch(4));
}

TEST_F(MembershipTest, OnlyOneAppointmentIsUnderWay) {
  broker.with_writer();
  broker.beat({.instance = "order-1", .incarnation = 2, .state = msg::State::kStarting});
  broker.beat(two);
  broker.pass(10);
  broker.beat({.instance = "order-2", .incarnation = 2});  // it restarts before its appointment is durable
  EXPECT_EQ(broker.counter("appointments"), 2U);
  broker.commit_all();
  EXPECT_EQ(writer(), "order-2");
  broker.pass(10);
  broker.commit_all();
  EXPECT_EQ(broker.control().writer_incarnation, Incarnation(2));
  EXPECT_EQ(broker.core->commit_seq(), Seq(4));
}

TEST_F(MembershipTest, AWriterThatHasRestartedIsReplacedAtOnce) {
  broker.with_writer();
  broker.beat(two);
  broker.beat({.instance = "order-1", .incarnation = 2, .state = msg::State::kCatchingUp});
  broker.pass(10);
  broker.commit_all();
  EXPECT_EQ(writer(), "order-2");
}

TEST_F(MembershipTest, AloneItIsAppointedAgainOnceItIsLevel) {
  broker.with_writer();
  beating({{.instance = "order-1", .incarnation = 2, .state = msg::State::kCatchingUp}}, 100);
  EXPECT_EQ(broker.control().writer_incarnation, Incarnation(1));
  beating({{.instance = "order-1", .incarnation = 2}}, 50);
  EXPECT_EQ(broker.control().writer_incarnation, Incarnation(2));
  EXPECT_EQ(broker.epoch(), Epoch(3));
}

TEST_F(MembershipTest, AWriterThatResignsIsFollowedByAnother) {
  broker.with_writer();
  broker.beat(two);
  broker.ask(msg::Resign{"order-1", broker.epoch()});
  broker.commit_all();
  EXPECT_EQ(writer(), "order-2");
  EXPECT_TRUE(broker.replies.empty()) << "not answered";
}

TEST_F(MembershipTest, AResignationOfAnotherReplicaChangesNothing) {
  broker.with_writer();
  broker.beat(two);
  broker.ask(msg::Resign{"order-1", Epoch(1)});
  broker.ask(msg::Resign{"order-2", broker.epoch()});
  EXPECT_FALSE(broker.journal.in_flight());
  EXPECT_EQ(broker.counter("resigns_ignored"), 2U);
}

TEST_F(MembershipTest, WithNobodyElseAResignationIsIgnored) {
  broker.with_writer();
  broker.ask(msg::Resign{"order-1", broker.epoch()});
  EXPECT_FALSE(broker.journal.in_flight());
  EXPECT_EQ(writer(), "order-1");
}

TEST_F(MembershipTest, ARestartedBrokerGivesTheWriterTimeToBeHeard) {
  broker.with_writer();
  broker.reopen();
  beating({two}, 250);
  EXPECT_EQ(writer(), "order-1");
  beating({one, two}, 500);
  EXPECT_EQ(broker.epoch(), Epoch(2)) << "its epoch is still valid";
}

TEST_F(MembershipTest, ARestartedBrokerReplacesAWriterThatIsGone) {
  broker.with_writer();
  broker.reopen();
  beating({two}, 400);
  EXPECT_EQ(writer(), "order-2");
}

TEST_F(MembershipTest, ABrokerThatWasPausedDoesNotBlameTheWriter) {
  broker.with_writer();
  beating({one, two}, 200);
  broker.freeze(10'000);
  broker.beat(two);  // this heartbeat happens to be read first
  broker.pass(50);
  EXPECT_FALSE(broker.journal.in_flight());
  beating({one, two}, 500);
  EXPECT_EQ(broker.epoch(), Epoch(2));
}

TEST_F(MembershipTest, AReplicaOfAnotherStoreIsIgnored) {
  broker.tick();
  broker.commit();
  broker.published.clear();
  broker.beat({.store = "store-b"});
  EXPECT_THAT(broker.topic("H"), IsEmpty());
  broker.pass(50);
  EXPECT_FALSE(broker.journal.in_flight());
  EXPECT_EQ(broker.counter("foreign_heartbeats"), 1U);
}

TEST_F(MembershipTest, AReplicaAheadOfTheStreamIsIgnored) {
  broker.tick();
  broker.commit();
  broker.beat({.applied = 7});
  broker.pass(50);
  EXPECT_FALSE(broker.journal.in_flight());
  EXPECT_EQ(broker.counter("heartbeats_beyond_stream"), 1U);
}

class OldJournal : public MembershipTest {
 protected:
  OldJournal() {
    broker.with_writer();
    broker.write(1);
    broker.beat({.instance = "order-2", .applied = 9});
  }
  std::string append() {
    broker.replies.clear();
    broker.ask(append_of(broker.epoch(), 2));
    return broker.replies.empty() ? "taken" : broker.reply().err();
  }
  std::string lease(std::uint64_t incarnation = 1) {
    broker.lease("frontend-1", 3, incarnation);
    return broker.replies.empty() ? "taken" : broker.reply().err();
  }
  std::string trouble() { return fmt::format("{}", fmt::join(broker.heartbeat().trouble.value_or(Lines{}), " ")); }
  using Lines = std::vector<std::string>;
};

TEST_F(OldJournal, IsNotWrittenToAndNobodyGetsALease) {
  EXPECT_EQ(append(), "busy");
  EXPECT_EQ(lease(), "unavailable");
  broker.pass(2000);
  EXPECT_EQ(append(), "busy");
  EXPECT_EQ(lease(), "unavailable");
  EXPECT_FALSE(broker.journal.in_flight()) << "nor is another writer appointed";
}

TEST_F(OldJournal, IsNotWrittenToWhenTheWriterResigns) {
  broker.beat({.instance = "order-3", .applied = 3});
  broker.ask(msg::Resign{"order-1", broker.epoch()});
  EXPECT_FALSE(broker.journal.in_flight());
  EXPECT_EQ(broker.counter("resigns_ignored"), 1U);
  EXPECT_EQ(broker.counter("resigns"), 0U);
}

TEST_F(OldJournal, IsNotTrimmed) {
  broker.ask(msg::Trim{{}, Seq(2), false});
  const auto reply = broker.reply();
  EXPECT_EQ(reply.err(), "busy");
  EXPECT_THAT(reply.as<msg::Refusal>().message, testing::HasSubstr("the journal is an older copy"));
}

TEST_F(OldJournal, IsToldOnceItIsNotAMomentOfATakeover) {
  EXPECT_EQ(trouble(), "");
  broker.pass(1000);
  EXPECT_THAT(trouble(), testing::StartsWith("order-2 has applied seq 9, and this broker's journal ends at seq 3: "));
}

TEST_F(OldJournal, IsWrittenToAgainOnceTheViewWasMadeAnew) {
  broker.beat({.instance = "order-2", .incarnation = 2, .applied = 3});
  EXPECT_EQ(append(), "taken");
  EXPECT_EQ(lease(), "taken");
}

TEST_F(OldJournal, IsWrittenToAgainOnceNobodyWasHeardForAMinute) {
  broker.pass(59'000);
  EXPECT_EQ(append(), "busy");
  broker.pass(1'000);
  broker.commit_all();
  EXPECT_EQ(lease(), "taken");
}

TEST_F(OldJournal, IsNotWhatMembersOfAnotherStoreSay) {
  broker.beat({.instance = "order-2", .incarnation = 2, .applied = 3});
  broker.beat({.instance = "order-3", .applied = 9, .store = "store-b"});
  broker.beat({.instance = "order-4", .applied = 9, .store = ""});
  EXPECT_EQ(append(), "taken");
}

TEST_F(OldJournal, NobodyNewIsPutOnRecordBeforeItsMembersCanHaveBeenHeard) {
  broker.reopen();
  EXPECT_EQ(lease(2), "unavailable");
  broker.pass(300);
  EXPECT_EQ(lease(2), "taken");
}

TEST_F(MembershipTest, HeartbeatsAreRelayedAsTheyCame) {
  broker.with_writer();
  const auto payload = msg::encoded(one.heartbeat());
  broker.published.clear();
  broker.publish("H", payload);
  EXPECT_THAT(broker.topic("H"), ElementsAre(payload));
}

TEST_F(MembershipTest, TheBrokersOwnHeartbeatTellsHowTheStreamStands) {
  broker.with_writer();
  broker.write(1);
  const auto beat = broker.heartbeat();
  EXPECT_EQ(beat.store, "store-a");
  EXPECT_EQ(beat.state, msg::State::kLive);
  EXPECT_EQ(beat.leader->term, base::Term(1));
  EXPECT_EQ(beat.leader->commit, Seq(3));
  EXPECT_EQ(beat.leader->writer, "order-1");
  EXPECT_EQ(beat.leader->epoch, Epoch(2));
  EXPECT_EQ(beat.leader->producer, ProducerNo(1));
}

TEST_F(MembershipTest, ABrokerThatStandsByIsAnnounced) {
  broker.with_writer();
  const Beat standby{.instance = "broker-2", .role = msg::Role::kBroker};
  broker.ask(msg::Announce{{msg::encoded(standby.heartbeat())}});
  EXPECT_THAT(broker.topic("A"), ElementsAre(msg::encoded(standby.heartbeat())));
}

TEST_F(MembershipTest, BadHeartbeatsAreCountedAndNotRelayed) {
  broker.published.clear();
  const auto good = msg::encoded(one.heartbeat());
  auto leader = one.heartbeat();
  leader.leader = msg::Leadership{};
  auto usurper = one.heartbeat();
  usurper.role = msg::Role::kBroker;
  auto nameless = one.heartbeat();
  nameless.instance.clear();
  auto long_name = one.heartbeat();
  long_name.instance = std::string(65, 'x');
  auto huge = one.heartbeat();
  for (int i = 0; i < 4000; ++i) huge.counters.push_back({"a counter with quite a long name", 1});
  const std::vector<std::string> bad{"",
                                     "garbage",
                                     std::string(100, '\xc1'),
                                     std::string(10'000, '\x91'),
                                     "\xdf\xff\xff\xff\xff",
                                     good.substr(0, good.size() / 2),
                                     good + good,
                                     msg::encoded(leader),
                                     msg::encoded(usurper),
                                     msg::encoded(nameless),
                                     msg::encoded(long_name),
                                     msg::encoded(huge)};
  for (const auto& payload : bad) broker.publish("H", payload);
  EXPECT_THAT(broker.topic("H"), IsEmpty());
  EXPECT_EQ(broker.counter("malformed_heartbeats"), bad.size());
}

TEST_F(MembershipTest, AnUnknownTopicIsCounted) {
  broker.publish("B", "what is this");
  broker.publish("", "");
  EXPECT_EQ(broker.counter("unknown_topics"), 2U);
}

TEST_F(MembershipTest, ThereIsRoomForSoManyMembersAndNoMore) {
  broker.with_writer();
  for (std::size_t i = 0; i < 2 * Membership::kMembersMax; ++i) {
    broker.beat({.instance = "x-" + std::to_string(i), .role = msg::Role::kFrontend});
  }
  EXPECT_EQ(broker.counter("heartbeats_without_room"), Membership::kMembersMax + 1);
  broker.pass(11'000);
  broker.published.clear();
  broker.beat(two);
  EXPECT_THAT(broker.topic("H"), testing::SizeIs(1)) << "a process that was silent for long makes room";
}

}  // namespace
}  // namespace broker
