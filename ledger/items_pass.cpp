#include "ledger/items_pass.h"

#include <fmt/format.h>

namespace ledger {

std::optional<std::string> ItemsPass::take(const std::vector<msg::Item>& rows, bool at_end, const Items& items,
                                           const std::set<base::ItemId>& dirty) {
  std::optional<std::string> fault;
  auto row = rows.begin();
  items.each_after(after_, [&](const msg::Item& item) {
    if (!at_end && (rows.empty() || item.id > rows.back().id)) return false;
    if (row != rows.end() && row->id < item.id) return false;
    const bool here = row != rows.end() && row->id == item.id;
    if (dirty.count(item.id) == 0) {
      if (!here) fault = fmt::format("items: item {} is not there", item.id);
      if (here && !(*row == item)) fault = fmt::format("items: item {} is not as it was written", item.id);
    }
    if (here) ++row;
    return !fault;
  });
  if (!fault && row != rows.end()) fault = fmt::format("items: item {} is there and was never added", row->id);
  after_ = at_end || rows.empty() ? base::ItemId() : rows.back().id;
  return fault;
}

std::optional<std::string> loaded_fault(const Items& items, const std::optional<std::uint64_t>& committed,
                                        base::Seq applied) {
  if (!committed || *committed == items.digest()) return std::nullopt;
  return fmt::format("items: the digest of the {} rows at seq {} is {:016x}, {:016x} was committed", items.size(),
                     applied, items.digest(), *committed);
}

}  // namespace ledger
