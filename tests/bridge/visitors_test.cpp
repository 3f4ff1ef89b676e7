#include "bridge/visitors.h"

#include <gtest/gtest.h>

namespace bridge {
namespace {

using namespace std::chrono_literals;

const base::Mono kStart = base::Mono() + 1h;

std::string visitor_of(const Visitors& visitors, const std::string& peer, const std::string& forwarded) {
  return visitors.visitor(peer, {"GET", "/", {{"X-Forwarded-For", forwarded}}, {}});
}

TEST(VisitorsTest, WithoutALimitNothingIsCounted) { EXPECT_FALSE(Visitors({}).ask("1.2.3.4", kStart)); }

TEST(VisitorsTest, ABurstIsGrantedAndThenTheRate) {
  Visitors visitors({.rate = 10, .burst = 3});
  for (unsigned left : {2U, 1U, 0U}) {
    const auto quota = visitors.ask("1.2.3.4", kStart);
    EXPECT_TRUE(quota->granted);
    EXPECT_EQ(quota->left, left);
  }
  EXPECT_FALSE(visitors.ask("1.2.3.4", kStart)->granted);
  EXPECT_FALSE(visitors.ask("1.2.3.4", kStart + 99ms)->granted);
  EXPECT_TRUE(visitors.ask("1.2.3.4", kStart + 100ms)->granted);
  EXPECT_FALSE(visitors.ask("1.2.3.4", kStart + 199ms)->granted);
  EXPECT_TRUE(visitors.ask("1.2.3.4", kStart + 200ms)->granted);
}

TEST(VisitorsTest, ARefusalCostsNothingAndSaysHowLongToWait) {
  Visitors visitors({.rate = 1, .burst = 2});
  visitors.ask("a", kStart);
  EXPECT_EQ(visitors.ask("a", kStart)->wait_s, 2U) << "until both are there again";
  for (int i = 0; i < 100; ++i) {
    const auto quota = visitors.ask("a", kStart);
    EXPECT_FALSE(quota->granted);
    EXPECT_EQ(quota->wait_s, 1U);
  }
  EXPECT_TRUE(visitors.ask("a", kStart + 1s)->granted);
}

TEST(VisitorsTest, AfterAPauseTheBurstIsThereOnceAndNotMore) {
  Visitors visitors({.rate = 10, .burst = 3});
  for (int i = 0; i < 3; ++i) visitors.ask("a", kStart);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(visitors.ask("a", kStart + 1h)->granted);
  EXPECT_FALSE(visitors.ask("a", kStart + 1h)->granted);
}

TEST(VisitorsTest, AddressesDoNotTakeFromEachOther) {
  Visitors visitors({.rate = 1});
  EXPECT_TRUE(visitors.ask("1.2.3.4", kStart)->granted);
  EXPECT_TRUE(visitors.ask("1.2.3.5", kStart)->granted);
  EXPECT_FALSE(visitors.ask("1.2.3.4", kStart)->granted);
}

TEST(VisitorsTest, MoreAddressesThanAreKnownShareOneBucket) {
  Visitors visitors({.rate = 1, .burst = 2});
  for (std::size_t i = 0; i < Visitors::kKnownMax; ++i) EXPECT_TRUE(visitors.ask(std::to_string(i), kStart)->granted);
  EXPECT_TRUE(visitors.ask("one more", kStart)->granted);
  EXPECT_TRUE(visitors.ask("yet another", kStart)->granted);
  EXPECT_FALSE(visitors.ask("a third", kStart)->granted);
  EXPECT_TRUE(visitors.ask("0", kStart)->granted) << "a known one keeps its own";
  EXPECT_EQ(visitors.known(), Visitors::kKnownMax + 1);
  EXPECT_TRUE(visitors.ask("a third", kStart + 2s)->granted);
  EXPECT_EQ(visitors.known(), 1U) << "those that are idle are forgotten";
}

TEST(VisitorsTest, AnAddressIsCountedInOneForm) {
  EXPECT_EQ(counted_as("1.2.3.4"), "1.2.3.4");
  EXPECT_EQ(counted_as("::ffff:1.2.3.4"), "1.2.3.4");
  EXPECT_EQ(counted_as("2001:db8:1:2:3:4:5:6"), counted_as("2001:db8:1:2::1"));
  EXPECT_NE(counted_as("2001:db8:1:2::1"), counted_as("2001:db8:1:3::1"));
  EXPECT_FALSE(counted_as("shop.example"));
  EXPECT_FALSE(counted_as(""));
}

TEST(VisitorsTest, OnlyATrustedProxyNamesTheVisitor) {
  const Visitors nobody({});
  EXPECT_EQ(visitor_of(nobody, "127.0.0.1", "9.9.9.9"), "127.0.0.1");
  const Visitors visitors({.trusted_proxies = {"127.0.0.1", "10.0.0.0/8", "fd00::/8"}});
  EXPECT_EQ(visitor_of(visitors, "8.8.8.8", "9.9.9.9"), "8.8.8.8");
  EXPECT_EQ(visitor_of(visitors, "127.0.0.1", ""), "127.0.0.1");
  EXPECT_EQ(visitor_of(visitors, "127.0.0.1", "9.9.9.9"), "9.9.9.9");
  EXPECT_EQ(visitor_of(visitors, "::ffff:10.1.2.3", "9.9.9.9"), "9.9.9.9");
  EXPECT_EQ(visitor_of(visitors, "fd12::1", "2001:db8::7"), "2001:db8::");
  EXPECT_EQ(visitor_of(visitors, "11.0.0.1", "9.9.9.9"), "11.0.0.1");
}

// A client writes addresses before those that the proxies append.
TEST(VisitorsTest, AddressesThatAClientMadeUpAreNotBelieved) {
  const Visitors visitors({.trusted_proxies = {"127.0.0.1", "10.0.0.0/8"}});
  EXPECT_EQ(visitor_of(visitors, "127.0.0.1", "1.1.1.1, 9.9.9.9"), "9.9.9.9");
  EXPECT_EQ(visitor_of(visitors, "127.0.0.1", "1.1.1.1, 9.9.9.9 ,10.0.0.7"), "9.9.9.9");
  EXPECT_EQ(visitor_of(visitors, "127.0.0.1", "1.1.1.1,nonsense"), "127.0.0.1");
  EXPECT_EQ(visitor_of(visitors, "127.0.0.1", "10.0.0.1,10.0.0.2"), "10.0.0.1");
  EXPECT_EQ(visitor_of(visitors, "127.0.0.1", ",,,"), "127.0.0.1");
}

TEST(VisitorsTest, ConnectionsOfAnAddressAreBoundedAndTheirPlacesGivenBack) {
  Visitors visitors({.connections = 2, .trusted_proxies = {"10.0.0.1"}});
  for (int round = 0; round < 2; ++round) {
    EXPECT_TRUE(visitors.come("1.2.3.4"));
    EXPECT_TRUE(visitors.come("::ffff:1.2.3.4"));
    EXPECT_FALSE(visitors.come("1.2.3.4"));
    EXPECT_TRUE(visitors.come("1.2.3.5"));
    visitors.leave("1.2.3.5");
    visitors.leave("1.2.3.4");
    EXPECT_TRUE(visitors.come("1.2.3.4"));
    visitors.leave("1.2.3.4");
    visitors.leave("1.2.3.4");
  }
  EXPECT_EQ(visitors.known(), 0U);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(visitors.come("10.0.0.1")) << "a proxy brings many visitors";
}

TEST(VisitorsTest, TheHeadersTellThePolicyAndWhatIsLeft) {
  EXPECT_EQ(Visitors({.rate = 10, .burst = 25}).policy(), R"("address";q=25;w=3)");
  EXPECT_EQ(Visitors({.rate = 10, .burst = 3}).policy(), R"("address";q=3;w=1)");
  EXPECT_EQ(Visitors::state({true, 7, 2}), R"("address";r=7;t=2)");
}

}  // namespace
}  // namespace bridge
