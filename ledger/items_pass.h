// ItemsPass: compares the rows of a view's items with the items in memory, page by page, again and again.
//
// The items in memory were loaded from the same rows and compared with the digest that was committed with them. So a
// row that differs was lost or changed later. Threads: none. Tests: tests/ledger/items_pass_test.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ledger/items.h"

namespace ledger {

class ItemsPass {
 public:
  base::ItemId after() const { return after_; }
  // `rows` are the rows that follow after(), without a gap; `at_end` says that they are the last ones. The rows of
  // `dirty` items are not written yet and are not compared. Returns the fault of the first bad row.
  std::optional<std::string> take(const std::vector<msg::Item>& rows, bool at_end, const Items& items,
                                  const std::set<base::ItemId>& dirty);

 private:
  base::ItemId after_;  // the last id that was compared; 0: the next page begins a pass
};

// Compares items that were loaded from a view's rows with the digest that was committed with them at `applied`. Returns
// the fault; nothing if they agree, or if the view has a format without a digest.
std::optional<std::string> loaded_fault(const Items& items, const std::optional<std::uint64_t>& committed,
                                        base::Seq applied);

}  // namespace ledger
