// StreamAudit: terms of sale.
#include <fmt/format.h>

#include "books/audit_stream.h"
#include "msg/well_formed.h"

namespace books {

void StreamAudit::take_terms(msg::Item& item, const msg::Terms& terms) {
  if (const auto fault = msg::fault_of(terms)) {
    return item_faults_.add(fmt::format("seq {}: item {} cannot have these terms of sale: {}", seq_, item.id, *fault));
  }
  item.terms = terms == msg::Terms{} ? std::nullopt : std::optional(terms);
}

// Compares an order or a hold, which is not counted yet, with the terms of its items. `customer` is folded.
void StreamAudit::within_terms(const std::string& what, const std::string& customer, const Asked& asked,
                               Faults& faults) {
  for (const auto& [id, pieces] : asked) {
    const auto found = items_.find(id);
    if (found == items_.end() || !found->second.item.terms) continue;
    const auto& terms = *found->second.item.terms;
    if ((terms.from && event_at_ < *terms.from) || (terms.until && event_at_ >= *terms.until)) {
      faults.add(fmt::format("{} has item {}, which is not for sale at {}", what, id, event_at_));
    }
    if (terms.per_order && pieces > terms.per_order->value()) {
      faults.add(
          fmt::format("{} has {} pieces of item {}, at most {} are allowed", what, pieces, id, *terms.per_order));
    }
    if (!terms.per_customer) continue;
    if (customer.empty()) {
      faults.add(fmt::format("{} has item {}, which is sold by customer, and has none", what, id));
      continue;
    }
    if (!rows_ || event_at_ < 0) continue;  // no writer has such a clock
    const auto kept = kept_.find({customer, id});
    const auto all = pieces + rows_->bought_since(customer, id, event_at_ - *terms.window).value() +
                     (kept == kept_.end() ? 0 : kept->second);
    if (all > terms.per_customer->value()) {
      faults.add(fmt::format("{} gives its customer {} pieces of item {}, at most {} are allowed in {} ms", what, all,
                             id, *terms.per_customer, *terms.window));
    }
  }
}

void StreamAudit::keep_buyer(const std::string& customer, base::OrderNo no, const std::vector<msg::OrderLine>& lines) {
  if (!rows_) return;
  rows_->add_buy(no, customer);
  if (customer.empty()) return;
  for (const auto& line : lines) rows_->add_buyer(customer, line.item, event_at_, no);
}

}  // namespace books
