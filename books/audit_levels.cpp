// StreamAudit: items that are low.
#include <fmt/format.h>

#include "books/audit_stream.h"
#include "msg/effects.h"

namespace books {
namespace {

bool is_at_threshold(const msg::Item& item) {
  return item.low && item.stock.value() - item.held.value_or(base::Quantity()).value() <= item.low->value();
}

}  // namespace

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
    if (is_at_threshold(found->second.item) == (low_.count(id) > 0)) {
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
  if (is_at_threshold(item) != is || item.low != low || available != item.stock - msg::held_of(item)) {
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
