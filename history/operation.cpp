#include "history/operation.h"

namespace history {

const msg::Refusal* refusal_of(const Operation& operation) { return std::get_if<msg::Refusal>(&operation.answer); }

bool is_definite(const Operation& operation) {
  if (std::holds_alternative<NoAnswer>(operation.answer)) return false;
  const auto* refusal = refusal_of(operation);
  return !refusal || msg::is_business(refusal->code) || msg::is_bad_request(refusal->code);
}

std::string_view write_key(const Operation& operation) {
  return std::visit(
      [](const auto& request) -> std::string_view {
        if constexpr (std::is_same_v<std::decay_t<decltype(request)>, msg::Outcome>) {
          return {};
        } else if constexpr (requires { request.key; }) {
          return request.key;
        } else {
          return {};
        }
      },
      operation.request);
}

std::vector<const msg::Item*> items_shown(const Operation& operation) {
  if (const auto* reply = std::get_if<msg::ItemReply>(&operation.answer)) return {&reply->item};
  std::vector<const msg::Item*> items;
  if (const auto* reply = std::get_if<msg::ItemsReply>(&operation.answer)) {
    items.reserve(reply->items.size());
    for (const auto& item : reply->items) items.push_back(&item);
  }
  return items;
}

bool tells_what_a_change_left(const Operation& operation) {
  const auto* item = std::get_if<msg::ItemReply>(&operation.answer);
  const auto* items = std::get_if<msg::ItemsReply>(&operation.answer);
  return !write_key(operation).empty() && ((item && item->at) || (items && items->at));
}

std::vector<const msg::Order*> orders_shown(const Operation& operation) {
  if (const auto* reply = std::get_if<msg::OrderReply>(&operation.answer)) return {&reply->order};
  std::vector<const msg::Order*> orders;
  if (const auto* reply = std::get_if<msg::OrdersReply>(&operation.answer)) {
    for (const auto& order : reply->orders) orders.push_back(&order);
  } else if (const auto* outcome = std::get_if<msg::OutcomeReply>(&operation.answer); outcome && outcome->order) {
    orders.push_back(&*outcome->order);
  }
  return orders;
}

}  // namespace history
