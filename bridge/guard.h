// Guard: what the bridge asks the store for with a token of its own (events, status) is shown only to clients who may
// ask for it themselves. Private to bridge/. Threads: none. Tests: tests/bridge/rights_test.cpp
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string_view>
#include <utility>

#include "bridge/exchange.h"
#include "msg/catalogue.h"

namespace bridge {

inline bool may(const msg::WhoAmIReply& who, std::string_view type) {
  return who.credential ? msg::may(who.credential->role, type) : msg::may(who.anonymous, type);
}

// Calls then(exchange, who) if the client may send this type of request to the store; otherwise refuses as a frontend
// does. The rights of clients without a token are known, so these are not kept waiting while no frontend answers.
template <class Then>
Step guarded(Exchange& exchange, std::string_view type, Then then) {
  const auto decide = [type, then = std::move(then)](Exchange& self, const msg::WhoAmIReply& who) -> Step {
    if (may(who, type)) return then(self, who);
    if (!who.credential) return self.refuse(msg::Code::kUnauthenticated, "this request needs a token");
    return self.refuse(msg::Code::kForbidden, fmt::format("a token with the role '{}' does not allow '{}'",
                                                          msg::word(who.credential->role), type));
  };
  if (exchange.asker().token.empty() && exchange.anonymous())
    return decide(exchange, {.anonymous = *exchange.anonymous()});
  return exchange.call(msg::WhoAmI{}, decide);
}

// Calls then(owner) for a stream that this client may have; the owner is missing if the client has no token.
template <class Then>
Step owned(Exchange& exchange, const msg::WhoAmIReply& who, Then then) {
  if (!who.credential) return then(std::nullopt);
  // The answer may be older than the revocation, which nothing would tell again.
  if (exchange.sign_ins().is_revoked(who.credential->id)) {
    return exchange.refuse(msg::Code::kUnauthenticated, "the token was revoked");
  }
  return then(Owner{exchange.asker(), who.credential->id, who.credential->expires});
}

}  // namespace bridge
