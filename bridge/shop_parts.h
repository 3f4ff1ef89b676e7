// The parts that several paths of the shop share: what they read from a request, and how they answer with an order.
// Private to bridge/. Threads: none. Tests: tests/bridge/api_test.cpp, tests/bridge/api_holds_test.cpp
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/decimal.h"
#include "bridge/exchange.h"

namespace bridge {

// Reads the id in a path like /v1/items/{id}.
template <class Id>
std::optional<Id> id_of(const Exchange& exchange) {
  const auto number = base::decimal(exchange.path_value(0));
  return number ? std::optional<Id>(Id(*number)) : std::nullopt;
}

inline Step no_number(Exchange& exchange) {
  return exchange.refuse(msg::Code::kInvalid, fmt::format("'{}' is not a number", exchange.path_value(0)));
}

// Calls then(id, body) with the id in the path and the body of the request; otherwise refuses the request.
template <class Id, class Body, class Then>
Step with_id_and_body(Exchange& exchange, Then then) {
  msg::Refusal refusal;
  auto body = exchange.body<Body>(refusal);
  const auto id = id_of<Id>(exchange);
  if (!id) return no_number(exchange);
  if (!body) return exchange.refuse(refusal);
  return then(*id, std::move(*body));
}

inline Parameter limit_parameter() { return {"limit", Kind::kNumber, "rows at most: 1 to 1000, 100 if missing"}; }

inline std::optional<std::uint32_t> limit_of(const Exchange& exchange) {
  const auto limit = exchange.number("limit");
  if (!limit) return std::nullopt;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(*limit, UINT32_MAX));
}

template <class Id>
std::optional<Id> after_of(const Exchange& exchange) {
  const auto after = exchange.number("after");
  return after ? std::optional<Id>(Id(*after)) : std::nullopt;
}

// An order always has its state here. Only the answer to a POST names the path of the order.
inline msg::Order with_state(msg::Order order) {
  if (!order.state) order.state = msg::OrderState::kPlaced;
  return order;
}

inline Step answer_order(Exchange& self, unsigned status, const msg::Order& order) {
  Headers headers;
  if (status == 201) headers.emplace_back("Location", fmt::format("/v1/orders/{}", order.no));
  return self.answer(status, with_state(order), std::move(headers));
}

}  // namespace bridge
