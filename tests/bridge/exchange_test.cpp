// The parameters that every path reads and the fields that it adds to its answer, tried on one path.
#include <gmock/gmock.h>

#include <map>

#include "tests/bridge/scripted.h"

namespace bridge {
namespace {

using testing::HasSubstr;

class ExchangeTest : public ApiTest {
 protected:
  void look_up(const std::string& query, Headers headers = {}) {
    get("/v1/items/2" + query, std::move(headers));
    if (std::holds_alternative<Call>(step)) answer(msg::ItemReply{item(2)});
  }
};

// Whatever is not a traceparent must not reach a log of the client's tools as one.
TEST_F(ExchangeTest, OnlyATraceparentComesBack) {
  const std::string parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0f";
  const auto returned = [&](const std::string& value) {
    look_up("", {{"traceparent", value}});
    return header("traceparent");
  };
  EXPECT_EQ(returned(parent), parent);
  for (std::size_t i = 0; i < parent.size(); ++i) {
    auto other = parent;
    other[i] = parent[i] == '-' ? '0' : '-';
    EXPECT_EQ(returned(other), "") << i;
    other[i] = parent[i] == '-' ? 'a' : 'g';
    EXPECT_EQ(returned(other), "") << i;
  }
  for (const auto* edge : {"/", ":", "`", "A"}) EXPECT_EQ(returned(edge + parent.substr(1)), "") << edge;
  EXPECT_EQ(returned(parent + "0"), "");
  EXPECT_EQ(returned(parent.substr(1)), "");
}

TEST_F(ExchangeTest, ATracedRequestAsksTheStoreForItsSpansAndTakesItsTraceAlong) {
  Tracer tracer(0, 1);
  api.trace_by(tracer);
  const std::string parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  for (int i = 0; i < 3; ++i) {
    get("/v1/items/2", {{"traceparent", parent}});
    EXPECT_TRUE(options().trace);
    const auto trace = std::get<Call>(step).trace;
    ASSERT_TRUE(trace);
    EXPECT_EQ(trace->trace_id, "0af7651916cd43dd8448eb211c80319c");
    EXPECT_EQ(trace->parent_id, "b7ad6b7169203331");
    EXPECT_EQ(trace->method + trace->route.data(), "GET/v1/items/{id}");
    answer(msg::ItemReply{item(2)});
    EXPECT_EQ(std::get<Answered>(step).trace, trace);
    EXPECT_EQ(header("traceparent"), parent);
    EXPECT_EQ(header("Server-Timing"), "") << "it was not asked for";
  }
  get("/v1/items/2", {{"traceparent", parent.substr(0, 53) + "00"}});
  EXPECT_FALSE(std::get<Call>(step).trace) << "its caller does not trace it";
  answer(msg::ItemReply{item(2)});
  get("/v1/items/2");
  EXPECT_FALSE(std::get<Call>(step).trace) << "no caller traces it";
}

TEST_F(ExchangeTest, ATraceThatBeginsHereIsNamedInTheAnswer) {
  Tracer tracer(1, 1);
  api.trace_by(tracer);
  get("/v1/items/2");
  const auto trace = std::get<Call>(step).trace;
  ASSERT_TRUE(trace);
  answer(msg::ItemReply{item(2)});
  EXPECT_EQ(header("traceparent"), "00-" + trace->trace_id + "-" + trace->span_id + "-01");
}

TEST_F(ExchangeTest, AProbeIsNotTraced) {
  Tracer tracer(1, 1);
  api.trace_by(tracer);
  get("/healthz", {{"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}});
  EXPECT_FALSE(std::get<Answered>(step).trace);
}

TEST_F(ExchangeTest, ARefusedRequestIsTracedToo) {
  Tracer tracer(1, 1);
  api.trace_by(tracer);
  get("/v1/items/2?no=1");
  EXPECT_EQ(status(), 400U);
  EXPECT_TRUE(std::get<Answered>(step).trace);
}

TEST_F(ExchangeTest, ATraceIsAskedForByItsParameter) {
  for (const auto& [query, traced] :
       std::map<std::string, bool>{{"?trace=1", true}, {"?trace=true", true}, {"?trace=0", false}, {"", false}}) {
    look_up(query);
    EXPECT_EQ(header("Server-Timing").empty(), !traced) << query;
  }
}

// A visitor without a token must not get the rights that the bridge itself may have, so the store is told of none.
TEST_F(ExchangeTest, TheTokenOfTheVisitorGoesAlong) {
  const auto asked_with = [&](Headers headers) {
    get("/v1/items/2", std::move(headers));
    return std::get<Call>(step).ask.options.token;
  };
  EXPECT_EQ(asked_with({{"Authorization", "Bearer abc"}}), "abc");
  EXPECT_EQ(asked_with({{"authorization", "bearer  abc "}}), "abc");
  EXPECT_EQ(asked_with({}), "");
  for (const auto* wrong : {"Basic YTpi", "Bearer", "abc"}) {
    get("/v1/items/2", {{"Authorization", wrong}});
    EXPECT_EQ(status(), 401U) << wrong;
    EXPECT_EQ(header("WWW-Authenticate"), "Bearer realm=\"pygmy\"");
  }
}

TEST_F(ExchangeTest, ParametersThatAPathDoesNotHaveAreRefused) {
  look_up("?limit=1");
  EXPECT_EQ(status(), 400U);
  EXPECT_THAT(body(), HasSubstr("this path has no parameter 'limit'"));
}

TEST_F(ExchangeTest, AnAnswerSaysWhetherItMayBeKept) {
  look_up("");
  EXPECT_EQ(header("Cache-Control"), "no-cache") << "it has a tag";
  get("/v1/items");
  answer(msg::ItemsReply{});
  EXPECT_EQ(header("Cache-Control"), "no-store");
}

TEST_F(ExchangeTest, TheAgeOfAStaleAnswerIsTold) {
  stale_ms = 250;
  look_up("", {{"X-Pygmy-Stale-Ok", "60s"}});
  EXPECT_EQ(header("X-Pygmy-Stale-Ms"), "250");
  stale_ms.reset();
  look_up("", {{"X-Pygmy-Stale-Ok", "60s"}});
  EXPECT_EQ(header("X-Pygmy-Stale-Ms"), "");
  look_up("", {{"X-Pygmy-Stale-Ok", "soon"}});
  EXPECT_EQ(status(), 400U);
}

TEST_F(ExchangeTest, EveryRefusalHasItsStatusAndItsWord) {
  using msg::Code;
  const std::map<unsigned, std::vector<Code>> table{
      {400, {Code::kMalformed, Code::kInvalid}},
      {401, {Code::kUnauthenticated}},
      {403, {Code::kForbidden}},
      {404,
       {Code::kUnknownItem, Code::kUnknownOrder, Code::kUnknownHold, Code::kUnknownCredential,
        Code::kUnknownSubscription}},
      {409,
       {Code::kOutOfStock, Code::kPriceChanged, Code::kItemExists, Code::kMoreThanRemains, Code::kNothingRemains,
        Code::kNotForSale, Code::kHoldOver, Code::kKeyVoided, Code::kLimit, Code::kUnknownPlace}},
      {412, {Code::kVersionChanged}},
      {422, {Code::kKeyReused}},
      {502, {Code::kUnknownType, Code::kUnsupportedVersion}},
      {503, {Code::kBusy, Code::kUnavailable}},
      {504, {Code::kNotWriter, Code::kFenced, Code::kSkipped, Code::kUnknown}}};
  std::size_t codes = 0;
  for (const auto& [expected, all] : table) {
    codes += all.size();
    for (const auto code : all) {
      get("/v1/items/2");
      refuse({.code = code,
              .message = "More",
              .item = msg::ItemId(2),
              .stock = msg::Quantity(1),
              .price = msg::Cents(3),
              .version = msg::Seq(4)});
      EXPECT_EQ(status(), expected) << msg::word(code);
      EXPECT_THAT(body(), HasSubstr(fmt::format("\"type\":\"/problems/{}\",\"title\":", msg::word(code))));
      EXPECT_THAT(body(), HasSubstr(fmt::format(
                              "\"status\":{},\"detail\":\"More\",\"item\":2,\"stock\":1,\"price\":3,\"version\":4}}",
                              expected)));
      EXPECT_EQ(header("Retry-After"), expected == 503 ? "1" : "") << msg::word(code);
    }
  }
  EXPECT_EQ(codes, msg::kWordCount<Code>);
}

TEST_F(ExchangeTest, AWriteWithoutAnAnswerIsToldWhereItsOutcomeIs) {
  post("/v1/orders", R"({"lines":[{"item":2,"quantity":1}]})", {{"Idempotency-Key", "a key"}});
  refuse({.code = msg::Code::kUnknown, .message = "no answer"});
  EXPECT_EQ(status(), 504U);
  EXPECT_EQ(header("Location"), "/v1/outcomes/a%20key");
  EXPECT_THAT(body(), HasSubstr(R"("outcome":"/v1/outcomes/a%20key"})"));
  post("/v1/orders", R"({"lines":[{"item":2,"quantity":1}]})", {{"Idempotency-Key", "a key"}});
  refuse({.code = msg::Code::kBusy, .message = "later"});
  EXPECT_EQ(header("Location"), "");
}

TEST_F(ExchangeTest, OnlyAWholePairOfQuotesBelongsNotToTheKey) {
  for (const auto& [given, key] :
       std::map<std::string, std::string>{{"\"k\"", "k"}, {"\"k", "\"k"}, {"k\"", "k\""}, {"\"", "\""}, {"k", "k"}}) {
    post("/v1/orders", R"({"lines":[{"item":2,"quantity":1}]})", {{"Idempotency-Key", given}});
    EXPECT_EQ(asked<msg::PlaceOrder>().key, key);
  }
  post("/v1/orders", R"({"lines":[{"item":2,"quantity":1}]})", {{"Idempotency-Key", "\"\""}});
  EXPECT_EQ(status(), 400U) << "an empty key is none";
}

}  // namespace
}  // namespace bridge
