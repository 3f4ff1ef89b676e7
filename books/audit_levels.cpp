// StreamAudit: items that are low.
#include <fmt/format.h>

#include "books/audit_stream.h"
#include "msg/effects.h"

namespace books {

// The stream tells the levels that its events have changed before anything that a client asks for.
void StreamAudit::levels_in_time(const msg::Event& event) {
  if (levels_due_.empty() || !msg::key_of(event)) return;
  item_faults_.add(
      fmt::format("seq {} was decided before the stream told the level of item {}", seq_, *levels_due_.begin()));
  levels_due_.clear();
}

void StreamAudit::note_levels(const msg::Event& event) {
  msg::each_item_named(event, [&](base::ItemId id) {
    const auto found = items_.find(id);
    if (found == items_.end()) return;
    if (msg::is_low(found->second.item) == (low_.count(id) > 0)) {
      levels_due_.erase(id);
    } else {
      levels_due_.insert(id);
    }
  });
}

void StreamAudit::apply(const msg::StockLow& told) { take_level(told.item, told.available, told.low, true); }
void StreamAudit::apply(const msg::StockOk& told) { take_level(told.item, told.available, told.low, false); }

void StreamAudit::take_level(base::ItemId id, base::Quantity available, std::optional<base::Quantity> low, bool is) {
  const auto found = items_.find(id);
  if (found == items_.end())
    return item_faults_.add(fmt::format("seq {} tells the level of item {}, which was never added", seq_, id));
  const auto& item = found->second.item;  // which keeps its version
  if (msg::is_low(item) != is || item.low != low || available != msg::available_of(item)) {
    item_faults_.add(fmt::format("seq {} tells a wrong level of item {}", seq_, id));
  }
  if ((low_.count(id) > 0) == is) item_faults_.add(fmt::format("seq {} tells the level of item {} again", seq_, id));
  if (is) {
    low_.insert(id);
  } else {
    low_.erase(id);
  }
}

}  // namespace books
