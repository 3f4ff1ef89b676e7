// Cancellations over HTTP, and the state of an order.
#include "bridge/api.h"

#include "msg/cancellations.h"
#include "scripted.h"

namespace bridge {
namespace {

using testing::HasSubstr;

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

}  // namespace
}  // namespace bridge
