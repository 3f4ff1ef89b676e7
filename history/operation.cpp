#include "history/operation.h"

#include <algorithm>

namespace history {
namespace {

constexpr std::uint64_t kAgeMaxMs = 10ULL * 365 * 24 * 3600 * 1000;  // keeps times within their type
constexpr std::int64_t kNanosPerMs = 1'000'000;
constexpr std::int64_t kDriftPart = 50;  // two clocks that are each off by at most a hundredth

}  // namespace

const msg::Refusal* refusal_of(const Operation& operation) { return std::get_if<msg::Refusal>(&operation.answer); }

bool is_definite(const Operation& operation) {
  if (std::holds_alternative<NoAnswer>(operation.answer)) return false;
  const auto* refusal = refusal_of(operation);
  return !refusal || msg::is_business(refusal->code) || msg::is_bad_request(refusal->code);
}

Time begin_of(const Operation& operation) {
  if (!operation.stale_ms) return operation.invoked;
  const auto age = static_cast<Time>(std::min(*operation.stale_ms, kAgeMaxMs) + 1) * kNanosPerMs;  // +1: rounding
  return operation.invoked - age - age / kDriftPart;
}

std::optional<msg::ItemId> item_of(const Operation& operation, const msg::Refusal& refusal) {
  if (refusal.item) return refusal.item;
  if (const auto* lookup = std::get_if<msg::Lookup>(&operation.request)) return lookup->item;
  if (const auto* change = std::get_if<msg::ChangePrice>(&operation.request)) return change->item;
  if (const auto* restock = std::get_if<msg::Restock>(&operation.request)) return restock->item;
  if (const auto* count = std::get_if<msg::CountStock>(&operation.request)) return count->item;
  if (const auto* transfer = std::get_if<msg::Transfer>(&operation.request)) return transfer->item;
  if (const auto* edit = std::get_if<msg::EditItem>(&operation.request)) return edit->item;
  return std::nullopt;
}

std::string place_of(const Request& request) {
  std::optional<std::string> place;
  if (const auto* restock = std::get_if<msg::Restock>(&request)) place = restock->place;
  if (const auto* count = std::get_if<msg::CountStock>(&request)) place = count->place;
  if (const auto* transfer = std::get_if<msg::Transfer>(&request)) place = transfer->to;
  return place.value_or(std::string(msg::kMainPlace));
}

std::optional<base::Seq> expected_version(const Request& request) {
  if (const auto* change = std::get_if<msg::ChangePrice>(&request)) return change->version;
  if (const auto* restock = std::get_if<msg::Restock>(&request)) return restock->version;
  if (const auto* count = std::get_if<msg::CountStock>(&request)) return count->version;
  if (const auto* transfer = std::get_if<msg::Transfer>(&request)) return transfer->version;
  if (const auto* edit = std::get_if<msg::EditItem>(&request)) return edit->version;
  return std::nullopt;
}

base::Quantity moved_by(const Request& request, msg::ItemId item) {
  if (const auto* restock = std::get_if<msg::Restock>(&request)) {
    return restock->item == item ? restock->delta : base::Quantity();
  }
  base::Quantity moved;
  if (const auto* cancel = std::get_if<msg::Cancel>(&request); cancel && cancel->lines) {
    for (const auto& line : *cancel->lines) {
      if (line.item == item && cancel->kind != msg::CancelKind::kScrap) moved += line.quantity;
    }
  }
  if (const auto* hold = std::get_if<msg::PlaceHold>(&request)) {
    for (const auto& line : hold->lines) {
      if (line.item == item) moved -= line.quantity;
    }
  }
  const auto* place = std::get_if<msg::PlaceOrder>(&request);
  if (!place) return moved;
  for (const auto& line : place->lines) {
    if (line.item == item) moved += place->type == msg::OrderType::kBuy ? -line.quantity : line.quantity;
  }
  return moved;
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

std::vector<const msg::Hold*> holds_shown(const Operation& operation) {
  if (const auto* reply = std::get_if<msg::HoldReply>(&operation.answer)) return {&reply->hold};
  std::vector<const msg::Hold*> holds;
  if (const auto* reply = std::get_if<msg::HoldsReply>(&operation.answer)) {
    for (const auto& hold : reply->holds) holds.push_back(&hold);
  } else if (const auto* outcome = std::get_if<msg::OutcomeReply>(&operation.answer); outcome && outcome->hold) {
    holds.push_back(&*outcome->hold);
  }
  return holds;
}

std::optional<base::HoldNo> hold_of(const Request& request) {
  return std::visit(
      [](const auto& each) -> std::optional<base::HoldNo> {
        if constexpr (requires { each.hold; }) return each.hold;
        return std::nullopt;
      },
      request);
}

base::Seq last_seq(const msg::Order& order) {
  auto last = order.seq;
  if (!order.cancellations) return last;
  for (const auto& each : *order.cancellations) last = std::max(last, each.seq);
  return last;
}

}  // namespace history
