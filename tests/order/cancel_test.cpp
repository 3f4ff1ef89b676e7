// Cancellations: at the writer, in the reads of an order replica, and who may cancel what.
#include <cstdlib>

#include "tests/order/core_fixture.h"
#include "tests/order/writer_fixture.h"

namespace order {
namespace {

msg::Grant granting(std::string key, char letter, msg::ClientRole role, std::optional<std::string> customer = {}) {
  return {.key = std::move(key),
          .hash = {std::string(msg::kTokenHashBytes, letter)},
          .role = role,
          .customer = std::move(customer)};
}

class CancelTest : public WriterTest {
 protected:
  CancelTest() {
    when(buy("given-order", 1, 3));  // order 1, seq 3: item 1 has 2 of 5 left
    commit();
    answers(out);
  }
  Seq given_credential(char letter, msg::ClientRole role, std::optional<std::string> customer = {}) {
    by.reset();
    when(granting(fmt::format("given-{}", letter), letter, role, std::move(customer)));
    commit();
    answers(out);
    return seq;
  }
};

TEST_F(CancelTest, IsAnsweredOnceItIsCommitted) {
  when(cancel("c", 1));
  settle();
  EXPECT_THAT(then(), IsEmpty());
  commit();
  EXPECT_THAT(then(), ElementsAre("1: order 1 cancelled @4"));
  EXPECT_EQ(stock(1), 5);
  EXPECT_FALSE(store.order(base::OrderNo(1))->state) << "the order itself never changes";
  EXPECT_THAT(store.cancellations(base::OrderNo(1)), SizeIs(1));
}

TEST_F(CancelTest, ARepetitionIsAnsweredAsTheFirstTime) {
  when(cancel("c1", 1, 1, 1));
  commit();
  when(cancel("c2", 1, 1, 2));
  commit();
  when(cancel("c1", 1, 1, 1));
  when(cancel("c2", 1, 1, 2));
  when(buy("given-order", 1, 3));
  EXPECT_THAT(then(), ElementsAre("1: order 1 partly_cancelled @4", "2: order 1 cancelled @5",
                                  "3: order 1 partly_cancelled @4", "4: order 1 cancelled @5", "0: order 1 @3"));
  EXPECT_EQ(stock(1), 5);
}

TEST_F(CancelTest, OfTwoThatAreUnderWayTheSecondIsDecidedOnceTheFirstIsCommitted) {
  when(cancel("c1", 1, 1, 2));
  when(cancel("c2", 1, 1, 2));
  when(cancel("c3", 1));
  when(cancel("c1", 1, 1, 2));
  commit();
  EXPECT_THAT(then(), ElementsAre("1: order 1 partly_cancelled @4", "2: more_than_remains @4"));
  commit();
  EXPECT_THAT(then(), ElementsAre("3: order 1 cancelled @5", "4: order 1 partly_cancelled @4"));
  EXPECT_EQ(stock(1), 5);
  EXPECT_TRUE(writer.idle());
}

TEST_F(CancelTest, AnOrderThatIsUnderWayIsWaitedFor) {
  when(buy("k", 1, 2));
  when(cancel("c", 2));
  when(cancel("d", 3));
  EXPECT_THAT(then(), IsEmpty());
  commit();
  EXPECT_THAT(then(), ElementsAre("1: order 2 @4", "3: unknown_order @4"));
  commit();
  EXPECT_THAT(then(), ElementsAre("2: order 2 cancelled @5"));
  EXPECT_EQ(stock(1), 2);
}

TEST_F(CancelTest, TheOutcomeOfItsKeyIsAChange) {
  when(cancel("c", 1));
  when(outcome("c"));
  commit();
  EXPECT_THAT(then(), ElementsAre("1: order 1 cancelled @4", "2: outcome change @4"));
  when(outcome("c"));
  EXPECT_THAT(then(), ElementsAre("3: outcome change @4"));
}

TEST_F(CancelTest, ADeposedWriterForgetsWhatWasUnderWay) {
  when(cancel("c", 1));
  settle();
  wire.clear();
  appoint("order-2");
  EXPECT_THAT(then(), ElementsAre("1: not_writer @4"));
  appoint();
  when(cancel("c", 1));
  commit();
  EXPECT_THAT(then(), ElementsAre("2: order 1 cancelled @6"));
  EXPECT_EQ(stock(1), 5);
}

TEST_F(CancelTest, ABuyerCancelsItsOwnOrders) {
  const auto ann = given_credential('a', msg::ClientRole::kBuyer, "ann");
  const auto bob = given_credential('b', msg::ClientRole::kBuyer, "bob");
  by = bob;
  when(cancel("c", 1));
  when(cancel("c", 2));
  EXPECT_THAT(then(), ElementsAre("1: unknown_order @5", "2: unknown_order @5"));
  by = ann;
  when(cancel("c", 1));
  commit();
  EXPECT_THAT(then(), ElementsAre("3: order 1 cancelled @6"));
  EXPECT_EQ(store.cancellations(base::OrderNo(1)).at(0).by, ann);
  when(outcome("c"));
  by = bob;
  when(outcome("c"));
  EXPECT_THAT(then(), ElementsAre("4: outcome change @6", "5: key_reused @6"));
}

TEST_F(CancelTest, AClerkTakesReturnsAndABuyerDoesNot) {
  const auto ann = given_credential('a', msg::ClientRole::kBuyer, "ann");
  const auto clerk = given_credential('c', msg::ClientRole::kClerk);
  auto returned = cancel("c", 1);
  for (const auto kind : {msg::CancelKind::kReturn, msg::CancelKind::kScrap}) {
    returned.kind = kind;
    by = ann;
    when(returned);
  }
  by = clerk;
  when(returned);
  commit();
  EXPECT_THAT(then(), ElementsAre("1: forbidden @5", "2: forbidden @5", "3: order 1 returned @6"));
  EXPECT_EQ(stock(1), 2) << "scrapped";
}

// Such a buyer knows its orders by their keys; a number could be anybody's.
TEST_F(CancelTest, ABuyerWithoutATokenCancelsNothing) {
  by = Seq();
  auto place = buy("k", 1);
  place.customer.reset();
  when(place);
  commit();
  when(cancel("c", 2));
  when(cancel("c", 1));
  EXPECT_THAT(then(), ElementsAre("1: order 2 @4", "2: unknown_order @4", "3: unknown_order @4"));
}

TEST_F(CancelTest, AnOrderThatIsLostIsNotAnswered) {
  store.damage([](auto& data) { data.orders.erase(base::OrderNo(1)); });
  when(cancel("c", 1));
  EXPECT_THAT(then(), IsEmpty());
  EXPECT_EQ(writer.lost_order(), base::OrderNo(1));
}

TEST_F(CancelTest, AnOrderThatIsLostWhileItsCancellationIsUnderWayIsNotAnswered) {
  when(cancel("c", 1));
  store.damage([](auto& data) { data.orders.erase(base::OrderNo(1)); });
  commit();
  EXPECT_THAT(then(), IsEmpty());
  EXPECT_EQ(writer.lost_order(), base::OrderNo(1));
}

class CancelCoreTest : public CoreTest {
 protected:
  CancelCoreTest() {
    for (const auto* key : {"a", "b"}) {
      ask(buy(key, 1));
      commit();
    }
    answers(out);
    asked = 0;
  }
};

TEST_F(CancelCoreTest, ReadsShowWhatWasTakenBack) {
  const auto placed = seq.value();
  ask(cancel("c", 1));
  commit();
  ask(msg::GetOrder{base::OrderNo(1)});
  ask(msg::GetOrder{base::OrderNo(2)});
  EXPECT_THAT(then(), testing::ElementsAre(fmt::format("1: order 1 cancelled @{}", seq),
                                           fmt::format("2: order 1 cancelled @{}", seq),
                                           fmt::format("3: order 2 @{}", placed)));
  ask(msg::ListOrders{});
  const auto page = *msg::decode<msg::OrdersReply>(messages_of(out.replies()).back().body);
  ASSERT_EQ(page.orders.size(), 2U);
  EXPECT_EQ(page.orders[0].state, msg::OrderState::kCancelled);
  EXPECT_EQ(page.orders[0].cancellations->at(0).seq, seq);
  EXPECT_FALSE(page.orders[1].state);
}

TEST_F(CancelCoreTest, CancellationsOutliveTheProcess) {
  ask(cancel("c", 1));
  commit();
  then();
  tick(std::chrono::seconds(2));
  crash();
  EXPECT_FALSE(core->diverged());
  ask(msg::GetOrder{base::OrderNo(1)});
  EXPECT_THAT(then(), testing::ElementsAre(fmt::format("2: order 1 cancelled @{}", seq)));
}

TEST_F(CancelCoreTest, TheDigestCoversThem) {
  const auto before = core->digest().orders;
  ask(cancel("c", 1));
  commit();
  store.damage([](auto& data) { data.cancellations.clear(); });
  EXPECT_NE(core->digest().orders, before);
  for (int i = 0; i < 3'000 && !core->diverged(); ++i) tick();
  ASSERT_TRUE(core->diverged());
  EXPECT_EQ(core->diverged()->rfind("orders: the digest", 0), 0U) << *core->diverged();
}

// A hundred cancellations of a hundred lines each, of many orders.
TEST_F(CancelCoreTest, APageOfManyCancellationsFitsIntoAFrame) {
  appoint("order-9");
  constexpr std::uint64_t kItems = 100;
  std::vector<msg::ItemAdded> items;
  for (std::uint64_t id = 10; id < 10 + kItems; ++id) items.push_back(added(id, 1'000'000));
  block({{0, msg::ItemsAdded{"many", 0, items}}});
  std::int64_t stock = 1'000'000;
  const auto lines = [&](std::int64_t pieces) {
    stock += pieces;
    std::vector<msg::OrderLine> all;
    for (const auto& item : items) {
      all.push_back({item.id, base::Quantity(std::abs(pieces)), base::Cents(100), base::Quantity(stock)});
    }
    return all;
  };
  for (std::uint64_t no = 3; no < 6; ++no) {
    block({{0, msg::OrderPlaced{.key = fmt::format("o{}", no),
                                .no = base::OrderNo(no),
                                .lines = lines(-100),
                                .total = base::Cents(1'000'000)}}});
    for (std::size_t i = 0; i < msg::kCancellationsMax; ++i) {
      block({{0, msg::OrderCancelled{.key = fmt::format("c{}-{}", no, i),
                                     .no = base::OrderNo(no),
                                     .lines = lines(1),
                                     .total = base::Cents(10'000),
                                     .reason = std::string(200, 'r')}}});
    }
  }
  ask(msg::ListOrders{});
  const auto body = std::string(messages_of(out.replies()).back().body);
  EXPECT_LT(body.size(), msg::kFrameBytesMax * 3 / 4);
  const auto page = *msg::decode<msg::OrdersReply>(body);
  EXPECT_EQ(page.next, page.orders.back().no);
}

}  // namespace
}  // namespace order
