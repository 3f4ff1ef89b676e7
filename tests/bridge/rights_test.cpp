// The rights to each route: every route is used by every client, against a store that refuses as frontends do.
#include <map>

#include "bridge/routes.h"
#include "msg/catalogue.h"
#include "scripted.h"

namespace bridge {
namespace {

using msg::Anonymous;
using msg::ClientRole;

// For each route, the request that a client must be allowed to send; empty: everybody may use the route.
const std::map<std::string_view, std::string_view>& rights() {
  static const std::map<std::string_view, std::string_view> all{
      {"GET /v1/items/{id}", "lookup"},
      {"GET /v1/items", "search"},
      {"POST /v1/items", "add"},
      {"PATCH /v1/items/{id}", "price"},
      {"POST /v1/items/{id}/movements", "restock"},
      {"GET /v1/items/{id}/movements", "movements"},
      {"POST /v1/items/{id}/counts", "count"},
      {"POST /v1/items/{id}/transfers", "transfer"},
      {"POST /v1/orders", "place"},
      {"POST /v1/orders/{no}/cancellations", "cancel"},
      {"GET /v1/orders", "orders"},
      {"GET /v1/orders/{no}", "order"},
      {"POST /v1/holds", "hold"},
      {"GET /v1/holds", "holds"},
      {"GET /v1/holds/{no}", "show_hold"},
      {"POST /v1/holds/{no}/confirm", "confirm"},
      {"POST /v1/holds/{no}/extend", "extend"},
      {"POST /v1/holds/{no}/release", "release"},
      {"POST /v1/subscriptions", "subscribe"},
      {"GET /v1/subscriptions", "subscriptions"},
      {"POST /v1/subscriptions/{name}/acknowledgements", "acknowledge"},
      {"POST /v1/subscriptions/{name}/end", "unsubscribe"},
      {"GET /v1/webhooks", "subscriptions"},
      {"POST /v1/webhooks/{name}/enable", "subscribe"},
      {"GET /v1/webhooks/{name}/dead_letters", "subscriptions"},
      {"POST /v1/webhooks/{name}/dead_letters/redeliver", "subscribe"},
      {"POST /v1/webhooks/{name}/dead_letters/{seq}/redeliver", "subscribe"},
      {"DELETE /v1/webhooks/{name}/dead_letters/{seq}", "subscribe"},
      {"GET /v1/outcomes/{key}", "outcome"},
      {"GET /v1/topics", "search"},
      {"GET /v1/status", "status"},
      {"GET /v1/store", "store"},
      {"GET /v1/events", "events"},
      {"GET /v1/metrics/live", "status"},
      {"GET /v1/metrics/recent", "status"},
      {"POST /v1/trace", "lookup"},
      {"GET /healthz", ""},
      {"GET /readyz", ""},
      {"GET /metrics", "status"},
      {"GET /openapi.json", ""},
      {"GET /docs", ""},
      {"GET /docs.css", ""},
      {"GET /docs.js", ""},
      {"POST /ops/processes/{instance}/{action}", "forget"},
      {"GET /v1/whoami", "whoami"},
      {"POST /v1/session", ""},
      {"DELETE /v1/session", ""},
      {"GET /books", "search"},
      {"GET /books/{id}", "lookup"},
      {"POST /books/{id}", "lookup"},
      {"GET /search", "search"},
      {"GET /search/{topic}", "search"},
      {"GET /lookup", "lookup"},
      {"GET /lookup/{id}", "lookup"},
      {"GET /buy", "lookup"},
      {"POST /buy", "lookup"},
      {"GET /buy/{id}", "lookup"},
      {"POST /buy/{id}", "lookup"},
      {"GET /products/{name}", "lookup"},
      {"GET /stocks/{name}", "lookup"},
      {"GET /stocks", "lookup"},
      {"POST /orders", "lookup"},  // it finds the item by its name first, as the other orders of labs do
      {"GET /orders/{no}", "order"},
      {"GET /health", ""},
      {"GET /ping", ""}};
  return all;
}

std::string replaced(std::string text, std::string_view part, std::string_view by) {
  if (const auto at = text.find(part); at != std::string::npos) text.replace(at, part.size(), by);
  return text;
}

std::string target_of(const Route& route) {
  std::string target(route.path);
  for (const auto& [name, value] : std::map<std::string_view, std::string_view>{{"{id}", "2"},
                                                                                {"{no}", "2"},
                                                                                {"{key}", "k"},
                                                                                {"{seq}", "2"},
                                                                                {"{topic}", "ds"},
                                                                                {"{name}", "Tux"},
                                                                                {"{instance}", "order-1"}}) {
    target = replaced(target, name, value);
  }
  target = replaced(target, "{action}", "kill");
  for (const auto& each : route.query) {
    if (each.required || (is_lab(route.manner) && each.in_example)) {
      target += fmt::format("{}{}=2", target.find('?') == std::string::npos ? "?" : "&", each.name);
    }
  }
  return target;
}

std::string body_of(std::string_view label) {
  if (label == "POST /v1/items") return R"({"items":[{"title":"t","topic":"t","price":1,"stock":1}]})";
  if (label == "PATCH /v1/items/{id}") return R"({"price":1})";
  if (label == "POST /v1/items/{id}/transfers") return R"({"pieces":1,"to_place":"north"})";
  if (label == "POST /v1/items/{id}/movements") return R"({"delta":1})";
  if (label == "POST /v1/items/{id}/counts") return R"({"stock":1})";
  if (label == "POST /v1/orders") return R"({"lines":[{"item":2,"quantity":1}]})";
  if (label == "POST /v1/orders/{no}/cancellations") return R"({"kind":"cancel"})";
  if (label == "POST /v1/holds") return R"({"lines":[{"item":2,"quantity":1}],"ttl":1000})";
  if (label == "POST /v1/holds/{no}/confirm") return "{}";
  if (label == "POST /v1/holds/{no}/extend") return R"({"ttl":1000})";
  if (label == "POST /v1/subscriptions") return R"({"name":"till"})";
  if (label == "POST /v1/subscriptions/{name}/acknowledgements") return R"({"cursor":9})";
  if (label == "POST /v1/trace") return R"({"request":"lookup","item":2})";
  if (label == "POST /orders") return R"({"name":"Tux","quantity":2})";
  if (label == "POST /v1/session") return R"({"token":"clerk"})";
  return {};
}

class BridgeRightsTest : public ApiTest {
 protected:
  BridgeRightsTest() {
    operate = [](const auto&, const auto&) { return std::nullopt; };
  }

  static msg::Credential credential(ClientRole role) { return {.id = msg::Seq(7), .role = role}; }
  // The role whose word is the token.
  std::optional<ClientRole> role() { return msg::from_word<ClientRole>(options().token.value_or("")); }

  // Answers as a frontend with these rights of clients without a token. A request that is allowed finds the store busy.
  void answer_as_frontend(Anonymous anonymous) {
    for (int calls = 0; calls < 5 && std::holds_alternative<Call>(step); ++calls) {
      const auto type = std::get<Call>(step).ask.type;
      const bool none = options().token.value_or("").empty();
      if (!none && !role()) {
        refuse({.code = msg::Code::kUnauthenticated});
      } else if (none ? !msg::may(anonymous, type) : !msg::may(*role(), type)) {
        refuse({.code = none ? msg::Code::kUnauthenticated : msg::Code::kForbidden});
      } else if (type == msg::WhoAmI::kType) {
        answer(msg::WhoAmIReply{anonymous, true, none ? std::nullopt : std::optional(credential(*role()))});
      } else {
        refuse({.code = msg::Code::kBusy});
      }
    }
  }

  // 200 for a stream.
  unsigned outcome(const Route& route, Anonymous anonymous, Headers headers) {
    headers.emplace_back("Idempotency-Key", "k");
    headers.emplace_back("Host", "shop");
    step = handle(*asked_api,
                  request(std::string(route.method), target_of(route), body_of(route.label), std::move(headers)));
    answer_as_frontend(anonymous);
    return std::holds_alternative<Answered>(step) ? status() : 200;
  }

  Api* asked_api = &api;
};

constexpr std::array kAnonymous{Anonymous::kNone, Anonymous::kReader, Anonymous::kBuyer, Anonymous::kAll};
constexpr std::array kRoles{ClientRole::kReader, ClientRole::kBuyer, ClientRole::kClerk, ClientRole::kOperator,
                            ClientRole::kAdmin};

TEST_F(BridgeRightsTest, EveryRouteIsInTheTable) {
  for (const auto& route : routes()) EXPECT_TRUE(rights().contains(route.label)) << route.label;
  EXPECT_EQ(routes().size(), rights().size());
}

TEST_F(BridgeRightsTest, WithoutATokenEachRouteIsAsOpenAsTheStore) {
  for (const bool is_told : {true, false}) {
    for (const auto anonymous : kAnonymous) {
      Api other{metrics, operate, [] { return "secret"; }, {.hosts = {"shop"}}};
      if (is_told) other.told(anonymous);
      asked_api = &other;
      for (const auto& route : routes()) {
        const auto type = rights().at(route.label);
        const bool allowed = type.empty() || msg::may(anonymous, type);
        EXPECT_EQ(outcome(route, anonymous, {}) == 401, !allowed) << route.label << " " << msg::word(anonymous);
      }
    }
    asked_api = &api;
  }
}

TEST_F(BridgeRightsTest, ATokenOpensTheRoutesOfItsRoleWhetherItComesWithACookieOrNot) {
  const Headers page{{"Origin", "http://shop"}, {"Cookie", "pygmy_session=5ec2e7"}};
  for (const auto anonymous : {Anonymous::kNone, Anonymous::kAll}) {
    api.told(anonymous);
    for (const auto role : kRoles) {
      const std::string word(msg::word(role));
      for (const auto& route : routes()) {
        const auto type = rights().at(route.label);
        const auto expected = type.empty() || msg::may(role, type);
        EXPECT_EQ(outcome(route, anonymous, {{"Authorization", "Bearer " + word}}) == 403, !expected)
            << route.label << " " << word;
        api.sign_ins().begin("5ec2e7", word, msg::Seq(7), now);
        EXPECT_EQ(outcome(route, anonymous, page) == 403, !expected) << route.label << " " << word << " by cookie";
      }
    }
  }
}

TEST_F(BridgeRightsTest, ATokenThatIsNotValidOpensOnlyWhatIsThereForAll) {
  for (const Headers& headers : {Headers{{"Authorization", "Bearer stale"}},
                                 Headers{{"Origin", "http://shop"}, {"Cookie", "pygmy_session=stale"}}}) {
    for (const auto& route : routes()) {
      const bool for_all = rights().at(route.label).empty();
      EXPECT_EQ(outcome(route, Anonymous::kAll, headers) == 401, !for_all) << route.label;
      if (!for_all) EXPECT_EQ(header("WWW-Authenticate"), "Bearer realm=\"pygmy\"") << route.label;
    }
  }
}

// The cookie alone proves nothing: a browser sends it of its own accord.
TEST_F(BridgeRightsTest, ACookieChangesSomethingOnlyForAPageOfThisSite) {
  for (const Headers& from :
       {Headers{}, Headers{{"Sec-Fetch-Site", "none"}}, Headers{{"Origin", "https://friend.example"}},
        Headers{{"Origin", "http://evil.example"}}, Headers{{"Sec-Fetch-Site", "cross-site"}}}) {
    auto headers = from;
    headers.emplace_back("Cookie", "pygmy_session=5ec2e7");
    for (const auto& route : routes()) {
      api.sign_ins().begin("5ec2e7", "admin", msg::Seq(7), now);
      const bool refused = changes(route) && !route.is_probe;
      const bool of_another = from.size() == 1 && from[0].second.find("friend") == std::string::npos &&
                              from[0].second != "none" && changes(route);
      EXPECT_EQ(outcome(route, Anonymous::kAll, headers) == 403, refused || of_another) << route.label;
    }
  }
}

TEST_F(BridgeRightsTest, AStreamBelongsToItsCredential) {
  const Headers bearer{{"Authorization", "Bearer clerk"}};
  auto is = credential(ClientRole::kClerk);
  is.expires = 99;
  const auto begin = [&](const std::string& target, bool leased) {
    get(target, bearer);
    answer(msg::WhoAmIReply{Anonymous::kNone, leased, is});
  };
  begin("/v1/events", true);
  const auto& owner = std::get<EventStream>(step).owner;
  EXPECT_EQ(owner->credential, msg::Seq(7));
  EXPECT_EQ(owner->expires, 99);
  EXPECT_EQ(owner->asker.token, "clerk");
  begin("/v1/metrics/live", false);
  EXPECT_EQ(std::get<LiveStream>(step).owner->credential, msg::Seq(7));
  begin("/v1/events", false);
  EXPECT_EQ(status(), 503U) << "the frontend may not know of a revocation";
  api.sign_ins().revoke(msg::Seq(7));
  for (const auto* target : {"/v1/events", "/v1/metrics/live"}) {
    begin(target, true);
    EXPECT_EQ(status(), 401U) << "the answer is older than the revocation";
  }
  get("/v1/events");
  EXPECT_FALSE(std::get<EventStream>(step).owner) << "an open store asks for no token";
}

TEST_F(BridgeRightsTest, ABridgeThatGetsNoEventsSaysSo) {
  api.told_if_events_are_denied(true);
  get("/v1/events", {{"Authorization", "Bearer reader"}});
  answer(msg::WhoAmIReply{Anonymous::kNone, true, credential(ClientRole::kReader)});
  EXPECT_EQ(status(), 503U);
  EXPECT_THAT(body(), testing::HasSubstr("--bridge-token"));
  api.told_if_events_are_denied(false);
  get("/v1/events", {{"Authorization", "Bearer reader"}});
  answer(msg::WhoAmIReply{Anonymous::kNone, true, credential(ClientRole::kReader)});
  EXPECT_TRUE(std::holds_alternative<EventStream>(step));
}

TEST_F(BridgeRightsTest, AStreamShowsWhatItsClientMaySee) {
  const auto viewer = [&](Anonymous anonymous, std::optional<ClientRole> role) {
    api.told(anonymous);
    get("/v1/events", role ? Headers{{"Authorization", "Bearer x"}} : Headers{});
    auto is = credential(role.value_or(ClientRole::kReader));
    is.customer = "ann";
    if (role) answer(msg::WhoAmIReply{anonymous, true, is});
    return std::get<EventStream>(step).filter.viewer;
  };
  EXPECT_TRUE(viewer(Anonymous::kAll, {}).everything);
  for (const auto anonymous : {Anonymous::kReader, Anonymous::kBuyer}) EXPECT_FALSE(viewer(anonymous, {}).everything);
  for (const auto role : kRoles) {
    const auto sees = viewer(Anonymous::kNone, role);
    EXPECT_EQ(sees.everything, msg::kForStaff.has(role)) << msg::word(role);
    EXPECT_EQ(sees.by, msg::Seq(7));
    EXPECT_EQ(sees.customer, "ann");
  }
}

// --- signing in and out ---

class SignInTest : public BridgeRightsTest {
 protected:
  void sign_in(Headers headers = {{"Origin", "http://shop"}, {"Host", "shop"}}) {
    post("/v1/session", R"({"token":"clerk"})", std::move(headers));
    if (std::holds_alternative<Call>(step)) {
      EXPECT_EQ(options().token, "clerk");
      answer(msg::WhoAmIReply{Anonymous::kNone, true, credential(ClientRole::kClerk)});
    }
  }
  // The token that goes along with a request of a page that sends this cookie.
  std::string token_with(const std::string& cookie) {
    get("/v1/items/2", {{"Cookie", cookie}});
    return std::holds_alternative<Call>(step) ? options().token.value_or("") : "refused";
  }
};

TEST_F(SignInTest, GivesACookieThatStandsForTheToken) {
  sign_in();
  EXPECT_EQ(status(), 200U);
  EXPECT_EQ(body(), R"({"anonymous":"none","credential":{"id":7,"role":"clerk","at":0}})");
  EXPECT_EQ(header("Set-Cookie"), "pygmy_session=5ec2e7; Path=/; HttpOnly; SameSite=Strict");
  EXPECT_EQ(header("Cache-Control"), "no-store");
  EXPECT_EQ(token_with("pygmy_session=5ec2e7"), "clerk");
}

TEST_F(SignInTest, AWrongTokenSignsNobodyIn) {
  post("/v1/session", R"({"token":"wrong"})", {});
  refuse({.code = msg::Code::kUnauthenticated});
  EXPECT_EQ(status(), 401U);
  EXPECT_EQ(header("Set-Cookie"), "");
  for (const auto& token : {std::string(), std::string(msg::kTokenBytesMax + 1, 'x')}) {
    post("/v1/session", R"({"token":")" + token + R"("})", {});
    EXPECT_EQ(status(), 401U) << "the store is not asked";
  }
  post("/v1/session", R"({"token":")" + std::string(msg::kTokenBytesMax, 'x') + R"("})", {});
  asked<msg::WhoAmI>();
  EXPECT_EQ(api.sign_ins().size(), 0U);
}

TEST_F(SignInTest, APageOfAnotherSiteSignsNobodyIn) {
  sign_in({{"Origin", "http://evil.example"}, {"Host", "shop"}});
  EXPECT_EQ(status(), 403U);
  EXPECT_EQ(api.sign_ins().size(), 0U);
}

TEST_F(SignInTest, TheSignInBeforeEnds) {
  sign_in();
  secret = "another";
  sign_in({{"Origin", "http://shop"}, {"Host", "shop"}, {"Cookie", "pygmy_session=5ec2e7"}});
  EXPECT_EQ(token_with("pygmy_session=another"), "clerk");
  EXPECT_EQ(token_with("pygmy_session=5ec2e7"), "refused");
}

TEST_F(SignInTest, AfterSigningOutTheCookieStandsForNothing) {
  const Headers page{{"Origin", "http://shop"}, {"Host", "shop"}, {"Cookie", "pygmy_session=5ec2e7"}};
  sign_in();
  send(request("DELETE", "/v1/session", {}, {{"Host", "shop"}, {"Cookie", "pygmy_session=5ec2e7"}}));
  EXPECT_EQ(status(), 403U) << "no page of this site asked";
  send(request("DELETE", "/v1/session", {}, page));
  EXPECT_EQ(status(), 204U);
  EXPECT_THAT(header("Set-Cookie"), testing::HasSubstr("Max-Age=0"));
  EXPECT_EQ(token_with("pygmy_session=5ec2e7"), "refused");
  EXPECT_THAT(header("Set-Cookie"), testing::HasSubstr("Max-Age=0"));
  send(request("DELETE", "/v1/session", {}, page));
  EXPECT_EQ(status(), 204U) << "once more does no harm";
}

TEST_F(SignInTest, ATokenThatTheStoreRefusesEndsTheSignIn) {
  sign_in();
  get("/v1/items/2", {{"Cookie", "pygmy_session=5ec2e7"}});
  refuse({.code = msg::Code::kForbidden});
  EXPECT_EQ(api.sign_ins().size(), 1U);
  get("/v1/items/2", {{"Authorization", "Bearer other"}, {"Cookie", "pygmy_session=5ec2e7"}});
  refuse({.code = msg::Code::kUnauthenticated});
  EXPECT_EQ(api.sign_ins().size(), 1U) << "another token was refused";
  get("/v1/items/2", {{"Cookie", "pygmy_session=5ec2e7"}});
  refuse({.code = msg::Code::kUnauthenticated});
  EXPECT_EQ(status(), 401U);
  EXPECT_THAT(header("Set-Cookie"), testing::HasSubstr("Max-Age=0"));
  EXPECT_EQ(api.sign_ins().size(), 0U);
}

}  // namespace
}  // namespace bridge
