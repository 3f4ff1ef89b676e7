// Requests and their answers, PROTOCOL 4. A request struct's kType is the `t` of its header; `Reply` is the body of its
// answer, `kFrom` are the roles of the keys and `kFor` the roles of the clients that may send it. A request with a
// `key` is a write: a key takes effect at most once (G3).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "msg/credentials.h"
#include "msg/roles.h"
#include "msg/types.h"

namespace msg {

// Only answers to changes have `at` and `was`. An answer to a change without `at` shows the items as they are now (ADR
// 19).
struct ItemReply {
  Item item;
  std::optional<std::int64_t> at;  // when the change was decided
  std::optional<Cents> was;        // of `price`: the price before
  static constexpr auto fields() {
    return std::tuple(field("item", &ItemReply::item), field("at", &ItemReply::at), field("was", &ItemReply::was));
  }
};
struct ItemsReply {
  std::vector<Item> items;
  std::optional<ItemId> next;      // pass it as `after` for the next page; missing on the last page
  std::optional<std::int64_t> at;  // of `add`: when it was decided, milliseconds since 1970 UTC
  static constexpr auto fields() {
    return std::tuple(field("items", &ItemsReply::items), field("next", &ItemsReply::next),
                      field("at", &ItemsReply::at));
  }
};
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

// One item, by id or by its exact title (compared without case). The request names exactly one of the two.
struct Lookup {
  static constexpr std::string_view kType = "lookup";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForEverybody;
  using Reply = ItemReply;
  std::optional<ItemId> item;
  std::optional<std::string> title;
  static constexpr auto fields() { return std::tuple(field("item", &Lookup::item), field("title", &Lookup::title)); }
};

// Items by one of their topics (whole, without case), by words that the title must all have, by both, or all items;
// ascending by id.
struct Search {
  static constexpr std::string_view kType = "search";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForEverybody;
  using Reply = ItemsReply;
  std::optional<std::string> topic;
  std::optional<std::string> text;
  std::optional<ItemId> after;         // items with a greater id only
  std::optional<std::uint32_t> limit;  // 1 .. kPageMax
  std::optional<bool> retired{};       // retired items, too; only of a search for all items
  std::optional<bool> low{};           // only items that are low, retired ones among them; only of a search for all
  static constexpr auto fields() {
    return std::tuple(field("topic", &Search::topic), field("text", &Search::text), field("after", &Search::after),
                      field("limit", &Search::limit), field("retired", &Search::retired), field("low", &Search::low));
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

struct NewItem {
  std::optional<ItemId> id;  // missing: the next free one
  std::string title;
  std::string topic;
  Cents price;
  Quantity stock;
  std::optional<std::string> description{};  // this and the next two as of Item, and never empty
  std::optional<Topics> topics{};
  std::optional<Attributes> attributes{};
  static constexpr auto fields() {
    return std::tuple(field("id", &NewItem::id), field("title", &NewItem::title), field("topic", &NewItem::topic),
                      field("price", &NewItem::price), field("stock", &NewItem::stock),
                      field("description", &NewItem::description), field("topics", &NewItem::topics),
                      field("attributes", &NewItem::attributes));
  }
};

// 1 .. kItemsAddedMax items, all or none.
struct AddItems {
  static constexpr std::string_view kType = "add";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForClerks;
  using Reply = ItemsReply;
  std::string key;
  std::vector<NewItem> items;
  static constexpr auto fields() { return std::tuple(field("key", &AddItems::key), field("items", &AddItems::items)); }
};

struct ChangePrice {
  static constexpr std::string_view kType = "price";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForClerks;
  using Reply = ItemReply;
  std::string key;
  ItemId item;
  Cents price;
  std::optional<Seq> version;  // that the sender saw; if the item has another one, the change is refused
  static constexpr auto fields() {
    return std::tuple(field("key", &ChangePrice::key), field("item", &ChangePrice::item),
                      field("price", &ChangePrice::price), field("version", &ChangePrice::version));
  }
};

struct Restock {
  static constexpr std::string_view kType = "restock";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForClerks;
  using Reply = ItemReply;
  std::string key;
  ItemId item;
  Quantity delta;  // not 0; a negative delta may lower the stock of the place to 0 at most
  std::optional<std::string> reason;
  std::optional<Seq> version;          // as of ChangePrice
  std::optional<std::string> place{};  // missing: `main`
  // Pieces may come in at a place where no item has any. Without it such a name is taken for a typing error.
  std::optional<bool> opens{};
  static constexpr auto fields() {
    return std::tuple(field("key", &Restock::key), field("item", &Restock::item), field("delta", &Restock::delta),
                      field("reason", &Restock::reason), field("version", &Restock::version),
                      field("place", &Restock::place), field("opens", &Restock::opens));
  }
};

// The pieces of an item at a place were counted: from this event on its stock there is what was found, whatever the
// books say. Pieces of open holds are among those of all places, so their number is the least of the sum.
struct CountStock {
  static constexpr std::string_view kType = "count";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForClerks;
  using Reply = ItemReply;
  std::string key;
  ItemId item;
  Quantity stock;  // 0 .. kStockMax
  std::optional<std::string> reason;
  std::optional<Seq> version;          // as of ChangePrice
  std::optional<std::string> place{};  // missing: `main`
  std::optional<bool> opens{};         // as of Restock
  static constexpr auto fields() {
    return std::tuple(field("key", &CountStock::key), field("item", &CountStock::item),
                      field("stock", &CountStock::stock), field("reason", &CountStock::reason),
                      field("version", &CountStock::version), field("place", &CountStock::place),
                      field("opens", &CountStock::opens));
  }
};

// Moves pieces of an item from one place to another. Its stock stays as it is.
struct Transfer {
  static constexpr std::string_view kType = "transfer";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForClerks;
  using Reply = ItemReply;
  std::string key;
  ItemId item;
  Quantity quantity;                // 1 .. kStockMax
  std::optional<std::string> from;  // missing: `main`
  std::optional<std::string> to;    // missing: `main`; another one than `from`
  std::optional<std::string> reason;
  std::optional<Seq> version;  // as of ChangePrice
  std::optional<bool> opens;   // as of Restock
  static constexpr auto fields() {
    return std::tuple(field("key", &Transfer::key), field("item", &Transfer::item),
                      field("quantity", &Transfer::quantity), field("from", &Transfer::from),
                      field("to", &Transfer::to), field("reason", &Transfer::reason),
                      field("version", &Transfer::version), field("opens", &Transfer::opens));
  }
};

// Changes what an item is called, told to be and sold under, retires it, or brings it back. At least one of these
// fields must be there; the missing ones stay as they are. A value that the item has already is written all the same,
// as that of ChangePrice.
struct EditItem {
  static constexpr std::string_view kType = "edit";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForClerks;
  using Reply = ItemReply;
  std::string key;
  ItemId item;
  std::optional<std::string> title;
  std::optional<std::string> topic;
  std::optional<bool> retired;
  std::optional<Seq> version;    // as of ChangePrice
  std::optional<Terms> terms{};  // they replace all terms; without any rule: the item has none any more
  // With `terms`: the names of the rules that change, each once. One that `terms` lacks is removed, and the rules that
  // are not named stay.
  std::optional<std::vector<std::string>> rules{};
  std::optional<std::string> description{};      // empty: the item has none any more
  std::optional<Topics> topics{};                // they replace all topics besides the first one; empty: none
  std::optional<AttributeChanges> attributes{};  // at least one; a name without a value leaves
  std::optional<Quantity> low{};                 // 0 .. kStockMax; kNoLow: the item has no threshold any more
  static constexpr auto fields() {
    return std::tuple(field("key", &EditItem::key), field("item", &EditItem::item), field("title", &EditItem::title),
                      field("topic", &EditItem::topic), field("retired", &EditItem::retired),
                      field("version", &EditItem::version), field("terms", &EditItem::terms),
                      field("rules", &EditItem::rules), field("description", &EditItem::description),
                      field("topics", &EditItem::topics), field("attributes", &EditItem::attributes),
                      field("low", &EditItem::low));
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

struct MovementsReply {
  std::vector<Movement> movements;
  std::optional<Seq> next;  // pass it as `before` for the next page; missing on the last page
  static constexpr auto fields() {
    return std::tuple(field("movements", &MovementsReply::movements), field("next", &MovementsReply::next));
  }
};

// The movements of one item, the newest first.
struct ListMovements {
  static constexpr std::string_view kType = "movements";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForStaff;
  using Reply = MovementsReply;
  ItemId item;
  std::optional<Seq> before;           // movements with a lesser seq only
  std::optional<std::uint32_t> limit;  // 1 .. kPageMax
  static constexpr auto fields() {
    return std::tuple(field("item", &ListMovements::item), field("before", &ListMovements::before),
                      field("limit", &ListMovements::limit));
  }
};

// The answers show the subscription as it is when they are given.
struct SubscriptionReply {
  Seq seq;                                   // of the event that the key made
  std::optional<Subscription> subscription;  // missing: it has ended
  static constexpr auto fields() {
    return std::tuple(field("seq", &SubscriptionReply::seq), field("subscription", &SubscriptionReply::subscription));
  }
};
struct SubscriptionsReply {
  std::vector<Subscription> subscriptions;  // ascending by name
  Seq last;                                 // the last event that the replica has applied
  static constexpr auto fields() {
    return std::tuple(field("subscriptions", &SubscriptionsReply::subscriptions),
                      field("last", &SubscriptionsReply::last));
  }
};

// Makes a subscription. Its events are read with `events`, from the one after its cursor.
struct Subscribe {
  static constexpr std::string_view kType = "subscribe";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForStaff;
  using Reply = SubscriptionReply;
  std::string key;
  std::string name;
  std::optional<Seq> from;                        // the first event; missing: the next one
  std::optional<std::vector<std::string>> types;  // 1 .. kSubscriptionTypesMax, each once; missing: all
  std::optional<std::int64_t> ttl;                // 1 .. kSubscriptionMsMax; missing: kSubscriptionMsDefault
  static constexpr auto fields() {
    return std::tuple(field("key", &Subscribe::key), field("name", &Subscribe::name), field("from", &Subscribe::from),
                      field("types", &Subscribe::types), field("ttl", &Subscribe::ttl));
  }
};

// All events up to `cursor` are done with. An acknowledgement of the present cursor keeps the subscription alive.
struct Acknowledge {
  static constexpr std::string_view kType = "acknowledge";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForStaff;
  using Reply = SubscriptionReply;
  std::string key;
  std::string name;
  Seq cursor;
  static constexpr auto fields() {
    return std::tuple(field("key", &Acknowledge::key), field("name", &Acknowledge::name),
                      field("cursor", &Acknowledge::cursor));
  }
};

struct Unsubscribe {
  static constexpr std::string_view kType = "unsubscribe";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForStaff;
  using Reply = SubscriptionReply;
  std::string key;
  std::string name;
  static constexpr auto fields() {
    return std::tuple(field("key", &Unsubscribe::key), field("name", &Unsubscribe::name));
  }
};

// All subscriptions, or the one with this name.
struct ListSubscriptions {
  static constexpr std::string_view kType = "subscriptions";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForStaff;
  using Reply = SubscriptionsReply;
  std::optional<std::string> name;
  static constexpr auto fields() { return std::tuple(field("name", &ListSubscriptions::name)); }
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

// The outcome of a key. Asking for an unknown key voids it, so the answer is final in both cases (G3).
enum class OutcomeKind : std::uint8_t { kOrder, kChange, kVoid };
template <>
struct Words<OutcomeKind> {
  static constexpr std::string_view of(OutcomeKind value) {
    switch (value) {
      case OutcomeKind::kOrder:
        return "order";
      case OutcomeKind::kChange:
        return "change";
      case OutcomeKind::kVoid:
        return "void";
    }
    return {};
  }
};
struct OutcomeReply {
  OutcomeKind outcome = OutcomeKind::kVoid;
  Seq seq;                     // of the event that the key made, or of the event that voided it
  std::optional<Order> order;  // for kOrder
  std::optional<Hold> hold{};  // for the kChange of a hold: the hold as it is now
  static constexpr auto fields() {
    return std::tuple(field("outcome", &OutcomeReply::outcome), field("seq", &OutcomeReply::seq),
                      field("order", &OutcomeReply::order), field("hold", &OutcomeReply::hold));
  }
};
struct Outcome {
  static constexpr std::string_view kType = "outcome";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForWriters;
  using Reply = OutcomeReply;
  std::string key;
  static constexpr auto fields() { return std::tuple(field("key", &Outcome::key)); }
};

// Notes an act of an operator in the stream. The note is all that it does.
struct NoteReply {
  Seq seq;  // of the event
  static constexpr auto fields() { return std::tuple(field("seq", &NoteReply::seq)); }
};
struct Note {
  static constexpr std::string_view kType = "note";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForOperators;
  using Reply = NoteReply;
  std::string key;
  Act act = Act::kBackup;
  std::string subject;
  static constexpr auto fields() {
    return std::tuple(field("key", &Note::key), field("act", &Note::act), field("subject", &Note::subject));
  }
};

// The stream for subscribers outside: whole blocks (msg/block.h) that hold `from` and later, up to the watermark. A
// client that may not see everything gets the part of each block that it may see (msg/partly.h), if it asks so.
struct PartEvent {
  Seq seq;
  Blob event;
  static constexpr auto fields() {
    return std::tuple(field("seq", &PartEvent::seq), field("event", &PartEvent::event));
  }
};
struct BlockPart {
  Seq first;
  std::uint32_t count = 0;  // of all events of the block
  Blob prev;                // the hashes of the block
  Blob hash;
  std::vector<PartEvent> events;
  static constexpr auto fields() {
    return std::tuple(field("first", &BlockPart::first), field("count", &BlockPart::count),
                      field("prev", &BlockPart::prev), field("hash", &BlockPart::hash),
                      field("events", &BlockPart::events));
  }
};
struct EventsReply {
  std::vector<Blob> blocks;
  Seq mark;                                     // the watermark; later events are not shown yet
  std::optional<std::vector<BlockPart>> parts;  // instead of blocks
  static constexpr auto fields() {
    return std::tuple(field("blocks", &EventsReply::blocks), field("mark", &EventsReply::mark),
                      field("parts", &EventsReply::parts));
  }
};
struct Events {
  static constexpr std::string_view kType = "events";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForEverybody;
  using Reply = EventsReply;
  Seq from;                            // the first seq is 1
  std::optional<std::uint32_t> bytes;  // about this many bytes at most; if there is a block, at least one comes
  std::optional<std::uint32_t> wait;   // if there is no event yet, wait for one up to this many milliseconds
  std::optional<bool> partly;          // the parts will do
  static constexpr auto fields() {
    return std::tuple(field("from", &Events::from), field("bytes", &Events::bytes), field("wait", &Events::wait),
                      field("partly", &Events::partly));
  }
};

}  // namespace msg
