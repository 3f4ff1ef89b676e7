// The frontend's core against a scripted broker and scripted replicas.
#include <gtest/gtest.h>

#include "frontend/core.h"
#include "msg/requests.h"
#include "tests/support/blocks.h"

namespace {

using support::at;
using support::kBroker;

const base::Endpoint kCatalog1 = "tcp://catalog-1";
const base::Endpoint kCatalog2 = "tcp://catalog-2";
const base::Endpoint kOrder1 = "tcp://order-1";
const base::Endpoint kOrder2 = "tcp://order-2";

struct Sent {
  base::Endpoint to;
  msg::Header header;
  base::Bytes body;
};

class EdgeTest : public testing::Test {
 protected:
  EdgeTest() {
    stream.block({support::item_added(1), support::item_added(2)});  // seq 2, 3
    stream.block({support::appointed("order-1")});                   // seq 4
    make();
  }

  void make(bool gate = true) {
    edge = std::make_unique<frontend::Core>(
        frontend::Config{.identity = {.role = msg::Role::kFrontend, .instance = "frontend-1", .host = "here"},
                         .brokers = {kBroker},
                         .gate = gate});
  }

  // The world as a frontend finds it: a broker, two catalogs, two orders, a lease.
  void start() {
    hear_all(0);
    tick(0);
    grant(0);
    sent.clear();
  }

  void hear_all(int ms) {
    auto beat = stream.beat(stream.commit());
    beat.leader->epoch = base::Epoch(4);
    beat.leader->writer = "order-1";
    hear(beat, ms);
    for (const auto* name : {"catalog-1", "catalog-2", "order-1", "order-2"}) hear_replica(name, ms);
  }

  void hear_replica(const std::string& name, int ms) {
    msg::Heartbeat beat;
    beat.role = name[0] == 'c' ? msg::Role::kCatalog : msg::Role::kOrder;
    beat.instance = name;
    beat.tcp = "tcp://" + name;
    beat.state = msg::State::kLive;
    hear(beat, ms);
  }

  void hear(const msg::Heartbeat& beat, int ms) {
    edge->on_published("H", msg::encoded(beat), at(ms), out);
    collect(ms);
  }

  void tick(int ms) {
    edge->on_tick(at(ms), out);
    collect(ms);
  }

  // Answers the last lease request.
  void grant(int ms) {
    msg::Header header = msg::reply_header(lease_id, {});
    base::Bytes frame;
    msg::append_message(frame, header, msg::LeaseReply{base::Term(1), stream.commit(), 500});
    edge->on_reply(kBroker, frame, at(ms), out);
    collect(ms);
  }

  void publish(const std::vector<msg::Event>& events, int ms, base::Seq mark = {}) {
    stream.block(events);
    edge->on_published("B", stream.published(stream.size(), mark), at(ms), out);
    collect(ms);
  }

  void mark(std::uint64_t seq, int ms) {
    edge->on_published("M", msg::encoded(msg::Mark{base::Term(1), base::Seq(seq), stream.commit()}), at(ms), out);
    collect(ms);
  }

  template <class Request>
  void ask(std::uint64_t id, const Request& request, int ms, msg::Header header = {}) {
    header.id = id;
    base::Bytes frame;
    msg::append_request(frame, header, request);
    edge->on_request({"client", false}, frame, at(ms), out);
    collect(ms);
  }

  void lookup(std::uint64_t id, std::uint64_t item, int ms, msg::Header header = {}) {
    ask(id, msg::Lookup{base::ItemId(item), {}}, ms, header);
  }

  void buy(std::uint64_t id, const std::string& key, int ms) {
    ask(id, msg::PlaceOrder{key, msg::OrderType::kBuy, {}, {{base::ItemId(1), base::Quantity(1), {}}}}, ms);
  }

  // A replica answers what was sent as number `index`: the item with this stock and version.
  void tell_item(std::size_t index, std::int64_t stock, std::uint64_t version, int ms) {
    const auto& request = sent.at(index);
    base::Bytes frame;
    msg::append_message(frame, msg::reply_header(request.header.id, base::Seq(version)),
                        msg::ItemReply{{base::ItemId(1), "title 1", "topic", base::Cents(100), base::Quantity(stock),
                                        base::Seq(version)}});
    edge->on_reply(request.to, frame, at(ms), out);
    collect(ms);
  }

  void tell_outcome(std::size_t index, msg::OutcomeKind kind, std::uint64_t seq, int ms) {
    base::Bytes frame;
    msg::append_message(frame, msg::reply_header(sent.at(index).header.id, base::Seq(seq)),
                        msg::OutcomeReply{kind, base::Seq(seq), {}});
    edge->on_reply(sent[index].to, frame, at(ms), out);
    collect(ms);
  }

  void refuse(std::size_t index, msg::Code code, std::uint64_t reveals, int ms) {
    base::Bytes frame;
    msg::append_refusal(frame, sent.at(index).header.id, base::Seq(reveals), {.code = code, .message = "no"});
    edge->on_reply(sent[index].to, frame, at(ms), out);
    collect(ms);
  }

  void collect(int ms) {
    edge->on_settled(at(ms), out);
    for (const auto& [to, frames] : out.sends()) {
      for (const auto& message : support::messages(frames)) {
        if (message.header.t == "lease") {
          lease_id = message.header.id;
          released = msg::decode<msg::LeaseRequest>(message.body)->release.value_or(false);
        } else if (message.header.t == "ack") {
          acknowledged = msg::decode<msg::Ack>(message.body)->applied;
        } else {
          sent.push_back({to, message.header, base::Bytes(message.body)});
        }
      }
    }
    for (const auto& [to, frames] : out.replies()) {
      for (const auto& message : support::messages(frames)) {
        answers.push_back(describe(message));
        last_body = message.body;
      }
    }
    out.clear();
  }

  static std::string describe(const msg::Message& message) {
    auto text = fmt::format("{}:", message.header.id);
    if (message.header.err) return text + *message.header.err;
    if (const auto item = msg::decode<msg::ItemReply>(message.body)) {
      text += fmt::format("stock {}", item->item.stock);
    } else {
      text += "ok";
    }
    return message.header.stale_ms ? text + " stale" : text;
  }

  std::vector<std::string> take_answers() { return std::exchange(answers, {}); }
  using Answers = std::vector<std::string>;

  support::Stream stream;
  std::unique_ptr<frontend::Core> edge;
  base::Outbox out;
  std::uint64_t lease_id = 0;
  base::Seq acknowledged;
  bool released = false;
  std::vector<Sent> sent;
  Answers answers;
  base::Bytes last_body;
};

TEST_F(EdgeTest, AnswersNothingBeforeItHasALease) {
  hear_all(0);
  lookup(1, 1, 0);
  EXPECT_TRUE(sent.empty());
  tick(0);
  EXPECT_TRUE(sent.empty());
  grant(1);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].header.min, base::Seq(4));
}

TEST_F(EdgeTest, AHitNeedsNoReplica) {
  start();
  lookup(1, 1, 1);
  tell_item(0, 5, 2, 2);
  lookup(2, 1, 3);
  EXPECT_EQ(take_answers(), (Answers{"1:stock 5", "2:stock 5"}));
  EXPECT_EQ(sent.size(), 1U);
}

TEST_F(EdgeTest, AnAnswerToWhatWasNeverSentIsIgnored) {
  start();
  lookup(1, 1, 1);
  lookup(2, 1, 1);  // waits for the answer to the first
  sent[0].header.id += 1;
  tell_item(0, 4, 2, 2);
  EXPECT_EQ(take_answers(), Answers{});
  sent[0].header.id -= 1;
  tell_item(0, 5, 2, 3);
  EXPECT_EQ(take_answers(), (Answers{"2:stock 5", "1:stock 5"}));
}

TEST_F(EdgeTest, FreshGoesPastTheCache) {
  start();
  lookup(1, 1, 1);
  tell_item(0, 5, 2, 2);
  lookup(2, 1, 3, {.fresh = true});
  EXPECT_EQ(sent.size(), 2U);
}

TEST_F(EdgeTest, AnEventDropsWhatItTouchesBeforeItIsAcknowledged) {
  start();
  lookup(1, 1, 1);
  tell_item(0, 5, 2, 2);
  publish({support::stock_moved(1, -1, 4)}, 3);
  EXPECT_EQ(acknowledged, base::Seq(5));
  lookup(2, 1, 4);
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[1].header.min, base::Seq(5));
}

TEST_F(EdgeTest, AFillThatAnEventOvertookIsNotKept) {
  start();
  lookup(1, 1, 1);
  publish({support::stock_moved(1, -1, 4)}, 2);
  tell_item(0, 5, 2, 3);  // answered before the event; right for who asked then
  EXPECT_EQ(take_answers(), (Answers{"1:stock 5"}));
  lookup(2, 1, 4);
  EXPECT_EQ(sent.size(), 2U);
}

TEST_F(EdgeTest, ConcurrentMissesShareOneRequest) {
  start();
  for (std::uint64_t id = 1; id <= 3; ++id) lookup(id, 1, 1);
  EXPECT_EQ(sent.size(), 1U);
  tell_item(0, 5, 2, 2);
  EXPECT_EQ(take_answers().size(), 3U);
}

TEST_F(EdgeTest, WhoJoinedAfterAnEventDoesNotGetTheAnswerFromBeforeIt) {
  start();
  lookup(1, 1, 1);
  publish({support::stock_moved(1, -1, 4)}, 2);
  lookup(2, 1, 3);
  EXPECT_EQ(sent.size(), 1U);
  tell_item(0, 5, 2, 4);
  EXPECT_EQ(take_answers(), (Answers{"1:stock 5"}));
  ASSERT_EQ(sent.size(), 2U);
  mark(5, 5);
  tell_item(1, 4, 5, 6);
  EXPECT_EQ(take_answers(), (Answers{"2:stock 4"}));
}

TEST_F(EdgeTest, HoldsAnAnswerUntilTheWatermarkCoversWhatItReveals) {
  start();
  buy(1, "k1", 1);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].to, kOrder1);
  publish({support::stock_moved(1, -1, 4)}, 2, base::Seq(4));
  tell_item(0, 4, 5, 3);
  EXPECT_EQ(take_answers(), Answers{});
  mark(5, 4);
  EXPECT_EQ(take_answers().size(), 1U);
}

TEST_F(EdgeTest, WithoutTheGateTheAnswerLeavesAtOnce) {
  make(false);
  start();
  buy(1, "k1", 1);
  tell_item(0, 4, 5, 3);
  EXPECT_EQ(take_answers().size(), 1U);
}

TEST_F(EdgeTest, ARejectionIsHeldToo) {
  start();
  buy(1, "k1", 1);
  refuse(0, msg::Code::kOutOfStock, 5, 2);
  EXPECT_EQ(take_answers(), Answers{});
  mark(5, 3);
  EXPECT_EQ(take_answers(), (Answers{"1:out_of_stock"}));
}

TEST_F(EdgeTest, ANewWriterGetsWhatTheOldOneHasNotAnswered) {
  start();
  buy(1, "k1", 1);
  buy(2, "k2", 1);
  publish({support::appointed("order-2")}, 2);
  ASSERT_EQ(sent.size(), 4U);
  EXPECT_EQ(sent[2].to, kOrder2);
  EXPECT_EQ(sent[2].body, sent[0].body);
  EXPECT_EQ(sent[2].header.min, base::Seq(5));
}

TEST_F(EdgeTest, NotWriterIsNoAnswer) {
  start();
  buy(1, "k1", 1);
  refuse(0, msg::Code::kNotWriter, 4, 2);
  EXPECT_EQ(take_answers(), Answers{});
  publish({support::appointed("order-2")}, 3);
  EXPECT_EQ(sent.back().to, kOrder2);
}

TEST_F(EdgeTest, ARefusalOfOneOfTwoCopiesIsFinalOnlyOnceTheKeyIsVoid) {
  start();
  buy(1, "k1", 1);
  publish({support::appointed("order-2")}, 2, base::Seq(9));
  ASSERT_EQ(sent.size(), 2U);
  refuse(1, msg::Code::kOutOfStock, 5, 3);
  EXPECT_EQ(take_answers(), Answers{});
  ASSERT_EQ(sent.size(), 3U);
  EXPECT_EQ(sent[2].header.t, "outcome");
  EXPECT_EQ(msg::decode<msg::Outcome>(sent[2].body)->key, "k1");
  tell_outcome(2, msg::OutcomeKind::kVoid, 6, 4);
  EXPECT_EQ(take_answers(), (Answers{"1:out_of_stock"}));
}

TEST_F(EdgeTest, ACopyThatDidTakeEffectIsTheAnswerInsteadOfTheRefusalOfTheOther) {
  start();
  buy(1, "k1", 1);
  publish({support::appointed("order-2")}, 2, base::Seq(9));
  refuse(1, msg::Code::kOutOfStock, 5, 3);
  tell_item(0, 4, 5, 3);  // late, and not the outcome
  EXPECT_EQ(take_answers(), Answers{});
  tell_outcome(2, msg::OutcomeKind::kOrder, 6, 4);
  ASSERT_EQ(sent.size(), 4U);
  EXPECT_EQ(sent[3].body, sent[0].body);
  tell_item(3, 4, 6, 5);
  EXPECT_EQ(take_answers(), (Answers{"1:stock 4"}));
}

TEST_F(EdgeTest, AnOutcomeThatComesTwiceIsAnsweredOnce) {
  start();
  buy(1, "k1", 1);
  publish({support::appointed("order-2")}, 2);  // a second copy
  refuse(1, msg::Code::kOutOfStock, 5, 3);
  ASSERT_EQ(sent.size(), 3U);
  hear_all(380);
  grant(380);
  tick(410);  // nobody said what became of the key: asked again
  ASSERT_EQ(sent.size(), 4U);
  EXPECT_EQ(sent[3].header.t, "outcome");
  tell_outcome(3, msg::OutcomeKind::kVoid, 6, 411);
  tell_outcome(2, msg::OutcomeKind::kVoid, 6, 412);
  publish({support::voided("k1")}, 413, base::Seq(6));
  EXPECT_EQ(take_answers(), (Answers{"1:out_of_stock"}));
}

TEST_F(EdgeTest, AReadWithAKeyInItIsStillARead) {
  start();
  const msg::Outcome keyed{"k1"};  // fields that a request does not have are ignored
  base::Bytes frame;
  msg::append_message(frame, {.t = "lookup", .id = 1}, msg::encoded(keyed));
  edge->on_request({"client", false}, frame, at(1), out);
  collect(1);
  tick(150);
  ASSERT_EQ(sent.size(), 2U);
  refuse(1, msg::Code::kUnknownItem, 4, 160);
  EXPECT_EQ(sent.size(), 2U);
  EXPECT_EQ(take_answers(), (Answers{"1:unknown_item"}));
}

TEST_F(EdgeTest, AReadThatIsNotAnsweredGoesToAnotherReplica) {
  start();
  lookup(1, 1, 1);
  hear_all(120);
  tick(120);
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_NE(sent[1].to, sent[0].to);
  tell_item(1, 5, 2, 121);
  tell_item(0, 5, 2, 122);
  EXPECT_EQ(take_answers(), (Answers{"1:stock 5"}));
}

TEST_F(EdgeTest, PausedPastItsLeaseItAnswersNothingUntilItHasCaughtUp) {
  start();
  lookup(1, 1, 1);
  tell_item(0, 5, 2, 2);
  take_answers();
  lookup(2, 1, 600);  // the pause: the lease of 500 ms is over
  EXPECT_EQ(take_answers(), Answers{});
  tick(601);
  stream.block({support::stock_moved(1, -1, 4)});  // happened meanwhile, not heard yet
  grant(602);
  EXPECT_EQ(take_answers(), Answers{});
  edge->on_published("B", stream.published(stream.size(), base::Seq(5)), at(603), out);
  collect(603);
  ASSERT_EQ(sent.size(), 2U);
  tell_item(1, 4, 5, 604);
  EXPECT_EQ(take_answers(), (Answers{"2:stock 4"}));
}

TEST_F(EdgeTest, WithoutALeaseStaleOkIsAnsweredAndMarked) {
  start();
  lookup(1, 1, 1);
  tell_item(0, 5, 2, 2);
  take_answers();
  lookup(2, 1, 2000, {.stale_ok = 60'000});
  EXPECT_EQ(take_answers(), (Answers{"2:stock 5 stale"}));
  lookup(3, 1, 2000, {.stale_ok = 1'000});
  EXPECT_EQ(take_answers(), Answers{});
}

TEST_F(EdgeTest, WithALeaseStaleOkChangesNothing) {
  start();
  lookup(1, 1, 1, {.stale_ok = 60'000});
  tell_item(0, 5, 2, 2);
  EXPECT_EQ(take_answers(), (Answers{"1:stock 5"}));
}

TEST_F(EdgeTest, EventsAreShownUpToTheWatermarkOnly) {
  start();
  publish({support::stock_moved(1, -1, 4)}, 1, base::Seq(4));
  ask(1, msg::Events{base::Seq(5), {}, 1000}, 2);
  EXPECT_EQ(take_answers(), Answers{});
  mark(5, 3);
  EXPECT_EQ(take_answers(), (Answers{"1:ok"}));
}

TEST_F(EdgeTest, ManySmallBlocksAreToldInAnswersThatCanBeRead) {
  start();
  for (int i = 0; i < 4200; ++i) publish({{1, msg::KeyVoided{"k"}}}, 1, base::Seq(5000));
  ask(1, msg::Events{base::Seq(5), 1024 * 1024, {}}, 2);
  EXPECT_EQ(take_answers(), (Answers{"1:ok"}));
  EXPECT_TRUE(msg::decode<msg::EventsReply>(last_body));
}

TEST_F(EdgeTest, AStatusOfManyLargeHeartbeatsFitsInAFrame) {
  start();
  msg::Heartbeat beat;
  beat.host = std::string(60 * 1024, 'h');
  for (int i = 0; i < 40; ++i) {
    beat.instance = fmt::format("stranger-{}", i);
    hear(beat, 1);
  }
  ask(1, msg::Status{}, 2);
  EXPECT_TRUE(msg::decode<msg::StatusReply>(last_body));
  EXPECT_LT(last_body.size(), msg::kFrameBytesMax);
}

TEST_F(EdgeTest, EventsThatDoNotComeAreAnsweredEmptyWhenTheWaitIsOver) {
  start();
  ask(1, msg::Events{base::Seq(5), {}, 100}, 2);
  tick(110);
  EXPECT_EQ(take_answers(), (Answers{"1:ok"}));
}

// --- the error paths ---

TEST_F(EdgeTest, SaysWhyWhenTimeRunsOut) {
  hear_all(0);
  lookup(1, 1, 0, {.ttl = 100});
  tick(100);
  EXPECT_EQ(take_answers(), (Answers{"1:unavailable"}));
}

TEST_F(EdgeTest, AWriteThatRanOutOfTimeIsUnknown) {
  start();
  ask(1, msg::PlaceOrder{"k", msg::OrderType::kBuy, {}, {}}, 1, {.ttl = 100});
  tick(120);
  EXPECT_EQ(take_answers(), (Answers{"1:unknown"}));
}

TEST_F(EdgeTest, AnAnswerThatTheGateHeldTooLongIsUnknown) {
  start();
  ask(1, msg::PlaceOrder{"k", msg::OrderType::kBuy, {}, {}}, 1, {.ttl = 100});
  tell_item(0, 4, 99, 2);
  tick(120);
  EXPECT_EQ(take_answers(), (Answers{"1:unknown"}));
}

TEST_F(EdgeTest, RefusesWhatItDoesNotKnow) {
  start();
  base::Bytes frame;
  msg::append_message(frame, msg::Header{.t = "explode", .id = 1}, msg::Status{});
  msg::append_message(frame, msg::Header{.v = 7, .t = "lookup", .id = 2}, msg::Status{});
  frame += "\xc1";
  edge->on_request({"client", false}, frame, at(1), out);
  collect(1);
  EXPECT_EQ(take_answers(), (Answers{"1:unknown_type", "2:unsupported_version", "0:malformed"}));
}

TEST_F(EdgeTest, AFloodingClientGetsBusyAndOthersAreServed) {
  start();
  for (std::uint64_t id = 1; id <= 3000; ++id) buy(id, "k" + std::to_string(id), 1);
  const auto refused = take_answers();
  EXPECT_GT(refused.size(), 500U);
  EXPECT_EQ(refused[0].substr(refused[0].find(':')), ":busy");
  const auto before = sent.size();
  base::Bytes frame;
  msg::append_request(frame, msg::Header{.id = 1}, msg::Lookup{base::ItemId(2), {}});
  edge->on_request({"other", false}, frame, at(1), out);
  collect(1);
  EXPECT_EQ(sent.size(), before + 1);
}

TEST_F(EdgeTest, DrainsBeforeItStops) {
  start();
  buy(1, "k1", 1);
  edge->on_stop(at(2), out);
  tick(10);
  EXPECT_FALSE(out.stopped());
  tell_item(0, 4, 4, 12);
  EXPECT_FALSE(released);
  tick(40);
  EXPECT_TRUE(out.stopped());
  EXPECT_TRUE(released);
  EXPECT_EQ(take_answers(), (Answers{"1:stock 4"}));
}

TEST_F(EdgeTest, TakesNothingNewWhileItDrainsNotEvenAHit) {
  start();
  lookup(1, 1, 1);
  tell_item(0, 5, 2, 2);
  take_answers();
  buy(2, "k1", 3);
  edge->on_stop(at(4), out);
  lookup(3, 1, 5);
  EXPECT_EQ(take_answers(), (Answers{"3:unavailable"}));
}

TEST_F(EdgeTest, AnotherStoresBrokerStopsItWithTheReason) {
  start();
  edge->on_published("H", msg::encoded(support::Stream("store-b").beat()), at(1), out);
  ASSERT_TRUE(out.stopped());
  EXPECT_NE(out.stopped()->find("store-b"), std::string::npos);
}

}  // namespace
