#include "books/audit_views.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace books {
namespace {

using ::testing::HasSubstr;

msg::Heartbeat view(msg::Role role, const std::string& instance, std::uint64_t seq, std::uint64_t items,
                    std::uint64_t orders = 0) {
  msg::Heartbeat beat;
  beat.role = role;
  beat.instance = instance;
  beat.state = msg::State::kLive;
  beat.digest = msg::DigestAt{base::Seq(seq), items, orders};
  return beat;
}
msg::Heartbeat catalog(const std::string& instance, std::uint64_t seq, std::uint64_t items) {
  return view(msg::Role::kCatalog, instance, seq, items);
}
msg::Heartbeat order(const std::string& instance, std::uint64_t seq, std::uint64_t items, std::uint64_t orders) {
  return view(msg::Role::kOrder, instance, seq, items, orders);
}

Check check_of(const std::vector<msg::Heartbeat>& beats) {
  ViewsAudit audit;
  for (const auto& beat : beats) audit.heard(beat);
  return audit.check();
}

TEST(AuditViews, EqualDigestsAreRight) {
  const auto check = check_of({catalog("catalog-1", 9, 7), order("order-1", 9, 7, 3), order("order-2", 9, 7, 3)});
  EXPECT_TRUE(check.ok) << check.detail;
  EXPECT_EQ(check.detail, "3 views alike");
}

TEST(AuditViews, OtherItemsAtTheSameSeqAreFound) {
  const auto check = check_of({catalog("catalog-1", 9, 7), order("order-1", 9, 8, 3)});
  EXPECT_FALSE(check.ok);
  EXPECT_EQ(check.detail, "catalog-1 and order-1 differ in their items at seq 9");
}

TEST(AuditViews, OtherOrdersAtTheSameSeqAreFound) {
  const auto check = check_of({order("order-1", 9, 7, 3), order("order-2", 9, 7, 4)});
  EXPECT_THAT(check.detail, HasSubstr("order-1 and order-2 differ in their orders at seq 9"));
}

TEST(AuditViews, OtherDigestsAtOtherSeqsAreRight) {
  EXPECT_TRUE(check_of({catalog("catalog-1", 9, 7), order("order-1", 9, 7, 3), order("order-1", 10, 8, 4)}).ok);
}

TEST(AuditViews, RoundDigestsAreComparedToo) {
  auto one = catalog("catalog-1", 300, 7);
  auto two = catalog("catalog-2", 301, 8);
  one.round_digest = msg::DigestAt{base::Seq(256), 1, 0};
  two.round_digest = msg::DigestAt{base::Seq(256), 2, 0};
  EXPECT_THAT(check_of({one, two}).detail, HasSubstr("at seq 256"));
}

TEST(AuditViews, TwoDigestsOfOneViewAtOneSeqAreFound) {
  EXPECT_THAT(check_of({order("order-1", 9, 7, 3), order("order-1", 9, 8, 3)}).detail,
              HasSubstr("reported two digests"));
}

TEST(AuditViews, AViewThatTheBrokerReportsHasDiverged) {
  msg::Heartbeat broker;
  broker.role = msg::Role::kBroker;
  broker.leader = msg::Leadership{.diverged = {"order-3"}};
  const auto check = check_of({broker, catalog("catalog-1", 9, 7)});
  EXPECT_FALSE(check.ok);
  EXPECT_THAT(check.detail, HasSubstr("order-3 has diverged"));
}

TEST(AuditViews, AViewThatReportsItselfHasDiverged) {
  auto diverged = order("order-3", 9, 7, 3);
  diverged.diverged = "orders: order 3 of 5 is not there";
  diverged.state = msg::State::kDraining;
  const auto check = check_of({diverged, catalog("catalog-1", 9, 7), diverged});
  EXPECT_FALSE(check.ok);
  EXPECT_EQ(check.detail, "order-3 has diverged: orders: order 3 of 5 is not there");
}

TEST(AuditViews, IsCompleteOnceEveryLiveViewWasCompared) {
  ViewsAudit audit;
  audit.heard(catalog("catalog-1", 9, 7));
  audit.heard(catalog("catalog-2", 9, 7));
  EXPECT_TRUE(audit.complete());
  audit.heard(order("order-1", 8, 6, 1));
  EXPECT_FALSE(audit.complete());
  EXPECT_THAT(audit.check().detail, HasSubstr("order-1 was not compared"));
  audit.heard(order("order-1", 9, 7, 2));
  EXPECT_TRUE(audit.complete());
  EXPECT_TRUE(audit.check().ok);
}

TEST(AuditViews, WithoutAComparisonThereIsNoProof) {
  EXPECT_FALSE(check_of({catalog("catalog-1", 9, 7), catalog("catalog-2", 10, 8)}).ok);
  EXPECT_FALSE(check_of({}).ok);
  EXPECT_TRUE(check_of({catalog("catalog-1", 9, 7)}).ok);
}

}  // namespace
}  // namespace books
