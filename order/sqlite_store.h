// SqliteStore: order.db, the view of the orders in SQLite.
//
// storage/view.h keeps the position and the items, hold_rows.h the holds, movement_rows.h the movements. Errors: the
// constructor refuses a file that is not ours, newer or damaged, with one line that says what to do. Later errors (disk
// full) are exceptions of SQLiteCpp.
//
// Cost: about 5 us for an order with its key, and at most 4 us more for the movement of each item. Keys that rise
// (base::new_key puts the time first) keep the index warm; each random key touches another page. Threads: one. Tests:
// tests/order/sqlite_store_test.cpp, sqlite_holds_test.cpp, sqlite_movements_test.cpp and formats_test.cpp beside it.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "order/store.h"

namespace order {

class SqliteStore : public Store {
 public:
  static constexpr std::int32_t kApplicationId = 0x50594f52;  // "PYOR"
  static constexpr int kFirstFormat = 2;                      // user_version
  // The step from each format to the next (storage::Steps). In steps.cpp, so that the linker chooses: msg/versions.h.
  static const std::span<const char* const> kSteps;
  static int format() { return kFirstFormat + static_cast<int>(kSteps.size()); }

  // Opens or creates the file; throws std::runtime_error.
  explicit SqliteStore(const std::string& path);
  ~SqliteStore() override;

  stream::Position position() const override;
  Totals totals() const override;
  void each_item(const std::function<void(const msg::Item&)>& visit) override;

  std::vector<msg::Item> items(base::ItemId after, std::uint32_t limit) override;
  std::optional<std::uint64_t> items_digest() const override;
  std::optional<std::string> diverged() const override;
  void diverge(const std::string& why) override;

  void put_item(const msg::Item& item) override;
  void put_order(const msg::Order& order) override;
  void put_cancellation(const msg::Cancellation& cancellation) override;
  void put_key(const std::string& key, const ledger::KeyRecord& record) override;
  void put_credential(const msg::Credential& credential) override;
  void put_hold(const msg::Hold& hold) override;
  void put_movement(const msg::Movement& movement) override;
  void put_subscription(const msg::Subscription& subscription) override;
  void remove_subscription(const std::string& name) override;
  void commit(const stream::Position& position, const Totals& totals, std::uint64_t items_digest) override;
  bool has_room() override;
  void look() const override;
  void settle() override;
  std::optional<bool> settle_result() override;
  std::uint64_t checkpoints_failed() const override;

  std::optional<msg::Order> order(base::OrderNo no) override;
  std::optional<ledger::KeyRecord> key(const std::string& key) override;
  std::vector<msg::Order> orders(const std::optional<std::string>& customer, base::OrderNo after,
                                 std::uint32_t limit) override;
  std::vector<msg::Order> orders_since(const std::string& customer, std::int64_t since, std::uint32_t limit) override;
  std::vector<msg::Cancellation> cancellations(base::OrderNo no) override;
  std::vector<msg::Cancellation> cancellations_after(base::Seq after, std::uint32_t limit) override;
  std::optional<msg::Hold> hold(base::HoldNo no) override;
  std::vector<msg::Hold> holds_after(base::HoldNo after, std::uint32_t limit) override;
  std::vector<msg::Hold> open_holds() override;
  std::vector<msg::Movement> movements(base::ItemId item, base::Seq before, std::uint32_t limit) override;
  std::vector<msg::Movement> movements_after(base::ItemId item, base::Seq seq, std::uint32_t limit) override;
  std::vector<ledger::UsedKey> keys(const std::string& after, std::uint32_t limit) override;
  std::vector<msg::Credential> credentials() override;
  std::vector<msg::Subscription> subscriptions() override;

 private:
  void sum_up();
  void sum_up_movements();

  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace order
