// MovementRows: the movements of stock in order.db (ADR 55). Lifetime: `view` and `path` outlive this. Threads: none.
// Tests: tests/order/sqlite_movements_test.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "msg/types.h"
#include "storage/view.h"

namespace order {

class MovementRows {
 public:
  MovementRows(storage::View& view, const std::string& path);
  void put(const msg::Movement& movement);
  // At most `limit` movements of the item with seqs less than `before`, descending.
  std::vector<msg::Movement> before(base::ItemId item, base::Seq before, std::uint32_t limit);
  // At most `limit` movements of all items behind this one, by item and seq.
  std::vector<msg::Movement> after(base::ItemId item, base::Seq seq, std::uint32_t limit);

 private:
  std::vector<msg::Movement> rows(storage::Use& get) const;
  void check_within_limits(const msg::Movement& movement) const;

  storage::View& view_;
  const std::string& path_;
  SQLite::Statement put_;
  SQLite::Statement get_before_;
  SQLite::Statement get_after_;
};

}  // namespace order
