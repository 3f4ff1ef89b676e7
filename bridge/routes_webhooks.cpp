// The webhooks of this bridge, for the staff (ADR 58). Their subscriptions are the store's, and so are the rights: a
// client may see webhooks if it may see subscriptions, and change them if it may make one.
#include <fmt/format.h>

#include "base/decimal.h"
#include "base/log.h"
#include "bridge/desk.h"
#include "bridge/exchange.h"
#include "bridge/guard.h"
#include "bridge/schema.h"
#include "bridge/shop_parts.h"

namespace bridge {
namespace {

constexpr std::uint32_t kLettersMax = 1000;

Step no_webhook(Exchange& exchange) {
  return exchange.refuse(404, "not_found", fmt::format("this bridge has no webhook '{}'", exchange.path_value(0)));
}

Step no_letter(Exchange& exchange) {
  return exchange.refuse(
      404, "not_found",
      fmt::format("webhook '{}' has no dead letter {}", exchange.path_value(0), exchange.path_value(1)));
}

// Its dead letters are read once its subscription is known.
Step is_starting(Exchange& exchange) {
  return exchange.refuse(msg::Code::kUnavailable,
                         fmt::format("webhook '{}' is starting: the store has not told its subscription yet; ask again",
                                     exchange.path_value(0)));
}

// Calls then(exchange, desk) for a client that may do this.
template <class Then>
Step at_desk(Exchange& exchange, std::string_view type, Then then) {
  return guarded(exchange, type, [then](Exchange& self, const msg::WhoAmIReply& who) -> Step {
    auto* desk = self.desk();
    if (!desk) return self.refuse(404, "not_found", "this bridge has no webhooks: see --webhooks");
    if (changes(self.route)) {
      base::log::info("webhooks: {} by {}", self.route.name,
                      who.credential ? fmt::format("credential {}", who.credential->id) : "a client without a token");
    }
    return then(self, *desk);
  });
}

Step list_webhooks(Exchange& exchange) {
  return guarded(exchange, msg::ListSubscriptions::kType, [](Exchange& self, const msg::WhoAmIReply&) -> Step {
    return self.answer(200, self.desk() ? self.desk()->list(base::now()) : WebhooksAnswer());
  });
}

Step enable_webhook(Exchange& exchange) {
  return at_desk(exchange, msg::Subscribe::kType, [](Exchange& self, Desk& desk) {
    const auto webhook = desk.enable(self.path_value(0), base::now());
    return webhook ? self.answer(200, *webhook) : no_webhook(self);
  });
}

Step list_dead_letters(Exchange& exchange) {
  return at_desk(exchange, msg::ListSubscriptions::kType, [](Exchange& self, Desk& desk) {
    const auto limit = limit_of(self).value_or(msg::kPageDefault);
    if (limit < 1 || limit > kLettersMax) {
      return self.refuse(msg::Code::kInvalid, fmt::format("limit: must be 1 to {}", kLettersMax));
    }
    const auto letters = desk.dead(self.path_value(0), after_of<msg::Seq>(self).value_or(msg::Seq()), limit);
    return letters ? self.answer(200, *letters) : no_webhook(self);
  });
}

Step redeliver_all(Exchange& exchange) {
  return at_desk(exchange, msg::Subscribe::kType, [](Exchange& self, Desk& desk) {
    if (desk.is_starting(self.path_value(0))) return is_starting(self);
    const auto count = desk.redeliver(self.path_value(0), std::nullopt);
    return count ? self.answer(202, RedeliverAnswer{*count}) : no_webhook(self);
  });
}

Step redeliver_one(Exchange& exchange) {
  return at_desk(exchange, msg::Subscribe::kType, [](Exchange& self, Desk& desk) {
    if (desk.is_starting(self.path_value(0))) return is_starting(self);
    const auto seq = base::decimal(self.path_value(1));
    const auto count = seq ? desk.redeliver(self.path_value(0), msg::Seq(*seq)) : std::nullopt;
    return count ? self.answer(202, RedeliverAnswer{*count}) : no_letter(self);
  });
}

Step remove_dead_letter(Exchange& exchange) {
  return at_desk(exchange, msg::Subscribe::kType, [](Exchange& self, Desk& desk) {
    const auto seq = base::decimal(self.path_value(1));
    const bool removed = seq && desk.remove(self.path_value(0), msg::Seq(*seq));
    return removed ? self.respond({204, {}, {}, {}}) : no_letter(self);
  });
}

}  // namespace

void add_webhook_routes(std::vector<Route>& table) {
  table.push_back({.method = "GET",
                   .path = "/v1/webhooks",
                   .name = "listWebhooks",
                   .what = "The webhooks of this bridge, with how far each is and how its receiver answers",
                   .handle = list_webhooks,
                   .answer = schema_of<WebhooksAnswer>});
  table.push_back({.method = "POST",
                   .path = "/v1/webhooks/{name}/enable",
                   .name = "enableWebhook",
                   .what = "Sends again at once, after the receiver was gone or in a pause",
                   .handle = enable_webhook,
                   .answer = schema_of<WebhookAnswer>});
  table.push_back({.method = "GET",
                   .path = "/v1/webhooks/{name}/dead_letters",
                   .name = "listDeadLetters",
                   .what = "The events that the receiver did not take, ascending by seq",
                   .handle = list_dead_letters,
                   .query = {{"after", Kind::kNumber, "the seq after which they begin"}, limit_parameter()},
                   .answer = schema_of<DeadLettersAnswer>});
  table.push_back({.method = "POST",
                   .path = "/v1/webhooks/{name}/dead_letters/redeliver",
                   .name = "redeliverDeadLetters",
                   .what = "Sends all dead letters again, each once",
                   .handle = redeliver_all,
                   .success = 202,
                   .answer = schema_of<RedeliverAnswer>});
  table.push_back({.method = "POST",
                   .path = "/v1/webhooks/{name}/dead_letters/{seq}/redeliver",
                   .name = "redeliverDeadLetter",
                   .what = "Sends one dead letter again, once",
                   .handle = redeliver_one,
                   .success = 202,
                   .answer = schema_of<RedeliverAnswer>});
  table.push_back({.method = "DELETE",
                   .path = "/v1/webhooks/{name}/dead_letters/{seq}",
                   .name = "removeDeadLetter",
                   .what = "Gives a dead letter up for good",
                   .handle = remove_dead_letter,
                   .success = 204});
}

}  // namespace bridge
