// Requests about items, their stock and their movements; msg/requests.h.
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

}  // namespace msg
