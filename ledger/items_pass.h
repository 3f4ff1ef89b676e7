// ItemsPass: goes over the rows of a view's items, a page at a time, and compares each with the item in memory.
//
// Memory was loaded from the same rows, and compared with the digest that was committed with them; so what differs here
// was lost or changed since. One pass after the other. Threads: none. Tests: tests/ledger/items_pass_test.cpp.
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
  // `rows` follow after(), all that there are up to the last of them; with `at_end` none follow. The rows of `dirty`
  // items are yet to be written, and not compared. Returns what is wrong with the first row that is.
  std::optional<std::string> take(const std::vector<msg::Item>& rows, bool at_end, const Items& items,
                                  const std::set<base::ItemId>& dirty);

 private:
  base::ItemId after_;  // 0: the next page begins a pass
};

// Compares items that were loaded from a view's rows with the digest that was committed with them at `applied`. Returns
// the fault; nothing if they agree, or if the view is of a format that kept no digest.
std::optional<std::string> loaded_fault(const Items& items, const std::optional<std::uint64_t>& committed,
                                        base::Seq applied);

}  // namespace ledger
