// The meaning of HTTP requests, and the HTTP answers to the store's answers.
#include "bridge/api.h"

#include "scripted.h"

namespace bridge {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// --- reading ---

TEST_F(ApiTest, AnItemIsLookedUpAndTellsItsVersion) {
  get("/v1/items/2");
  EXPECT_EQ(asked<msg::Lookup>().item, msg::ItemId(2));
  EXPECT_FALSE(is_write());
  answer(msg::ItemReply{item(2)});
  EXPECT_EQ(status(), 200U);
  EXPECT_EQ(body(), R"({"id":2,"title":"RPCs for Dummies","topic":"ds","price":2499,"stock":5,"version":8})");
  EXPECT_EQ(header("ETag"), "\"8-476282db\"");
  EXPECT_EQ(header("X-Pygmy-Seq"), "9");
}

TEST_F(ApiTest, AClientThatHasTheVersionGetsNoBody) {
  for (const char* tags : {"\"8-476282db\"", "W/\"8-476282db\"", "\"1-00000000\", \"8-476282db\"", "*"}) {
    get("/v1/items/2", {{"If-None-Match", tags}});
    answer(msg::ItemReply{item(2)});
    EXPECT_EQ(status(), 304U) << tags;
    EXPECT_THAT(body(), IsEmpty());
  }
  for (const char* tag : {"\"7-476282db\"", "\"8\""}) {
    get("/v1/items/2", {{"If-None-Match", tag}});
    answer(msg::ItemReply{item(2)});
    EXPECT_EQ(status(), 200U) << tag;
  }
}

// A store that was restored to an earlier moment gives the same version to another content.
TEST_F(ApiTest, AVersionOfAnAbandonedHistoryIsNotTheSameItem) {
  auto other = item(2);
  other.price = msg::Cents(1);
  get("/v1/items/2", {{"If-None-Match", "\"8-476282db\""}});
  answer(msg::ItemReply{other});
  EXPECT_EQ(status(), 200U);
  EXPECT_NE(header("ETag"), "\"8-476282db\"");
  send(
      request("PATCH", "/v1/items/2", R"({"price":100})", {{"Idempotency-Key", "k1"}, {"If-Match", "\"8-476282db\""}}));
  answer(msg::ItemReply{other});
  answer(msg::OutcomeReply{msg::OutcomeKind::kVoid, msg::Seq(13), {}});
  EXPECT_EQ(status(), 412U);
  EXPECT_THAT(body(), HasSubstr(R"(is \"8-)"));
}

// The rendering of an item is kept beside the store's answer.
TEST_F(ApiTest, AnItemIsAlwaysShownAsTheStoresAnswerTellsIt) {
  auto sold = item(2);
  sold.stock = msg::Quantity(4);
  const auto same_slot = item(2 + ShownItems::kSlots);
  for (const auto& told : {item(2), item(2), sold, item(2), same_slot, item(2)}) {
    get(fmt::format("/v1/items/{}", told.id));
    answer(msg::ItemReply{told});
    EXPECT_EQ(body(), json::to_text(told));
    EXPECT_EQ(header("ETag") == "\"8-476282db\"", told == item(2)) << body();
  }
  for (const auto id : {2, 3}) {
    get(fmt::format("/v1/items/{}", id));
    refuse({.code = msg::Code::kUnknownItem, .message = "no such item"});
    EXPECT_EQ(status(), 404U);
    get(fmt::format("/v1/items/{}", id));
    tell({});
    EXPECT_EQ(status(), 504U) << "the answer cannot be read";
  }
}

TEST_F(ApiTest, AListOfTagsMayComeInSeveralLines) {
  get("/v1/items/2", {{"If-None-Match", "\"1-00000000\""}, {"If-None-Match", "\"8-476282db\""}});
  answer(msg::ItemReply{item(2)});
  EXPECT_EQ(status(), 304U);
}

TEST_F(ApiTest, ItemsAreSearched) {
  get("/v1/items?topic=distributed+systems&text=rpc&limit=5&after=3");
  const auto search = asked<msg::Search>();
  EXPECT_EQ(search.topic, "distributed systems");
  EXPECT_EQ(search.text, "rpc");
  EXPECT_EQ(search.limit, 5U);
  EXPECT_EQ(search.after, msg::ItemId(3));
  answer(msg::ItemsReply{{item(4)}, msg::ItemId(4)});
  EXPECT_THAT(body(), HasSubstr(R"("next":4)"));
}

TEST_F(ApiTest, OrdersAreListed) {
  get("/v1/orders?customer=ann&limit=5&after=3");
  const auto list = asked<msg::ListOrders>();
  EXPECT_EQ(list.customer, "ann");
  EXPECT_EQ(list.limit, 5U);
  EXPECT_EQ(list.after, msg::OrderNo(3));
  answer(msg::OrdersReply{{order()}, msg::OrderNo(7)});
  EXPECT_THAT(body(), AllOf(HasSubstr(R"("orders":[{"no":7,)"), HasSubstr(R"("next":7)")));
}

TEST_F(ApiTest, AnOrderIsShown) {
  get("/v1/orders/7");
  EXPECT_EQ(asked<msg::GetOrder>().no, msg::OrderNo(7));
  answer(msg::OrderReply{order()});
  EXPECT_THAT(body(), HasSubstr(R"({"no":7,)"));
  get("/v1/orders/seven");
  EXPECT_EQ(status(), 400U);
}

TEST_F(ApiTest, ALimitThatNoPageHasIsNotTakenForASmallOne) {
  get("/v1/items?limit=4294967297");
  EXPECT_EQ(asked<msg::Search>().limit, UINT32_MAX);
}

TEST_F(ApiTest, AnOldAnswerIsGivenOnlyOnRequestAndMarked) {
  get("/v1/items/2", {{"X-Pygmy-Stale-Ok", "60s"}});
  EXPECT_EQ(options().stale_ok_ms, 60'000U);
  stale_ms = 1200;
  answer(msg::ItemReply{item(2)});
  EXPECT_EQ(header("X-Pygmy-Stale-Ms"), "1200");
  get("/v1/items/2", {{"X-Pygmy-Stale-Ok", "long"}});
  EXPECT_EQ(status(), 400U);
}

TEST_F(ApiTest, TopicsAreCountedOverAllPages) {
  get("/v1/topics");
  EXPECT_FALSE(asked<msg::Search>().after);
  answer(msg::ItemsReply{{item(1), item(2)}, msg::ItemId(2)});
  EXPECT_EQ(asked<msg::Search>().after, msg::ItemId(2));
  auto other = item(3);
  other.topic = "cooking";
  auto same = item(4);
  same.topic = "DS";
  answer(msg::ItemsReply{{other, same}, {}});
  EXPECT_EQ(body(), R"({"topics":[{"topic":"cooking","items":1},{"topic":"ds","items":3}]})");
}

TEST_F(ApiTest, ATraceIsToldInTheHeaderAndTraceparentComesBack) {
  const std::string parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  get("/v1/items/2?trace=1", {{"traceparent", parent}});
  EXPECT_TRUE(options().trace);
  answer(msg::ItemReply{item(2)});
  EXPECT_EQ(header("Server-Timing"), "client;dur=0.100, frontend;dur=0.080, catalog;dur=0.040, gate;dur=0.005");
  EXPECT_EQ(header("traceparent"), parent);
}

// --- ordering ---

TEST_F(ApiTest, AnOrderIsPlacedWithItsKey) {
  post("/v1/orders", R"({"lines":[{"item":2,"quantity":1}],"customer":"ann"})");
  const auto placed = asked<msg::PlaceOrder>();
  EXPECT_TRUE(is_write());
  EXPECT_EQ(placed.key, "k1");
  EXPECT_EQ(placed.type, msg::OrderType::kBuy);
  EXPECT_EQ(placed.customer, "ann");
  answer(msg::OrderReply{order()});
  EXPECT_EQ(status(), 201U);
  EXPECT_EQ(header("Location"), "/v1/orders/7");
  EXPECT_EQ(body(), R"({"no":7,"seq":9,"at":1700000000000,"type":"buy","key":"k1","customer":"ann",)"
                    R"("lines":[{"item":2,"quantity":1,"price":2499,"stock":4}],"total":2499,"state":"placed"})");
}

TEST_F(ApiTest, AWriteWithoutAKeyIsRefused) {
  post("/v1/orders", R"({"lines":[{"item":2,"quantity":1}]})", {});
  EXPECT_EQ(status(), 400U);
  EXPECT_THAT(body(), HasSubstr("Idempotency-Key"));
}

TEST_F(ApiTest, OfTwoKeysNoneIsTaken) {
  for (const char* other : {"k1", "k2", ""}) {
    post("/v1/orders", R"({"lines":[{"item":2,"quantity":1}]})",
         {{"Idempotency-Key", "k1"}, {"idempotency-key", other}});
    EXPECT_EQ(status(), 400U) << other;
  }
}

// A client writes its key with quotes, as a draft of the IETF has it, or without them.
TEST_F(ApiTest, AKeyInQuotesIsTheSameKey) {
  post("/v1/orders", R"({"lines":[]})", {{"Idempotency-Key", "\"k1\""}});
  EXPECT_EQ(asked<msg::PlaceOrder>().key, "k1");
  get("/v1/outcomes/%22k1%22");
  EXPECT_EQ(asked<msg::Outcome>().key, "k1") << "otherwise the outcome of another key would be told: void";
}

TEST_F(ApiTest, AKeyThatHasQuotesItselfIsAskedForAsItIs) {
  for (const std::string key : {"\"k1\"", "\"\"", "\"", "a\"b\"", "\"\"k1\"\""}) {
    post("/v1/orders", R"({"lines":[{"item":2,"quantity":1}]})", {{"Idempotency-Key", '"' + key + '"'}});
    EXPECT_EQ(asked<msg::PlaceOrder>().key, key);
    refuse({.code = msg::Code::kUnknown, .message = "late"});
    get(header("Location"));
    EXPECT_EQ(asked<msg::Outcome>().key, key);
  }
}

struct Refused {
  msg::Code code;
  unsigned status;
};
class RefusalTest : public ApiTest, public testing::WithParamInterface<Refused> {};

TEST_P(RefusalTest, HasAStatusAndAStableType) {
  post("/v1/orders", R"({"lines":[{"item":2,"quantity":1}]})");
  refuse({.code = GetParam().code, .message = "why", .item = msg::ItemId(2), .stock = msg::Quantity(3)});
  EXPECT_EQ(status(), GetParam().status);
  EXPECT_EQ(response().type, "application/problem+json");
  EXPECT_THAT(body(), HasSubstr(R"("type":"/problems/)" + std::string(msg::word(GetParam().code))));
  EXPECT_THAT(body(), HasSubstr(R"("detail":"why","item":2,"stock":3)"));
  EXPECT_EQ(header("Retry-After"), status() == 503 ? "1" : "");
  EXPECT_EQ(header("Location"), status() == 504 ? "/v1/outcomes/k1" : "");
}

INSTANTIATE_TEST_SUITE_P(All, RefusalTest,
                         testing::Values(Refused{msg::Code::kOutOfStock, 409}, Refused{msg::Code::kUnknownItem, 404},
                                         Refused{msg::Code::kUnknownOrder, 404}, Refused{msg::Code::kPriceChanged, 409},
                                         Refused{msg::Code::kVersionChanged, 412}, Refused{msg::Code::kItemExists, 409},
                                         Refused{msg::Code::kKeyReused, 422}, Refused{msg::Code::kKeyVoided, 409},
                                         Refused{msg::Code::kLimit, 409}, Refused{msg::Code::kMalformed, 400},
                                         Refused{msg::Code::kInvalid, 400}, Refused{msg::Code::kBusy, 503},
                                         Refused{msg::Code::kUnavailable, 503}, Refused{msg::Code::kUnknownType, 502},
                                         Refused{msg::Code::kUnknown, 504},
                                         Refused{msg::Code::kUnsupportedVersion, 502},
                                         Refused{msg::Code::kNotWriter, 504}, Refused{msg::Code::kFenced, 504},
                                         Refused{msg::Code::kSkipped, 504}));

TEST_F(ApiTest, TheOutcomeUrlEscapesTheKey) {
  post("/v1/orders", R"({"lines":[{"item":2,"quantity":1}]})", {{"Idempotency-Key", "a/b c"}});
  refuse({.code = msg::Code::kUnknown, .message = "late"});
  EXPECT_THAT(body(), HasSubstr(R"("outcome":"/v1/outcomes/a%2Fb%20c")"));
  get(header("Location"));
  EXPECT_EQ(asked<msg::Outcome>().key, "a/b c");
}

// --- the request itself ---

TEST_F(ApiTest, UnknownParametersAndMembersAreRefused) {
  get("/v1/items?colour=red");
  EXPECT_EQ(status(), 400U);
  get("/v1/items?limit=many");
  EXPECT_EQ(status(), 400U);
  get("/v1/items?limit=1&limit=2");
  EXPECT_EQ(status(), 400U);
  get("/v1/items/two");
  EXPECT_EQ(status(), 400U);
  get("/v1/nothing");
  EXPECT_EQ(status(), 404U);
  send(request("DELETE", "/v1/items/2"));
  EXPECT_EQ(status(), 405U);
  EXPECT_EQ(header("Allow"), "GET, HEAD, PATCH, OPTIONS");
  post("/v1/orders", R"({"lines":[{"item":2,"quantity":1}],"discount":5})");
  EXPECT_EQ(status(), 400U);
  EXPECT_THAT(body(), HasSubstr("discount: unknown field"));
  post("/v1/orders", "{}", {{"Idempotency-Key", "k"}, {"Content-Type", "text/plain"}});
  EXPECT_EQ(status(), 415U);
}

TEST_F(ApiTest, HeadWorksAsGetUnlessGetHasAnEffect) {
  send(request("HEAD", "/v1/items/2"));
  asked<msg::Lookup>();
  send(request("HEAD", "/readyz"));
  asked<msg::Outcome>();
  send(request("HEAD", "/v1/outcomes/k"));
  EXPECT_EQ(status(), 405U);
  send(request("HEAD", "/buy?id=1"));
  EXPECT_EQ(status(), 405U);
}

// --- events ---

TEST_F(ApiTest, AStreamHasAPlaceAndAFilter) {
  get("/v1/events?type=stock_moved&type=order_placed&item=2&item=3&topic=DS&customer=%C3%81nn&from=7");
  const auto& stream = std::get<EventStream>(step);
  EXPECT_EQ(stream.from, msg::Seq(7));
  EXPECT_THAT(stream.filter.types, testing::ElementsAre("stock_moved", "order_placed"));
  EXPECT_THAT(stream.filter.items, testing::ElementsAre(msg::ItemId(2), msg::ItemId(3)));
  EXPECT_THAT(stream.filter.topics, testing::ElementsAre("ds"));
  EXPECT_THAT(stream.filter.customers, testing::ElementsAre("\u00e1nn"));
  get("/v1/events?from=7", {{"Last-Event-ID", "20-0123abcd"}});
  EXPECT_EQ(std::get<EventStream>(step).seen, (json::EventId{msg::Seq(20), "0123abcd"}));
  get("/v1/events");
  EXPECT_FALSE(std::get<EventStream>(step).from);
}

TEST_F(ApiTest, AStreamWithAFaultyFilterOrPlaceIsRefused) {
  for (const char* target : {"/v1/events?type=rain", "/v1/events?item=x", "/v1/events?from=-1"}) {
    get(target);
    EXPECT_EQ(status(), 400U) << target;
  }
  get("/v1/events", {{"Last-Event-ID", "abc"}});
  EXPECT_EQ(status(), 400U);
}

// --- health ---

TEST_F(ApiTest, ReadyMeansThatAWriteAndAReadWorked) {
  get("/readyz");
  EXPECT_THAT(asked<msg::Outcome>().key, HasSubstr("ready-"));
  answer(msg::OutcomeReply{});
  asked<msg::Search>();
  answer(msg::ItemsReply{});
  EXPECT_EQ(status(), 200U);
  now += std::chrono::seconds(4);
  get("/readyz");
  EXPECT_EQ(status(), 200U) << "believed for a while";
  now += std::chrono::seconds(2);
  get("/readyz");
  asked<msg::Outcome>();
  refuse({.code = msg::Code::kUnknown, .message = "no answer"});
  EXPECT_EQ(status(), 503U);
  EXPECT_THAT(body(), HasSubstr("no answer"));
}

TEST_F(ApiTest, AnOldAnswerProvesNothing) {
  get("/v1/outcomes/k");
  answer(msg::OutcomeReply{});
  get("/v1/items/2", {{"X-Pygmy-Stale-Ok", "60s"}});
  stale_ms = 10;
  answer(msg::ItemReply{item(2)});
  get("/readyz");
  asked<msg::Outcome>();
}

// A frontend answers these without the store behind it.
TEST_F(ApiTest, AFrontendAloneIsNotReady) {
  get("/v1/outcomes/k");
  answer(msg::OutcomeReply{});
  get("/v1/status");
  answer(msg::StatusReply{});
  get("/v1/whoami");
  answer(msg::WhoAmIReply{});
  get("/readyz");
  asked<msg::Outcome>();
}

TEST_F(ApiTest, TheStoreTellsItsCurrency) {
  get("/v1/store");
  asked<msg::DescribeStore>();
  answer(msg::StoreReply{"store-a", {}});
  EXPECT_EQ(body(), R"({"store":"store-a"})");
  get("/v1/store");
  answer(msg::StoreReply{"store-a", msg::Currency{"KWD", 3}});
  EXPECT_EQ(body(), R"({"store":"store-a","currency":{"code":"KWD","digits":3}})");
}

// --- the demonstration ---

TEST_F(ApiTest, ProcessesAreKilledInADemonstrationOnly) {
  Api strict{metrics, {}, {}, {}};
  strict.told(msg::Anonymous::kAll);
  step = handle(strict, request("POST", "/ops/processes/order-1/kill"));
  EXPECT_EQ(status(), 403U);
  std::string done;
  operate = [&](const std::string& instance, const std::string& action) {
    done = action + " " + instance;
    return instance == "nobody" ? std::optional<std::string>("no such process") : std::nullopt;
  };
  post("/ops/processes/order-1/pause", "", {});
  EXPECT_EQ(done, "") << "it is noted first";
  EXPECT_EQ(asked<msg::Note>().act, msg::Act::kPause);
  EXPECT_EQ(asked<msg::Note>().subject, "order-1");
  answer(msg::NoteReply{msg::Seq(9)});
  EXPECT_EQ(status(), 202U);
  EXPECT_EQ(done, "pause order-1");
  post("/ops/processes/order-1/feed", "", {});
  EXPECT_EQ(status(), 404U);
  post("/ops/processes/nobody/kill", "", {});
  answer(msg::NoteReply{msg::Seq(10)});
  EXPECT_EQ(status(), 404U);
  post("/ops/processes/nobody/resume", "", {});
  EXPECT_EQ(status(), 404U);
}

TEST_F(ApiTest, AnActThatMayNotBeNotedDoesNotHappen) {
  std::string done;
  operate = [&](const std::string&, const std::string& action) {
    done = action;
    return std::optional<std::string>();
  };
  post("/ops/processes/order-1/kill", "", {});
  refuse({.code = msg::Code::kForbidden, .message = "no"});
  EXPECT_EQ(status(), 403U);
  EXPECT_EQ(done, "");
}

TEST_F(ApiTest, AStoreThatStandsStillIsOperatedWithoutANote) {
  std::string done;
  operate = [&](const std::string&, const std::string& action) {
    done = action;
    return std::optional<std::string>();
  };
  for (const std::string action : {"kill", "pause", "resume", "restart"}) {
    post("/ops/processes/order-1/" + action, "", {});
    EXPECT_EQ(asked<msg::Note>().act, msg::from_word<msg::Act>(action));
    EXPECT_EQ(done == action, action == "resume" || action == "restart") << "these let it go on";
    refuse({.code = msg::Code::kUnknown, .message = "nobody answers"});
    EXPECT_EQ(status(), 202U) << action;
    EXPECT_EQ(done, action);
  }
}

TEST_F(ApiTest, ASilentProcessIsForgottenByTheStore) {
  operate = [](const auto&, const auto&) { return std::optional<std::string>("the supervisor is not asked"); };
  post("/ops/processes/order-3/forget", "", {});
  EXPECT_EQ(asked<msg::Forget>().instance, "order-3");
  answer(msg::ForgetReply{{"order-3", base::Incarnation(7)}});
  EXPECT_EQ(asked<msg::Note>().act, msg::Act::kForget);
  answer(msg::NoteReply{msg::Seq(9)});
  EXPECT_EQ(status(), 202U);
  EXPECT_EQ(body(), R"({"instance":"order-3","action":"forget"})");
  post("/ops/processes/order-2/forget", "", {});
  refuse({.code = msg::Code::kInvalid, .message = "order-2 is not forgotten: it is not silent"});
  EXPECT_EQ(status(), 400U);
}

TEST_F(ApiTest, ATraceTellsTheTiersFromTheOutsideIn) {
  post("/v1/trace", R"({"request":"lookup","item":2})", {});
  EXPECT_TRUE(options().trace);
  answer(msg::ItemReply{item(2)});
  EXPECT_EQ(body(), R"({"request":"lookup","seq":9,"spans":[{"tier":"client","us":100},{"tier":"frontend","us":80},)"
                    R"({"tier":"catalog","us":40},{"tier":"gate","us":5}]})");
}

// --- pages ---

TEST_F(ApiTest, WithoutWebPagesOnePageSaysSo) {
  get("/");
  EXPECT_EQ(status(), 200U);
  EXPECT_THAT(header("Content-Security-Policy"), HasSubstr("default-src 'self'"));
  EXPECT_THAT(header("Content-Security-Policy"), HasSubstr("frame-ancestors 'none'"));
  EXPECT_THAT(header("Content-Security-Policy"), Not(HasSubstr("unsafe")));
}

// --- outcomes ---

class OutcomesTest : public ApiTest {
 protected:
  // Returns how many outcomes the store is asked for before one is refused.
  std::uint32_t fill(const Headers& headers = {}) {
    for (std::uint32_t asked = 0; asked <= Api::kOutcomesAtOnce; ++asked) {
      get("/v1/outcomes/k" + std::to_string(asked), headers);
      if (!std::holds_alternative<Call>(step)) return asked;
    }
    return Api::kOutcomesAtOnce + 1;
  }
};

TEST_F(OutcomesTest, OfAnAddressAreBoundedAndComeBack) {
  for (int twice = 0; twice < 2; ++twice, now += std::chrono::hours(1)) {
    EXPECT_EQ(fill(), Api::kOutcomesAtOnce);
    EXPECT_EQ(status(), 429U);
    EXPECT_EQ(header("Retry-After"), "1");
    EXPECT_THAT(body(), testing::HasSubstr("too_many_requests"));
    get("/v1/items/1");
    EXPECT_TRUE(std::holds_alternative<Call>(step)) << "other requests are not refused";
    visitor = "192.0.2.2";
    get("/v1/outcomes/k");
    EXPECT_TRUE(std::holds_alternative<Call>(step)) << "nor is another address";
    visitor = "192.0.2.1";
    now += std::chrono::seconds(1);
    EXPECT_EQ(fill(), Api::kOutcomesPerSecond);
  }
}

TEST_F(OutcomesTest, OfATokenAreCountedByTheFrontends) {
  EXPECT_EQ(fill({{"Authorization", "Bearer t"}}), Api::kOutcomesAtOnce + 1);
}

TEST_F(OutcomesTest, ARefusalOfTheStoreTellsItsOwnTime) {
  for (const auto& [ms, seconds] : std::vector<std::pair<std::optional<std::uint32_t>, std::string>>{
           {std::nullopt, "1"}, {1, "1"}, {1000, "1"}, {1001, "2"}, {30'000, "30"}}) {
    get("/v1/items/1");
    refuse({.code = msg::Code::kBusy, .message = "not so often", .retry_ms = ms});
    EXPECT_EQ(status(), 503U);
    EXPECT_EQ(header("Retry-After"), seconds);
  }
}

}  // namespace
}  // namespace bridge
