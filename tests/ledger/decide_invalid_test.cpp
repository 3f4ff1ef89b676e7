// All requests that are not valid, and one that was valid for an earlier release.
#include "ledger/decide.h"

#include "tests/ledger/decide_fixture.h"

namespace ledger {
namespace {

using msg::Code;

TEST_F(Decide, RefusesBadKeys) {
  invalid(outcome(""), "key");
  invalid(outcome(std::string(msg::kKeyBytesMax + 1, 'k')), "key");
  invalid(outcome("a\nb"), "key");
  invalid(outcome("\xff"), "key");
  invalid(buy("", {line(1, 1)}), "key");
  invalid(add("", {new_item(1)}), "key");
  invalid(price("", 1, 1), "key");
  invalid(restock("", 1, 1), "key");
  happened<msg::KeyVoided>(when(outcome(std::string(msg::kKeyBytesMax, 'k'))));
}

TEST_F(Decide, RefusesBadOrders) {
  invalid(buy("k", {}), "lines");
  invalid(buy("k", std::vector(msg::kOrderLinesMax + 1, line(1, 1))), "lines");
  invalid(buy("k", {line(1, 1), line(0, 1)}), "lines[1].item");
  invalid(buy("k", {line(msg::kItemIdMax + 1, 1)}), "lines[0].item");
  invalid(buy("k", {line(1, 0)}), "lines[0].quantity");
  invalid(buy("k", {line(1, -1)}), "lines[0].quantity");
  invalid(sell("k", {line(1, msg::kLineQuantityMax + 1)}), "lines[0].quantity");
  invalid(buy("k", {line(1, 1, -1)}), "lines[0].price");
  invalid(buy("k", {line(1, 1, msg::kPriceMaxCents + 1)}), "lines[0].price");
  auto order = buy("k", {line(1, 1)});
  order.customer = std::string(msg::kCustomerBytesMax + 1, 'c');
  invalid(order, "customer");
  order.customer = "\x7f";
  invalid(order, "customer");
}

TEST_F(Decide, RefusesACustomerWithASpaceAtAnEnd) {
  given(1, 5);
  for (const auto* name : {" ann", "ann ", " ", "ann\u00a0"}) {
    auto order = buy("k", {line(1, 1)});
    order.customer = name;
    invalid(order, "customer");
    auto kept = hold("k", {line(1, 1)});
    kept.customer = name;
    invalid(kept, "customer");
    EXPECT_FALSE(validate(msg::ListOrders{name, {}, {}})) << "such orders may be there";
    EXPECT_FALSE(validate(msg::ListHolds{.customer = name}));
  }
  auto order = buy("k", {line(1, 1)});
  order.customer = "ann lee";
  happened<msg::OrderPlaced>(when(order));
}

TEST_F(Decide, RefusesBadItems) {
  const auto with = [](auto change) {
    auto item = new_item(1);
    change(item);
    return add("k", {item});
  };
  invalid(add("k", {}), "items");
  invalid(add("k", std::vector(msg::kItemsAddedMax + 1, new_item({}))), "items");
  invalid(add("k", {new_item(1), new_item(1)}), "items[1].id");
  invalid(with([](auto& item) { item.id = base::ItemId(0); }), "items[0].id");
  invalid(with([](auto& item) { item.title = ""; }), "items[0].title");
  invalid(with([](auto& item) { item.title = std::string(msg::kTitleBytesMax + 1, 't'); }), "items[0].title");
  invalid(with([](auto& item) { item.topic = "\t"; }), "items[0].topic");
  invalid(with([](auto& item) { item.topic = std::string(msg::kTopicBytesMax + 1, 't'); }), "items[0].topic");
  invalid(with([](auto& item) { item.price = base::Cents(-1); }), "items[0].price");
  invalid(with([](auto& item) { item.stock = base::Quantity(msg::kStockMax + 1); }), "items[0].stock");
}

TEST_F(Decide, RefusesBadChanges) {
  invalid(price("k", 0, 1), "item");
  invalid(price("k", 1, -1), "price");
  invalid(price("k", 1, msg::kPriceMaxCents + 1), "price");
  invalid(restock("k", 0, 1), "item");
  invalid(restock("k", 1, 0), "delta");
  invalid(restock("k", 1, INT64_MIN), "delta");
  invalid(restock("k", 1, -msg::kStockMax - 1), "delta");
  invalid(restock("k", 1, msg::kStockMax + 1), "delta");
  auto command = restock("k", 1, 1);
  command.reason = std::string(msg::kReasonBytesMax + 1, 'r');
  invalid(command, "reason");
}

// An earlier release took names that reorder what is shown, or have a space at an end.
TEST(DecideAgain, ARequestThatWouldBeInvalidNowHasItsFirstAnswer) {
  auto order = buy("k\u202e", {line(1, 1)});
  order.customer = "a\u202eb ";
  const KeyRecord record{msg::OutcomeKind::kOrder,
                         base::Seq(3),
                         short_digest(order),
                         base::OrderNo(1),
                         base::ItemId(),
                         request_digest(order),
                         {}};
  const Items items;
  const auto find = [&](const std::string& key) { return key == order.key ? std::optional(record) : std::nullopt; };
  const Outlook outlook(items, find, base::OrderNo(1));
  EXPECT_EQ(std::get<KeyRecord>(decide(outlook, order, 5)), record);
  EXPECT_EQ(std::get<KeyRecord>(decide(outlook, outcome(order.key), 5)), record);
  auto other = order;
  other.lines = {line(1, 2)};
  refused(decide(outlook, other, 5), Code::kInvalid);
  other.key = "new";
  refused(decide(outlook, other, 5), Code::kInvalid);
}

}  // namespace
}  // namespace ledger
