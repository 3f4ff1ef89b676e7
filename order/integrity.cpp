#include "order/integrity.h"

#include <fmt/format.h>

#include "msg/codec.h"
#include "order/sqlite_store.h"
#include "storage/integrity.h"
#include "storage/view.h"
#include "text/fold.h"

namespace order {
namespace {

// Finds the first order that is not found by its customer. Another release of ICU may have made the stored forms, or
// the file may be of a format without them. Then they cannot be compared with ours.
std::optional<std::string> fault_of_customers(SQLite::Database& db) {
  const SQLite::Transaction one_moment(db);
  if (!db.tableExists("derived") || db.execAndGet("SELECT rules FROM derived").getString() != text::rules()) {
    return std::nullopt;
  }
  SQLite::Statement orders(db, "SELECT no, customer, bytes FROM orders NOT INDEXED");
  SQLite::Statement find(db,
                         "SELECT no FROM orders INDEXED BY orders_by_customer "
                         "WHERE customer = ? AND customer <> '' AND no = ?");
  while (orders.executeStep()) {
    const auto no = orders.getColumn(0).getInt64();
    const auto order = msg::decode<msg::Order>(storage::bytes_of(orders.getColumn(2)));
    if (!order) return fmt::format("order {}: it cannot be read", no);
    const auto customer = text::folded(order->customer);
    if (orders.getColumn(1).getString() != customer) {
      return fmt::format("order {}: its customer without case is wrong", no);
    }
    if (customer.empty()) continue;
    find.reset();
    find.bindNoCopy(1, customer);
    find.bind(2, no);
    if (!find.executeStep()) return fmt::format("order {}: the index of customers does not find it", no);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> fault_of_file(const std::string& path) {
  return storage::fault_of_file(path, SqliteStore::kApplicationId, fault_of_customers);
}

}  // namespace order
