// SqliteStore: order.db, the view of the orders in SQLite.
//
// One transaction is open from the first put after a commit until the next commit; a crash goes back to the last one,
// and since the stream is the truth that is enough (WAL, synchronous=NORMAL: a power cut may cost the last commits,
// never the file). The file belongs to one process at a time: it is locked for as long as the store is open.
//
// What the file is not ours, is newer, in use or damaged is refused in the constructor with one line that says what to
// do. Errors later on (disk full) are exceptions of SQLiteCpp, with the file's name.
//
// Cost: an order and its key about 5 us. Keys that rise (a random prefix and a counter) keep the index of the keys
// warm; random keys touch a page of it each. Threads: one. Tests: tests/order/sqlite_store_test.cpp.
#pragma once

#include <memory>
#include <string>

#include "order/store.h"

namespace order {

class SqliteStore : public Store {
 public:
  static constexpr std::int32_t kApplicationId = 0x50594f52;  // "PYOR"
  static constexpr int kFormat = 1;                           // user_version

  // Opens or creates the file; throws std::runtime_error.
  explicit SqliteStore(const std::string& path);
  ~SqliteStore() override;

  stream::Position position() const override;
  Totals totals() const override;
  void each_item(const std::function<void(const msg::Item&)>& visit) override;

  void put_item(const msg::Item& item) override;
  void put_order(const msg::Order& order) override;
  void put_key(const std::string& key, const ledger::KeyRecord& record) override;
  void commit(const stream::Position& position, const Totals& totals) override;

  std::optional<msg::Order> order(base::OrderNo no) override;
  std::optional<ledger::KeyRecord> key(const std::string& key) override;
  std::vector<msg::Order> orders(const std::optional<std::string>& customer, base::OrderNo after,
                                 std::uint32_t limit) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace order
