#include "ledger/orders.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace ledger {
namespace {

using base::Seq;

TEST(OrdersTest, NumbersHaveNoGaps) {
  Orders orders;
  msg::OrderPlaced placed{.key = "k", .no = base::OrderNo(1)};
  EXPECT_EQ(orders.evolve({5, placed}, Seq(7))->seq, Seq(7));
  placed.no = base::OrderNo(3);
  EXPECT_DEATH(orders.evolve({5, placed}, Seq(8)), "last=1");
}

TEST(OrdersTest, OnlyAnOrderThatWasPlacedIsCancelled) {
  Orders orders;
  EXPECT_DEATH(orders.evolve({5, msg::OrderCancelled{.key = "c", .no = base::OrderNo(1)}}, Seq(7)), "cancels order=1");
  orders.evolve({5, msg::OrderPlaced{.key = "k", .no = base::OrderNo(1)}}, Seq(7));
  orders.evolve({5, msg::OrderCancelled{.key = "c", .no = base::OrderNo(1)}}, Seq(8));
  EXPECT_DEATH(orders.evolve({5, msg::OrderCancelled{.key = "d", .no = base::OrderNo(0)}}, Seq(9)), "cancels order=0");
}

TEST(OrdersTest, EventsThatAreNoOrdersMakeNoRow) {
  Orders orders;
  orders.evolve({5, msg::OrderPlaced{.key = "k", .no = base::OrderNo(1)}}, Seq(7));
  const auto digest = orders.digest();
  for (const msg::Event& event : {msg::Event{6, msg::KeyVoided{"v"}}, msg::Event{6, msg::PriceChanged{}},
                                  msg::Event{6, msg::WriterAppointed{}}}) {
    EXPECT_FALSE(orders.evolve(event, Seq(8)));
  }
  EXPECT_EQ(orders.last(), base::OrderNo(1));
  EXPECT_EQ(orders.digest(), digest);
}

TEST(OrdersTest, DigestTellsHistoriesApart) {
  const auto digest = [](std::vector<std::string> customers, std::uint64_t first_seq = 1) {
    Orders orders;
    for (const auto& customer : customers) {
      orders.evolve({5, msg::OrderPlaced{.key = "k", .no = orders.last().next(), .customer = customer}},
                    Seq(first_seq++));
    }
    return orders.digest();
  };
  EXPECT_EQ(digest({"ann", "bob"}), digest({"ann", "bob"}));
  EXPECT_NE(digest({"ann", "bob"}), digest({"bob", "ann"}));
  EXPECT_NE(digest({"ann", "bob"}), digest({"ann"}));
  EXPECT_NE(digest({"ann"}), digest({"ann"}, 2));
}

TEST(OrdersTest, GoesOnFromWhatWasStored) {
  Orders orders;
  orders.evolve({5, msg::OrderPlaced{.key = "a", .no = base::OrderNo(1)}}, Seq(1));
  Orders reopened(orders.last(), orders.digest());
  const msg::Event second{6, msg::OrderPlaced{.key = "b", .no = base::OrderNo(2)}};
  orders.evolve(second, Seq(2));
  reopened.evolve(second, Seq(2));
  EXPECT_EQ(reopened.digest(), orders.digest());
}

msg::Order an_order() {
  return {base::OrderNo(17),
          Seq(42),
          1'700'000'000'000,
          msg::OrderType::kSell,
          "key-1",
          "ann",
          {{base::ItemId(2), base::Quantity(3), base::Cents(4995), base::Quantity(97)},
           {base::ItemId(8), base::Quantity(1), base::Cents(250), base::Quantity(0)}},
          base::Cents(15235)};
}

// Views store sums of these values, so every release must compute the same ones.
TEST(OrdersTest, RowDigestsAreAStoredFormat) {
  EXPECT_EQ(row_digest(an_order()), 0xcf6fd8560a84ada9);
  EXPECT_EQ(row_digest(msg::Order{}), 0x07373f38563bd447);
  auto by_a_client = an_order();
  by_a_client.by = Seq(43);
  EXPECT_EQ(row_digest(by_a_client), 0x7cd5cfab7511a883);
}

TEST(OrdersTest, EveryFieldOfAnOrderIsInItsRowsDigest) {
  using Change = std::function<void(msg::Order&)>;
  const std::vector<std::pair<const char*, Change>> changes{
      {"no", [](auto& order) { order.no = base::OrderNo(18); }},
      {"seq", [](auto& order) { order.seq = Seq(43); }},
      {"at", [](auto& order) { ++order.at; }},
      {"type", [](auto& order) { order.type = msg::OrderType::kBuy; }},
      {"key", [](auto& order) { order.key = "key-2"; }},
      {"customer", [](auto& order) { order.customer = ""; }},
      {"key and customer", [](auto& order) { order.key = "key-1a", order.customer = "nn"; }},
      {"number of lines", [](auto& order) { order.lines.pop_back(); }},
      {"order of lines", [](auto& order) { std::swap(order.lines[0], order.lines[1]); }},
      {"item of a line", [](auto& order) { order.lines[1].item = base::ItemId(9); }},
      {"quantity of a line", [](auto& order) { order.lines[1].quantity = base::Quantity(2); }},
      {"price of a line", [](auto& order) { order.lines[1].price = base::Cents(251); }},
      {"stock of a line", [](auto& order) { order.lines[1].stock = base::Quantity(1); }},
      {"total", [](auto& order) { order.total = base::Cents(15236); }},
      {"by", [](auto& order) { order.by = Seq(); }},
      {"another by", [](auto& order) { order.by = Seq(43); }}};
  std::set<std::uint64_t> digests{row_digest(an_order())};
  for (const auto& [field, change] : changes) {
    auto order = an_order();
    change(order);
    EXPECT_TRUE(digests.insert(row_digest(order)).second) << field;
  }
}

msg::Cancellation a_cancellation() {
  return {base::OrderNo(17),
          Seq(50),
          1'700'000'000'000,
          msg::CancelKind::kReturn,
          "key-9",
          {{base::ItemId(2), base::Quantity(1), base::Cents(4995), base::Quantity(98)},
           {base::ItemId(8), base::Quantity(1), base::Cents(250), base::Quantity(1)}},
          base::Cents(5245),
          "too many",
          Seq(4)};
}

TEST(OrdersTest, EveryFieldOfACancellationIsInItsRowsDigest) {
  using Change = std::function<void(msg::Cancellation&)>;
  const std::vector<std::pair<const char*, Change>> changes{
      {"no", [](auto& row) { row.no = base::OrderNo(18); }},
      {"seq", [](auto& row) { row.seq = Seq(51); }},
      {"at", [](auto& row) { ++row.at; }},
      {"kind", [](auto& row) { row.kind = msg::CancelKind::kCancel; }},
      {"key", [](auto& row) { row.key = "key-8"; }},
      {"number of lines", [](auto& row) { row.lines.pop_back(); }},
      {"item of a line", [](auto& row) { row.lines[1].item = base::ItemId(9); }},
      {"quantity of a line", [](auto& row) { row.lines[1].quantity = base::Quantity(2); }},
      {"price of a line", [](auto& row) { row.lines[1].price = base::Cents(251); }},
      {"stock of a line", [](auto& row) { row.lines[1].stock = base::Quantity(2); }},
      {"total", [](auto& row) { row.total = base::Cents(5246); }},
      {"reason", [](auto& row) { row.reason = ""; }},
      {"by", [](auto& row) { row.by.reset(); }}};
  std::set<std::uint64_t> digests{row_digest(a_cancellation())};
  for (const auto& [field, change] : changes) {
    auto row = a_cancellation();
    change(row);
    EXPECT_TRUE(digests.insert(row_digest(row)).second) << field;
  }
}

// Views store sums of these values, so every release must compute the same ones.
TEST(OrdersTest, RowDigestsOfCancellationsAreAStoredFormat) {
  EXPECT_EQ(row_digest(a_cancellation()), 0x3a48edc8a915724e);
  EXPECT_EQ(row_digest(msg::Cancellation{}), 0x69dd3f67efed6aca);
}

TEST(OrdersTest, TheDigestCoversCancellations) {
  Orders orders;
  orders.evolve({5, msg::OrderPlaced{.key = "k", .no = base::OrderNo(1)}}, Seq(1));
  const auto before = orders.digest();
  const msg::Event event{6, msg::OrderCancelled{.key = "c", .no = base::OrderNo(1), .reason = "late"}};
  EXPECT_FALSE(orders.evolve(event, Seq(2)));
  EXPECT_EQ(orders.digest(), before + row_digest(*cancellation_of(event, Seq(2))));
  EXPECT_EQ(orders.last(), base::OrderNo(1));
}

TEST(OrdersTest, TheDigestIsTheSumOfItsRows) {
  Orders orders;
  std::uint64_t sum = 0;
  for (std::uint64_t no = 1; no <= 3; ++no) {
    sum += row_digest(*orders.evolve({5, msg::OrderPlaced{.key = "k", .no = base::OrderNo(no)}}, Seq(no + 4)));
  }
  EXPECT_EQ(orders.digest(), sum);
}

}  // namespace
}  // namespace ledger
