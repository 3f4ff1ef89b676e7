// Changes of the catalogue over HTTP: each answer tells the change as it was made, and no answer denies a change.
#include "bridge/api.h"

#include "msg/cancellations.h"
#include "scripted.h"

namespace bridge {
namespace {

using testing::HasSubstr;
using testing::Not;

// --- the answer tells the effect of the change, and a repeated request gets the same answer ---

msg::ItemReply changed(msg::Item item, std::optional<msg::Cents> was = {}) {
  return {std::move(item), 1700000000000, was};
}

TEST_F(ApiTest, AMovementIsAnsweredFromWhatTheStoreSaysOfIt) {
  post("/v1/items/2/movements", R"({"delta":-3,"reason":"lost"})");
  EXPECT_EQ(asked<msg::Restock>().delta, msg::Quantity(-3));
  answer(changed(item(2, 41)));
  EXPECT_EQ(status(), 201U);
  EXPECT_EQ(body(), R"({"item":2,"delta":-3,"stock":5,"reason":"lost","seq":41,"at":1700000000000})");
}

TEST_F(ApiTest, ACountIsAnsweredFromWhatTheStoreSaysOfIt) {
  post("/v1/items/2/counts", R"({"stock":5,"reason":"stock-take"})");
  const auto count = asked<msg::CountStock>();
  EXPECT_EQ(count.item, msg::ItemId(2));
  EXPECT_EQ(count.stock, msg::Quantity(5));
  EXPECT_EQ(count.key, "k1");
  EXPECT_EQ(count.version, std::nullopt);
  answer(changed(item(2, 41)));
  EXPECT_EQ(status(), 201U);
  EXPECT_EQ(body(), R"({"item":2,"stock":5,"reason":"stock-take","seq":41,"at":1700000000000})");
  post("/v1/items/two/counts", R"({"stock":5})");
  EXPECT_EQ(status(), 400U);
}

TEST_F(ApiTest, AMovementMayBeOfAPlace) {
  post("/v1/items/2/movements", R"({"delta":3,"place":"north","opens":true})");
  const auto restock = asked<msg::Restock>();
  EXPECT_EQ(restock.place, "north");
  EXPECT_EQ(restock.opens, true);
  answer(changed(item(2, 41)));
  EXPECT_EQ(body(), R"({"item":2,"delta":3,"stock":5,"reason":"","seq":41,"at":1700000000000,"place":"north"})");
}

TEST_F(ApiTest, ACountMayBeOfAPlace) {
  post("/v1/items/2/counts", R"({"stock":3,"place":"north"})");
  EXPECT_EQ(asked<msg::CountStock>().place, "north");
  answer(changed(item(2, 41)));
  EXPECT_EQ(body(), R"({"item":2,"stock":5,"reason":"","seq":41,"at":1700000000000,"place":"north","found":3})");
}

TEST_F(ApiTest, ATransferIsAnsweredFromWhatTheStoreSaysOfIt) {
  post("/v1/items/2/transfers",
       R"({"pieces":3,"from_place":"annex","to_place":"north","reason":"nearer","opens":true})");
  const auto transfer = asked<msg::Transfer>();
  EXPECT_EQ(transfer.item, msg::ItemId(2));
  EXPECT_EQ(transfer.quantity, msg::Quantity(3));
  EXPECT_EQ(transfer.from, "annex");
  EXPECT_EQ(transfer.to, "north");
  EXPECT_EQ(transfer.opens, true);
  EXPECT_EQ(transfer.key, "k1");
  answer(changed(item(2, 41)));
  EXPECT_EQ(status(), 201U);
  EXPECT_EQ(body(), R"({"item":2,"stock":5,"reason":"nearer","seq":41,"at":1700000000000,)"
                    R"("places":[{"place":"annex","pieces":-3},{"place":"north","pieces":3}]})");
  post("/v1/items/2/transfers", R"({"pieces":3,"to_place":"notrh"})");
  asked<msg::Transfer>();
  refuse({.code = msg::Code::kUnknownPlace, .message = "is it a typing error?", .item = msg::ItemId(2)});
  EXPECT_EQ(status(), 409U);
  EXPECT_THAT(body(), HasSubstr("unknown_place"));
}

TEST_F(ApiTest, ACountOfLessThanIsHeldIsAProblem) {
  post("/v1/items/2/counts", R"({"stock":1})");
  asked<msg::CountStock>();
  refuse(
      {.code = msg::Code::kOutOfStock, .message = "holds keep 3", .item = msg::ItemId(2), .stock = msg::Quantity(2)});
  EXPECT_EQ(status(), 409U);
  EXPECT_THAT(body(), HasSubstr("holds keep 3"));
}

TEST_F(ApiTest, MovementsAreListedInPages) {
  get("/v1/items/2/movements?limit=1&before=50");
  const auto list = asked<msg::ListMovements>();
  EXPECT_EQ(list.item, msg::ItemId(2));
  EXPECT_EQ(list.before, msg::Seq(50));
  EXPECT_EQ(list.limit, 1U);
  msg::MovementsReply page;
  page.movements.push_back({.item = msg::ItemId(2),
                            .seq = msg::Seq(41),
                            .at = 1700000000000,
                            .kind = msg::MovementKind::kBought,
                            .delta = msg::Quantity(-2),
                            .stock = msg::Quantity(5),
                            .order = msg::OrderNo(7)});
  page.next = msg::Seq(41);
  answer(page);
  EXPECT_EQ(status(), 200U);
  EXPECT_EQ(body(), R"({"movements":[{"item":2,"seq":41,"at":1700000000000,"kind":"bought","delta":-2,"stock":5,)"
                    R"("order":7}],"next":41})");
  get("/v1/items/two/movements");
  EXPECT_EQ(status(), 400U);
}

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

TEST_F(ApiTest, ACancellationIsAnsweredWithTheOrderAndItsState) {
  post("/v1/orders/7/cancellations", R"({"lines":[{"item":2,"quantity":1}],"kind":"return","reason":"too many"})");
  const auto cancel = asked<msg::Cancel>();
  EXPECT_EQ(cancel.key, "k1");
  EXPECT_EQ(cancel.no, msg::OrderNo(7));
  EXPECT_EQ(cancel.kind, msg::CancelKind::kReturn);
  EXPECT_EQ(cancel.lines->at(0).quantity, msg::Quantity(1));
  EXPECT_EQ(cancel.reason, "too many");
  msg::Order order{.no = msg::OrderNo(7), .lines = {{msg::ItemId(2), msg::Quantity(1), msg::Cents(5), {}}}};
  msg::add_cancellation(order, {.no = order.no, .kind = msg::CancelKind::kReturn, .lines = order.lines});
  answer(msg::OrderReply{order});
  EXPECT_EQ(status(), 201U);
  EXPECT_EQ(header("Location"), "/v1/orders/7");
  EXPECT_THAT(body(), HasSubstr(R"("state":"returned","cancellations":[{"no":7,)"));
}

TEST_F(ApiTest, ACancellationWithoutLinesIsOfAllThatRemains) {
  post("/v1/orders/7/cancellations", "{}");
  const auto cancel = asked<msg::Cancel>();
  EXPECT_FALSE(cancel.lines);
  EXPECT_EQ(cancel.kind, msg::CancelKind::kCancel);
  refuse({.code = msg::Code::kNothingRemains, .message = "nothing remains"});
  EXPECT_EQ(status(), 409U);
  post("/v1/orders/seven/cancellations", "{}");
  EXPECT_EQ(status(), 400U);
}

TEST_F(ApiTest, AnOrderAlwaysHasItsState) {
  get("/v1/orders/7");
  asked<msg::GetOrder>();
  answer(msg::OrderReply{{.no = msg::OrderNo(7)}});
  EXPECT_THAT(body(), HasSubstr(R"("state":"placed")"));
  get("/v1/orders");
  asked<msg::ListOrders>();
  answer(msg::OrdersReply{{{.no = msg::OrderNo(7)}}, {}});
  EXPECT_THAT(body(), HasSubstr(R"("state":"placed")"));
}

// --- an order replica of the release before, or a key of an old view: the event tells the effect ---

const msg::Event kMoved{1700000000000,
                        msg::StockMoved{"k1", 1, msg::ItemId(2), msg::Quantity(-3), msg::Quantity(2), "lost"}};
const msg::Event kPriced{1700000000000, msg::PriceChanged{"k1", 1, msg::ItemId(2), msg::Cents(100), msg::Cents(90)}};

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

const msg::Event kEdited{1700000000000, msg::ItemEdited{"k1", 1, msg::ItemId(2), "New", {}, {}, true, {}}};

TEST_F(ApiTest, AnEditNamesWhatItChanges) {
  send(request("PATCH", "/v1/items/2", R"({"title":"New","retired":true})", {{"Idempotency-Key", "k1"}}));
  EXPECT_EQ(asked<msg::EditItem>().title, "New");
  EXPECT_EQ(asked<msg::EditItem>().retired, true);
  EXPECT_FALSE(asked<msg::EditItem>().topic || asked<msg::EditItem>().version);
  answer(msg::ItemReply{item(2, 41), 1700000000000, {}});
  EXPECT_EQ(status(), 200U);
  EXPECT_NE(header("ETag"), "");
  EXPECT_EQ(body(), R"({"item":2,"title":"New","retired":true,"seq":41,"at":1700000000000})");
}

// A JSON merge patch (RFC 7396): a rule that is not named stays, and null removes one.
TEST_F(ApiTest, TermsOfSaleAreMerged) {
  const auto patch = [&](const char* body) {
    send(request("PATCH", "/v1/items/2", body, {{"Idempotency-Key", "k1"}}));
  };
  patch(R"({"terms":{"per_order":2,"per_customer":1,"window":86400000,"until":1800000000000}})");
  EXPECT_EQ(asked<msg::EditItem>().terms,
            (msg::Terms{msg::Quantity(2), msg::Quantity(1), 86400000, {}, 1800000000000}));
  using Names = std::vector<std::string>;
  EXPECT_EQ(asked<msg::EditItem>().rules, (Names{"per_order", "per_customer", "window", "until"}));
  auto limited = item(2, 41);
  limited.edited = msg::Seq(41);
  limited.terms = asked<msg::EditItem>().terms;
  answer(msg::ItemReply{limited, 1700000000000, {}});
  EXPECT_EQ(body(), R"({"item":2,"terms":{"per_order":2,"per_customer":1,"window":86400000,"until":1800000000000},)"
                    R"("seq":41,"at":1700000000000})");
  patch(R"({"terms":{"per_order":3,"until":null}})");
  EXPECT_EQ(asked<msg::EditItem>().terms, msg::Terms{.per_order = msg::Quantity(3)});
  EXPECT_EQ(asked<msg::EditItem>().rules, (Names{"per_order", "until"}));
  answer(msg::ItemReply{limited, 1700000000000, {}});
  EXPECT_THAT(body(), HasSubstr(R"("until":1800000000000)")) << "the answer tells all terms of the item";
  patch(R"({"terms":null})");
  EXPECT_EQ(asked<msg::EditItem>().terms, msg::Terms{});
  EXPECT_EQ(asked<msg::EditItem>().rules, std::nullopt);
  for (const auto* wrong :
       {R"({"terms":{}})", R"({"terms":{"per_ordr":2}})", R"({"terms":5})", R"({"terms":{"per_order":"2"}})"}) {
    patch(wrong);
    EXPECT_EQ(status(), 400U) << wrong;
  }
  get("/v1/items/2");
  answer(msg::ItemReply{limited});
  EXPECT_THAT(body(), HasSubstr(R"("terms":{"per_order":2)"));
}

TEST_F(ApiTest, DetailsAreMerged) {
  const auto patch = [&](const char* body) {
    send(request("PATCH", "/v1/items/2", body, {{"Idempotency-Key", "k1"}}));
  };
  patch(R"({"description":"Two\nlines","topics":["maps"],"attributes":{"pages":"214","colour":null}})");
  const auto edit = asked<msg::EditItem>();
  EXPECT_EQ(edit.description, "Two\nlines");
  EXPECT_EQ(edit.topics, msg::Topics{"maps"});
  EXPECT_EQ(edit.attributes, (msg::AttributeChanges{{"colour", std::nullopt}, {"pages", "214"}}));
  auto detailed = item(2, 41);
  detailed.edited = msg::Seq(41);
  detailed.attributes = msg::Attributes{{"pages", "214"}, {"size", "b"}};
  answer(msg::ItemReply{detailed, 1700000000000, {}});
  EXPECT_EQ(body(), R"({"item":2,"description":"Two\u000alines","topics":["maps"],)"
                    R"("attributes":{"pages":"214","size":"b"},"seq":41,"at":1700000000000})");
  patch(R"({"low":4})");
  EXPECT_EQ(asked<msg::EditItem>().low, msg::Quantity(4));
  patch(R"({"low":null})");
  EXPECT_EQ(asked<msg::EditItem>().low, msg::kNoLow);
  patch(R"({"description":null,"topics":null})");
  EXPECT_EQ(asked<msg::EditItem>().description, "");
  EXPECT_EQ(asked<msg::EditItem>().topics, msg::Topics());
  for (const auto* wrong : {R"({"attributes":null})", R"({"attributes":["a"]})", R"({"attributes":{"a":1}})",
                            R"({"topics":"maps"})", R"({"description":5})", R"({"low":-1})"}) {
    patch(wrong);
    EXPECT_EQ(status(), 400U) << wrong;
  }
}

TEST_F(ApiTest, NewItemsHaveDetails) {
  send(request("POST", "/v1/items",
               R"({"items":[{"title":"T","topic":"t","price":1,"stock":2,"topics":["maps"],"attributes":{"a":"b"}}]})",
               {{"Idempotency-Key", "k1"}}));
  EXPECT_EQ(asked<msg::AddItems>().items.at(0).topics, msg::Topics{"maps"});
  EXPECT_EQ(asked<msg::AddItems>().items.at(0).attributes, (msg::Attributes{{"a", "b"}}));
}

TEST_F(ApiTest, ARefusalByTermsTellsWhatIsAllowed) {
  send(request("POST", "/v1/orders", R"({"lines":[{"item":2,"quantity":3}]})", {{"Idempotency-Key", "k1"}}));
  refuse({.code = msg::Code::kLimit, .message = "m", .item = msg::ItemId(2), .allowed = msg::Quantity(1)});
  EXPECT_EQ(status(), 409U);
  EXPECT_THAT(body(), HasSubstr(R"("allowed":1)"));
  send(request("POST", "/v1/orders", R"({"lines":[{"item":2,"quantity":3}]})", {{"Idempotency-Key", "k2"}}));
  refuse({.code = msg::Code::kNotForSale, .message = "m", .item = msg::ItemId(2), .from = 1800000000000});
  EXPECT_THAT(body(), HasSubstr(R"("from":1800000000000)"));
}

// The item was edited again since, so the store does not know the first answer any more.
TEST_F(ApiTest, AnEditThatIsRepeatedLaterIsToldByItsEvent) {
  send(request("PATCH", "/v1/items/2", R"({"title":"New","retired":true})",
               {{"Idempotency-Key", "k1"}, {"Content-Type", "application/merge-patch+json"}}));
  answer(msg::ItemReply{item(2, 50)});
  answer(msg::OutcomeReply{msg::OutcomeKind::kChange, msg::Seq(41), {}});
  answer(events(41, {kEdited}));
  EXPECT_EQ(status(), 200U);
  EXPECT_EQ(body(), R"({"item":2,"title":"New","retired":true,"seq":41,"at":1700000000000})");
}

TEST_F(ApiTest, AnItemIsEditedIfTheVersionStillMatches) {
  const auto edit = [&](const char* tag) {
    send(request("PATCH", "/v1/items/2", R"({"topic":""})", {{"Idempotency-Key", "k1"}, {"If-Match", tag}}));
    answer(msg::ItemReply{item(2, 8)});
  };
  edit("\"8-476282db\"");
  EXPECT_EQ(asked<msg::EditItem>().version, msg::Seq(8));
  EXPECT_EQ(asked<msg::EditItem>().topic, "");
  edit("\"7-476282db\"");
  EXPECT_EQ(asked<msg::Outcome>().key, "k1");
}

TEST_F(ApiTest, APatchChangesThePriceOrTheRest) {
  for (const char* patch :
       {"{}", R"({"price":1,"title":"T"})", R"({"price":1,"retired":false})", R"({"title":null})"}) {
    send(request("PATCH", "/v1/items/2", patch, {{"Idempotency-Key", "k1"}}));
    EXPECT_EQ(status(), 400U) << patch;
  }
}

TEST_F(ApiTest, RetiredItemsAreListedIfTheyAreAskedFor) {
  get("/v1/items?retired=true");
  EXPECT_EQ(asked<msg::Search>().retired, true);
  get("/v1/items?retired=false");
  EXPECT_FALSE(asked<msg::Search>().retired);
  get("/v1/items?retired=yes");
  EXPECT_EQ(status(), 400U);
}

TEST_F(ApiTest, AStockMovesIfTheVersionStillMatches) {
  const auto move = [&](const char* tags) {
    send(request("POST", "/v1/items/2/movements", R"({"delta":-3})", {{"Idempotency-Key", "k1"}, {"If-Match", tags}}));
    answer(msg::ItemReply{item(2, 8)});
  };
  move("\"8-476282db\"");
  EXPECT_EQ(asked<msg::Restock>().version, msg::Seq(8));
  move("\"8-476282db\", *");
  EXPECT_EQ(asked<msg::Restock>().version, std::nullopt) << "any version will do";
  move("\"7-476282db\"");
  EXPECT_EQ(asked<msg::Outcome>().key, "k1");
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

// --- an effect is not denied ---

// Changes of the catalogue ask the store more than once. If a step after the change fails, the answer names the path of
// the outcome.
class DenialTest : public ApiTest, public testing::WithParamInterface<msg::Code> {
 protected:
  // Answers the present request as a store in which the key has taken effect. Returns false if there is no request.
  bool answer_step() {
    const auto* call = std::get_if<Call>(&step);
    if (!call) return false;
    const auto type = call->ask.type;
    if (type == msg::Lookup::kType || type == msg::ChangePrice::kType || type == msg::Restock::kType) {
      answer(msg::ItemReply{item(2)});
    } else if (type == msg::AddItems::kType) {
      answer(msg::ItemsReply{{item(9)}, {}});
    } else if (type == msg::Outcome::kType) {
      answer(msg::OutcomeReply{msg::OutcomeKind::kChange, msg::Seq(41), {}});
    } else if (type == msg::Events::kType) {
      answer(events(41, {kPriced}));
    } else {
      ADD_FAILURE() << "asks for " << type;
    }
    return true;
  }
  bool is_asked_more_than(int steps) {
    for (int i = 0; i < steps; ++i) {
      if (!answer_step()) return false;
    }
    return std::holds_alternative<Call>(step);
  }
};

TEST_P(DenialTest, AChangeThatWasMadeIsUnknownAndNeverRefused) {
  const Headers key{{"Idempotency-Key", "k 1"}};
  const Headers old_version{{"Idempotency-Key", "k 1"},
                            {"If-Match", "\"3\""}};  // the outcome says that this key made the change
  const std::vector<std::pair<Request, int>> changes{
      {request("POST", "/v1/items/2/movements", R"({"delta":-3})", key), 1},
      {request("POST", "/v1/items", R"({"items":[{"title":"T","topic":"t","price":5,"stock":1}]})", key), 1},
      {request("PATCH", "/v1/items/2", R"({"price":100})", key), 1},
      {request("PATCH", "/v1/items/2", R"({"price":100})", old_version), 2}};
  int denials = 0;
  for (const auto& [change, first] : changes) {
    for (int steps = first;; ++steps) {
      send(change);
      if (!is_asked_more_than(steps)) break;
      refuse({.code = GetParam(), .message = "why"});
      ++denials;
      EXPECT_EQ(status(), 504U) << change.target << " step " << steps;
      EXPECT_EQ(header("Location"), "/v1/outcomes/k%201");
      EXPECT_EQ(header("Retry-After"), "");
      EXPECT_THAT(body(), HasSubstr(R"("outcome":"/v1/outcomes/k%201")"));
      EXPECT_THAT(body(), HasSubstr("why"));
    }
  }
  EXPECT_GE(denials, 4);
}

INSTANTIATE_TEST_SUITE_P(Words, DenialTest,
                         testing::Values(msg::Code::kBusy, msg::Code::kUnavailable, msg::Code::kUnknown,
                                         msg::Code::kUnknownType, msg::Code::kInvalid));

TEST_F(ApiTest, ATrimmedEventDoesNotDenyItsChange) {
  post("/v1/items/2/movements", R"({"delta":-3})");
  answer(msg::ItemReply{item(2)});
  answer(msg::OutcomeReply{msg::OutcomeKind::kChange, msg::Seq(41), {}});
  const auto asks = step;
  answer(msg::EventsReply{{}, msg::Seq(50)});
  EXPECT_EQ(status(), 504U);
  EXPECT_EQ(header("Location"), "/v1/outcomes/k1");
  step = asks;
  answer(events(44, {kMoved}));  // a trimmed stream begins later, here with another movement
  EXPECT_EQ(status(), 504U);
}

TEST_F(ApiTest, ARequestWithoutAnEffectMayBeRefused) {
  post("/v1/items/2/movements", R"({"delta":-3})");
  refuse({.code = msg::Code::kBusy, .message = "full"});
  EXPECT_EQ(status(), 503U);
  EXPECT_EQ(header("Location"), "");
  send(
      request("PATCH", "/v1/items/2", R"({"price":100})", {{"Idempotency-Key", "k1"}, {"If-Match", "\"8-476282db\""}}));
  refuse({.code = msg::Code::kBusy, .message = "full"});
  EXPECT_EQ(status(), 503U) << "only the version was asked for";
}

TEST_F(ApiTest, AnotherBodyWithAKeyThatWasUsedIsStillRefused) {
  send(request("PATCH", "/v1/items/2", R"({"price":100})", {{"Idempotency-Key", "k1"}, {"If-Match", "\"3\""}}));
  answer(msg::ItemReply{item(2)});
  answer(msg::OutcomeReply{msg::OutcomeKind::kChange, msg::Seq(41), {}});
  refuse({.code = msg::Code::kKeyReused, .message = "another body"});
  EXPECT_EQ(status(), 422U);
}

TEST_F(ApiTest, ALabsOrderThatIsUnknownHasTheAddressOfItsOutcome) {
  post("/buy?id=2", "", {});
  answer(msg::ItemReply{item(2)});
  const auto key = asked<msg::PlaceOrder>().key;
  refuse({.code = msg::Code::kUnknown, .message = "late"});
  EXPECT_EQ(status(), 504U);
  EXPECT_EQ(header("Location"), "/v1/outcomes/" + key);
  EXPECT_THAT(body(), Not(HasSubstr("Failure"))) << "it may have been bought";
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

TEST_F(ApiTest, AListOfTagsForAChangeMayComeInSeveralLines) {
  send(request("PATCH", "/v1/items/2", R"({"price":100})",
               {{"Idempotency-Key", "k1"}, {"If-Match", "\"1-00000000\""}, {"If-Match", "\"8-476282db\""}}));
  answer(msg::ItemReply{item(2)});
  asked<msg::ChangePrice>();
}

}  // namespace
}  // namespace bridge
