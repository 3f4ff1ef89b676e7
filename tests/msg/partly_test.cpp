// The part of the stream for clients that may not see all of it.
#include "msg/partly.h"

#include <gmock/gmock.h>

#include "msg/effects.h"
#include "tests/support/blocks.h"

namespace {

using base::Cents;
using base::ItemId;
using base::OrderNo;
using base::Quantity;
using base::Seq;
using msg::Viewer;

msg::Event order_of(const std::string& customer, std::optional<Seq> by = {}) {
  return {7,
          msg::OrderPlaced{.key = "k-" + customer,
                           .req = 5,
                           .no = OrderNo(3),
                           .customer = customer,
                           .lines = {{ItemId(2), Quantity(1), Cents(100), Quantity(4)}},
                           .total = Cents(100),
                           .digest = msg::Blob{"d"}},
          by};
}

const Viewer kReader{.everything = false, .by = Seq(4), .customer = ""};
const Viewer kAnn{.everything = false, .by = Seq(5), .customer = "ann"};

TEST(Partly, ShowsTheCatalogueWithoutKeysReasonsAndActors) {
  const auto added = shown_to(
      kReader, {1, msg::ItemsAdded{"k", 9, {{ItemId(2), "T", "t", Cents(5), Quantity(1)}}, msg::Blob{"d"}}, Seq(8)});
  EXPECT_EQ(added, (msg::Event{1, msg::ItemsAdded{"", 0, {{ItemId(2), "T", "t", Cents(5), Quantity(1)}}, {}}, {}}));
  const auto price =
      shown_to(kReader, {1, msg::PriceChanged{"k", 9, ItemId(2), Cents(5), Cents(4), msg::Blob{"d"}}, Seq(8)});
  EXPECT_EQ(price, (msg::Event{1, msg::PriceChanged{"", 0, ItemId(2), Cents(5), Cents(4), {}}, {}}));
  const auto edited =
      shown_to(kReader, {1, msg::ItemEdited{"k", 9, ItemId(2), "T", "t", "s", true, msg::Blob{"d"}}, Seq(8)});
  EXPECT_EQ(edited, (msg::Event{1, msg::ItemEdited{"", 0, ItemId(2), "T", "t", "s", true, {}}, {}}));
  const auto stock = shown_to(
      kReader,
      {1, msg::StockMoved{"k", 9, ItemId(2), Quantity(5), Quantity(6), "stolen", msg::Blob{"d"}, true, {}, Quantity(1)},
       Seq(8)});
  EXPECT_EQ(stock, (msg::Event{1, msg::StockMoved{"", 0, ItemId(2), Quantity(5), Quantity(6), "", {}}, {}}));
}

TEST(Partly, ShowsTheLinesOfAnothersOrderAndNotWhose) {
  for (const auto& viewer : {kReader, kAnn, Viewer{.everything = false, .by = Seq(), .customer = ""}}) {
    const auto seen = shown_to(viewer, order_of("bob", Seq(6)));
    ASSERT_TRUE(seen);
    EXPECT_FALSE(seen->by);
    const auto& placed = std::get<msg::OrderPlaced>(seen->what);
    EXPECT_EQ(placed.no, OrderNo());
    EXPECT_EQ(placed.key + placed.customer, "");
    EXPECT_EQ(placed.req, 0U);
    EXPECT_FALSE(placed.digest);
    EXPECT_EQ(placed.lines.at(0).stock, Quantity(4));
  }
}

TEST(Partly, ShowsTheLinesOfAnothersCancellationAndNotWhose) {
  const msg::OrderCancelled cancelled{.key = "k",
                                      .req = 5,
                                      .no = OrderNo(3),
                                      .kind = msg::CancelKind::kCancel,
                                      .customer = "ann",
                                      .lines = {{ItemId(2), Quantity(1), Cents(100), Quantity(5)}},
                                      .total = Cents(100),
                                      .reason = "too small",
                                      .digest = msg::Blob{"d"}};
  EXPECT_EQ(shown_to(kAnn, {7, cancelled, {}}), (msg::Event{7, cancelled, {}}));
  auto shown = cancelled;
  shown.key = shown.customer = shown.reason = "";
  shown.req = 0;
  shown.no = {};
  shown.digest.reset();
  EXPECT_EQ(shown_to(kReader, {7, cancelled, Seq(8)}), (msg::Event{7, shown, {}}));
}

// A hold of ann, in each of its events.
std::vector<msg::Event> events_of_a_hold() {
  const std::vector<msg::HoldLine> lines{{ItemId(2), Quantity(1), Cents(100), Quantity(1)}};
  const base::HoldNo no(3);
  return {{7, msg::HoldPlaced{"k", 5, no, "ann", lines, 900, msg::Blob{"d"}}, {}},
          {7, msg::HoldExtended{"k", 5, no, "ann", 950, 900, msg::Blob{"d"}}, {}},
          {7,
           msg::HoldConfirmed{"k",
                              5,
                              no,
                              OrderNo(4),
                              "ann",
                              {{ItemId(2), Quantity(1), Cents(100), Quantity(5)}},
                              Cents(100),
                              lines,
                              msg::Blob{"d"}},
           {}},
          {7, msg::HoldEnded{"k", 5, no, "ann", lines, msg::Blob{"d"}}, {}},
          {7, msg::HoldEnded{{}, 0, no, "ann", lines, {}}, {}}};
}

TEST(Partly, ShowsABuyersOwnHoldsWhole) {
  for (const auto& event : events_of_a_hold()) EXPECT_EQ(shown_to(kAnn, event), event) << msg::type_of(event);
}

TEST(Partly, ShowsTheLinesOfAnothersHoldAndNotWhose) {
  for (const auto& event : events_of_a_hold()) {
    const auto seen = shown_to(kReader, event);
    EXPECT_EQ(seen.has_value(), msg::type_of(event) != "hold_extended") << msg::type_of(event);
    if (!seen) continue;
    EXPECT_EQ(*msg::customer_of(*seen), "");
    EXPECT_EQ(msg::new_order_of(*seen), OrderNo());
    if (const auto* key = msg::key_of(*seen)) EXPECT_EQ(*key, "");
    EXPECT_EQ(msg::key_of(*seen) == nullptr, msg::key_of(event) == nullptr);
    std::visit(
        [](const auto& what) {
          if constexpr (requires { what.hold; }) {
            EXPECT_EQ(what.hold, base::HoldNo());
            EXPECT_EQ(what.req, 0U);
            EXPECT_FALSE(what.digest);
          }
          if constexpr (requires {
                          what.expires;
                          what.lines;
                        })
            EXPECT_EQ(what.expires, 0);
        },
        seen->what);
    int items = 0;
    msg::each_item(*seen, [&](const msg::ItemEffect& effect) { items += effect.held == nullptr ? 0 : 1; });
    EXPECT_EQ(items, 1) << msg::type_of(event);
  }
}

TEST(Partly, ShowsABuyersOwnOrdersWhole) {
  EXPECT_EQ(shown_to(kAnn, order_of("ann", Seq(5))), order_of("ann", Seq(5)));
  EXPECT_EQ(shown_to(kAnn, order_of("bob", Seq(5))), order_of("bob", Seq(5))) << "its credential placed it";
  EXPECT_EQ(shown_to(kAnn, order_of("ann", Seq(9))), order_of("ann")) << "a clerk placed it, and is not named";
}

TEST(Partly, NobodyOwnsTheOrdersWithoutACustomer) {
  const Viewer anonymous{.everything = false, .by = {}, .customer = ""};
  EXPECT_EQ(std::get<msg::OrderPlaced>(shown_to(anonymous, order_of(""))->what).key, "");
}

TEST(Partly, LeavesTheRestOut) {
  const std::vector<msg::Event> rest{
      support::voided("k"),
      support::appointed("order-1"),
      {1, msg::HolderJoined{"frontend-1", base::Incarnation(1)}},
      {1, msg::HolderLeft{"frontend-1", base::Incarnation(1)}},
      {1, msg::CredentialGranted{"k", 0, {std::string(32, 'h')}, msg::ClientRole::kBuyer, "bob", "", {}, {}}},
      {1, msg::CredentialRevoked{"k", 0, Seq(4), {}}},
      {1, msg::ActNoted{"k", 0, msg::Act::kKill, "order-1", {}, {}}},
      {1, msg::SubscriptionMade{"k", 0, "till", {}, {}, 1, {}}},
      {1, msg::SubscriptionAcknowledged{"k", 0, "till", {}, {}, {}}},
      {1, msg::SubscriptionEnded{"k", 0, "till", {}}},
      {1, msg::StockLow{base::ItemId(1), base::Quantity(1), base::Quantity(2)}},
      {1, msg::StockOk{base::ItemId(1), base::Quantity(3), base::Quantity(2)}}};
  for (const auto& event : rest) EXPECT_FALSE(shown_to(kAnn, event)) << msg::type_of(event);
}

TEST(Partly, APartHasThePlaceOfItsBlock) {
  support::Stream stream;
  stream.block({support::voided("k"), support::item_added(1)});
  const auto shown = partly({{{stream[1]}, {stream[2]}}, Seq(9), {}}, kReader);
  ASSERT_TRUE(shown);
  EXPECT_TRUE(shown->blocks.empty());
  EXPECT_EQ(shown->mark, Seq(9));
  ASSERT_EQ(shown->parts->size(), 2U);
  const auto& part = shown->parts->at(1);
  const auto block = msg::decode_block(stream[2]).value();
  EXPECT_EQ(part.first, Seq(2));
  EXPECT_EQ(part.count, 2U);
  EXPECT_EQ(part.prev.bytes, block.prev.bytes);
  EXPECT_EQ(part.hash.bytes, block.hash.bytes);
  ASSERT_EQ(part.events.size(), 1U);
  EXPECT_EQ(part.events[0].seq, Seq(3));
}

TEST(Partly, ABlockThatCannotBeReadIsAnError) { EXPECT_FALSE(partly({{{"not a block"}}, Seq(9), {}}, kReader)); }

}  // namespace
