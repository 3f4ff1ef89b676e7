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
#include "ledger/holds.h"
#include "ledger/key_record.h"
#include "ledger/movements.h"
#include "ledger/subscriptions.h"
#include "msg/types.h"
#include "stream/view_store.h"

namespace order {

// The totals that the rows of orders, cancellations, keys, credentials, holds, movements and subscriptions must have,
// kept beside the position.
struct Totals {
  base::OrderNo last_order;
  std::uint64_t orders_digest = 0;  // of orders and cancellations
  ledger::KeysTotal keys;
  std::uint64_t credentials_digest = 0;
  ledger::HoldsTotal holds{};
  ledger::MovementsTotal movements{};
  std::uint64_t subscriptions_digest = 0;
};

constexpr base::Seq kAllSeqs{~base::Seq::Rep{0}};

class Store : public stream::ViewStore {
 public:
  virtual Totals totals() const = 0;

  virtual void put_item(const msg::Item& item) = 0;
  virtual void put_order(const msg::Order& order) = 0;
  virtual void put_cancellation(const msg::Cancellation& cancellation) = 0;
  virtual void put_key(const std::string& key, const ledger::KeyRecord& record) = 0;
  virtual void put_credential(const msg::Credential& credential) = 0;
  // Adds a hold, or replaces the one with its number.
  virtual void put_hold(const msg::Hold& hold) = 0;
  virtual void put_movement(const msg::Movement& movement) = 0;
  // Adds a subscription, or replaces the one with its name.
  virtual void put_subscription(const msg::Subscription& subscription) = 0;
  virtual void remove_subscription(const std::string& name) = 0;
  virtual void commit(const stream::Position& position, const Totals& totals, std::uint64_t items_digest) = 0;

  // Orders as they were placed: without cancellations.
  virtual std::optional<msg::Order> order(base::OrderNo no) = 0;
  virtual std::optional<ledger::KeyRecord> key(const std::string& key) = 0;
  // Ascending by number, of all customers or one (compared without case: text/fold.h), numbers greater than `after`, at
  // most `limit`.
  virtual std::vector<msg::Order> orders(const std::optional<std::string>& customer, base::OrderNo after,
                                         std::uint32_t limit) = 0;
  // Of one customer, likewise compared, placed after the instant `since`: the newest first, at most `limit`.
  virtual std::vector<msg::Order> orders_since(const std::string& customer, std::int64_t since,
                                               std::uint32_t limit) = 0;
  // Of one order, ascending by seq.
  virtual std::vector<msg::Cancellation> cancellations(base::OrderNo no) = 0;
  // Of all orders, ascending by seq, seqs greater than `after`, at most `limit`.
  virtual std::vector<msg::Cancellation> cancellations_after(base::Seq after, std::uint32_t limit) = 0;
  virtual std::optional<msg::Hold> hold(base::HoldNo no) = 0;
  // Open and ended ones, ascending by number, numbers greater than `after`, at most `limit`.
  virtual std::vector<msg::Hold> holds_after(base::HoldNo after, std::uint32_t limit) = 0;
  virtual std::vector<msg::Hold> open_holds() = 0;
  // Of one item, descending by seq, seqs less than `before`, at most `limit`.
  virtual std::vector<msg::Movement> movements(base::ItemId item, base::Seq before, std::uint32_t limit) = 0;
  // Of all items, ascending by item and seq, after that of this item with this seq, at most `limit`.
  virtual std::vector<msg::Movement> movements_after(base::ItemId item, base::Seq seq, std::uint32_t limit) = 0;
  // All of them, ascending by id.
  virtual std::vector<msg::Credential> credentials() = 0;
  virtual std::vector<msg::Subscription> subscriptions() = 0;
  // Ascending by their bytes, greater than `after`, at most `limit`.
  virtual std::vector<ledger::UsedKey> keys(const std::string& after, std::uint32_t limit) = 0;
};

// Adds what was taken back of the order up to the event `until`, as an answer shows it.
void add_cancellations(Store& store, msg::Order& order, base::Seq until = kAllSeqs);
// The order with its cancellations; nothing if the view does not have it.
std::optional<msg::Order> whole_order(Store& store, base::OrderNo no, base::Seq until = kAllSeqs);
// The orders of a customer that were placed after `since`, with their cancellations; the newest first, at most `limit`.
std::vector<msg::Order> whole_orders_since(Store& store, const std::string& customer, std::int64_t since,
                                           std::uint32_t limit);
// The seq of the last event that the order, as it is shown, tells of.
base::Seq last_seq(const msg::Order& order);

}  // namespace order
