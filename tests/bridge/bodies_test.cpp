// The bodies that differ from the messages of the protocol: each member once, in its place.
#include "bridge/bodies.h"

#include <gtest/gtest.h>

#include "bridge/lab_bodies.h"

namespace bridge {
namespace {

using msg::Cents;
using msg::ItemId;
using msg::Quantity;
using msg::Seq;

TEST(Bodies, AnswersAreWrittenMemberByMember) {
  EXPECT_EQ(json::to_text(ItemsAnswer{{msg::Item{ItemId(1), "a", "b", Cents(2), Quantity(3), Seq(4)}}, ItemId(5)}),
            R"({"items":[{"id":1,"title":"a","topic":"b","price":2,"stock":3,"version":4}],"next":5})");
  EXPECT_EQ(json::to_text(PatchAnswer{.item = ItemId(1), .price = Cents(2), .was = Cents(3), .seq = Seq(4), .at = 5}),
            R"({"item":1,"price":2,"was":3,"seq":4,"at":5})");
  EXPECT_EQ(json::to_text(
                PatchAnswer{.item = ItemId(1), .title = "a", .topic = "b", .retired = false, .seq = Seq(4), .at = 5}),
            R"({"item":1,"title":"a","topic":"b","retired":false,"seq":4,"at":5})");
  EXPECT_EQ(json::to_text(MovementAnswer{ItemId(1), Quantity(-2), Quantity(3), "counted", Seq(4), 5}),
            R"({"item":1,"delta":-2,"stock":3,"reason":"counted","seq":4,"at":5})");
  EXPECT_EQ(json::to_text(TopicsAnswer{{{"databases", 2}, {"systems", 1}}}),
            R"({"topics":[{"topic":"databases","items":2},{"topic":"systems","items":1}]})");
  EXPECT_EQ(json::to_text(TraceAnswer{TraceKind::kBuy, Seq(1), {{"client", 2}}}),
            R"({"request":"buy","seq":1,"spans":[{"tier":"client","us":2}]})");
  EXPECT_EQ(json::to_text(ReadyAnswer{true}), R"({"ready":true})");
}

TEST(Bodies, ErrorsAreWrittenMemberByMember) {
  EXPECT_EQ(
      json::to_text(ProblemBody{{"x"}, "A title", 409, "More", ItemId(1), Quantity(2), Cents(3), Seq(4), "/v1/there"}),
      R"({"type":"/problems/x","title":"A title","status":409,"detail":"More","item":1,"stock":2,"price":3,)"
      R"("version":4,"outcome":"/v1/there"})");
  EXPECT_EQ(json::to_text(LabErrorBody{{404, "no"}}), R"({"error":{"code":404,"message":"no"}})");
}

TEST(Bodies, RequestsAreReadMemberByMember) {
  const auto order =
      json::from_text<OrderBody>(R"({"type":"sell","customer":"ann","lines":[{"item":1,"quantity":2,"price":3}]})");
  ASSERT_TRUE(order);
  EXPECT_EQ(json::to_text(*order), R"({"type":"sell","customer":"ann","lines":[{"item":1,"quantity":2,"price":3}]})");
  const auto lab =
      json::from_text<LabOrderBody>(R"({"name":"a","stock_name":"b","quantity":"2","type":"SELL","trade_type":"Buy"})");
  ASSERT_TRUE(lab);
  EXPECT_EQ(lab->name, "a");
  EXPECT_EQ(lab->stock_name, "b");
  EXPECT_EQ(lab->quantity.value, Quantity(2));
  EXPECT_EQ(lab->type->value, msg::OrderType::kSell);
  EXPECT_EQ(lab->trade_type->value, msg::OrderType::kBuy);
}

TEST(Bodies, AnAnswerIsMadeWithoutANumber) {
  EXPECT_EQ(json::to_text(PatchAnswer()), R"({"item":0,"seq":0,"at":0})");
  EXPECT_EQ(json::to_text(MovementAnswer()), R"({"item":0,"delta":0,"stock":0,"reason":"","seq":0,"at":0})");
  EXPECT_EQ(json::to_text(TopicCount()), R"({"topic":"","items":0})");
  EXPECT_EQ(json::to_text(ProblemBody()), R"({"type":"/problems/","title":"","status":0,"detail":""})");
  EXPECT_EQ(json::to_text(LabError()), R"({"code":0,"message":""})");
}

}  // namespace
}  // namespace bridge
