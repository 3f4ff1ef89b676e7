// HoldRows: the holds in order.db.
//
// A hold that has changed is written with the next commit, so that a hold that is confirmed soon costs one row and no
// place in the index of open holds. Reads show it at once. Bounds: kUnwrittenMax changed holds. Lifetime: `view` and
// `path` outlive this. Threads: none. Tests: tests/order/sqlite_holds_test.cpp.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "msg/types.h"
#include "storage/view.h"

namespace order {

class HoldRows {
 public:
  static constexpr std::size_t kUnwrittenMax = 1000;

  HoldRows(storage::View& view, const std::string& path);
  void put(const msg::Hold& hold);
  // Writes the rows of the changed holds into the open transaction.
  void write();
  std::size_t unwritten() const { return unwritten_.size(); }

  std::optional<msg::Hold> find(base::HoldNo no);
  // At most `limit` holds with numbers greater than `after`, ascending.
  std::vector<msg::Hold> after(base::HoldNo after, std::uint32_t limit);
  std::vector<msg::Hold> open();

 private:
  void write_one(const msg::Hold& hold);
  std::vector<msg::Hold> rows(storage::Use& get) const;

  storage::View& view_;
  const std::string& path_;
  SQLite::Statement put_;
  SQLite::Statement get_;
  SQLite::Statement get_after_;
  SQLite::Statement get_open_;
  std::map<base::HoldNo, msg::Hold> unwritten_;
};

}  // namespace order
