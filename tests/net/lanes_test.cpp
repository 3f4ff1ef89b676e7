#include "net/lanes.h"

#include <gtest/gtest.h>

#include <vector>

namespace {

using net::Lanes;

class LanesTest : public testing::Test {
 protected:
  void reply(const base::Endpoint& from, const std::string& text) { lanes.add_reply(from, unread.hold("peer", text)); }
  bool publication(const void* from, const std::string& payload) {
    return lanes.add_publication(from, std::make_shared<const base::Publication>(base::Publication{"B", payload}));
  }
  // Tells all items.
  std::vector<std::string> told() {
    std::vector<std::string> all;
    while (lanes.tell_next(
               [&](const base::Endpoint& from, base::BytesView text) { all.push_back(from + ":" + std::string(text)); },
               [&](const base::Publication& one) { all.push_back(one.topic + ":" + one.payload); }) > 0) {
    }
    return all;
  }

  net::Unread unread;
  Lanes lanes;
  int publishers[2] = {};
};

TEST_F(LanesTest, WithinALaneTheFirstComesFirst) {
  for (const auto* text : {"1", "2", "3"}) reply("a", text);
  EXPECT_EQ(told(), (std::vector<std::string>{"a:1", "a:2", "a:3"}));
}

TEST_F(LanesTest, LanesTakeTurns) {
  for (const auto* text : {"1", "2", "3"}) EXPECT_TRUE(publication(&publishers[0], text));
  reply("a", "one");
  EXPECT_TRUE(publication(&publishers[1], "other"));
  EXPECT_EQ(told(), (std::vector<std::string>{"B:1", "a:one", "B:other", "B:2", "B:3"}));
}

TEST_F(LanesTest, APublisherHasOnlySoManyBytesThere) {
  const std::string quarter(Lanes::kLaneBytesMax / 4 - Lanes::kItemCost, 'x');
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(publication(&publishers[0], quarter));
  EXPECT_FALSE(publication(&publishers[0], ""));
  EXPECT_TRUE(publication(&publishers[1], quarter)) << "another one has a lane of its own";
  told();
  EXPECT_TRUE(publication(&publishers[0], quarter)) << "told, it is not counted any more";
}

TEST_F(LanesTest, AReplyIsCountedUntilItIsTold) {
  reply("a", "an answer");
  EXPECT_EQ(unread.bytes(), 9 + net::Unread::kFrameCost);
  told();
  EXPECT_EQ(unread.bytes(), 0U);
}

TEST_F(LanesTest, ForgottenItemsAreNotToldAndNotCounted) {
  reply("a", "1");
  reply("b", "2");
  EXPECT_TRUE(publication(&publishers[0], "3"));
  lanes.forget_replies("a");
  lanes.forget_publications(&publishers[0]);
  EXPECT_EQ(unread.bytes(), 1 + net::Unread::kFrameCost);
  EXPECT_EQ(told(), std::vector<std::string>{"b:2"});
}

}  // namespace
