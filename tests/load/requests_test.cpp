#include "load/requests.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace load {
namespace {

constexpr unsigned kMany = 50'000;

Contents contents(std::size_t items, std::uint64_t last_order = 0) {
  Contents contents;
  for (std::uint64_t i = 1; i <= items; ++i) {
    msg::Item item;
    item.id = base::ItemId(i);
    item.topic = i % 2 == 0 ? "even" : "odd";
    contents.add(item);
  }
  contents.last_order = last_order;
  return contents;
}

Requests requests(Op op, Contents of, std::size_t lines = 1) {
  const auto items = of.items().size();
  return {op, std::move(of), Popularity::uniform(items), 5, "run-", lines};
}

std::map<std::string_view, double> shares(Requests& requests) {
  std::map<std::string_view, double> shares;
  for (unsigned i = 0; i < kMany; ++i) shares[requests.next(0).type] += 1.0 / kMany;
  return shares;
}

client::Answer answer_of_order(std::uint64_t no) {
  client::Answer answer;
  msg::OrderReply reply;
  reply.order.no = base::OrderNo(no);
  answer.body = msg::encoded(reply);
  return answer;
}

TEST(Requests, EachOperationHasItsWord) {
  const std::vector<std::pair<std::string_view, Op>> words{{"lookup", Op::kLookup}, {"search", Op::kSearch},
                                                           {"order", Op::kOrder},   {"buy", Op::kBuy},
                                                           {"events", Op::kEvents}, {"mix", Op::kMix},
                                                           {"hold", Op::kHold}};
  for (const auto& [word, op] : words) EXPECT_EQ(op_of(word), op) << word;
}

TEST(Requests, LookUpEveryItem) {
  auto lookups = requests(Op::kLookup, contents(4));
  std::set<std::uint64_t> items;
  for (int i = 0; i < 200; ++i) {
    const auto request = lookups.next(0);
    EXPECT_EQ(request.type, "lookup");
    EXPECT_FALSE(request.is_write);
    items.insert(msg::decode<msg::Lookup>(request.body)->item->value());
  }
  EXPECT_EQ(items, (std::set<std::uint64_t>{1, 2, 3, 4}));
}

TEST(Requests, SearchForTheTopicOfAnItem) {
  auto searches = requests(Op::kSearch, contents(4));
  std::set<std::string> topics;
  for (int i = 0; i < 200; ++i) topics.insert(*msg::decode<msg::Search>(searches.next(0).body)->topic);
  EXPECT_EQ(topics, (std::set<std::string>{"even", "odd"}));
}

TEST(Requests, BuyWithAKeyOfTheirOwn) {
  auto buys = requests(Op::kBuy, contents(2));
  std::set<std::string> keys;
  for (unsigned i = 0; i < 1000; ++i) {
    const auto request = buys.next(0);
    EXPECT_TRUE(request.is_write);
    const auto place = msg::decode<msg::PlaceOrder>(request.body);
    ASSERT_TRUE(place);
    EXPECT_EQ(place->key.rfind("run-", 0), 0U);
    EXPECT_EQ(place->lines.size(), 1U);
    keys.insert(place->key);
  }
  EXPECT_EQ(keys.size(), 1000U);
}

TEST(Requests, BuyInSoManyLinesAsAreWanted) {
  auto buys = requests(Op::kBuy, contents(4), 3);
  std::set<std::vector<std::uint64_t>> orders;
  for (int i = 0; i < 2000; ++i) {
    const auto place = msg::decode<msg::PlaceOrder>(buys.next(0).body);
    std::vector<std::uint64_t> items;
    for (const auto& line : place->lines) items.push_back(line.item.value());
    orders.insert(items);
  }
  EXPECT_EQ(orders.size(), 64U) << "each line has an item of its own";
}

TEST(Requests, AskForOrdersThatThereAre) {
  auto orders = requests(Op::kOrder, contents(1, 3));
  std::set<std::uint64_t> numbers;
  for (int i = 0; i < 200; ++i) numbers.insert(msg::decode<msg::GetOrder>(orders.next(0).body)->no.value());
  EXPECT_EQ(numbers, (std::set<std::uint64_t>{1, 2, 3}));
}

TEST(Requests, OfAMixHaveTheirShares) {
  auto mix = requests(Op::kMix, contents(10, 100));
  auto told = shares(mix);
  EXPECT_NEAR(told["lookup"], 0.80, 0.005);
  EXPECT_NEAR(told["search"], 0.10, 0.005);
  EXPECT_NEAR(told["order"], 0.05, 0.005);
  EXPECT_NEAR(told["place"], 0.05, 0.005);
}

TEST(Requests, OfAMixBuyUntilThereIsAnOrder) {
  auto mix = requests(Op::kMix, contents(10));
  auto told = shares(mix);
  EXPECT_EQ(told.count("order"), 0U);
  EXPECT_NEAR(told["place"], 0.10, 0.02);
  mix.learn(0, answer_of_order(7));
  EXPECT_GT(shares(mix)["order"], 0.03);
}

TEST(Requests, LearnNoOrderFromARefusal) {
  auto mix = requests(Op::kMix, contents(10));
  auto refused = answer_of_order(7);
  refused.refusal = msg::Refusal{.code = msg::Code::kOutOfStock, .message = ""};
  mix.learn(0, refused);
  EXPECT_EQ(shares(mix).count("order"), 0U);
}

TEST(Requests, ForEventsFollowTheEndOfTheStream) {
  auto events = requests(Op::kEvents, contents(1));
  client::Answer answer;
  answer.header.seq = base::Seq(1000);
  events.learn(0, answer);
  unsigned near = 0;
  for (unsigned i = 0; i < kMany; ++i) {
    const auto from = msg::decode<msg::Events>(events.next(0).body)->from.value();
    ASSERT_GE(from, 1U);
    ASSERT_LE(from, 1001U);
    if (from > 1001 - 20) ++near;
  }
  EXPECT_NEAR(near / static_cast<double>(kMany), 0.51, 0.02);
}

Requests with_holds() { return {Op::kMix, contents(10, 100), Popularity::uniform(10), 5, "run-", 1, true}; }

client::Answer answer_of_hold(std::uint64_t no) {
  client::Answer answer;
  msg::HoldReply reply;
  reply.hold.no = base::HoldNo(no);
  answer.body = msg::encoded(reply);
  return answer;
}

TEST(Requests, OfARecordedMixAreAlsoAboutHolds) {
  auto mix = with_holds();
  auto told = shares(mix);
  EXPECT_NEAR(told["lookup"], 0.76, 0.01);
  EXPECT_NEAR(told["hold"], 0.04, 0.005) << "no hold was placed, so there is none to end";
  EXPECT_NEAR(told["place"], 0.05, 0.005);
}

Requests with_changes() { return {Op::kMix, contents(10, 100), Popularity::uniform(10), 5, "run-", 1, true, true}; }

TEST(Requests, OfAMixChangeItemsIfAsked) {
  auto mix = with_changes();
  auto told = shares(mix);
  EXPECT_NEAR(told["lookup"], 0.73, 0.01);
  EXPECT_NEAR(told["edit"], 0.012, 0.003);
  EXPECT_NEAR(told["transfer"], 0.009, 0.003);
  EXPECT_NEAR(told["restock"], 0.006, 0.003);
  EXPECT_NEAR(told["count"], 0.003, 0.002);
}

TEST(Requests, ThatChangeItemsAreOfPlacesAndEdits) {
  auto mix = with_changes();
  std::map<std::string, unsigned> counts;
  for (unsigned i = 0; i < kMany; ++i) {
    const auto request = mix.next(0);
    if (request.type == "transfer") {
      const auto transfer = msg::decode<msg::Transfer>(request.body);
      EXPECT_NE(transfer->from.value_or("main"), transfer->to.value_or("main"));
      ++counts[*transfer->from + " to " + transfer->to.value_or("main")];
    } else if (request.type == "edit") {
      const auto edit = msg::decode<msg::EditItem>(request.body);
      EXPECT_NE(edit->title.has_value(), edit->terms.has_value());
      ++counts[edit->title ? "title" : *edit->terms == msg::Terms{} ? "no terms" : "terms"];
    } else if (request.type == "place") {
      ++counts["buy at " + msg::decode<msg::PlaceOrder>(request.body)->lines.front().place.value_or("any")];
    }
  }
  for (const auto* seen : {"main to annex", "north to annex", "annex to main", "title", "terms", "no terms",
                           "buy at annex", "buy at main", "buy at any"}) {
    EXPECT_GT(counts[seen], 20U) << seen;
  }
}

TEST(Requests, OfASlotAreAboutItsOwnHoldAndEndItOnce) {
  auto mix = with_holds();
  std::map<std::string_view, unsigned> counts;
  std::uint64_t last = 0;
  std::uint64_t open = 0;
  for (unsigned i = 0; i < kMany; ++i) {
    const auto request = mix.next(3);
    ++counts[request.type];
    if (request.type == "hold") {
      open = ++last;
      mix.learn(3, answer_of_hold(open));
    } else if (request.type == "confirm" || request.type == "release") {
      const auto no = request.type == "confirm" ? msg::decode<msg::ConfirmHold>(request.body)->hold
                                                : msg::decode<msg::ReleaseHold>(request.body)->hold;
      EXPECT_EQ(no.value(), open);
      open = 0;
    } else if (request.type == "show_hold") {
      EXPECT_EQ(msg::decode<msg::GetHold>(request.body)->hold.value(), last);
    }
  }
  for (const auto* type : {"hold", "confirm", "extend", "release", "show_hold"}) EXPECT_GT(counts[type], 100U) << type;
}

TEST(Requests, OfHoldsHoldAPieceAndConfirmItInTurn) {
  auto holds = requests(Op::kHold, contents(3));
  for (std::uint64_t no = 1; no <= 100; ++no) {
    const auto placed = holds.next(0);
    ASSERT_EQ(placed.type, "hold");
    const auto hold = msg::decode<msg::PlaceHold>(placed.body);
    ASSERT_EQ(hold->lines.size(), 1U);
    EXPECT_EQ(hold->lines[0].quantity, base::Quantity(1));
    holds.learn(0, answer_of_hold(no));
    const auto confirmed = holds.next(0);
    ASSERT_EQ(confirmed.type, "confirm");
    EXPECT_EQ(msg::decode<msg::ConfirmHold>(confirmed.body)->hold.value(), no);
    holds.learn(0, {});
  }
  const auto again = holds.next(0);
  ASSERT_EQ(again.type, "hold");
  client::Answer refused;
  refused.refusal = msg::Refusal{.code = msg::Code::kOutOfStock};
  holds.learn(0, refused);
  EXPECT_EQ(holds.next(0).type, "hold") << "a hold that was refused cannot be confirmed";
}

TEST(Requests, OfASlotForgetAHoldThatIsOver) {
  auto mix = with_holds();
  const auto until = [&](std::string_view type) {
    for (unsigned i = 0; i < kMany; ++i) {
      const auto request = mix.next(0);
      if (request.type == type) return true;
      if (request.type == "confirm" || request.type == "release" || request.type == "extend") return false;
      if (request.type == "hold") mix.learn(0, {});
    }
    return false;
  };
  ASSERT_TRUE(until("hold"));
  mix.learn(0, answer_of_hold(1));
  client::Answer over;
  over.refusal = msg::Refusal{.code = msg::Code::kHoldOver};
  mix.learn(0, over);
  EXPECT_TRUE(until("hold")) << "it asks for a hold that is over";
}

TEST(Requests, AreTheSameFromTheSameSeed) {
  auto one = requests(Op::kMix, contents(10, 5));
  auto other = requests(Op::kMix, contents(10, 5));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(one.next(0).body, other.next(0).body);
}

}  // namespace
}  // namespace load
