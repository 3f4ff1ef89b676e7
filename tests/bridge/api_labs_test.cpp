// The paths of the labs: the parameters that their clients send, and the names that they read.
#include "bridge/api.h"

#include <nlohmann/json.hpp>

#include "scripted.h"

namespace bridge {
namespace {

using Parsed = nlohmann::json;
using testing::IsEmpty;
using testing::Not;

class ApiLabsTest : public ApiTest {
 protected:
  // Buys over `send`, and returns what the client reads.
  Parsed bought() {
    EXPECT_EQ(asked<msg::Lookup>().item, msg::ItemId(2));
    answer(msg::ItemReply{item(2)});
    EXPECT_THAT(asked<msg::PlaceOrder>().key, Not(IsEmpty()));
    EXPECT_EQ(asked<msg::PlaceOrder>().lines.at(0).quantity, msg::Quantity(1));
    answer(msg::OrderReply{order()});
    EXPECT_EQ(status(), 200U);
    return Parsed::parse(body());
  }
};

TEST_F(ApiLabsTest, BooksOfATopicAreListed) {
  get("/books?topic=ds");
  EXPECT_EQ(asked<msg::Search>().topic, "ds");
  answer(msg::ItemsReply{{item(2)}, {}});
  EXPECT_EQ(body(), R"([{"id":2,"title":"RPCs for Dummies"}])");
  for (const char* target : {"/search?topic=ds", "/search/ds"}) {
    get(target);
    answer(msg::ItemsReply{{item(2)}, {}});
    EXPECT_EQ(body(), R"({"items":[{"id":2,"title":"RPCs for Dummies"}]})");
  }
}

TEST_F(ApiLabsTest, AShortNameIsAnotherNameOfATopicThatTheStoreDoesNotHave) {
  const std::vector<std::pair<const char*, const char*>> all{
      {"ds", "distributed systems"}, {"DS", "distributed systems"}, {"gs", "graduate school"}};
  for (const auto& [in_short, topic] : all) {
    get(std::string("/search?topic=") + in_short);
    EXPECT_EQ(asked<msg::Search>().topic, in_short);
    answer(msg::ItemsReply{});
    EXPECT_EQ(asked<msg::Search>().topic, topic);
    answer(msg::ItemsReply{{item(2)}, {}});
    EXPECT_EQ(body(), R"({"items":[{"id":2,"title":"RPCs for Dummies"}]})");
  }
  get("/search?topic=toys");
  answer(msg::ItemsReply{});
  EXPECT_EQ(body(), R"({"items":[]})");
}

TEST_F(ApiLabsTest, ABookIsShownWithTheNamesOfEveryYear) {
  for (const char* target : {"/lookup?item=2", "/lookup?id=2", "/lookup/2", "/books/2"}) {
    get(target);
    EXPECT_EQ(asked<msg::Lookup>().item, msg::ItemId(2)) << target;
    answer(msg::ItemReply{item(2)});
    EXPECT_EQ(body(), R"({"id":2,"title":"RPCs for Dummies","topic":"ds","quantity":5,"stock":5,"count":5,)"
                      R"("price":24.99,"cost":24.99})");
  }
}

TEST_F(ApiLabsTest, ABookIsBoughtAndToldWithTheNamesOfEveryYear) {
  const std::vector<std::pair<const char*, const char*>> all{{"GET", "/buy?item=2"},  {"GET", "/buy?id=2"},
                                                             {"POST", "/buy?item=2"}, {"GET", "/buy/2"},
                                                             {"POST", "/buy/2"},      {"POST", "/books/2"}};
  for (const auto& [method, target] : all) {
    send(request(method, target));
    EXPECT_EQ(bought(), Parsed::parse(R"({"order_number":7,"OrderId":7,"id":2,"ID":2,"title":"RPCs for Dummies",
        "Item":"RPCs for Dummies","quantity":4,"BuyStatus":"Success","Order status":"Success",
        "Date":"2023-11-14 22:13:20"})"))
        << target;
  }
}

TEST_F(ApiLabsTest, ABookThatWasNotBoughtIsToldInTheirForm) {
  post("/buy/2", "", {});
  answer(msg::ItemReply{item(2)});
  refuse({.code = msg::Code::kOutOfStock, .message = "none left"});
  EXPECT_EQ(status(), 409U);
  EXPECT_EQ(Parsed::parse(body()), Parsed::parse(R"({"error":{"code":409,"message":"none left"},"BuyStatus":"Failure",
      "Order status":"Failure"})"));
  get("/lookup/3");
  refuse({.code = msg::Code::kUnknownItem, .message = "no item 3"});
  EXPECT_EQ(body(), R"({"error":{"code":404,"message":"no item 3"}})");
}

TEST_F(ApiLabsTest, AnIdMustBeThere) {
  for (const char* target : {"/lookup", "/buy", "/lookup?item=x", "/buy?id=-1", "/buy/two"}) {
    get(target);
    EXPECT_EQ(status(), 400U) << target;
    EXPECT_TRUE(Parsed::parse(body()).contains("error"));
  }
}

TEST_F(ApiLabsTest, AProductIsShownByItsName) {
  for (const char* target : {"/products/Tux", "/stocks/Tux", "/stocks?stock_name=Tux"}) {
    get(target);
    EXPECT_EQ(asked<msg::Lookup>().title, "Tux");
    auto tux = item(2);
    tux.price = msg::Cents(1905);
    answer(msg::ItemReply{tux});
    EXPECT_EQ(body(), R"({"data":{"name":"RPCs for Dummies","price":19.05,"quantity":5}})") << target;
  }
}

TEST_F(ApiLabsTest, AProductIsOrderedInTheWordsOfBothYears) {
  for (const char* order_of_two :
       {R"({"name":"Tux","quantity":2,"type":"sell"})", R"({"name":"Tux","quantity":"2","type":"Sell"})",
        R"({"stock_name":"Tux","quantity":2,"trade_type":"SELL"})"}) {
    post("/orders", order_of_two, {});
    EXPECT_EQ(asked<msg::Lookup>().title, "Tux") << order_of_two;
    answer(msg::ItemReply{item(2)});
    const auto placed = asked<msg::PlaceOrder>();
    EXPECT_EQ(placed.type, msg::OrderType::kSell);
    EXPECT_EQ(placed.lines.at(0).quantity, msg::Quantity(2));
    answer(msg::OrderReply{order()});
    EXPECT_EQ(body(), R"({"data":{"order_number":7,"transaction_number":7}})");
  }
  post("/orders", R"({"name":"Tux","quantity":2})", {});
  answer(msg::ItemReply{item(2)});
  EXPECT_EQ(asked<msg::PlaceOrder>().type, msg::OrderType::kBuy);
}

TEST_F(ApiLabsTest, AFaultyOrderIsRefusedInTheirForm) {
  for (const char* faulty :
       {"", "{}", R"({"quantity":2})", R"({"name":"Tux"})", R"({"name":"Tux","quantity":"many"})",
        R"({"name":"Tux","quantity":"2.5"})", R"({"name":"Tux","quantity":""})", R"({"name":"Tux","quantity":[2]})",
        R"({"name":"Tux","quantity":"\"2\""})", R"({"name":"Tux","quantity":2,"type":"swap"})"}) {
    post("/orders", faulty, {});
    EXPECT_EQ(status(), 400U) << faulty;
    EXPECT_TRUE(Parsed::parse(body()).contains("error")) << faulty;
  }
}

TEST_F(ApiLabsTest, AnOrderIsShown) {
  get("/orders/7");
  answer(msg::OrderReply{order()});
  answer(msg::ItemReply{item(2)});
  EXPECT_EQ(body(), R"({"data":{"number":7,"name":"RPCs for Dummies","quantity":1,"type":"buy"}})");
}

TEST_F(ApiLabsTest, AProductThatIsNotThereIsRefusedInTheirForm) {
  get("/products/Yoyo");
  refuse({.code = msg::Code::kUnknownItem, .message = "no \"Yoyo\""});
  EXPECT_EQ(status(), 404U);
  EXPECT_EQ(body(), R"({"error":{"code":404,"message":"no \"Yoyo\""}})");
}

TEST_F(ApiLabsTest, TheProbesOfTheLabsAreAnswered) {
  for (const char* target : {"/health", "/ping"}) {
    get(target);
    EXPECT_EQ(body(), R"({"status":"ok"})");
  }
}

}  // namespace
}  // namespace bridge
