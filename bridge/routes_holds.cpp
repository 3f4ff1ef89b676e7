// Holds: PROTOCOL 4 over HTTP (ADR 53).
#include "bridge/exchange.h"
#include "bridge/schema.h"
#include "bridge/shop_parts.h"

namespace bridge {
namespace {

// Only the answer to the request that placed the hold names its path.
Step answer_hold(Exchange& self, unsigned status, const msg::Hold& hold) {
  Headers headers;
  if (status == 201) headers.emplace_back("Location", fmt::format("/v1/holds/{}", hold.no));
  return self.answer(status, hold, std::move(headers));
}

Step show_hold(Exchange& self, const msg::HoldReply& reply) { return answer_hold(self, 200, reply.hold); }

Step place_hold(Exchange& exchange) {
  msg::Refusal refusal;
  auto body = exchange.body<HoldBody>(refusal);
  if (!body) return exchange.refuse(refusal);
  const msg::PlaceHold hold{exchange.key(), std::move(body->customer), std::move(body->lines), body->ttl};
  return exchange.call(hold,
                       [](Exchange& self, const msg::HoldReply& reply) { return answer_hold(self, 201, reply.hold); });
}

Step list_holds(Exchange& exchange) {
  const msg::ListHolds holds{exchange.parameter("customer"), after_of<msg::HoldNo>(exchange), limit_of(exchange)};
  return exchange.call(holds, [](Exchange& self, const msg::HoldsReply& reply) { return self.answer(200, reply); });
}

Step get_hold(Exchange& exchange) {
  const auto no = id_of<msg::HoldNo>(exchange);
  if (!no) return no_number(exchange);
  return exchange.call(msg::GetHold{*no}, show_hold);
}

Step confirm_hold(Exchange& exchange) {
  return with_id_and_body<msg::HoldNo, ConfirmBody>(exchange, [&](msg::HoldNo no, ConfirmBody body) -> Step {
    return exchange.call(
        msg::ConfirmHold{exchange.key(), no, std::move(body.lines)},
        [](Exchange& self, const msg::OrderReply& reply) { return answer_order(self, 201, reply.order); });
  });
}

Step extend_hold(Exchange& exchange) {
  return with_id_and_body<msg::HoldNo, ExtendBody>(exchange, [&](msg::HoldNo no, const ExtendBody& body) -> Step {
    return exchange.call(msg::ExtendHold{exchange.key(), no, body.ttl}, show_hold);
  });
}

Step release_hold(Exchange& exchange) {
  const auto no = id_of<msg::HoldNo>(exchange);
  if (!no) return no_number(exchange);
  return exchange.call(msg::ReleaseHold{exchange.key(), *no}, show_hold);
}

}  // namespace

void add_hold_routes(std::vector<Route>& table) {
  table.push_back({.method = "POST",
                   .path = "/v1/holds",
                   .name = "placeHold",
                   .what = "Keeps pieces for a customer for some time: all lines or none",
                   .handle = place_hold,
                   .success = 201,
                   .body = request_schema_of<HoldBody>,
                   .answer = schema_of<msg::Hold>,
                   .keyed = true,
                   .also = {404}});
  table.push_back({.method = "GET",
                   .path = "/v1/holds",
                   .name = "listHolds",
                   .what = "Open holds ascending by number, all or one customer's",
                   .handle = list_holds,
                   .query = {{"customer", Kind::kText, "whose holds, without case"},
                             limit_parameter(),
                             {"after", Kind::kNumber, "only greater numbers: the `next` of the page before"}},
                   .answer = schema_of<msg::HoldsReply>});
  table.push_back({.method = "GET",
                   .path = "/v1/holds/{no}",
                   .name = "getHold",
                   .what = "One hold, also after its end",
                   .handle = get_hold,
                   .answer = schema_of<msg::Hold>});
  table.push_back(
      {.method = "POST",
       .path = "/v1/holds/{no}/confirm",
       .name = "confirmHold",
       .what = "Makes an order of the hold, or of some of its pieces, at the prices of the hold, and ends it",
       .handle = confirm_hold,
       .success = 201,
       .body = request_schema_of<ConfirmBody>,
       .answer = schema_of<msg::Order>,
       .keyed = true});
  table.push_back({.method = "POST",
                   .path = "/v1/holds/{no}/extend",
                   .name = "extendHold",
                   .what = "Moves the end of an open hold to `ttl` milliseconds from now, if it is earlier",
                   .handle = extend_hold,
                   .body = request_schema_of<ExtendBody>,
                   .answer = schema_of<msg::Hold>,
                   .keyed = true});
  table.push_back({.method = "POST",
                   .path = "/v1/holds/{no}/release",
                   .name = "releaseHold",
                   .what = "Ends an open hold; its pieces are available again",
                   .handle = release_hold,
                   .answer = schema_of<msg::Hold>,
                   .keyed = true});
}

}  // namespace bridge
