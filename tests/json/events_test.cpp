// Events as JSON, their ids, and the pages of the stream that a store gives.
#include "json/events.h"

#include <gtest/gtest.h>

namespace json {
namespace {

TEST(Event, AnEventTellsItsFieldsAndNoInnerNumbers) {
  const msg::Event event{
      1700000000000, msg::OrderPlaced{.key = "k",
                                      .req = 5,
                                      .no = msg::OrderNo(1),
                                      .customer = "ann",
                                      .lines = {{msg::ItemId(2), msg::Quantity(1), msg::Cents(5), msg::Quantity(3)}},
                                      .digest = msg::Blob{"\xff"}}};
  EXPECT_EQ(to_text(msg::Seq(9), event),
            R"({"seq":9,"at":1700000000000,"type":"order_placed","key":"k","no":1,"order_type":"buy","customer":"ann",)"
            R"("lines":[{"item":2,"quantity":1,"price":5,"stock":3}],"total":0})");
}

TEST(Event, AFieldThatIsMissingIsLeftOut) {
  EXPECT_EQ(to_text(msg::Seq(1), {5, msg::StoreCreated{"store-a"}}),
            R"({"seq":1,"at":5,"type":"store_created","store":"store-a"})");
  EXPECT_EQ(to_text(msg::Seq(1), {5, msg::StoreCreated{"store-a", msg::Currency{"EUR", 2}}}),
            R"({"seq":1,"at":5,"type":"store_created","store":"store-a","currency":{"code":"EUR","digits":2}})");
}

TEST(EventId, AnIdIsASeqAndATag) {
  EXPECT_EQ(event_id_of("12-0a1b2c3d"), (EventId{msg::Seq(12), "0a1b2c3d"}));
  EXPECT_EQ(event_id_of("12"), (EventId{msg::Seq(12), ""}));
  EXPECT_EQ((EventId{msg::Seq(12), "0a1b2c3d"}).text(), "12-0a1b2c3d");
  for (const char* wrong : {"", "-", "x", "12-", "-0a1b2c3d", "12-0a1b2c3", "12-0A1B2C3D", "12-0a1b2c3dd",
                            "12 -0a1b2c3d", "18446744073709551615", "9223372036854775807-0a1b2c3d", "-1"}) {
    EXPECT_FALSE(event_id_of(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace json
