// The rows of an order view as digests. An audit compares them with the stream (PROTOCOL 8).
#pragma once

#include <string>
#include <vector>

#include "msg/roles.h"
#include "msg/types.h"

namespace msg {

enum class Table : std::uint8_t { kOrders, kKeys };
template <>
struct Words<Table> {
  static constexpr std::string_view of(Table value) {
    switch (value) {
      case Table::kOrders:
        return "orders";
      case Table::kKeys:
        return "keys";
    }
    return {};
  }
};

struct Row {
  OrderNo no;  // of an order; for a key, the order that it placed or cancelled, or 0
  std::string key;
  Seq seq;                   // of the event that made the row
  std::uint64_t digest = 0;  // of all fields of the row
  static constexpr auto fields() {
    return std::tuple(field("no", &Row::no), field("key", &Row::key), field("seq", &Row::seq),
                      field("digest", &Row::digest));
  }
  friend bool operator==(const Row&, const Row&) = default;
};

struct RowsReply {
  std::vector<Row> rows;  // fewer than `limit` if no more rows follow
  static constexpr auto fields() { return std::tuple(field("rows", &RowsReply::rows)); }
};

// Asks a replica for rows of orders ascending by number, or of keys ascending by their bytes. It answers even if its
// view has diverged.
struct Rows {
  static constexpr std::string_view kType = "rows";
  static constexpr auto kFrom = kByOperators;
  using Reply = RowsReply;
  Table table = Table::kOrders;
  OrderNo after;            // of orders: only greater numbers
  std::string after_key;    // of keys: only greater keys
  std::uint32_t limit = 0;  // 1 .. kPageMax
  static constexpr auto fields() {
    return std::tuple(field("table", &Rows::table), field("after", &Rows::after), field("after_key", &Rows::after_key),
                      field("limit", &Rows::limit));
  }
};

}  // namespace msg
