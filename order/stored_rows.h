// The tables of the orders' view share this: a column that cannot be decoded refuses the whole file. Threads: none.
// Tests: tests/order/sqlite_store_test.cpp.
#pragma once

#include <string>
#include <utility>

#include <fmt/format.h>

#include "msg/codec.h"
#include "storage/view_file.h"

namespace order {

// Throws an error that names the file at `path` and `what` was read.
template <class Row>
Row decoded(const std::string& path, const SQLite::Column& column, const char* what) {
  auto row = msg::decode<Row>(storage::bytes_of(column));
  if (!row) storage::refuse_damaged(path, fmt::format("{}: {}", what, row.error().message));
  return std::move(*row);
}

// The enumerator in a column; `last` is the greatest one.
template <class Enum>
Enum one_of(const std::string& path, Enum last, const SQLite::Column& column) {
  const auto value = column.getInt();
  if (value < 0 || value > static_cast<int>(last)) {
    storage::refuse_damaged(path, fmt::format("a stored row: {} {}", column.getName(), value));
  }
  return static_cast<Enum>(value);
}

}  // namespace order
