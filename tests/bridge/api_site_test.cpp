// Requests that browsers send: the host that they name, the page that they come from, and the methods of a path.
#include "bridge/routes.h"

#include "scripted.h"

namespace bridge {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class ApiSiteTest : public ApiTest {
 protected:
  unsigned refused(Request what) {
    send(what);
    return std::holds_alternative<Answered>(step) ? status() : 0;
  }
  static Request order(Headers headers) {
    headers.emplace_back("Idempotency-Key", "k");
    return request("POST", "/v1/orders", R"({"lines":[{"item":2,"quantity":1}]})", std::move(headers));
  }
  // Requests that change something; they are sent to "shop".
  static std::vector<Request> changes(const Headers::value_type& header) {
    const Headers headers{{"Host", "shop"}, header};
    return {order(headers),
            request("GET", "/buy?id=2", {}, headers),
            request("GET", "/buy/2", {}, headers),
            request("POST", "/books/2", {}, headers),
            request("GET", "/v1/outcomes/k", {}, headers),
            request("GET", "/readyz", {}, headers),
            request("POST", "/ops/processes/order-1/kill", {}, headers),
            request("POST", "/orders", R"({"name":"Tux","quantity":2})", headers)};
  }
};

// --- the host (DNS rebinding) ---

TEST_F(ApiSiteTest, ARequestToAnotherHostIsRefused) {
  for (const char* host : {"evil.example", "evil.example:8080", "localhost.evil.example", "", "shop, shop"}) {
    EXPECT_EQ(refused(order({{"Host", host}, {"Origin", std::string("http://") + host}})), 421U) << host;
    EXPECT_EQ(refused(request("GET", "/v1/items/2", {}, {{"Host", host}})), 421U) << host;
    EXPECT_EQ(refused(request("GET", "/", {}, {{"Host", host}})), 421U) << host;
    EXPECT_EQ(refused(request("OPTIONS", "/v1/items/2", {}, {{"Host", host}})), 421U) << host;
    EXPECT_EQ(refused(request("GET", "/nothing", {}, {{"Host", host}})), 421U) << host;
  }
}

TEST_F(ApiSiteTest, TwoHostsAreNoHost) {
  EXPECT_EQ(refused(request("GET", "/v1/items/2", {}, {{"Host", "shop"}, {"Host", "evil.example"}})), 421U);
}

TEST_F(ApiSiteTest, ThisHostIsServed) {
  for (const char* host : {"shop", "SHOP.:80", "localhost:8080", "127.0.0.1"}) {
    EXPECT_EQ(refused(request("GET", "/v1/items/2", {}, {{"Host", host}})), 0U) << host;
  }
  EXPECT_EQ(refused(request("GET", "/v1/items/2")), 0U) << "HTTP/1.0";
}

TEST_F(ApiSiteTest, TheProbeOfLifeIsAnsweredUnderAnyName) {
  get("/healthz", {{"Host", "10.1.2.3:8080"}});
  EXPECT_EQ(status(), 200U);
}

TEST_F(ApiSiteTest, TheHostOfAnAbsoluteTargetCounts) {
  EXPECT_EQ(refused(request("GET", "http://shop/v1/items/2", {}, {{"Host", "evil.example"}})), 0U);
  EXPECT_EQ(refused(request("GET", "http://evil.example/v1/items/2", {}, {{"Host", "shop"}})), 421U);
  EXPECT_EQ(refused(request("GET", "https://shop/v1/items/2", {}, {{"Host", "shop"}})), 400U);
}

// --- pages of other sites ---

TEST_F(ApiSiteTest, PagesOfOtherSitesChangeNothing) {
  operate = [](const auto&, const auto&) { return std::optional<std::string>("operated"); };
  for (const auto& header : Headers{{"Origin", "http://evil.example"},
                                    {"Origin", "null"},
                                    {"Origin", "http://shop.evil.example"},
                                    {"Sec-Fetch-Site", "cross-site"},
                                    {"Sec-Fetch-Site", "same-site"},
                                    {"Sec-Fetch-Site", "unheard of"},
                                    {"Referer", "http://evil.example/shop"},
                                    {"Referer", "about:blank"}}) {
    for (const auto& change : changes(header)) {
      EXPECT_EQ(refused(change), 403U) << header.first << ": " << header.second << " " << change.target;
    }
  }
}

TEST_F(ApiSiteTest, APrefetchChangesNothing) {
  for (const auto& header : Headers{{"Sec-Purpose", "prefetch"},
                                    {"Sec-Purpose", "prefetch;prerender"},
                                    {"Purpose", "prefetch"},
                                    {"Purpose", "Preview"},
                                    {"X-Moz", "prefetch"}}) {
    for (const auto& change : changes(header)) {
      EXPECT_EQ(refused(change), 403U) << header.first << ": " << header.second << " " << change.target;
    }
  }
  EXPECT_EQ(refused(request("GET", "/v1/items/2", {}, {{"Sec-Purpose", "prefetch"}})), 0U) << "it changes nothing";
}

TEST_F(ApiSiteTest, PagesOfThisSiteChangeThings) {
  for (const auto& header : Headers{{"Origin", "http://shop"},
                                    {"Origin", "https://SHOP"},
                                    {"Sec-Fetch-Site", "same-origin"},
                                    {"Sec-Fetch-Site", "none"},
                                    {"Referer", "http://shop/items/2"},
                                    {"Origin", "https://friend.example"}}) {
    EXPECT_EQ(refused(order({{"Host", "shop"}, header})), 0U) << header.second;
    EXPECT_EQ(refused(request("GET", "/buy?id=2", {}, {{"Host", "shop"}, header})), 0U) << header.second;
  }
}

TEST_F(ApiSiteTest, PagesOfOtherSitesMayStillRead) {
  EXPECT_EQ(refused(request("GET", "/v1/items/2", {}, {{"Host", "shop"}, {"Sec-Fetch-Site", "cross-site"}})), 0U);
}

// --- the labs' paths may be off ---

TEST_F(ApiSiteTest, WithoutTheLabsTheirPathsAreNotThere) {
  Api strict{metrics, {}, {}, {.labs = false}};
  for (const auto& route : routes()) {
    if (!is_lab(route.manner)) continue;
    std::string path(route.path);
    if (const auto open = path.find('{'); open != std::string::npos) path.replace(open, path.find('}') + 1 - open, "1");
    for (const std::string& method : {std::string(route.method), std::string("OPTIONS"), std::string("DELETE")}) {
      step = handle(strict, request(method, path));
      EXPECT_EQ(status(), 404U) << method << " " << path;
      EXPECT_THAT(body(), HasSubstr("--labs"));
    }
  }
  step = handle(strict, request("GET", "/nothing"));
  EXPECT_THAT(body(), HasSubstr("/docs"));
}

// --- methods ---

TEST_F(ApiSiteTest, OptionsTellsTheMethodsOfAPath) {
  const std::vector<std::pair<const char*, const char*>> all{{"/v1/items", "GET, HEAD, POST, OPTIONS"},
                                                             {"/v1/orders/7", "GET, HEAD, OPTIONS"},
                                                             {"/v1/outcomes/k", "GET, OPTIONS"},
                                                             {"/buy", "GET, POST, OPTIONS"},
                                                             {"/", "GET, HEAD, OPTIONS"},
                                                             {"/ops", "GET, HEAD, OPTIONS"},
                                                             {"*", "GET, HEAD, POST, PATCH, DELETE, OPTIONS"}};
  for (const auto& [target, allow] : all) {
    send(request("OPTIONS", target));
    EXPECT_EQ(status(), 204U) << target;
    EXPECT_EQ(header("Allow"), allow) << target;
    EXPECT_THAT(body(), IsEmpty());
  }
  send(request("OPTIONS", "/nothing"));
  EXPECT_EQ(status(), 404U);
  send(request("GET", "*"));
  EXPECT_EQ(status(), 400U);
}

TEST_F(ApiSiteTest, AMethodThatAPathDoesNotTakeIsRefusedWithThoseThatItTakes) {
  for (const char* target : {"/v1/items", "/", "/books/2"}) {
    send(request("DELETE", target));
    EXPECT_EQ(status(), 405U) << target;
    EXPECT_THAT(header("Allow"), StartsWith("GET, HEAD")) << target;
  }
  EXPECT_THAT(body(), HasSubstr(R"({"error":{"code":405,)")) << "in the labs' form";
}

// --- Accept ---

TEST_F(ApiSiteTest, AnAnswerInAnotherTypeIsRefusedBeforeAnythingHappens) {
  EXPECT_EQ(refused(order({{"Accept", "text/html"}})), 406U);
  EXPECT_EQ(refused(request("GET", "/v1/events", {}, {{"Accept", "application/json"}})), 406U);
  EXPECT_EQ(refused(request("GET", "/v1/items/2", {}, {{"Accept", "text/*"}, {"Accept", "image/png"}})), 406U);
  EXPECT_EQ(refused(order({{"Accept", "text/html"}, {"Accept", "*/*;q=0.1"}})), 0U);
}

}  // namespace
}  // namespace bridge
