// The items and orders of a shop, as they appear in requests, replies and events.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "msg/fields.h"
#include "msg/limits.h"

namespace msg {

using base::Cents;
using base::HoldNo;
using base::ItemId;
using base::OrderNo;
using base::Quantity;
using base::Seq;

// The currency of a store's prices. `code`: of ISO 4217, like EUR. `digits`: the decimals of an amount for people; all
// amounts in messages, events and JSON are whole minor units.
struct Currency {
  std::string code;
  std::uint32_t digits = 0;
  static constexpr auto fields() {
    return std::tuple(field("code", &Currency::code), field("digits", &Currency::digits));
  }
  friend bool operator==(const Currency&, const Currency&) = default;
};

// Raw bytes: MessagePack `bin`.
struct Blob {
  std::string bytes;
  friend bool operator==(const Blob&, const Blob&) = default;
};

// Terms of sale of an item: rules for buys and holds, each of which may be missing (ADR 54). Instants are of event
// time, in milliseconds since 1970 UTC.
struct Terms {
  std::optional<Quantity> per_order;     // most pieces in one order or hold
  std::optional<Quantity> per_customer;  // most pieces that a customer buys within `window` and holds
  std::optional<std::int64_t> window;    // milliseconds before a decision, and up to it; there if `per_customer` is
  std::optional<std::int64_t> from;      // for sale from this instant on, up to the year 9999
  std::optional<std::int64_t> until;     // for sale before this instant
  static constexpr auto fields() {
    return std::tuple(field("per_order", &Terms::per_order), field("per_customer", &Terms::per_customer),
                      field("window", &Terms::window), field("from", &Terms::from), field("until", &Terms::until));
  }
  friend bool operator==(const Terms&, const Terms&) = default;
};

// The place where pieces are unless another one is named.
constexpr std::string_view kMainPlace = "main";

// Pieces of an item at a place other than `main` (ADR 57).
struct AtPlace {
  std::string place;
  Quantity pieces;
  static constexpr auto fields() {
    return std::tuple(field("place", &AtPlace::place), field("pieces", &AtPlace::pieces));
  }
  friend bool operator==(const AtPlace&, const AtPlace&) = default;
};
// Each place once, ascending by the bytes of its name. The pieces that a list leaves out are those of `main`. An
// optional list is missing if it would be empty, so whoever uses `main` alone never sees one.
using Places = std::vector<AtPlace>;

// Free attributes of an item: values by their names. An optional object is missing if it would be empty.
using Attributes = std::map<std::string, std::string>;
// Changes of attributes: a name gets a value, or leaves.
using AttributeChanges = std::map<std::string, std::optional<std::string>>;
// The topics of an item besides its first one, each once. An optional list is missing if it would be empty.
using Topics = std::vector<std::string>;

// An item as the catalogue shows it. `stock` are the pieces on hand, `held` those of them that open holds keep; the
// others are available. `version` is the seq of the last event that touched it. A retired item is not sold, and neither
// searches nor look-ups by title show it.
struct Item {
  ItemId id;
  std::string title;
  std::string topic;
  Cents price;
  Quantity stock;
  Seq version;
  std::optional<Quantity> held{};            // missing: none; never 0
  std::optional<bool> retired{};             // missing: no; never false
  std::optional<Seq> edited{};               // of the last event that edited it (ItemEdited); missing: none did
  std::optional<Terms> terms{};              // missing: none; never without any rule
  std::optional<Places> places{};            // the pieces of `stock` that are not at `main`; each place has some
  std::optional<std::string> description{};  // missing: none; never empty. It may have several lines
  std::optional<Topics> topics{};            // besides `topic`
  std::optional<Attributes> attributes{};
  std::optional<Quantity> low{};  // the item is low if this many pieces or fewer are available; missing: it never is
  // The stream has told that the item is low (ADR 59). It is of views alone, and no message has it.
  bool told_low = false;
  static constexpr auto fields() {
    return std::tuple(field("id", &Item::id), field("title", &Item::title), field("topic", &Item::topic),
                      field("price", &Item::price), field("stock", &Item::stock), field("version", &Item::version),
                      field("held", &Item::held), field("retired", &Item::retired), field("edited", &Item::edited),
                      field("terms", &Item::terms), field("places", &Item::places),
                      field("description", &Item::description), field("topics", &Item::topics),
                      field("attributes", &Item::attributes), field("low", &Item::low));
  }
  friend bool operator==(const Item&, const Item&) = default;
};

constexpr Quantity held_of(const Item& item) { return item.held.value_or(Quantity()); }
constexpr Quantity available_of(const Item& item) { return item.stock - held_of(item); }
constexpr bool is_retired(const Item& item) { return item.retired.value_or(false); }
constexpr bool is_low(const Item& item) { return item.low && available_of(item) <= *item.low; }

// Of an edit: the item has no threshold any more.
constexpr Quantity kNoLow{-1};

// True if the edit of an item names anything that changes. `Edit`: a request, or its event.
template <class Edit>
constexpr bool changes_something(const Edit& edit) {
  return edit.title || edit.topic || edit.retired || edit.terms || edit.description || edit.topics || edit.attributes ||
         edit.low;
}

// About the bytes that a description, topics and attributes take in a message, with their names.
template <class Detailed>
std::size_t details_bytes(const Detailed& item) {
  constexpr std::size_t kEach = 16;
  std::size_t bytes = item.description ? item.description->size() + kEach : 0;
  if (item.topics) {
    for (const auto& topic : *item.topics) bytes += topic.size() + kEach;
  }
  if (item.attributes) {
    for (const auto& [name, value] : *item.attributes) bytes += name.size() + value.size() + kEach;
  }
  return bytes;
}

// kBuy: pieces leave the store. kSell: the store takes pieces in (for the stock-bazaar lab).
enum class OrderType : std::uint8_t { kBuy, kSell };
template <>
struct Words<OrderType> {
  static constexpr std::string_view of(OrderType value) {
    switch (value) {
      case OrderType::kBuy:
        return "buy";
      case OrderType::kSell:
        return "sell";
    }
    return {};
  }
};

// Acts of operators that change no row of the shop. They are noted in the stream, so that it tells who did what.
enum class Act : std::uint8_t { kBackup, kTrim, kForget, kKill, kPause, kResume, kRestart };
template <>
struct Words<Act> {
  static constexpr std::string_view of(Act value) {
    switch (value) {
      case Act::kBackup:
        return "backup";
      case Act::kTrim:
        return "trim";
      case Act::kForget:
        return "forget";
      case Act::kKill:
        return "kill";
      case Act::kPause:
        return "pause";
      case Act::kResume:
        return "resume";
      case Act::kRestart:
        return "restart";
    }
    return {};
  }
};

// One line of a placed order. `price` is per piece; `stock` is the item's stock after this line. `places` are those
// pieces of `quantity` that did not come from `main`, or do not go back there.
struct OrderLine {
  ItemId item;
  Quantity quantity;
  Cents price;
  Quantity stock;
  std::optional<Places> places{};
  static constexpr auto fields() {
    return std::tuple(field("item", &OrderLine::item), field("quantity", &OrderLine::quantity),
                      field("price", &OrderLine::price), field("stock", &OrderLine::stock),
                      field("places", &OrderLine::places));
  }
  friend bool operator==(const OrderLine&, const OrderLine&) = default;
};

// Why pieces are taken back. kCancel: they never left the store. kReturn: they came back. kScrap: they came back and
// are not sold again, so they do not go into the stock.
enum class CancelKind : std::uint8_t { kCancel, kReturn, kScrap };
template <>
struct Words<CancelKind> {
  static constexpr std::string_view of(CancelKind value) {
    switch (value) {
      case CancelKind::kCancel:
        return "cancel";
      case CancelKind::kReturn:
        return "return";
      case CancelKind::kScrap:
        return "scrap";
    }
    return {};
  }
};

// Pieces of an order that were cancelled or returned. Each line has the price of the order, and the item's stock after
// this line; each item is in one line.
struct Cancellation {
  OrderNo no;           // of the order
  Seq seq;              // of its event
  std::int64_t at = 0;  // milliseconds since 1970 UTC
  CancelKind kind = CancelKind::kCancel;
  std::string key;
  std::vector<OrderLine> lines;
  Cents total;         // the price of these pieces
  std::string reason;  // may be empty
  std::optional<Seq> by;
  static constexpr auto fields() {
    return std::tuple(field("no", &Cancellation::no), field("seq", &Cancellation::seq), field("at", &Cancellation::at),
                      field("kind", &Cancellation::kind), field("key", &Cancellation::key),
                      field("lines", &Cancellation::lines), field("total", &Cancellation::total),
                      field("reason", &Cancellation::reason), field("by", &Cancellation::by));
  }
  friend bool operator==(const Cancellation&, const Cancellation&) = default;
};

// kCancelled and kReturned: no piece remains; kReturned: at least one of them came back.
enum class OrderState : std::uint8_t { kPlaced, kPartlyCancelled, kCancelled, kReturned };
template <>
struct Words<OrderState> {
  static constexpr std::string_view of(OrderState value) {
    switch (value) {
      case OrderState::kPlaced:
        return "placed";
      case OrderState::kPartlyCancelled:
        return "partly_cancelled";
      case OrderState::kCancelled:
        return "cancelled";
      case OrderState::kReturned:
        return "returned";
    }
    return {};
  }
};

struct Order {
  OrderNo no;
  Seq seq;              // of its event
  std::int64_t at = 0;  // milliseconds since 1970 UTC, stamped by the writer
  OrderType type = OrderType::kBuy;
  std::string key;
  std::string customer;  // may be empty
  std::vector<OrderLine> lines;
  Cents total;
  std::optional<Seq> by;  // the credential of the client that placed it; missing: it had none
  // An order that is stored never changes: whoever shows it adds these two (msg/cancellations.h).
  std::optional<OrderState> state;  // missing: placed
  std::optional<std::vector<Cancellation>> cancellations;
  static constexpr auto fields() {
    return std::tuple(field("no", &Order::no), field("seq", &Order::seq), field("at", &Order::at),
                      field("type", &Order::type), field("key", &Order::key), field("customer", &Order::customer),
                      field("lines", &Order::lines), field("total", &Order::total), field("by", &Order::by),
                      field("state", &Order::state), field("cancellations", &Order::cancellations));
  }
  friend bool operator==(const Order&, const Order&) = default;
};

// Why the stock of an item moved, or what is held of it. kCarried: the view was of a release without movements; the row
// stands for all that happened to the item before.
enum class MovementKind : std::uint8_t {
  kAdded,
  kRestocked,
  kCounted,
  kBought,
  kSold,
  kCancelled,
  kReturned,
  kScrapped,
  kHeld,
  kConfirmed,
  kReleased,
  kExpired,
  kCarried,
  kTransferred
};
template <>
struct Words<MovementKind> {
  static constexpr std::string_view of(MovementKind value) {
    switch (value) {
      case MovementKind::kAdded:
        return "added";
      case MovementKind::kRestocked:
        return "restocked";
      case MovementKind::kCounted:
        return "counted";
      case MovementKind::kBought:
        return "bought";
      case MovementKind::kSold:
        return "sold";
      case MovementKind::kCancelled:
        return "cancelled";
      case MovementKind::kReturned:
        return "returned";
      case MovementKind::kScrapped:
        return "scrapped";
      case MovementKind::kHeld:
        return "held";
      case MovementKind::kConfirmed:
        return "confirmed";
      case MovementKind::kReleased:
        return "released";
      case MovementKind::kExpired:
        return "expired";
      case MovementKind::kCarried:
        return "carried";
      case MovementKind::kTransferred:
        return "transferred";
    }
    return {};
  }
};

// One event's change of the stock of an item, or of what is held of it. An event moves an item once, also if several of
// its lines name the item. It never changes, and names no customer: its order or hold does.
struct Movement {
  ItemId item;
  Seq seq;              // of its event
  std::int64_t at = 0;  // milliseconds since 1970 UTC
  MovementKind kind = MovementKind::kAdded;
  Quantity delta;                      // of the stock; 0 if only held pieces moved, or pieces were scrapped
  Quantity stock;                      // after it
  std::optional<Quantity> held_delta;  // of the held pieces; missing: 0
  std::optional<Quantity> held;        // after it; missing: 0
  std::optional<OrderNo> order;        // that took, brought or gave back the pieces
  std::optional<HoldNo> hold;          // that keeps, or kept, the pieces
  std::optional<std::string> reason;   // that the request named; missing: none
  std::optional<Seq> by;               // the credential of the client; missing: it had none, or the writer did it
  std::optional<Places> places{};      // the part of `delta` that is not of `main`, or the place that was counted
  static constexpr auto fields() {
    return std::tuple(field("item", &Movement::item), field("seq", &Movement::seq), field("at", &Movement::at),
                      field("kind", &Movement::kind), field("delta", &Movement::delta),
                      field("stock", &Movement::stock), field("held_delta", &Movement::held_delta),
                      field("held", &Movement::held), field("order", &Movement::order), field("hold", &Movement::hold),
                      field("reason", &Movement::reason), field("by", &Movement::by),
                      field("places", &Movement::places));
  }
  friend bool operator==(const Movement&, const Movement&) = default;
};

enum class HoldState : std::uint8_t { kOpen, kConfirmed, kReleased, kExpired };
template <>
struct Words<HoldState> {
  static constexpr std::string_view of(HoldState value) {
    switch (value) {
      case HoldState::kOpen:
        return "open";
      case HoldState::kConfirmed:
        return "confirmed";
      case HoldState::kReleased:
        return "released";
      case HoldState::kExpired:
        return "expired";
    }
    return {};
  }
};

// One line of a hold; each item is in one line. `price` is per piece, and the price of an order that the hold becomes;
// `held` are the item's held pieces after this line.
struct HoldLine {
  ItemId item;
  Quantity quantity;
  Cents price;
  Quantity held;
  static constexpr auto fields() {
    return std::tuple(field("item", &HoldLine::item), field("quantity", &HoldLine::quantity),
                      field("price", &HoldLine::price), field("held", &HoldLine::held));
  }
  friend bool operator==(const HoldLine&, const HoldLine&) = default;
};

// Pieces that are kept for a customer up to the time `expires`, and not including it.
struct Hold {
  HoldNo no;
  Seq seq;              // of the event that placed it
  Seq version;          // of its last event
  std::int64_t at = 0;  // when it was placed, milliseconds since 1970 UTC
  std::int64_t expires = 0;
  HoldState state = HoldState::kOpen;
  std::string key;       // of the request that placed it
  std::string customer;  // may be empty
  std::vector<HoldLine> lines;
  std::optional<OrderNo> order;  // that it became, if it was confirmed
  std::optional<Seq> by;         // the credential of the client that placed it; missing: it had none
  static constexpr auto fields() {
    return std::tuple(field("no", &Hold::no), field("seq", &Hold::seq), field("version", &Hold::version),
                      field("at", &Hold::at), field("expires", &Hold::expires), field("state", &Hold::state),
                      field("key", &Hold::key), field("customer", &Hold::customer), field("lines", &Hold::lines),
                      field("order", &Hold::order), field("by", &Hold::by));
  }
  friend bool operator==(const Hold&, const Hold&) = default;
};

// A named place in the stream: all events up to `cursor` are done with. It is dropped at the event time `expires`,
// which each acknowledgement moves to `ttl` later (ADR 56).
struct Subscription {
  std::string name;
  Seq id;               // of the event that made it
  Seq version;          // of its last event
  std::int64_t at = 0;  // when it was made, milliseconds since 1970 UTC
  Seq cursor;
  std::vector<std::string> types;            // of the events that it is about; empty: of all
  std::int64_t ttl = 0;                      // milliseconds without an acknowledgement
  std::optional<std::int64_t> acknowledged;  // when it was acknowledged last; missing: never
  std::optional<Seq> by;                     // the credential of the client that made it; missing: it had none
  static constexpr auto fields() {
    return std::tuple(field("name", &Subscription::name), field("id", &Subscription::id),
                      field("version", &Subscription::version), field("at", &Subscription::at),
                      field("cursor", &Subscription::cursor), field("types", &Subscription::types),
                      field("ttl", &Subscription::ttl), field("acknowledged", &Subscription::acknowledged),
                      field("by", &Subscription::by));
  }
  friend bool operator==(const Subscription&, const Subscription&) = default;
};

constexpr std::int64_t expires_of(const Subscription& subscription) {
  return subscription.acknowledged.value_or(subscription.at) + subscription.ttl;
}

// How many events up to `last` are not done with. The event that acknowledged it last, or that made it, is no work for
// its reader, so it does not count.
constexpr std::uint64_t lag_of(const Subscription& subscription, Seq last) {
  if (last <= subscription.cursor) return 0;
  const bool has_own = subscription.cursor < subscription.version && subscription.version <= last;
  return last.value() - subscription.cursor.value() - (has_own ? 1 : 0);
}

}  // namespace msg
