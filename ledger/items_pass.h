// ItemsPass: goes over the rows of a view's items, a page at a time, and compares each with the item in memory.
//
// Memory was loaded from the same rows, and compared with the digest that was committed with them; so what differs here
// was lost or changed since. One pass after the other. Threads: none. Tests: tests/ledger/items_pass_test.cpp.
#pragma once

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

}  // namespace ledger
