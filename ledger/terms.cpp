#include "ledger/terms.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/time_text.h"

namespace ledger {
namespace {

using msg::Code;

msg::Refusal retired(base::ItemId id) {
  return {.code = Code::kNotForSale, .message = fmt::format("item {} is retired: it is not sold", id), .item = id};
}

// `allowed`: the most pieces that may be asked for at this moment.
msg::Refusal terms_limit(base::ItemId id, base::Quantity allowed, const std::string& message) {
  return {.code = Code::kLimit, .message = fmt::format("item {}: {}", id, message), .item = id, .allowed = allowed};
}

bool is_for_each_customer(const Demand& demand) { return demand.terms && demand.terms->per_customer; }

// Compares what the customer bought within the window of each item, and holds, with the item's terms.
std::optional<msg::Refusal> over_per_customer(const Outlook& outlook, const std::vector<Demand>& demands,
                                              const std::string& customer, std::int64_t at) {
  std::int64_t window = 0;
  const Demand* widest = nullptr;
  for (const auto& demand : demands) {
    if (!is_for_each_customer(demand)) continue;
    if (customer.empty()) {
      return terms_limit(demand.item, {},
                         fmt::format("at most {} for each customer, so the order must name its customer",
                                     *demand.terms->per_customer));
    }
    if (*demand.terms->window > window) widest = &demand;
    window = std::max(window, *demand.terms->window);
  }
  if (!widest) return std::nullopt;
  const auto all = outlook.bought_since(customer, at - window);
  if (!all) {
    return terms_limit(widest->item, {},
                       fmt::format("this customer has more than {} orders of any items in the last {}, also those that "
                                   "sell or are cancelled: too many to count its pieces. Use a shorter window, or "
                                   "terms for each order alone",
                                   Outlook::kOrdersCountedMax, base::span_text(window)));
  }
  for (const auto& demand : demands) {
    if (!is_for_each_customer(demand)) continue;
    auto has = outlook.holds().held_by(customer, demand.item);
    for (const auto& bought : *all) {
      if (bought.item == demand.item && bought.at > at - *demand.terms->window) has += bought.quantity;
    }
    const auto most = *demand.terms->per_customer;
    const auto left = std::max(most - has, base::Quantity());
    if (demand.asked <= left) continue;
    return terms_limit(demand.item, left,
                       fmt::format("{} asked for, this customer may have {} now: at most {} in {}", demand.asked, left,
                                   most, base::span_text(*demand.terms->window)));
  }
  return std::nullopt;
}

}  // namespace

std::optional<msg::Refusal> not_for_sale(base::ItemId id, const Outlook::Foreseen& item, std::int64_t at) {
  if (item.retired) return retired(id);
  const auto terms = item.terms.value_or(msg::Terms{});
  if (terms.from && at < *terms.from) {
    return msg::Refusal{.code = Code::kNotForSale,
                        .message = fmt::format("item {} is for sale from {} on", id, base::instant_text(*terms.from)),
                        .item = id,
                        .from = terms.from};
  }
  if (terms.until && at >= *terms.until) {
    return msg::Refusal{.code = Code::kNotForSale,
                        .message = fmt::format("item {} was for sale until {}", id, base::instant_text(*terms.until)),
                        .item = id,
                        .until = terms.until};
  }
  return std::nullopt;
}

std::optional<msg::Refusal> over_terms(const Outlook& outlook, const std::vector<Demand>& demands,
                                       const std::string& customer, std::int64_t at) {
  for (const auto& demand : demands) {
    const auto most = demand.terms ? demand.terms->per_order : std::nullopt;
    if (!most || demand.asked <= *most) continue;
    return terms_limit(demand.item, *most, fmt::format("{} asked for, at most {} in one order", demand.asked, *most));
  }
  return over_per_customer(outlook, demands, customer, at);
}

}  // namespace ledger
