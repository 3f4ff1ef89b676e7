#include "stream/snapshot_server.h"

#include <gtest/gtest.h>

#include "stream/replica.h"

#include "tests/support/blocks.h"

namespace {

using support::at;

// A copy of `bytes`, made when the test says so.
class ScriptedMaker : public stream::SnapshotMaker {
 public:
  void begin() override { ++begun; }
  std::optional<base::Result<stream::MadeSnapshot>> made() override { return std::exchange(result, std::nullopt); }
  base::Result<std::string> read(std::uint64_t offset, std::uint32_t size) override {
    EXPECT_LE(offset + size, bytes.size());
    return bytes.substr(offset, size);
  }
  void remove() override { ++removed; }

  std::string bytes;
  std::optional<base::Result<stream::MadeSnapshot>> result;
  int begun = 0;
  int removed = 0;
};

class SnapshotServerTest : public testing::Test {
 protected:
  void make(std::size_t size, const std::string& id = "first") {
    maker.bytes = std::string(size, 'x');
    maker.result = stream::MadeSnapshot{id, "store-a", 2, base::Seq(42), size, std::string(32, 'h')};
    tick();
  }

  void ask(const msg::Snapshot& what, int from = 1) { ask_bytes(msg::encoded(what), from); }
  void ask_bytes(const std::string& body, int from = 1) {
    msg::Header header;
    header.id = ++last_id;
    server.on_request({"peer " + std::to_string(from)}, header, body, {at(ms), out});
  }
  void tick(int by = 10) {
    ms += by;
    server.on_tick({at(ms), out});
  }

  // The answers since the last call: refusals as their word, parts as OFFSET+BYTES of ID.
  std::string answers() {
    std::string all;
    for (const auto& [to, frames] : out.replies()) {
      for (const auto& message : support::messages(frames)) {
        if (message.header.err) {
          all += *message.header.err + " ";
          continue;
        }
        last = msg::decode<msg::SnapshotReply>(message.body).value();
        all += fmt::format("{}+{} of {} ", last.offset, last.bytes.bytes.size(), last.id);
      }
    }
    out.clear();
    return all;
  }

  std::string told(const msg::Snapshot& what) {
    ask(what);
    return answers();
  }

  ScriptedMaker maker;
  stream::SnapshotServer server{"catalog-2", maker};
  base::Outbox out;
  int ms = 0;
  std::uint64_t last_id = 0;
  msg::SnapshotReply last;
};

TEST_F(SnapshotServerTest, IsBusyUntilTheSnapshotIsMadeThenTellsWhatItIsAndGivesItsParts) {
  EXPECT_EQ(told({"", 0, 10}), "busy ");
  tick();
  EXPECT_EQ(told({"", 0, 10}), "busy ");
  EXPECT_EQ(maker.begun, 1);
  make(25);
  EXPECT_EQ(told({"", 0, 10}), "0+0 of first ");
  EXPECT_EQ(last.maker, "catalog-2");
  EXPECT_EQ(last.store, "store-a");
  EXPECT_EQ(last.format, 2U);
  EXPECT_EQ(last.seq, base::Seq(42));
  EXPECT_EQ(last.size, 25U);
  EXPECT_EQ(last.sha256.bytes, std::string(32, 'h'));
  EXPECT_EQ(told({"first", 0, 10}), "0+10 of first ");
  EXPECT_EQ(told({"first", 20, 10}), "20+5 of first ");
}

TEST_F(SnapshotServerTest, APeerThatHasBegunAnotherOneIsToldOfThisOne) {
  told({"", 0, 10});
  make(25);
  EXPECT_EQ(told({"of another replica", 20, 10}), "0+0 of first ");
}

TEST_F(SnapshotServerTest, TwoPeersShareOneCopy) {
  told({"", 0, 10});
  make(25);
  EXPECT_EQ(told({"", 0, 10}), "0+0 of first ");
  EXPECT_EQ(maker.begun, 1);
}

TEST_F(SnapshotServerTest, GivesNoMoreInATickThanItsShareAndTheRestInTheNext) {
  constexpr auto part = msg::kSnapshotBytesMax;
  told({"", 0, 1});
  make(10 * part);
  for (std::uint64_t i = 0; i < 10; ++i) ask({"first", i * part, part});
  answers();
  EXPECT_EQ(last.offset, 7 * part);
  tick();
  EXPECT_EQ(answers(), "2097152+262144 of first 2359296+262144 of first ");
}

TEST_F(SnapshotServerTest, WaitingPeersShareTheTicksThatFollow) {
  constexpr auto part = msg::kSnapshotBytesMax;
  constexpr auto parts = stream::SnapshotServer::kBytesPerTick / part;
  const auto given = [&] {
    std::uint64_t count = 0;
    for (const auto& [to, frames] : out.replies()) count += support::messages(frames).size();
    out.clear();
    return count;
  };
  told({"", 0, 1});
  make(part);
  for (std::uint64_t i = 0; i < 2 * parts + 1; ++i) ask({"first", 0, part});
  for (const auto expected : {parts, parts, std::uint64_t{1}, std::uint64_t{0}}) {
    EXPECT_EQ(given(), expected);
    tick();
  }
}

TEST_F(SnapshotServerTest, IsRemovedWhenNobodyHasAskedForAWhile) {
  told({"", 0, 10});
  make(25);
  tick(59'000);
  EXPECT_EQ(told({"first", 0, 10}), "0+10 of first ");
  tick(59'000);
  EXPECT_EQ(maker.removed, 0);
  tick(2'000);
  EXPECT_EQ(maker.removed, 1);
  EXPECT_EQ(told({"first", 10, 10}), "busy ");
  EXPECT_EQ(maker.begun, 2);
  make(30, "second");
  EXPECT_EQ(told({"first", 10, 10}), "0+0 of second ");
}

// A bug: a peer that could not use a copy asked for it every two seconds, so the copy was never removed.
TEST_F(SnapshotServerTest, ACopyThatIsOfNoUseIsMadeAnewAfterAWhile) {
  told({"", 0, 10});
  make(30);
  EXPECT_EQ(told({"", 0, 10, "another"}), "0+0 of first ");
  EXPECT_EQ(told({"", 0, 10, "first"}), "busy ");
  EXPECT_EQ(maker.begun, 1);
  tick(5000);
  EXPECT_EQ(told({"", 0, 10, "first"}), "busy ");
  EXPECT_EQ(maker.begun, 2);
  EXPECT_EQ(maker.removed, 1);
  make(30, "second");
  EXPECT_EQ(told({"", 0, 10, "first"}), "0+0 of second ");
}

TEST_F(SnapshotServerTest, APeerThatWaitsForACopyThatIsMadeAnewAsksAgain) {
  told({"", 0, 10});
  make(3 * stream::SnapshotServer::kBytesPerTick);
  for (std::uint64_t offset = 0; offset <= stream::SnapshotServer::kBytesPerTick; offset += msg::kSnapshotBytesMax) {
    ask({"first", offset, msg::kSnapshotBytesMax});  // the last request waits for the next tick
  }
  answers();
  ms += 5000;
  EXPECT_EQ(told({"", 0, 10, "first"}), "busy ");
  tick();
  EXPECT_EQ(answers(), "");
}

TEST_F(SnapshotServerTest, CountsWhatItGave) {
  told({"", 0, 10});
  make(25);
  told({"first", 20, 10});
  base::Counters counters(base::kOfCatalog);
  server.count(counters);
  EXPECT_EQ(counters["snapshots_made"], 1U);
  EXPECT_EQ(counters["snapshot_served_bytes"], 5U);
}

// A replica passes the request on, whatever its view has applied, and only if it gives snapshots.
TEST_F(SnapshotServerTest, AReplicaPassesItOn) {
  class NoView : public stream::View {
   public:
    void apply(const msg::Block&, const std::vector<msg::Event>&, base::Turn) override {}
    void answer(const stream::Request& request, base::Turn turn) override {
      msg::append_refusal(turn.out.reply(request.from), request.header.id, {}, {.code = msg::Code::kUnknownType});
    }
    msg::DigestAt digest() const override { return {}; }
    std::optional<msg::DigestAt> round_digest() const override { return std::nullopt; }
    base::Seq durable() const override { return {}; }
    void keep(base::Now) override {}
    void convicted(const std::string&, base::Outbox&) override {}
  } view;
  base::Bytes frame;
  msg::append_request(frame, {}, msg::Snapshot{});
  stream::ReplicaConfig config{.brokers = {support::kBroker}};
  stream::Replica without(config, {}, view);
  without.on_request({"peer"}, frame, {at(ms), out});
  EXPECT_EQ(answers(), "unknown_type ");
  config.snapshots = &server;
  stream::Replica with(config, {}, view);
  with.on_request({"peer"}, frame, {at(ms), out});
  EXPECT_EQ(answers(), "busy ");
  maker.result = stream::MadeSnapshot{};
  with.on_tick({at(ms), out});
  EXPECT_EQ(with.counters()["snapshots_made"], 1U);
}

// --- the error paths ---

TEST_F(SnapshotServerTest, AnOffsetBeyondTheEndIsInvalid) {
  told({"", 0, 10});
  make(25);
  EXPECT_EQ(told({"first", 25, 10}), "invalid ");
  EXPECT_EQ(told({"first", UINT64_MAX, 10}), "invalid ");
}

TEST_F(SnapshotServerTest, AHugePartIsCutAndAnEmptyOneIsEmpty) {
  told({"", 0, 10});
  make(2 * msg::kSnapshotBytesMax);
  EXPECT_EQ(told({"first", 1, UINT32_MAX}), "1+262144 of first ");
  EXPECT_EQ(told({"first", 1, 0}), "1+0 of first ");
}

TEST_F(SnapshotServerTest, GarbageIsMalformedAndMakesNothing) {
  ask_bytes("\xc1 garbage");
  EXPECT_EQ(answers(), "malformed ");
  EXPECT_EQ(maker.begun, 0);
}

TEST_F(SnapshotServerTest, AFloodIsBusy) {
  constexpr auto part = msg::kSnapshotBytesMax;
  told({"", 0, 1});
  make(10 * part);
  for (std::size_t i = 0; i < 8 + stream::SnapshotServer::kWaitingMax; ++i) ask({"first", 0, part});
  answers();
  EXPECT_EQ(told({"first", 0, part}), "busy ");
}

TEST_F(SnapshotServerTest, AfterAFailureItSaysWhyAndTriesAgainLater) {
  told({"", 0, 10});
  maker.result = base::fail("no room");
  tick();
  EXPECT_EQ(told({"", 0, 10}), "unavailable ");
  EXPECT_EQ(maker.begun, 1);
  tick(10'000);
  EXPECT_EQ(told({"", 0, 10}), "busy ");
  EXPECT_EQ(maker.begun, 2);
}

}  // namespace
