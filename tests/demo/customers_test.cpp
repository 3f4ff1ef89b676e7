// The requests of a demo's customers, by seed.
#include "demo/customers.h"

#include <gmock/gmock.h>

#include <map>
#include <set>

namespace demo {
namespace {

load::Contents seven_items() {
  load::Contents contents;
  for (std::uint64_t id = 1; id <= 7; ++id) {
    msg::Item item;
    item.id = base::ItemId(id);
    item.topic = id % 2 ? "odd" : "even";
    contents.add(item);
  }
  return contents;
}

client::Answer answered(std::uint64_t order, std::chrono::milliseconds took = {}) {
  msg::OrderReply reply;
  reply.order.no = base::OrderNo(order);
  client::Answer answer;
  answer.body = msg::encoded(reply);
  answer.took = took;
  return answer;
}

client::Answer refused(msg::Code code) {
  client::Answer answer;
  answer.refusal = msg::Refusal{.code = code};
  return answer;
}

// The next request of this type. Others are answered meanwhile.
load::Request next_of(Customers& customers, std::string_view type, std::size_t slot = 0) {
  for (;;) {
    auto request = customers.next(slot);
    if (request.type == type) return request;
    customers.learn(slot, request.type == msg::PlaceOrder::kType ? answered(1) : client::Answer{});
  }
}

TEST(Customers, AreTheSameForASeed) {
  Customers first(seven_items(), 7, "k-");
  Customers second(seven_items(), 7, "k-");
  for (std::size_t i = 0; i < 200; ++i) {
    const auto a = first.next(i % 4);
    const auto b = second.next(i % 4);
    EXPECT_EQ(a.type, b.type);
    EXPECT_EQ(a.body, b.body);
  }
}

TEST(Customers, MostlyLookAndSometimesBuy) {
  Customers customers(seven_items(), 1, "k-");
  customers.next(0);
  std::map<std::string_view, int> counts;
  for (int i = 0; i < 1000; ++i) {
    const auto request = customers.next(0);
    customers.learn(0, request.type == msg::PlaceOrder::kType ? answered(1) : client::Answer{});
    ++counts[request.type];
  }
  EXPECT_GT(counts[msg::Lookup::kType], 500);
  EXPECT_GT(counts[msg::Search::kType], 100);
  EXPECT_GT(counts[msg::PlaceOrder::kType], 100);
  EXPECT_GT(counts[msg::GetOrder::kType], 50);
  EXPECT_EQ(counts.size(), 4U);
}

TEST(Customers, HaveNamesAndKeysOfTheirOwn) {
  Customers customers(seven_items(), 1, "k-");
  std::set<std::string> names, keys;
  for (std::size_t slot = 0; slot < 12; ++slot) {
    const auto order = msg::decode<msg::PlaceOrder>(next_of(customers, msg::PlaceOrder::kType, slot).body).value();
    names.insert(order.customer.value());
    keys.insert(order.key);
    EXPECT_TRUE(next_of(customers, msg::PlaceOrder::kType, slot).is_write);
  }
  EXPECT_EQ(names.size(), 12U);
  EXPECT_EQ(keys.size(), 12U);
}

TEST(Customers, AnItemThatIsSoldOutIsRestockedOnce) {
  Customers customers(seven_items(), 1, "k-");
  const auto order = msg::decode<msg::PlaceOrder>(next_of(customers, msg::PlaceOrder::kType).body).value();
  customers.learn(0, refused(msg::Code::kOutOfStock));
  const auto request = customers.next(0);
  ASSERT_EQ(request.type, msg::Restock::kType);
  const auto restock = msg::decode<msg::Restock>(request.body).value();
  EXPECT_EQ(restock.item, order.lines.at(0).item);
  EXPECT_EQ(restock.delta, base::Quantity(Customers::kRestock));
  customers.learn(0, {});
  EXPECT_NE(customers.next(0).type, msg::Restock::kType);
}

TEST(Customers, OnlyOrdersThatWerePlacedCount) {
  Customers customers(seven_items(), 1, "k-");
  next_of(customers, msg::PlaceOrder::kType);
  const auto before = customers.orders();
  customers.learn(0, refused(msg::Code::kUnavailable));
  EXPECT_EQ(customers.orders(), before);
  const auto request = next_of(customers, msg::PlaceOrder::kType);
  const auto placed = customers.orders();
  customers.learn(0, answered(9));
  EXPECT_EQ(customers.orders(), placed + 1);
}

TEST(Customers, TheTimesOfAnswersAreTakenOnce) {
  Customers customers(seven_items(), 1, "k-");
  customers.next(0);
  customers.learn(0, answered(1, std::chrono::milliseconds(3)));
  EXPECT_EQ(customers.take_latency().count(), 1U);
  EXPECT_EQ(customers.take_latency().count(), 0U);
}

}  // namespace
}  // namespace demo
