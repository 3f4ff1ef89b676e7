// The table of those who are signed in, and its bounds.
#include "bridge/sign_ins.h"

#include <gtest/gtest.h>

namespace bridge {
namespace {

using namespace std::chrono_literals;

const base::Mono kBegin = base::Mono() + 1h;
constexpr auto kStep = 1us;

class SignInsTest : public testing::Test {
 protected:
  void begin(const std::string& secret, std::uint64_t credential, base::Mono now = kBegin) {
    sign_ins_.begin(secret, "token-of-" + secret, msg::Seq(credential), now);
  }
  // The token of the sign-in with this secret; empty if there is none.
  std::string token(const std::string& secret, base::Mono now = kBegin) {
    const auto* found = sign_ins_.use(SignIns::name_of(secret), now);
    return found ? *found : std::string();
  }
  SignIns sign_ins_{3};
};

TEST_F(SignInsTest, OnlyItsSecretOpensASignIn) {
  begin("a", 1);
  EXPECT_EQ(token("a"), "token-of-a");
  for (const auto* other : {"", "b", "A", "a "}) EXPECT_EQ(token(other), "") << other;
  EXPECT_EQ(sign_ins_.use("a", kBegin), nullptr) << "the table does not know the secret itself";
  sign_ins_.end(SignIns::name_of("a"));
  EXPECT_EQ(token("a"), "");
}

TEST_F(SignInsTest, ItEndsAWhileAfterItsLastUse) {
  begin("a", 1);
  const auto used = kBegin + SignIns::kIdle - kStep;
  EXPECT_EQ(token("a", used), "token-of-a");
  EXPECT_EQ(token("a", used + SignIns::kIdle - kStep), "token-of-a") << "each use counts";
  begin("b", 2);
  EXPECT_EQ(token("b", kBegin + SignIns::kIdle), "");
}

TEST_F(SignInsTest, ItDoesNotLastForEver) {
  begin("a", 1);
  for (auto now = kBegin; now < kBegin + SignIns::kAgeMax - kStep; now += SignIns::kIdle / 2) token("a", now);
  EXPECT_EQ(token("a", kBegin + SignIns::kAgeMax - kStep), "token-of-a");
  EXPECT_EQ(token("a", kBegin + SignIns::kAgeMax), "");
}

TEST_F(SignInsTest, ThoseThatHaveEndedAreForgotten) {
  begin("a", 1);
  sign_ins_.forget_ended(kBegin + SignIns::kIdle - kStep);
  EXPECT_EQ(sign_ins_.size(), 1U);
  sign_ins_.forget_ended(kBegin + SignIns::kIdle);
  EXPECT_EQ(sign_ins_.size(), 0U);
}

TEST_F(SignInsTest, BeyondTheBoundTheLongestIdleMakesRoom) {
  for (const auto* secret : {"a", "b", "c"}) begin(secret, 1);
  for (int twice = 1; twice <= 2; ++twice) {
    const auto now = kBegin + twice * 1s;
    token("a", now);
    token("b", now);
    const auto next = "d" + std::to_string(twice);
    begin(next, 2, now);
    EXPECT_EQ(sign_ins_.size(), 3U);
    EXPECT_EQ(token("a", now), "token-of-a");
    EXPECT_EQ(token("b", now), "token-of-b");
    EXPECT_EQ(token(next, now), "token-of-" + next);
    EXPECT_EQ(token(twice == 1 ? "c" : "d1", now), "");
  }
}

TEST(SignInsOfOneCredential, TheOldestMakesRoomAndOthersKeepTheirs) {
  SignIns sign_ins;
  const auto name = [](std::size_t i) { return SignIns::name_of(std::to_string(i)); };
  sign_ins.begin("other", "t", msg::Seq(2), kBegin - 1s);
  for (std::size_t i = 0; i < 2 * SignIns::kPerCredential; ++i) {
    sign_ins.begin(std::to_string(i), "t", msg::Seq(1), kBegin + i * 1s);
    if (i >= SignIns::kPerCredential) {
      EXPECT_FALSE(sign_ins.use(name(i - SignIns::kPerCredential), kBegin)) << i;
    }
    EXPECT_EQ(sign_ins.size(), 1 + std::min(i + 1, SignIns::kPerCredential));
  }
  EXPECT_TRUE(sign_ins.use(SignIns::name_of("other"), kBegin));
}

TEST_F(SignInsTest, ARevocationEndsAllOfTheCredential) {
  begin("a", 1);
  begin("b", 2);
  begin("c", 1);
  sign_ins_.revoke(msg::Seq(1));
  EXPECT_EQ(token("a") + token("b") + token("c"), "token-of-b");
  EXPECT_TRUE(sign_ins_.is_revoked(msg::Seq(1)));
  EXPECT_FALSE(sign_ins_.is_revoked(msg::Seq(2)));
  begin("d", 1);
  EXPECT_EQ(token("d"), "") << "the store answered before it was revoked";
}

}  // namespace
}  // namespace bridge
