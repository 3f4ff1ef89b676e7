// Orders, cancellations, outcomes: PROTOCOL 4 over HTTP.
#include "bridge/exchange.h"
#include "bridge/schema.h"
#include "bridge/shop_parts.h"

namespace bridge {
namespace {

Step place_order(Exchange& exchange) {
  msg::Refusal refusal;
  auto body = exchange.body<OrderBody>(refusal);
  if (!body) return exchange.refuse(refusal);
  msg::PlaceOrder order{exchange.key(), body->type.value_or(msg::OrderType::kBuy), std::move(body->customer),
                        std::move(body->lines)};
  return exchange.call(
      order, [](Exchange& self, const msg::OrderReply& reply) { return answer_order(self, 201, reply.order); });
}

Step cancel_order(Exchange& exchange) {
  return with_id_and_body<msg::OrderNo, CancelBody>(exchange, [&](msg::OrderNo no, CancelBody body) -> Step {
    const msg::Cancel cancel{exchange.key(), no, body.kind.value_or(msg::CancelKind::kCancel), std::move(body.lines),
                             std::move(body.reason)};
    return exchange.call(
        cancel, [](Exchange& self, const msg::OrderReply& reply) { return answer_order(self, 201, reply.order); });
  });
}

Step get_order(Exchange& exchange) {
  const auto no = id_of<msg::OrderNo>(exchange);
  if (!no) return no_number(exchange);
  return exchange.call(msg::GetOrder{*no}, [](Exchange& self, const msg::OrderReply& reply) {
    return answer_order(self, 200, reply.order);
  });
}

Step list_orders(Exchange& exchange) {
  const msg::ListOrders orders{exchange.parameter("customer"), after_of<msg::OrderNo>(exchange), limit_of(exchange)};
  return exchange.call(orders, [](Exchange& self, msg::OrdersReply reply) {
    for (auto& order : reply.orders) order = with_state(std::move(order));
    return self.answer(200, reply);
  });
}

Step get_outcome(Exchange& exchange) {
  exchange.use_key(key_of(exchange.path_value(0)));
  return exchange.call(msg::Outcome{exchange.key()}, [](Exchange& self, const msg::OutcomeReply& reply) {
    auto outcome = reply;
    if (outcome.order) outcome.order = with_state(std::move(*outcome.order));
    return self.answer(200, outcome);
  });
}

}  // namespace

void add_order_routes(std::vector<Route>& table) {
  table.push_back({.method = "POST",
                   .path = "/v1/orders",
                   .name = "placeOrder",
                   .what = "One atomic order: all lines or none",
                   .handle = place_order,
                   .success = 201,
                   .body = request_schema_of<OrderBody>,
                   .answer = schema_of<msg::Order>,
                   .keyed = true,
                   .also = {404}});
  table.push_back({.method = "GET",
                   .path = "/v1/orders",
                   .name = "listOrders",
                   .what = "Orders ascending by number, all or one customer's",
                   .handle = list_orders,
                   .query = {{"customer", Kind::kText, "whose orders, without case"},
                             limit_parameter(),
                             {"after", Kind::kNumber, "only greater numbers: the `next` of the page before"}},
                   .answer = schema_of<msg::OrdersReply>});
  table.push_back({.method = "GET",
                   .path = "/v1/orders/{no}",
                   .name = "getOrder",
                   .what = "One order",
                   .handle = get_order,
                   .answer = schema_of<msg::Order>});
  table.push_back({.method = "POST",
                   .path = "/v1/orders/{no}/cancellations",
                   .name = "cancelOrder",
                   .what = "Takes pieces of an order back, or all that remain; never more than was bought",
                   .handle = cancel_order,
                   .success = 201,
                   .body = request_schema_of<CancelBody>,
                   .answer = schema_of<msg::Order>,
                   .keyed = true});
  table.push_back({.method = "GET",
                   .path = "/v1/outcomes/{key}",
                   .name = "getOutcome",
                   .what = "The outcome of a key. An unused key becomes void, so the answer is final",
                   .handle = get_outcome,
                   .answer = schema_of<msg::OutcomeReply>,
                   .effect = true});
}

}  // namespace bridge
