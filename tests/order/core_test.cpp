#include "order/core.h"

#include <map>

#include "order/writer.h"
#include "tests/order/core_fixture.h"
#include "tests/support/blocks.h"

namespace order {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(CoreTest, LifeOfABuy) {
  const auto before = seq;
  ask(buy("k", 1, 2));
  EXPECT_THAT(then(), IsEmpty());
  commit();
  EXPECT_THAT(then(), ElementsAre(fmt::format("1: order 1 @{}", before.next())));
  ask(msg::GetOrder{base::OrderNo(1)});
  EXPECT_THAT(then(), ElementsAre(fmt::format("2: order 1 @{}", before.next())));
}

TEST_F(CoreTest, AnEditIsDecidedAndOutlivesACrash) {
  ask(retire("k", 1));
  commit();
  EXPECT_THAT(then(), ElementsAre(fmt::format("1: item 1 stock 5 price 100 @{}", seq)));
  tick(milliseconds(500));
  const auto digest = core->digest();
  crash();
  EXPECT_EQ(core->digest(), digest);
  ASSERT_EQ(store.items({}, 9).size(), 1U);
  EXPECT_EQ(store.items({}, 9)[0].retired, true);
}

// A core neither answers nor counts a request that it does not list.
TEST_F(CoreTest, EveryRequestForAnOrderReplicaIsKnownToIt) {
  [&]<class... Request>(msg::Requests<Request...>) {
    (ask(Request()), ...);
  }(msg::WriterService() + msg::OrderService());
  for (const auto& answer : then()) EXPECT_THAT(answer, testing::Not(HasSubstr("unknown_type")));
}

TEST_F(CoreTest, AnUnknownOrderRevealsAllThatIsApplied) {
  ask(msg::GetOrder{base::OrderNo(1)});
  ask(msg::GetOrder{base::OrderNo(UINT64_MAX)});
  EXPECT_THAT(then(), ElementsAre(fmt::format("1: unknown_order @{}", seq), fmt::format("2: unknown_order @{}", seq)));
}

TEST_F(CoreTest, OrdersCountFromOne) {
  ask(msg::GetOrder{base::OrderNo(0)});
  EXPECT_THAT(then(), ElementsAre(fmt::format("1: invalid @{}", seq)));
}

TEST_F(CoreTest, OrdersComeInPages) {
  for (const auto* key : {"a", "b", "c"}) ask(buy(key, 1));
  commit();
  then();
  ask(msg::ListOrders{.limit = 2});
  ask(msg::ListOrders{.after = base::OrderNo(2), .limit = 2});
  ask(msg::ListOrders{.customer = "ann", .limit = 3});
  ask(msg::ListOrders{.customer = "bob"});
  EXPECT_THAT(then(), ElementsAre(fmt::format("4: orders 1 2 next 2 @{}", seq), fmt::format("5: orders 3 @{}", seq),
                                  fmt::format("6: orders 1 2 3 @{}", seq), fmt::format("7: orders @{}", seq)));
  ask(msg::ListOrders{.limit = 0});
  EXPECT_THAT(then(), ElementsAre(fmt::format("8: invalid @{}", seq)));
}

TEST_F(CoreTest, APageOfLargeOrdersFitsIntoAFrame) {
  auto large = buy("k", 1);
  large.type = msg::OrderType::kSell;
  large.lines.assign(msg::kOrderLinesMax, {base::ItemId(1), base::Quantity(1'000), {}});
  for (int i = 0; i < 1'000; ++i) {
    large.key = fmt::format("k{}", i);
    ask(large);
    if (i % 100 == 99) commit();
  }
  then();
  ask(msg::ListOrders{.limit = msg::kPageMax});
  const auto replies = messages_of(out.replies());
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_LT(replies[0].body.size(), msg::kFrameBytesMax / 2);
  EXPECT_TRUE(msg::decode<msg::OrdersReply>(replies[0].body)->next);
}

// The next release is linked here (tests/versions): it understands 1 and 2 and says 1.
TEST_F(CoreTest, EachIsAnsweredInTheVersionInWhichItAsked) {
  ask(buy("k", 1), {}, 2);
  ask(buy("k", 1), {}, 1);
  ask(buy("k2", 1'000'000), {}, 2);  // a refusal that waits for what is pending
  commit();
  ask(buy("k", 1), {}, 2);  // again
  ask(msg::GetOrder{base::OrderNo(1)}, {}, 2);
  ask(msg::GetOrder{base::OrderNo(9)}, {}, 2);
  std::map<std::uint64_t, std::uint32_t> versions;
  for (const auto& message : messages_of(out.replies())) versions[message.header.id] = message.header.v;
  EXPECT_THAT(versions, ElementsAre(std::pair(1, 2), std::pair(2, 1), std::pair(3, 2), std::pair(4, 2), std::pair(5, 2),
                                    std::pair(6, 2)));
}

TEST_F(CoreTest, ARequestWaitsForTheSeqItNames) {
  ask(msg::ListOrders{}, seq.value() + 1);
  EXPECT_THAT(then(), IsEmpty());
  ask(buy("k", 1));
  commit();
  EXPECT_THAT(then(), ElementsAre(fmt::format("2: order 1 @{}", seq), fmt::format("1: orders 1 @{}", seq)));
}

TEST_F(CoreTest, OnlyReadsAreAnsweredByAFollower) {
  appoint("order-2");
  ask(buy("k", 1));
  ask(msg::ListOrders{});
  EXPECT_THAT(then(), ElementsAre(fmt::format("1: not_writer @{}", seq), fmt::format("2: orders @{}", seq)));
}

TEST_F(CoreTest, BadRequestsAreAnswered) {
  std::string frame;
  msg::Header header;
  header.id = 1;
  header.t = "place";
  msg::append_message(frame, header, std::string_view("\x80"));
  header.id = 2;
  header.t = "dance";
  msg::append_message(frame, header, std::string_view("\x80"));
  core->on_request({"frontend", false}, frame, {now, out});
  core->on_request({"frontend", false}, "\xc1garbage", {now, out});
  EXPECT_THAT(then(), ElementsAre(fmt::format("1: malformed @{}", seq), fmt::format("2: unknown_type @{}", seq),
                                  fmt::format("0: malformed @{}", seq)));
}

TEST_F(CoreTest, GarbageFromTheBrokerIsCountedNotObeyed) {
  std::string refusal;
  msg::append_refusal(refusal, 1, Seq(), {.code = msg::Code::kUnavailable, .message = "no"});
  core->on_reply("tcp://broker", refusal, {now, out});
  core->on_reply("tcp://broker", "\xc1", {now, out});
  core->on_published("H", "\xc1", {now, out});
  EXPECT_TRUE(core->is_writer());
}

TEST_F(CoreTest, FencedWriterStepsDown) {
  ask(buy("k", 1));
  core->on_settled({now, out});
  const auto id = appends(out).at(0).id;
  std::string refusal;
  msg::append_refusal(refusal, id, Seq(), {.code = msg::Code::kFenced, .message = "another writes"});
  core->on_reply("tcp://broker", refusal, {now, out});
  EXPECT_FALSE(core->is_writer());
  EXPECT_THAT(then(), ElementsAre(fmt::format("1: not_writer @{}", seq)));
}

TEST_F(CoreTest, CommitsItsStoreNowAndThen) {
  tick(milliseconds(500));
  const auto before = store.commits;
  tick(milliseconds(100));
  EXPECT_EQ(store.commits, before) << "there was nothing to commit";
  ask(buy("k", 1));
  commit();
  tick(milliseconds(99));
  EXPECT_EQ(store.commits, before);
  tick(milliseconds(1));
  EXPECT_EQ(store.commits, before + 1);
  EXPECT_EQ(store.position().applied, seq);
  EXPECT_EQ(store.totals().last_order, base::OrderNo(1));
}

// Reads see the rows of the open transaction. The operator hears of it.
TEST_F(CoreTest, GoesOnWhileItsDiskHasNoRoomAndCommitsLater) {
  tick(milliseconds(500));
  const auto before = store.commits;
  store.room = false;
  ask(buy("k", 1));
  commit();
  tick(milliseconds(200));
  tick(milliseconds(200));
  EXPECT_EQ(store.commits, before);
  ask(msg::GetOrder{base::OrderNo(1)});
  EXPECT_THAT(then(), ElementsAre(fmt::format("1: order 1 @{}", seq), fmt::format("2: order 1 @{}", seq)));
  EXPECT_THAT(troubles(), ElementsAre(HasSubstr("the disk under this view is full")));
  store.room = true;
  tick(milliseconds(200));
  EXPECT_EQ(store.commits, before + 1);
  tick(milliseconds(200));
  EXPECT_THAT(troubles(), IsEmpty());
}

TEST_F(CoreTest, CommitsBeforeItStopsAtAFaultOfTheStream) {
  tick(milliseconds(500));
  ask(buy("k", 1));
  commit();
  const auto before = store.commits;
  core->on_published(msg::kHeartbeatTopic, msg::encoded(support::Stream("store-b").beat()), {now, out});
  EXPECT_TRUE(out.stopped());
  EXPECT_EQ(store.commits, before + 1);
  EXPECT_EQ(store.position().applied, seq);
}

TEST_F(CoreTest, CommitsItsStoreWhenMuchHasCome) {
  tick(milliseconds(500));
  const auto before = store.commits;
  for (int i = 0; i < 4'100; ++i) {
    ask(restock(fmt::format("k{}", i), 1, 1));
    if (i % 100 == 99) commit();
  }
  EXPECT_EQ(store.commits, before + 1);
}

TEST_F(CoreTest, AfterACrashTheStreamGivesTheSameAgain) {
  ask(buy("a", 1));
  commit();
  tick(milliseconds(500));
  ask(buy("b", 1));
  commit();
  const auto digest = core->digest();
  crash();
  EXPECT_EQ(core->digest(), digest);
  EXPECT_EQ(core->position().applied, seq);
  EXPECT_NE(digest.orders, 0U);
}

TEST_F(CoreTest, HeartbeatTellsTheRoundDigest) {
  while (seq.value() < msg::kDigestEvery) {
    ask(restock(fmt::format("k{}", seq.value()), 1, 1));
    commit();
  }
  out.publications().clear();
  tick(milliseconds(100));
  ASSERT_EQ(out.publications().size(), 1U);
  const auto beat = msg::decode<msg::Heartbeat>(out.publications()[0].payload);
  ASSERT_TRUE(beat);
  ASSERT_TRUE(beat->round_digest);
  EXPECT_EQ(beat->round_digest->seq, Seq(msg::kDigestEvery));
  EXPECT_EQ(*beat->round_digest, core->digest());
}

TEST_F(CoreTest, HeartbeatTellsTheTimeOnceItWasCompared) {
  const auto told = [&] {
    out.publications().clear();
    tick(milliseconds(100));
    return msg::decode<msg::Heartbeat>(out.publications().at(0).payload).value().at;
  };
  now.wall = base::kWallMax;
  EXPECT_FALSE(told());
  auto beat = support::Stream("store-1").beat();
  beat.at = 1'000;
  core->on_published(msg::kHeartbeatTopic, msg::encoded(beat), {now, out});
  EXPECT_LT(told().value(), 10'000);
}

TEST_F(CoreTest, HeartbeatCountsWhatHappened) {
  ask(buy("a", 1, 2));
  ask(buy("b", 1, 9));  // rests on what is pending, so it waits
  commit();
  ask(buy("a", 1, 2));
  ask(msg::GetOrder{base::OrderNo(7)});
  core->on_request({"frontend", false}, "garbage", {now, out});
  ask(buy("c", 1));
  core->on_settled({now, out});
  now.mono += Writer::kPendingAgeMax;
  ask(buy("d", 1));
  appoint("order-2");
  ask(buy("e", 1));
  out.publications().clear();
  tick(milliseconds(100));
  const auto beat = msg::decode<msg::Heartbeat>(out.publications().at(0).payload).value();
  std::map<std::string, std::uint64_t> counted;
  for (const auto& counter : beat.counters) counted[counter.name] = counter.value;
  const std::map<std::string, std::uint64_t> expected{
      {"decided", 2},    {"rejected", 1},      {"keys_repeated", 1},         {"writer_busy", 1},
      {"not_writer", 2}, {"refusals_held", 1}, {"refused_unknown_order", 1}, {"malformed", 1},
      {"appended", 2}};
  for (const auto& [name, value] : expected) EXPECT_EQ(counted[name], value) << name;
}

TEST_F(CoreTest, AFollowerStopsAtOnce) {
  appoint("order-2");
  core->on_stop({now, out});
  EXPECT_EQ(out.stopped(), "");
  EXPECT_EQ(store.position().applied, seq);
}

TEST_F(CoreTest, AWriterHandsOverBeforeItStops) {
  ask(buy("a", 1));
  core->on_stop({now, out});
  EXPECT_EQ(core->state(), msg::State::kDraining);
  ask(buy("b", 1));
  EXPECT_THAT(then(), ElementsAre(fmt::format("2: not_writer @{}", seq)));
  EXPECT_THAT(sent_types(), IsEmpty()) << "an order is still pending";
  commit();
  EXPECT_THAT(then(), ElementsAre(fmt::format("1: order 1 @{}", seq)));
  tick();
  EXPECT_THAT(sent_types(), ElementsAre("resign"));
  tick();
  EXPECT_THAT(sent_types(), IsEmpty());
  tick(milliseconds(100));
  EXPECT_THAT(sent_types(), ElementsAre("resign"));
  EXPECT_FALSE(out.stopped());
  appoint("order-2");
  tick();
  EXPECT_EQ(out.stopped(), "");
  EXPECT_EQ(store.position().applied, seq);
}

TEST_F(CoreTest, AskedTwiceAWriterStopsAsSoonAsNothingIsPending) {
  ask(buy("a", 1));
  core->on_stop({now, out});
  core->on_stop({now, out});
  tick();
  EXPECT_FALSE(out.stopped()) << "an order is still pending";
  commit();
  tick();
  EXPECT_EQ(out.stopped(), "") << "the whole store stops: there is nobody to hand over to";
  EXPECT_THAT(then(), ElementsAre(fmt::format("1: order 1 @{}", seq)));
  EXPECT_EQ(store.position().applied, seq);
}

TEST_F(CoreTest, AWriterThatNobodyReplacesStopsAllTheSame) {
  ask(buy("a", 1));
  core->on_stop({now, out});
  tick(milliseconds(1'990));
  EXPECT_FALSE(out.stopped());
  tick();
  EXPECT_EQ(out.stopped(), "");
  EXPECT_THAT(then(), ElementsAre(fmt::format("1: not_writer @{}", seq)));
}

}  // namespace
}  // namespace order
