// The rows of an order view as digests. An audit compares them with the stream (PROTOCOL 8).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "msg/roles.h"
#include "msg/types.h"

namespace msg {

enum class Table : std::uint8_t { kOrders, kKeys, kMovements };
template <>
struct Words<Table> {
  static constexpr std::string_view of(Table value) {
    switch (value) {
      case Table::kOrders:
        return "orders";
      case Table::kKeys:
        return "keys";
      case Table::kMovements:
        return "movements";
    }
    return {};
  }
};

struct Row {
  OrderNo no;  // of an order; for a key, the order that it placed or cancelled; for a movement, its order; or 0
  std::string key;
  Seq seq;                   // of the event that made the row
  std::uint64_t digest = 0;  // of all fields of the row
  // Of a movement.
  std::optional<ItemId> item{};
  std::optional<Quantity> delta{};
  std::optional<bool> carried{};  // it stands for all that happened to the item before; missing: no
  static constexpr auto fields() {
    return std::tuple(field("no", &Row::no), field("key", &Row::key), field("seq", &Row::seq),
                      field("digest", &Row::digest), field("item", &Row::item), field("delta", &Row::delta),
                      field("carried", &Row::carried));
  }
  friend bool operator==(const Row&, const Row&) = default;
};

struct RowsReply {
  std::vector<Row> rows;  // fewer than `limit` if no more rows follow
  static constexpr auto fields() { return std::tuple(field("rows", &RowsReply::rows)); }
};

// Asks a replica for rows of orders ascending by number, of keys ascending by their bytes, or of movements ascending by
// item and seq. It answers even if its view has diverged.
struct Rows {
  static constexpr std::string_view kType = "rows";
  static constexpr auto kFrom = kByOperators;
  using Reply = RowsReply;
  Table table = Table::kOrders;
  OrderNo after;            // of orders: only greater numbers
  std::string after_key;    // of keys: only greater keys
  std::uint32_t limit = 0;  // 1 .. kPageMax
  // Of movements: only those after that of this item with this seq.
  std::optional<ItemId> after_item{};
  std::optional<Seq> after_seq{};
  static constexpr auto fields() {
    return std::tuple(field("table", &Rows::table), field("after", &Rows::after), field("after_key", &Rows::after_key),
                      field("limit", &Rows::limit), field("after_item", &Rows::after_item),
                      field("after_seq", &Rows::after_seq));
  }
};

}  // namespace msg
