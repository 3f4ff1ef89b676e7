// Edits of items over HTTP: their texts, their details, their terms of sale, and retired items.
#include "bridge/api.h"

#include "scripted.h"

namespace bridge {
namespace {

using testing::HasSubstr;

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

}  // namespace
}  // namespace bridge
