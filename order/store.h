// Store of an order replica: the view of the orders, on a disk.
//
// Reads see a put row at once. It is durable from the next commit(), which writes all rows together with the position.
// After a crash the view is as of the last commit, and the stream is replayed from there. One thread reads and writes.
// Implementations: SqliteStore (order.db) and the simulation's.
// Errors: a failure of the environment (disk full, corrupt file) is an exception; the process leaves rotation and
// stops.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/credentials.h"
#include "ledger/key_record.h"
#include "msg/types.h"
#include "stream/view_store.h"

namespace order {

// The totals that the rows of orders, keys and credentials must have, kept beside the position.
struct Totals {
  base::OrderNo last_order;
  std::uint64_t orders_digest = 0;
  ledger::KeysTotal keys;
  std::uint64_t credentials_digest = 0;
};

class Store : public stream::ViewStore {
 public:
  virtual Totals totals() const = 0;

  virtual void put_item(const msg::Item& item) = 0;
  virtual void put_order(const msg::Order& order) = 0;
  virtual void put_key(const std::string& key, const ledger::KeyRecord& record) = 0;
  virtual void put_credential(const msg::Credential& credential) = 0;
  virtual void commit(const stream::Position& position, const Totals& totals, std::uint64_t items_digest) = 0;

  virtual std::optional<msg::Order> order(base::OrderNo no) = 0;
  virtual std::optional<ledger::KeyRecord> key(const std::string& key) = 0;
  // Ascending by number, of all customers or one (compared without case: text/fold.h), numbers greater than `after`, at
  // most `limit`.
  virtual std::vector<msg::Order> orders(const std::optional<std::string>& customer, base::OrderNo after,
                                         std::uint32_t limit) = 0;
  // All of them, ascending by id.
  virtual std::vector<msg::Credential> credentials() = 0;
  // Ascending by their bytes, greater than `after`, at most `limit`.
  virtual std::vector<ledger::UsedKey> keys(const std::string& after, std::uint32_t limit) = 0;
};

}  // namespace order
