// Subscriptions: PROTOCOL 4 over HTTP (ADR 56). Their events are read with GET /v1/events.
#include "bridge/exchange.h"
#include "bridge/schema.h"
#include "bridge/shop_parts.h"

namespace bridge {
namespace {

Step show_subscription(Exchange& self, const msg::SubscriptionReply& reply) { return self.answer(200, reply); }

Step subscribe(Exchange& exchange) {
  msg::Refusal refusal;
  auto body = exchange.body<SubscribeBody>(refusal);
  if (!body) return exchange.refuse(refusal);
  const msg::Subscribe subscribe{exchange.key(), std::move(body->name), body->from, std::move(body->types), body->keep};
  return exchange.call(subscribe,
                       [](Exchange& self, const msg::SubscriptionReply& reply) { return self.answer(201, reply); });
}

Step list_subscriptions(Exchange& exchange) {
  return exchange.call(msg::ListSubscriptions{},
                       [](Exchange& self, const msg::SubscriptionsReply& reply) { return self.answer(200, reply); });
}

Step acknowledge(Exchange& exchange) {
  msg::Refusal refusal;
  const auto body = exchange.body<AcknowledgeBody>(refusal);
  if (!body) return exchange.refuse(refusal);
  return exchange.call(msg::Acknowledge{exchange.key(), exchange.path_value(0), body->cursor}, show_subscription);
}

Step unsubscribe(Exchange& exchange) {
  return exchange.call(msg::Unsubscribe{exchange.key(), exchange.path_value(0)}, show_subscription);
}

}  // namespace

void add_subscription_routes(std::vector<Route>& table) {
  table.push_back({.method = "POST",
                   .path = "/v1/subscriptions",
                   .name = "subscribe",
                   .what = "Makes a subscription: a named place in the stream, which the store keeps",
                   .handle = subscribe,
                   .success = 201,
                   .body = request_schema_of<SubscribeBody>,
                   .renamed = {{"ttl", "keep"}},
                   .example = R"({"name":"warehouse"})",
                   .answer = schema_of<msg::SubscriptionReply>,
                   .keyed = true});
  table.push_back({.method = "GET",
                   .path = "/v1/subscriptions",
                   .name = "listSubscriptions",
                   .what = "All subscriptions ascending by name, and the last event of the stream",
                   .handle = list_subscriptions,
                   .answer = schema_of<msg::SubscriptionsReply>});
  table.push_back({.method = "POST",
                   .path = "/v1/subscriptions/{name}/acknowledgements",
                   .name = "acknowledge",
                   .what = "All events up to `cursor` are done with; once a second at most",
                   .handle = acknowledge,
                   .body = request_schema_of<AcknowledgeBody>,
                   .answer = schema_of<msg::SubscriptionReply>,
                   .keyed = true});
  table.push_back({.method = "POST",
                   .path = "/v1/subscriptions/{name}/end",
                   .name = "unsubscribe",
                   .what = "Ends a subscription; its name is free again",
                   .handle = unsubscribe,
                   .answer = schema_of<msg::SubscriptionReply>,
                   .keyed = true});
}

}  // namespace bridge
