// pygmy::Edge without a store, and its structs beside those of the protocol. With a store: tests/build/installed.py.
#include "edge/edge.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "edge/translate.h"
#include "net/key_file.h"
#include "tests/support/directory.h"

namespace pygmy {
namespace {

using std::chrono::milliseconds;

class EdgeTest : public testing::Test {
 protected:
  // Of a store whose broker does not run.
  Edge::Config config(std::string name = "till-1") const {
    return {.brokers = {"ipc://" + (directory / "broker")}, .name = std::move(name), .timeout = milliseconds(50)};
  }
  std::string complaint(const Edge::Config& config) {
    try {
      Edge edge(config);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "none";
  }

  support::Directory directory;
};

TEST_F(EdgeTest, ItsNameIsOneThatTheStoreMayRemember) {
  for (const auto& name : {std::string("a.B_9-z"), std::string(64, 'o')}) EXPECT_EQ(complaint(config(name)), "none");
  for (const auto& name : {std::string(), std::string(65, 'o'), std::string("a/b"), std::string("caf\xc3\xa9")}) {
    EXPECT_EQ(complaint(config(name)),
              "an edge needs a name of 1 to 64 letters, digits, '-', '_', '.': '" + name + "'");
  }
}

TEST_F(EdgeTest, ItNeedsABroker) {
  auto without = config();
  without.brokers.clear();
  EXPECT_EQ(complaint(without), "an edge needs the endpoints of the store's brokers");
}

TEST_F(EdgeTest, ItsKeyIsThatOfAFrontendOfItsName) {
  const auto path = directory / "a.key";
  const auto with_key = [&](const std::string& role, const std::string& name) {
    const auto pair = net::new_key_pair();
    std::ofstream(path) << net::text_of({role, name, net::new_key_pair().open, pair});
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    auto keyed = config();
    keyed.key_file = path;
    return complaint(keyed);
  };
  EXPECT_EQ(with_key("frontend", "till-1"), "none");
  EXPECT_EQ(
      with_key("frontend", "till-2"),
      path + " is the key of the frontend 'till-2'; this edge needs one of its own: pygmy keys add frontend till-1");
  EXPECT_NE(with_key("client", "till-1").find("is the key of the client 'till-1'"), std::string::npos);
  auto missing = config();
  missing.key_file = directory / "none";
  EXPECT_NE(complaint(missing).find(missing.key_file), std::string::npos);
}

TEST_F(EdgeTest, WithoutAStoreEveryCallEndsByItsDeadline) {
  Edge edge(config());
  EXPECT_EQ(edge.lookup(1).refusal.code, "unavailable");
  EXPECT_EQ(edge.search().refusal.code, "unavailable");
  EXPECT_EQ(edge.order(1).refusal.code, "unavailable");
  EXPECT_EQ(edge.orders().refusal.code, "unavailable");
  for (const auto& code :
       {edge.place({.key = "a", .lines = {{.item = 1, .quantity = 1}}}).refusal.code,
        edge.restock("b", 1, 1).refusal.code, edge.set_price("c", 1, 1).refusal.code, edge.outcome("d").refusal.code}) {
    EXPECT_TRUE(code == "unavailable" || code == "unknown") << code;
  }
}

// --- the structs ---

TEST(Structs, HoldNothingUntilSomebodyFillsThem) {
  const Item item;
  EXPECT_EQ(std::tuple(item.id, item.price, item.stock, item.version), std::tuple(0U, 0, 0, 0U));
  const Line line;
  EXPECT_EQ(std::tuple(line.item, line.quantity), std::tuple(0U, 0));
  const Order order;
  EXPECT_EQ(std::tuple(order.no, order.seq, order.at, order.total), std::tuple(0U, 0U, 0, 0));
  EXPECT_EQ(std::tuple(Items().next, Outcome().seq, Reply<Item>().seq), std::tuple(0U, 0U, 0U));
  const Search search;
  EXPECT_EQ(std::tuple(search.after, search.limit), std::tuple(0U, 100U));
  const Edge::Config config;
  EXPECT_EQ(std::tuple(config.cache_bytes, config.timeout), std::tuple(std::size_t{64} << 20, milliseconds(5000)));
}

// --- between the structs ---

msg::Order order(msg::OrderType type) {
  return {base::OrderNo(1),
          base::Seq(2),
          3,
          type,
          "key",
          "ann",
          {{base::ItemId(4), base::Quantity(5), base::Cents(6), base::Quantity(7)}},
          base::Cents(30),
          {}};
}

TEST(Translated, ItemsKeepEveryField) {
  const msg::Item item{base::ItemId(1), "Tea", "drinks", base::Cents(2), base::Quantity(3), base::Seq(4)};
  const auto items = translated(msg::ItemsReply{{item}, base::ItemId(9), {}});
  ASSERT_EQ(items.items.size(), 1U);
  const auto& told = items.items[0];
  EXPECT_EQ(std::tie(told.title, told.topic), std::tuple("Tea", "drinks"));
  EXPECT_EQ(std::tuple(told.id, told.price, told.stock, told.version), std::tuple(1U, 2, 3, 4U));
  EXPECT_EQ(items.next, 9U);
  EXPECT_EQ(translated(msg::ItemsReply{}).next, 0U) << "the last page";
}

TEST(Translated, ASearchAsksForWhatIsWanted) {
  const auto asked = translated(Search{.topic = "drinks", .text = "tea", .after = 7, .limit = 20});
  EXPECT_EQ(std::tuple(asked.topic, asked.text, asked.after, asked.limit),
            std::tuple("drinks", "tea", base::ItemId(7), 20U));
  const auto all = translated(Search{});
  EXPECT_FALSE(all.topic || all.text || all.after) << "the first page of all items";
}

TEST(Translated, ANewOrderKeepsEveryField) {
  const auto placed = translated(NewOrder{
      .key = "key", .type = OrderType::kSell, .customer = "ann", .lines = {{1, 2, 3}, {.item = 4, .quantity = 5}}});
  EXPECT_EQ(std::tuple(placed.key, placed.type, placed.customer), std::tuple("key", msg::OrderType::kSell, "ann"));
  ASSERT_EQ(placed.lines.size(), 2U);
  EXPECT_EQ(std::tuple(placed.lines[0].item, placed.lines[0].quantity, placed.lines[0].price),
            std::tuple(base::ItemId(1), base::Quantity(2), base::Cents(3)));
  EXPECT_FALSE(placed.lines[1].price) << "any price";
  const auto least = translated(NewOrder{.key = "key"});
  EXPECT_EQ(least.type, msg::OrderType::kBuy);
  EXPECT_FALSE(least.customer);
}

TEST(Translated, AnOrderKeepsEveryField) {
  const auto told = translated(order(msg::OrderType::kSell));
  EXPECT_EQ(std::tuple(told.no, told.seq, told.at, told.type, told.total), std::tuple(1U, 2U, 3, OrderType::kSell, 30));
  EXPECT_EQ(std::tuple(told.key, told.customer), std::tuple("key", "ann"));
  ASSERT_EQ(told.lines.size(), 1U);
  EXPECT_EQ(std::tuple(told.lines[0].item, told.lines[0].quantity, told.lines[0].price), std::tuple(4U, 5, 6));
  EXPECT_EQ(translated(order(msg::OrderType::kBuy)).type, OrderType::kBuy);
}

TEST(Translated, AnOutcomeIsThatOfTheKey) {
  const auto of = [](msg::OutcomeKind kind) { return translated(msg::OutcomeReply{kind, base::Seq(8), {}}).effect; };
  EXPECT_EQ(of(msg::OutcomeKind::kOrder), Effect::kOrder);
  EXPECT_EQ(of(msg::OutcomeKind::kChange), Effect::kChange);
  EXPECT_EQ(of(msg::OutcomeKind::kVoid), Effect::kNone);
  const auto ordered =
      translated(msg::OutcomeReply{msg::OutcomeKind::kOrder, base::Seq(8), order(msg::OrderType::kBuy)});
  EXPECT_EQ(ordered.seq, 8U);
  ASSERT_TRUE(ordered.order);
  EXPECT_EQ(ordered.order->no, 1U);
}

TEST(Translated, AReplyHasAValueOrTheRefusal) {
  client::Reply<int> reply;
  reply.body = 7;
  reply.seq = base::Seq(9);
  const auto twice = [](int value) { return 2 * value; };
  const auto told = translated(reply, twice);
  ASSERT_TRUE(told);
  EXPECT_EQ(*told, 14);
  EXPECT_EQ(told.seq, 9U);
  client::Reply<int> refused;
  refused.refusal = msg::Refusal{.code = msg::Code::kOutOfStock, .message = "sold out"};
  const auto why = translated(refused, twice);
  EXPECT_FALSE(why);
  EXPECT_EQ(std::tie(why.refusal.code, why.refusal.message), std::tuple("out_of_stock", "sold out"));
}

}  // namespace
}  // namespace pygmy
