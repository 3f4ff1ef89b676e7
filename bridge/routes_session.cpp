// The routes that tell a client who it is, and sign browsers in and out (ADR 50).
#include <fmt/format.h>

#include "bridge/exchange.h"
#include "bridge/schema.h"

namespace bridge {
namespace {

std::optional<std::string> if_any(const std::string& text) { return text.empty() ? std::nullopt : std::optional(text); }

WhoAmIAnswer answer_of(const msg::WhoAmIReply& reply) {
  WhoAmIAnswer answer{reply.anonymous, {}};
  if (const auto& is = reply.credential) {
    answer.credential =
        CredentialAnswer{is->id, is->role, if_any(is->customer), if_any(is->label), is->at, is->expires};
  }
  return answer;
}

Step who_am_i(Exchange& exchange) {
  return exchange.call(
      msg::WhoAmI{}, [](Exchange& self, const msg::WhoAmIReply& reply) { return self.answer(200, answer_of(reply)); });
}

// Each sign-in gets a new secret, and the one of the cookie that came along ends.
Step sign_in(Exchange& exchange) {
  msg::Refusal refusal;
  const auto body = exchange.body<SignInBody>(refusal);
  if (!body) return exchange.refuse(refusal);
  if (body->token.empty() || body->token.size() > msg::kTokenBytesMax) {
    return exchange.refuse(msg::Code::kUnauthenticated, "this is not a token of the store");
  }
  return exchange.call_with(
      msg::WhoAmI{},
      [token = body->token](Exchange& self, const msg::WhoAmIReply& reply) {
        if (!reply.credential) return self.refuse(msg::Code::kUnavailable, "the store did not say whose token this is");
        if (!self.asker().sign_in.empty()) self.sign_ins().end(self.asker().sign_in);
        const auto secret = self.new_secret();
        self.sign_ins().begin(secret, token, reply.credential->id, self.now());
        return self.answer(200, answer_of(reply), {{"Set-Cookie", cookie_with(secret, self.request, self.site())}});
      },
      {.token = body->token});
}

Step sign_out(Exchange& exchange) {
  if (!exchange.asker().sign_in.empty()) exchange.sign_ins().end(exchange.asker().sign_in);
  return exchange.respond({204, {}, {}, {{"Set-Cookie", cookie_of_none(exchange.request, exchange.site())}}});
}

}  // namespace

void add_session_routes(std::vector<Route>& table) {
  table.push_back({.method = "GET",
                   .path = "/v1/whoami",
                   .name = "whoAmI",
                   .what = "The role, the customer and the end of your token, and what clients without one may do",
                   .handle = who_am_i,
                   .answer = schema_of<WhoAmIAnswer>});
  table.push_back({.method = "POST",
                   .path = "/v1/session",
                   .name = "signIn",
                   .what = "Signs a browser in: it gets a cookie that stands for the token",
                   .handle = sign_in,
                   .body = request_schema_of<SignInBody>,
                   .answer = schema_of<WhoAmIAnswer>,
                   .for_all = true});
  table.push_back({.method = "DELETE",
                   .path = "/v1/session",
                   .name = "signOut",
                   .what = "Signs the browser out, and ends the streams of its cookie",
                   .handle = sign_out,
                   .success = 204,
                   .asks_store = false,
                   .for_all = true});
}

}  // namespace bridge
