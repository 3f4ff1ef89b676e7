// Movements of stock over HTTP: restocks, counts and transfers, and the list of an item's movements.
#include "bridge/api.h"

#include "tests/bridge/changes.h"

namespace bridge {
namespace {

using testing::HasSubstr;

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

}  // namespace
}  // namespace bridge
