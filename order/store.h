// Store of an order replica: the view of the orders, on a disk.
//
// What is put is seen by the reads at once and durable from the next commit(), all of it together with the position; a
// crash goes back to the last commit, and the stream is replayed from there. Reads and writes are one thread's.
// Implementations: SqliteStore (order.db) and the simulator's.
// Errors: an environment failure (disk full, corrupt file) is an exception; the process leaves rotation and stops.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/key_record.h"
#include "msg/types.h"
#include "stream/view_store.h"

namespace order {

// What the rows of orders and keys have to come to, kept beside the position.
struct Totals {
  base::OrderNo last_order;
  std::uint64_t orders_digest = 0;
  ledger::KeysTotal keys;
};

class Store : public stream::ViewStore {
 public:
  virtual Totals totals() const = 0;

  virtual void put_item(const msg::Item& item) = 0;
  virtual void put_order(const msg::Order& order) = 0;
  virtual void put_key(const std::string& key, const ledger::KeyRecord& record) = 0;
  virtual void commit(const stream::Position& position, const Totals& totals, std::uint64_t items_digest) = 0;
  // Brings what was committed to stable storage; false: somebody who reads the file was in the way, or the disk is
  // full.
  virtual bool settle() = 0;
  // How often that, or what the store does of the kind by itself, failed; nothing is lost by it.
  virtual std::uint64_t checkpoints_failed() const { return 0; }

  virtual std::optional<msg::Order> order(base::OrderNo no) = 0;
  virtual std::optional<ledger::KeyRecord> key(const std::string& key) = 0;
  // Ascending by number, all or one customer's, numbers greater than `after`, at most `limit`.
  virtual std::vector<msg::Order> orders(const std::optional<std::string>& customer, base::OrderNo after,
                                         std::uint32_t limit) = 0;
  // Ascending by their bytes, greater than `after`, at most `limit`.
  virtual std::vector<ledger::UsedKey> keys(const std::string& after, std::uint32_t limit) = 0;
};

}  // namespace order
