// Changes of the catalogue over HTTP: each answer tells the change as it was made.
#include "bridge/api.h"

#include "tests/bridge/changes.h"

namespace bridge {
namespace {

using testing::HasSubstr;

// --- the answer tells the effect of the change, and a repeated request gets the same answer ---

TEST_F(ApiTest, APriceIsAnsweredFromWhatTheStoreSaysOfIt) {
  send(request("PATCH", "/v1/items/2", R"({"price":2499})", {{"Idempotency-Key", "k1"}}));
  EXPECT_EQ(asked<msg::ChangePrice>().price, msg::Cents(2499));
  answer(changed(item(2, 41), msg::Cents(90)));
  EXPECT_EQ(status(), 200U);
  EXPECT_EQ(header("ETag"), "\"41-1498cc81\"");
  EXPECT_EQ(body(), R"({"item":2,"price":2499,"was":90,"seq":41,"at":1700000000000})");
}

TEST_F(ApiTest, AddedItemsAreAnsweredFromWhatTheStoreSaysOfThem) {
  post("/v1/items", R"({"items":[{"title":"T","topic":"t","price":5,"stock":1}]})");
  asked<msg::AddItems>();
  answer(msg::ItemsReply{{item(9, 41)}, {}, 1700000000000});
  EXPECT_EQ(status(), 201U);
  EXPECT_EQ(body(),
            R"({"items":[{"id":9,"title":"RPCs for Dummies","topic":"ds","price":2499,"stock":5,"version":41}]})");
}

// --- an order replica of the release before, or a key of an old view: the event tells the effect ---

TEST_F(ApiTest, AMovementAnswersWithItsEventHoweverOftenItIsAsked) {
  std::string first;
  for (const std::uint64_t stock_now : {2U, 77U}) {
    post("/v1/items/2/movements", R"({"delta":-3,"reason":"lost"})");
    EXPECT_EQ(asked<msg::Restock>().delta, msg::Quantity(-3));
    auto now_is = item(2);
    now_is.stock = msg::Quantity(static_cast<std::int64_t>(stock_now));
    answer(msg::ItemReply{now_is});
    EXPECT_EQ(asked<msg::Outcome>().key, "k1");
    answer(msg::OutcomeReply{msg::OutcomeKind::kChange, msg::Seq(41), {}});
    EXPECT_EQ(asked<msg::Events>().from, msg::Seq(41));
    answer(events(40, {kPriced, kMoved}));
    EXPECT_EQ(status(), 201U);
    if (first.empty()) first = body();
    EXPECT_EQ(body(), first);
  }
  EXPECT_EQ(first, R"({"item":2,"delta":-3,"stock":2,"reason":"lost","seq":41,"at":1700000000000})");
}

TEST_F(ApiTest, AddedItemsAreToldAsTheyWereAdded) {
  post("/v1/items", R"({"items":[{"title":"T","topic":"t","price":5,"stock":1}]})");
  EXPECT_FALSE(asked<msg::AddItems>().items.at(0).id);
  answer(msg::ItemsReply{{item(9)}, {}});
  answer(msg::OutcomeReply{msg::OutcomeKind::kChange, msg::Seq(3), {}});
  const msg::ItemAdded added{msg::ItemId(9), "T", "t", msg::Cents(5), msg::Quantity(1)};
  answer(events(3, {{0, msg::ItemsAdded{"k1", 1, {added}}}}));
  EXPECT_EQ(status(), 201U);
  EXPECT_EQ(body(), R"({"items":[{"id":9,"title":"T","topic":"t","price":5,"stock":1,"version":3}]})");
}

void expect_price_event(std::string_view body) {
  EXPECT_EQ(body, R"({"item":2,"price":100,"was":90,"seq":41,"at":1700000000000})");
}

TEST_F(ApiTest, AnEventOfAnotherKindIsNoAnswer) {
  post("/v1/items/2/movements", R"({"delta":-3,"reason":"lost"})");
  answer(msg::ItemReply{item(2)});
  answer(msg::OutcomeReply{msg::OutcomeKind::kChange, msg::Seq(41), {}});
  answer(events(41, {kPriced}));
  EXPECT_EQ(status(), 422U);
}

TEST_F(ApiTest, APriceChangesIfTheVersionStillMatches) {
  send(
      request("PATCH", "/v1/items/2", R"({"price":100})", {{"Idempotency-Key", "k1"}, {"If-Match", "\"8-476282db\""}}));
  EXPECT_EQ(asked<msg::Lookup>().item, msg::ItemId(2));
  answer(msg::ItemReply{item(2, 8)});
  EXPECT_EQ(asked<msg::ChangePrice>().price, msg::Cents(100));
  EXPECT_EQ(asked<msg::ChangePrice>().version, msg::Seq(8)) << "the store compares once more";
  answer(msg::ItemReply{item(2, 41)});
  answer(msg::OutcomeReply{msg::OutcomeKind::kChange, msg::Seq(41), {}});
  answer(events(41, {kPriced}));
  EXPECT_EQ(status(), 200U);
  EXPECT_EQ(header("ETag"), "");  // the event does not hold the whole item
  expect_price_event(body());
}

// Another client has changed the item between the look-up and the change.
TEST_F(ApiTest, OfTwoChangesAtTheSameInstantOneIsRefused) {
  send(
      request("PATCH", "/v1/items/2", R"({"price":100})", {{"Idempotency-Key", "k1"}, {"If-Match", "\"8-476282db\""}}));
  answer(msg::ItemReply{item(2, 8)});
  refuse({.code = msg::Code::kVersionChanged, .message = "changed", .item = msg::ItemId(2), .version = msg::Seq(9)});
  EXPECT_EQ(status(), 412U);
  EXPECT_THAT(body(), HasSubstr("/problems/version_changed"));
  EXPECT_THAT(body(), HasSubstr("\"version\":9"));
}

TEST_F(ApiTest, APriceChangeForAnotherVersionIsVoidForEver) {
  send(
      request("PATCH", "/v1/items/2", R"({"price":100})", {{"Idempotency-Key", "k1"}, {"If-Match", "\"8-476282db\""}}));
  answer(msg::ItemReply{item(2, 12)});
  EXPECT_EQ(asked<msg::Outcome>().key, "k1");  // asking for the outcome voids the key
  answer(msg::OutcomeReply{msg::OutcomeKind::kVoid, msg::Seq(13), {}});
  EXPECT_EQ(status(), 412U);
}

TEST_F(ApiTest, APriceChangeThatIsSentAgainIsNotTakenForAnothers) {
  send(
      request("PATCH", "/v1/items/2", R"({"price":100})", {{"Idempotency-Key", "k1"}, {"If-Match", "\"8-476282db\""}}));
  answer(msg::ItemReply{item(2, 41)});  // an earlier copy with this key has changed the price
  answer(msg::OutcomeReply{msg::OutcomeKind::kChange, msg::Seq(41), {}});
  EXPECT_EQ(asked<msg::ChangePrice>().key, "k1");  // asked again, so that another body is refused
  EXPECT_EQ(asked<msg::ChangePrice>().version, msg::Seq(8)) << "the same body as the first time";
  answer(msg::ItemReply{item(2, 41)});
  answer(msg::OutcomeReply{msg::OutcomeKind::kChange, msg::Seq(41), {}});
  answer(events(41, {kPriced}));
  EXPECT_EQ(status(), 200U);
  expect_price_event(body());
}

// --- the path of a new item ---

TEST_F(ApiTest, AnItemThatWasAddedHasItsLocation) {
  post("/v1/items", R"({"items":[{"title":"T","topic":"t","price":5,"stock":1}]})");
  answer(msg::ItemsReply{{item(9, 41)}, {}, 1700000000000});
  EXPECT_EQ(header("Location"), "/v1/items/9");
}

TEST_F(ApiTest, SeveralItemsThatWereAddedHaveNoCommonLocation) {
  post("/v1/items", R"({"items":[{"title":"T","topic":"t","price":5,"stock":1}]})");
  answer(msg::ItemsReply{{item(9, 41), item(10, 41)}, {}, 1700000000000});
  EXPECT_EQ(status(), 201U);
  EXPECT_EQ(header("Location"), "");
}

// --- a weak tag does not name one version (RFC 9110, 8.8.3.2) ---

TEST_F(ApiTest, AWeakTagNeverMatchesForAChange) {
  for (const char* tag : {"W/\"8-476282db\"", "W/\"8-476282db\", \"1-00000000\""}) {
    send(request("PATCH", "/v1/items/2", R"({"price":100})", {{"Idempotency-Key", "k1"}, {"If-Match", tag}}));
    answer(msg::ItemReply{item(2)});
    answer(msg::OutcomeReply{msg::OutcomeKind::kVoid, msg::Seq(13), {}});
    EXPECT_EQ(status(), 412U) << tag;
  }
}

// A client whose answer had no ETag, because a proxy takes it away, means a condition.
TEST_F(ApiTest, AnEmptyIfMatchIsNoChangeWithoutACondition) {
  send(request("PATCH", "/v1/items/2", R"({"price":100})", {{"Idempotency-Key", "k1"}, {"If-Match", ""}}));
  EXPECT_EQ(status(), 400U);
}

TEST_F(ApiTest, AListOfTagsForAChangeMayComeInSeveralLines) {
  send(request("PATCH", "/v1/items/2", R"({"price":100})",
               {{"Idempotency-Key", "k1"}, {"If-Match", "\"1-00000000\""}, {"If-Match", "\"8-476282db\""}}));
  answer(msg::ItemReply{item(2)});
  asked<msg::ChangePrice>();
}

}  // namespace
}  // namespace bridge
