// The bounds of the clients with one token, all together.
#include "bridge/token_quotas.h"

#include <gtest/gtest.h>

namespace bridge {
namespace {

using namespace std::chrono_literals;

const base::Mono kFirst = base::Mono() + 1h;

TEST(TokenQuotas, WithoutALimitNothingIsCounted) {
  TokenQuotas quotas({});
  EXPECT_FALSE(quotas.any());
  EXPECT_FALSE(quotas.ask("a", kFirst));
  EXPECT_TRUE(quotas.begin_request("a"));
  EXPECT_TRUE(quotas.begin_stream("a"));
}

TEST(TokenQuotas, TheNameOfATokenDoesNotTellIt) {
  EXPECT_EQ(TokenQuotas::name_of(""), "");
  EXPECT_EQ(TokenQuotas::name_of("t").size(), 32U);
  EXPECT_NE(TokenQuotas::name_of("t"), TokenQuotas::name_of("u"));
}

TEST(TokenQuotas, EachTokenHasItsOwnRate) {
  TokenQuotas quotas({.rate = 1, .burst = 2});
  EXPECT_TRUE(quotas.any());
  EXPECT_EQ(quotas.policy(), "\"token\";q=2;w=2");
  EXPECT_EQ(TokenQuotas::state(*quotas.ask("a", kFirst)), "\"token\";r=1;t=1");
  EXPECT_TRUE(quotas.ask("a", kFirst)->granted);
  EXPECT_FALSE(quotas.ask("a", kFirst)->granted);
  EXPECT_TRUE(quotas.ask("b", kFirst)->granted);
}

TEST(TokenQuotas, ATicketIsHeldUntilItsLastCopyIsGone) {
  for (const bool of_streams : {false, true}) {
    TokenQuotas quotas(of_streams ? TokenLimits{.streams = 2} : TokenLimits{.requests = 2});
    EXPECT_TRUE(quotas.any());
    const auto begin = [&](const std::string& name) {
      return of_streams ? quotas.begin_stream(name) : quotas.begin_request(name);
    };
    for (int twice = 0; twice < 2; ++twice) {
      auto one = begin("a");
      const auto two = begin("a");
      const auto copy = one;
      EXPECT_TRUE(one && two);
      EXPECT_FALSE(begin("a"));
      EXPECT_TRUE(begin("b"));
      one.reset();
      EXPECT_FALSE(begin("a"));
    }
  }
}

TEST(TokenQuotas, ATicketMayOutliveThem) {
  Ticket left;
  {
    TokenQuotas quotas({.requests = 1});
    left = quotas.begin_request("a");
  }
  left.reset();
}

}  // namespace
}  // namespace bridge
