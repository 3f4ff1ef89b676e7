// Subscriptions over HTTP: the meaning of each request, and the answers and refusals of the store.
#include "bridge/api.h"

#include "scripted.h"

namespace bridge {
namespace {

constexpr const char* kAnswer =
    R"({"seq":9,"subscription":{"name":"till","id":9,"version":9,"at":1700000000000,"cursor":4,)"
    R"("types":["order_placed"],"ttl":60000}})";

class ApiSubscriptionsTest : public ApiTest {
 protected:
  static msg::Subscription subscription() {
    return {.name = "till",
            .id = msg::Seq(9),
            .version = msg::Seq(9),
            .at = 1700000000000,
            .cursor = msg::Seq(4),
            .types = {"order_placed"},
            .ttl = 60'000,
            .acknowledged = {},
            .by = {}};
  }
};

TEST_F(ApiSubscriptionsTest, ASubscriptionIsMadeWithTheKeyOfTheRequest) {
  post("/v1/subscriptions", R"({"name":"till","from":5,"types":["order_placed"],"keep":60000})");
  const auto made = asked<msg::Subscribe>();
  EXPECT_TRUE(is_write());
  EXPECT_EQ(made.key, "k1");
  EXPECT_EQ(made.name, "till");
  EXPECT_EQ(made.from, msg::Seq(5));
  EXPECT_EQ(made.types, std::vector<std::string>{"order_placed"});
  EXPECT_EQ(made.ttl, 60'000);
  answer(msg::SubscriptionReply{msg::Seq(9), subscription()});
  EXPECT_EQ(status(), 201U);
  EXPECT_EQ(body(), kAnswer);
}

TEST_F(ApiSubscriptionsTest, AFaultIsToldByTheNameThatTheBodyHas) {
  post("/v1/subscriptions", R"({"name":"till","keep":0})");
  asked<msg::Subscribe>();
  refuse({.code = msg::Code::kInvalid, .message = "ttl: 0 is not within 1 .. 9"});
  EXPECT_THAT(body(), testing::HasSubstr("keep: 0 is not within 1 .. 9"));
  post("/v1/items/2/transfers", R"({"pieces":0,"to_place":"north"})");
  asked<msg::Transfer>();
  refuse({.code = msg::Code::kInvalid, .message = "quantity: 0 is not within 1 .. 9"});
  EXPECT_THAT(body(), testing::HasSubstr("pieces: 0 is not within 1 .. 9"));
}

TEST_F(ApiSubscriptionsTest, MostFieldsMayBeMissing) {
  post("/v1/subscriptions", R"({"name":"till"})");
  const auto made = asked<msg::Subscribe>();
  EXPECT_EQ(made.from, std::nullopt);
  EXPECT_EQ(made.types, std::nullopt);
  EXPECT_EQ(made.ttl, std::nullopt);
  post("/v1/subscriptions", R"({"from":1})");
  EXPECT_EQ(status(), 400U);
}

TEST_F(ApiSubscriptionsTest, ACursorIsAcknowledged) {
  post("/v1/subscriptions/till/acknowledgements", R"({"cursor":8})");
  const auto done = asked<msg::Acknowledge>();
  EXPECT_EQ(done.name, "till");
  EXPECT_EQ(done.cursor, msg::Seq(8));
  EXPECT_EQ(done.key, "k1");
  refuse({.code = msg::Code::kUnknownSubscription});
  EXPECT_EQ(status(), 404U);
}

TEST_F(ApiSubscriptionsTest, AnEndedSubscriptionIsNotShown) {
  post("/v1/subscriptions/till/end", "");
  EXPECT_EQ(asked<msg::Unsubscribe>().name, "till");
  answer(msg::SubscriptionReply{msg::Seq(10), {}});
  EXPECT_EQ(status(), 200U);
  EXPECT_EQ(body(), R"({"seq":10})");
}

TEST_F(ApiSubscriptionsTest, AreListedWithTheEndOfTheStream) {
  get("/v1/subscriptions");
  EXPECT_FALSE(is_write());
  EXPECT_EQ(asked<msg::ListSubscriptions>().name, std::nullopt);
  answer(msg::SubscriptionsReply{{subscription()}, msg::Seq(12)});
  EXPECT_EQ(status(), 200U);
  EXPECT_EQ(body(), R"({"subscriptions":[{"name":"till","id":9,"version":9,"at":1700000000000,"cursor":4,)"
                    R"("types":["order_placed"],"ttl":60000}],"last":12})");
}

}  // namespace
}  // namespace bridge
