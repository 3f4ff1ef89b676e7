// Webhooks over HTTP: what the staff sees and does. No socket is open.
#include "bridge/desk.h"
#include "scripted.h"

namespace bridge {
namespace {

using msg::Seq;
using testing::HasSubstr;

class ApiWebhooksTest : public ApiTest {
 protected:
  ApiWebhooksTest() {
    api.show_webhooks(desk);
    desk.edit("till", [](Hook& hook) {
      hook.webhook.emplace(Seq(4));
      for (const std::uint64_t seq : {2U, 3U})
        hook.webhook->restore_dead({Seq(seq), std::to_string(seq) + "-0a", "{}"});
      hook.delivered = 7;
      hook.failed = 2;
      hook.last_status = 500;
      hook.last_at = 1'700'000'000'000;
    });
    desk.stream_ends_at(Seq(9));
  }
  void change(const std::string& method, const std::string& target) { send(request(method, target)); }

  Desk desk{{Hook{"till", "https://till.example", {"order_placed"}}}};
};

TEST_F(ApiWebhooksTest, AreListedWithHowFarTheyAre) {
  get("/v1/webhooks");
  EXPECT_EQ(status(), 200U);
  EXPECT_EQ(body(), R"({"webhooks":[{"name":"till","receiver":"https://till.example","types":["order_placed"],)"
                    R"("state":"delivering","cursor":4,"lag":5,"delivered":7,"failed":2,"dead_letters":2,)"
                    R"("last_status":500,"last_at":1700000000000}]})");
}

TEST_F(ApiWebhooksTest, ABridgeWithoutWebhooksListsNone) {
  Api other{metrics, operate, [] { return "secret"; }, {.hosts = {"shop"}}};
  other.told(msg::Anonymous::kAll);
  step = handle(other, request("GET", "/v1/webhooks"));
  EXPECT_EQ(status(), 200U);
  EXPECT_EQ(body(), R"({"webhooks":[]})");
  step = handle(other, request("POST", "/v1/webhooks/till/enable"));
  EXPECT_EQ(status(), 404U);
  EXPECT_THAT(body(), HasSubstr("--webhooks"));
}

TEST_F(ApiWebhooksTest, AWebhookIsEnabled) {
  desk.edit("till", [](Hook& hook) { hook.webhook->disable(); });
  get("/v1/webhooks");
  EXPECT_THAT(body(), HasSubstr(R"("state":"disabled")"));
  change("POST", "/v1/webhooks/till/enable");
  EXPECT_EQ(status(), 200U);
  EXPECT_THAT(body(), HasSubstr(R"("state":"delivering")"));
  change("POST", "/v1/webhooks/nobody/enable");
  EXPECT_EQ(status(), 404U);
}

TEST_F(ApiWebhooksTest, DeadLettersAreListedInPages) {
  get("/v1/webhooks/till/dead_letters?limit=1");
  EXPECT_EQ(body(), R"({"dead_letters":[{"seq":2,"id":"2-0a","body":"{}"}],"next":2})");
  get("/v1/webhooks/till/dead_letters?after=2");
  EXPECT_EQ(body(), R"({"dead_letters":[{"seq":3,"id":"3-0a","body":"{}"}]})");
  for (const auto* wrong : {"0", "1001"}) {
    get(std::string("/v1/webhooks/till/dead_letters?limit=") + wrong);
    EXPECT_EQ(status(), 400U) << wrong;
  }
  get("/v1/webhooks/nobody/dead_letters");
  EXPECT_EQ(status(), 404U);
}

TEST_F(ApiWebhooksTest, OneDeadLetterOrAllAreSentAgain) {
  change("POST", "/v1/webhooks/till/dead_letters/3/redeliver");
  EXPECT_EQ(status(), 202U);
  EXPECT_EQ(body(), R"({"redelivered":1})");
  change("POST", "/v1/webhooks/till/dead_letters/3/redeliver");
  EXPECT_EQ(status(), 404U);
  change("POST", "/v1/webhooks/till/dead_letters/x/redeliver");
  EXPECT_EQ(status(), 404U);
  change("POST", "/v1/webhooks/till/dead_letters/redeliver");
  EXPECT_EQ(body(), R"({"redelivered":1})");
  change("POST", "/v1/webhooks/nobody/dead_letters/redeliver");
  EXPECT_EQ(status(), 404U);
}

TEST_F(ApiWebhooksTest, ADeadLetterIsGivenUpForGood) {
  change("DELETE", "/v1/webhooks/till/dead_letters/2");
  EXPECT_EQ(status(), 204U);
  change("DELETE", "/v1/webhooks/till/dead_letters/2");
  EXPECT_EQ(status(), 404U);
  EXPECT_EQ(desk.list({}).webhooks.at(0).dead_letters, 1U);
}

}  // namespace
}  // namespace bridge
