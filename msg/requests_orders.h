// Requests about orders and holds; msg/requests.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "msg/credentials.h"
#include "msg/roles.h"
#include "msg/types.h"

namespace msg {

struct OrderReply {
  Order order;
  static constexpr auto fields() { return std::tuple(field("order", &OrderReply::order)); }
};
struct OrdersReply {
  std::vector<Order> orders;
  std::optional<OrderNo> next;
  static constexpr auto fields() {
    return std::tuple(field("orders", &OrdersReply::orders), field("next", &OrdersReply::next));
  }
};

struct DemandLine {
  ItemId item;
  Quantity quantity;
  // The price that the customer saw; if the price is another, the order is refused with `price_changed`.
  std::optional<Cents> price;
  // Of a buy: all pieces come from this place. Missing: from `main` first, then from the others in the order of their
  // names.
  std::optional<std::string> place{};
  static constexpr auto fields() {
    return std::tuple(field("item", &DemandLine::item), field("quantity", &DemandLine::quantity),
                      field("price", &DemandLine::price), field("place", &DemandLine::place));
  }
};

// One atomic order: all lines or none.
struct PlaceOrder {
  static constexpr std::string_view kType = "place";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForBuyers;
  using Reply = OrderReply;
  std::string key;
  OrderType type = OrderType::kBuy;
  std::optional<std::string> customer;
  std::vector<DemandLine> lines;
  static constexpr auto fields() {
    return std::tuple(field("key", &PlaceOrder::key), field("type", &PlaceOrder::type),
                      field("customer", &PlaceOrder::customer), field("lines", &PlaceOrder::lines));
  }
};

struct CancelLine {
  ItemId item;
  Quantity quantity;
  static constexpr auto fields() {
    return std::tuple(field("item", &CancelLine::item), field("quantity", &CancelLine::quantity));
  }
};

// Takes pieces of an order back: all lines of the request or none, never more than remain. The answer shows the order
// as this request left it.
struct Cancel {
  static constexpr std::string_view kType = "cancel";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForBuyers;
  using Reply = OrderReply;
  std::string key;
  OrderNo no;
  CancelKind kind = CancelKind::kCancel;
  std::optional<std::vector<CancelLine>> lines;  // each item once; missing: everything that remains
  std::optional<std::string> reason;
  static constexpr auto fields() {
    return std::tuple(field("key", &Cancel::key), field("no", &Cancel::no), field("kind", &Cancel::kind),
                      field("lines", &Cancel::lines), field("reason", &Cancel::reason));
  }
};

struct GetOrder {
  static constexpr std::string_view kType = "order";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForBuyers;
  using Reply = OrderReply;
  OrderNo no;
  static constexpr auto fields() { return std::tuple(field("no", &GetOrder::no)); }
};

// All orders, or one customer's, ascending by number.
struct ListOrders {
  static constexpr std::string_view kType = "orders";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForBuyers;
  using Reply = OrdersReply;
  std::optional<std::string> customer;
  std::optional<OrderNo> after;
  std::optional<std::uint32_t> limit;
  static constexpr auto fields() {
    return std::tuple(field("customer", &ListOrders::customer), field("after", &ListOrders::after),
                      field("limit", &ListOrders::limit));
  }
};

struct HoldReply {
  Hold hold;
  static constexpr auto fields() { return std::tuple(field("hold", &HoldReply::hold)); }
};
struct HoldsReply {
  std::vector<Hold> holds;
  std::optional<HoldNo> next;
  static constexpr auto fields() {
    return std::tuple(field("holds", &HoldsReply::holds), field("next", &HoldsReply::next));
  }
};

// Keeps pieces for a customer: all lines or none. The answers to this request and to the changes of a hold show the
// hold as it is when they are given, so the answer to a repeated request may show a later state.
struct PlaceHold {
  static constexpr std::string_view kType = "hold";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForBuyers;
  using Reply = HoldReply;
  std::string key;
  std::optional<std::string> customer;
  std::vector<DemandLine> lines;  // each item once
  std::uint32_t ttl = 0;          // milliseconds from the decision to the end, 1 .. kHoldMsMax
  static constexpr auto fields() {
    return std::tuple(field("key", &PlaceHold::key), field("customer", &PlaceHold::customer),
                      field("lines", &PlaceHold::lines), field("ttl", &PlaceHold::ttl));
  }
};

struct ConfirmLine {
  ItemId item;
  Quantity quantity;
  static constexpr auto fields() {
    return std::tuple(field("item", &ConfirmLine::item), field("quantity", &ConfirmLine::quantity));
  }
};

// Ends a hold and makes an order of its pieces, at the prices of the hold.
struct ConfirmHold {
  static constexpr std::string_view kType = "confirm";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForBuyers;
  using Reply = OrderReply;
  std::string key;
  HoldNo hold;
  std::optional<std::vector<ConfirmLine>> lines;  // each item once; missing: the whole hold
  static constexpr auto fields() {
    return std::tuple(field("key", &ConfirmHold::key), field("hold", &ConfirmHold::hold),
                      field("lines", &ConfirmHold::lines));
  }
};

// Moves the end of a hold to `ttl` after the decision, if it is earlier.
struct ExtendHold {
  static constexpr std::string_view kType = "extend";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForBuyers;
  using Reply = HoldReply;
  std::string key;
  HoldNo hold;
  std::uint32_t ttl = 0;  // as of PlaceHold
  static constexpr auto fields() {
    return std::tuple(field("key", &ExtendHold::key), field("hold", &ExtendHold::hold), field("ttl", &ExtendHold::ttl));
  }
};

struct ReleaseHold {
  static constexpr std::string_view kType = "release";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForBuyers;
  using Reply = HoldReply;
  std::string key;
  HoldNo hold;
  static constexpr auto fields() {
    return std::tuple(field("key", &ReleaseHold::key), field("hold", &ReleaseHold::hold));
  }
};

// One hold, also after its end.
struct GetHold {
  static constexpr std::string_view kType = "show_hold";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForBuyers;
  using Reply = HoldReply;
  HoldNo hold;
  static constexpr auto fields() { return std::tuple(field("hold", &GetHold::hold)); }
};

// The open holds, all or one customer's, ascending by number.
struct ListHolds {
  static constexpr std::string_view kType = "holds";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForBuyers;
  using Reply = HoldsReply;
  std::optional<std::string> customer;
  std::optional<HoldNo> after;
  std::optional<std::uint32_t> limit;
  static constexpr auto fields() {
    return std::tuple(field("customer", &ListHolds::customer), field("after", &ListHolds::after),
                      field("limit", &ListHolds::limit));
  }
};

}  // namespace msg
