// A broker's answers: to replays, and to faulty requests.
#include "broker/core.h"

#include <gmock/gmock.h>

#include "base/random.h"
#include "tests/broker/driver.h"

namespace broker {
namespace {

class ReplayTest : public testing::Test {
 protected:
  // Seq 1 creates the store, seq 2 appoints the writer; blocks of one event each follow.
  ReplayTest() {
    broker.with_writer();
    for (std::uint64_t producer = 1; producer <= 8; ++producer) broker.write(producer);
  }
  std::vector<std::uint64_t> firsts(std::uint64_t from, std::optional<Seq> to = {}, std::uint32_t bytes = 100'000) {
    broker.ask(msg::Replay{Seq(from), to, bytes});
    const auto reply = broker.reply();
    EXPECT_EQ(reply.err(), "");
    EXPECT_EQ(reply.header.id, broker.last_id);
    const auto replay = reply.as<msg::ReplayReply>();
    EXPECT_EQ(replay.commit, broker.core->commit_seq());
    std::vector<std::uint64_t> found;
    for (const auto& block : replay.blocks) found.push_back(msg::decode_block(block.bytes).value().first.value());
    return found;
  }

  Driver broker;
};

TEST_F(ReplayTest, TellsTheStreamFromAnySeq) {
  EXPECT_THAT(firsts(1), testing::ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
  EXPECT_THAT(firsts(9), testing::ElementsAre(9, 10));
  EXPECT_THAT(firsts(4, Seq(6)), testing::ElementsAre(4, 5, 6));
}

TEST_F(ReplayTest, ABlockIsToldWhole) {
  broker.write(9, 5);
  broker.write(10, 5);
  EXPECT_THAT(firsts(13, Seq(14)), testing::ElementsAre(11));
  EXPECT_THAT(firsts(15, Seq(16)), testing::ElementsAre(11, 16));
}

TEST_F(ReplayTest, BeyondTheEndThereIsNothing) {
  EXPECT_THAT(firsts(11), testing::IsEmpty());
  EXPECT_THAT(firsts(~std::uint64_t{0}), testing::IsEmpty());
  EXPECT_THAT(firsts(6, Seq(5)), testing::IsEmpty());
}

TEST_F(ReplayTest, AnUncommittedEventIsNeverShown) {
  broker.ask(append_of(broker.epoch(), 9));
  EXPECT_THAT(firsts(10, Seq(100)), testing::ElementsAre(10));
}

TEST_F(ReplayTest, ADurableEventIsNotShownBeforeTheBrokerHasBeenTold) {
  broker.reopen();
  broker.ask(append_of(broker.epoch(), 9));
  broker.journal.make_durable();
  EXPECT_THAT(firsts(10, Seq(100)), testing::ElementsAre(10));
}

TEST_F(ReplayTest, IsClippedToTheBytesAskedForButMakesProgress) {
  EXPECT_THAT(firsts(3, {}, 0), testing::ElementsAre(3));
  const auto one = broker.journal.read(Seq(3), Seq(3), 1)->front().size();
  EXPECT_THAT(firsts(3, {}, static_cast<std::uint32_t>(3 * one + 10)), testing::ElementsAre(3, 4, 5));
}

TEST_F(ReplayTest, AnswersAreNeverLargerThanAReaderTakes) {
  for (std::uint64_t producer = 9; producer < 29; ++producer) broker.write(producer, 2, 60'000);
  broker.ask(msg::Replay{Seq(1), {}, ~std::uint32_t{0}});
  EXPECT_LE(broker.reply().body.size(), msg::kFrameBytesMax / 2 + 200'000);
}

TEST_F(ReplayTest, RecentBlocksComeFromMemoryAndOlderOnesFromTheJournal) {
  auto reads = broker.journal.reads;
  firsts(3);
  EXPECT_EQ(broker.journal.reads, reads);
  broker.reopen();
  reads = broker.journal.reads;
  EXPECT_THAT(firsts(3, Seq(4)), testing::ElementsAre(3, 4));
  EXPECT_EQ(broker.journal.reads, reads + 1);
  broker.write(9);
  firsts(11);
  EXPECT_EQ(broker.journal.reads, reads + 1);
  EXPECT_THAT(firsts(9), testing::ElementsAre(9, 10, 11)) << "memory holds only a part of the stream";
}

TEST_F(ReplayTest, ABlockThatCannotBeReadIsRefusedWithItsFault) {
  broker.reopen();
  broker.journal.unreadable = true;
  broker.ask(msg::Replay{Seq(3), {}, 1000});
  const auto reply = broker.reply();
  EXPECT_EQ(reply.err(), "unavailable");
  EXPECT_THAT(reply.as<msg::Refusal>().message, testing::HasSubstr("from seq 3 cannot be read"));
  broker.write(9);
  EXPECT_THAT(firsts(11), testing::ElementsAre(11)) << "memory has it";
}

TEST_F(ReplayTest, AFloodOfReplaysInOneFrameIsBounded) {
  for (std::uint64_t producer = 9; producer < 29; ++producer) broker.write(producer, 2, 60'000);
  std::string frame;
  for (std::uint64_t id = 1; id <= 1000; ++id) {
    msg::Header header;
    header.id = id;
    msg::append_request(frame, header, msg::Replay{Seq(1), {}, 1'000'000});
  }
  broker.frame(frame);
  std::size_t bytes = 0;
  for (const auto& reply : broker.replies) bytes += reply.body.size();
  EXPECT_LT(bytes, 10U * 1024 * 1024);
  ASSERT_EQ(broker.replies.size(), 1000U);
  EXPECT_EQ(broker.replies.back().err(), "busy");
  broker.replies.clear();
  EXPECT_THAT(firsts(10, Seq(10)), testing::ElementsAre(10)) << "the next round has its own bound";
}

TEST_F(ReplayTest, TheStreamBeginsWithOne) {
  broker.ask(msg::Replay{Seq(0), {}, 100});
  EXPECT_EQ(broker.reply().err(), "invalid");
}

// --- all error paths ---

class BadRequests : public testing::Test {
 protected:
  BadRequests() { broker.with_writer(); }
  static std::string message(const std::string& type, const std::string& body, std::uint32_t version = 1) {
    msg::Header header;
    header.v = version;
    header.t = type;
    header.id = 77;
    std::string frame;
    msg::append_message(frame, header, std::string_view(body));
    return frame;
  }
  Driver broker;
};

TEST_F(BadRequests, AnUnknownTypeIsAnsweredSo) {
  broker.frame(message("make_coffee", "\x80"));
  const auto reply = broker.reply();
  EXPECT_EQ(reply.err(), "unknown_type");
  EXPECT_EQ(reply.header.id, 77U);
}

TEST_F(BadRequests, AnUnknownVersionIsAnsweredSo) {
  broker.frame(message("replay", "\x80", 3));
  EXPECT_EQ(broker.reply().err(), "unsupported_version");
}

TEST_F(BadRequests, ARequestIsAnsweredInItsVersion) {
  broker.frame(message("replay", msg::encoded(msg::Replay{Seq(1), {}, 100}), 2));
  const auto reply = broker.reply();
  EXPECT_EQ(reply.err(), "");
  EXPECT_EQ(reply.header.v, 2U);
}

TEST_F(BadRequests, TheLeaseOfAnEdgeThatHadToJoinIsAnsweredInItsVersionToo) {
  broker.frame(message("lease", msg::encoded(msg::LeaseRequest{"frontend-9", base::Incarnation(1), Seq(1), {}}), 2));
  broker.commit_all();
  EXPECT_EQ(broker.reply().header.v, 2U);
}

TEST_F(BadRequests, AHolderIsNotCalledWhatATerminalWouldObey) {
  for (const auto* name : {"", "a\x1b[2J", "a\u202eb"}) {
    broker.frame(message("lease", msg::encoded(msg::LeaseRequest{name, base::Incarnation(1), Seq(1), {}})));
    EXPECT_EQ(broker.reply().err(), "invalid");
  }
}

TEST_F(BadRequests, ABodyThatDoesNotFitItsTypeIsMalformed) {
  for (const std::string type : {"append", "replay", "lease", "ack", "resign"}) {
    for (const std::string body : {"\x80", "\x01", "\xc0", "\x90"}) {
      broker.frame(message(type, body));
      const auto reply = broker.reply();
      EXPECT_EQ(reply.err(), "malformed") << type;
      EXPECT_EQ(reply.header.id, 77U) << type;
    }
  }
}

TEST_F(BadRequests, AFrameThatCannotBeReadIsMalformedWithoutAnId) {
  for (const std::string& bad :
       {std::string("garbage"), std::string(1, '\0'), std::string(5000, '\x91'), std::string("\xdd\xff\xff\xff\xff")}) {
    broker.frame(bad);
    const auto reply = broker.reply();
    EXPECT_EQ(reply.err(), "malformed");
    EXPECT_EQ(reply.header.id, 0U);
  }
  EXPECT_EQ(broker.counter("refused_malformed"), 4U);
}

TEST_F(BadRequests, ACutFrameIsMalformedWithTheIdThatWasRead) {
  const auto good = message("replay", msg::encoded(msg::Replay{Seq(1), {}, 100}));
  broker.frame(good.substr(0, good.size() - 3));
  const auto reply = broker.reply();
  EXPECT_EQ(reply.err(), "malformed");
  EXPECT_EQ(reply.header.id, 77U);
}

TEST_F(BadRequests, RequestsBeforeTheGarbageInAFrameAreAnswered) {
  broker.frame(message("replay", msg::encoded(msg::Replay{Seq(1), {}, 100})) + "\xc1");
  ASSERT_EQ(broker.replies.size(), 2U);
  EXPECT_EQ(broker.replies[0].err(), "");
  EXPECT_EQ(broker.replies[1].err(), "malformed");
}

TEST_F(BadRequests, RepliesFromNowhereAreIgnored) {
  base::Outbox out;
  broker.core->on_reply("tcp://nowhere:1", "garbage", {broker.now, out});
  EXPECT_TRUE(out.empty());
}

// Every request with each byte wrong in turn, and noise: none of it ends the process or writes to the stream.
TEST_F(BadRequests, NoiseChangesNothing) {
  const auto before = broker.core->commit_seq();
  std::vector<std::string> good{message("replay", msg::encoded(msg::Replay{Seq(1), Seq(9), 100})),
                                message("ack", msg::encoded(msg::Ack{"f-1", Incarnation(1), Seq(1)})),
                                message("append", msg::encoded(append_of(Epoch(1), 1))),
                                message("resign", msg::encoded(msg::Resign{"order-9", Epoch(2)}))};
  base::Random random(1);
  for (const auto& frame : good) {
    for (std::size_t i = 0; i < frame.size(); ++i) {
      auto bad = frame;
      bad[i] = static_cast<char>(random.below(256));
      broker.frame(bad);
    }
  }
  for (int i = 0; i < 2000; ++i) {
    std::string noise(random.below(200), '\0');
    for (auto& c : noise) c = static_cast<char>(random.below(256));
    broker.frame(noise);
    broker.publish("H", noise);
  }
  if (broker.journal.in_flight()) broker.commit_all();  // a changed byte may have made the epoch right
  EXPECT_LE(broker.core->commit_seq().value(), before.value() + 1);
  EXPECT_FALSE(broker.stopped);
}

}  // namespace
}  // namespace broker
