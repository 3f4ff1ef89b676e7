// Tests of the judge: subscriptions.
#include "tests/sim/judge_fixture.h"

namespace sim {
namespace {

using base::Seq;
using msg::Code;

// Ann has the subscription `a` since seq 2, with the cursor 0; it is dropped at 6000.
class JudgeOfSubscriptionsTest : public JudgeTest {
 protected:
  JudgeOfSubscriptionsTest() {
    made_ = ask(msg::Subscribe{"s", "a", Seq(1), {}, 5000});
    happens(made());
    answer(made_, 2, msg::SubscriptionReply{Seq(2), subscription()});
  }
  static msg::SubscriptionMade made(const std::string& key = "s", std::uint64_t from = 1) {
    return {key, 0, "a", Seq(from), {}, 5000, {}};
  }
  static msg::SubscriptionAcknowledged acknowledged(std::uint64_t cursor, std::uint64_t was,
                                                    const std::string& key = "k") {
    return {key, 0, "a", Seq(cursor), Seq(was), {}};
  }
  msg::Subscription subscription() {
    settle();
    return *judge.reference().subscription_at("a", judge.reference().durable());
  }
  Operation acknowledge(std::uint64_t cursor, const std::string& key = "k") {
    return ask(msg::Acknowledge{key, "a", Seq(cursor)});
  }

  Operation made_;
};

TEST_F(JudgeOfSubscriptionsTest, AGoodShopIsAcquitted) {
  const auto asked = acknowledge(2);
  happens(acknowledged(2, 0));
  answer(asked, 3, msg::SubscriptionReply{Seq(3), subscription()});
  answer(ask(msg::ListSubscriptions{}), 3, msg::SubscriptionsReply{{subscription()}, Seq(3)});
  answer(ask(msg::ListSubscriptions{"a"}), 3, msg::SubscriptionsReply{{subscription()}, Seq(3)});
  answer(ask(msg::Outcome{"k"}), 3, msg::OutcomeReply{msg::OutcomeKind::kChange, Seq(3), {}});
  refuse(acknowledge(1, "k2"), 3, {.code = Code::kLimit});
  refuse(acknowledge(9, "k3"), 3, {.code = Code::kLimit});
  refuse(ask(msg::Subscribe{"s2", "a", {}, {}, 1}), 3, {.code = Code::kLimit});
  refuse(ask(msg::Subscribe{"s3", "b", Seq(9), {}, 1}), 3, {.code = Code::kLimit});
  refuse(ask(msg::Unsubscribe{"u", "b"}), 3, {.code = Code::kUnknownSubscription});
  const auto ends = ask(msg::Unsubscribe{"u2", "a"});
  happens(msg::SubscriptionEnded{"u2", 0, "a", {}});
  answer(ends, 4, msg::SubscriptionReply{Seq(4), {}});
  answer(ask(msg::ListSubscriptions{}), 4, msg::SubscriptionsReply{{}, Seq(4)});
  answer(ask(msg::Acknowledge{"k", "a", Seq(2)}), 4, msg::SubscriptionReply{Seq(3), {}});
  refuse(acknowledge(2, "k4"), 4, {.code = Code::kUnknownSubscription});
  EXPECT_EQ(verdict(), "");
}

TEST_F(JudgeOfSubscriptionsTest, ACursorThatGoesBackIsFound) {
  acknowledge(2);
  happens(acknowledged(2, 0));
  at = 2000;
  acknowledge(1, "k2");
  happens(acknowledged(1, 2, "k2"));
  settle();
  EXPECT_EQ(verdict(), "G1:");
}

TEST_F(JudgeOfSubscriptionsTest, ACursorBeyondTheStreamIsFound) {
  acknowledge(3);
  happens(acknowledged(3, 0));
  settle();
  EXPECT_EQ(verdict(), "G1:");
}

TEST_F(JudgeOfSubscriptionsTest, TwoAcknowledgementsInASecondAreFound) {
  acknowledge(1);
  happens(acknowledged(1, 0));
  at = 1999;
  acknowledge(2, "k2");
  happens(acknowledged(2, 1, "k2"));
  settle();
  EXPECT_EQ(verdict(), "G1:");
}

TEST_F(JudgeOfSubscriptionsTest, ADecisionAfterTheEndIsFound) {
  ask(buy("b", 1));
  at = 6000;
  bought("b", 1, 1, 4);
  settle();
  EXPECT_EQ(verdict(), "G1:");
}

TEST_F(JudgeOfSubscriptionsTest, AnEndBeforeItsTimeIsFound) {
  at = 5999;
  happens(msg::SubscriptionEnded{{}, 0, "a", {}});
  settle();
  EXPECT_EQ(verdict(), "G1:");
}

TEST_F(JudgeOfSubscriptionsTest, AnEndInTimeIsSound) {
  ask(buy("b", 1));
  at = 6000;
  happens(msg::SubscriptionEnded{{}, 0, "a", {}});
  bought("b", 1, 1, 4);
  settle();
  EXPECT_EQ(verdict(), "");
}

TEST_F(JudgeOfSubscriptionsTest, ASecondOneOfTheSameNameIsFound) {
  ask(msg::Subscribe{"s2", "a", Seq(1), {}, 5000});
  happens(made("s2"));
  settle();
  EXPECT_EQ(verdict(), "G1:");
}

TEST_F(JudgeOfSubscriptionsTest, AnAnswerWithAnotherCursorIsFound) {
  const auto asked = acknowledge(2);
  happens(acknowledged(2, 0));
  auto told = subscription();
  told.cursor = Seq(1);
  answer(asked, 3, msg::SubscriptionReply{Seq(3), told});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeOfSubscriptionsTest, AnAnswerThatHidesASubscriptionIsFound) {
  const auto asked = acknowledge(2);
  happens(acknowledged(2, 0));
  answer(asked, 3, msg::SubscriptionReply{Seq(3), {}});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeOfSubscriptionsTest, AnAnswerToAnOldKeyThatShowsALaterSubscriptionIsFound) {
  ask(msg::Unsubscribe{"u", "a"});
  happens(msg::SubscriptionEnded{"u", 0, "a", {}});
  ask(msg::Subscribe{"s2", "a", Seq(1), {}, 5000});
  happens(made("s2"));
  answer(ask(msg::Subscribe{"s", "a", Seq(1), {}, 5000}), 4, msg::SubscriptionReply{Seq(2), subscription()});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeOfSubscriptionsTest, AListOfThePastIsFound) {
  const auto before = subscription();
  const auto asked = acknowledge(2);
  happens(acknowledged(2, 0));
  answer(asked, 3, msg::SubscriptionReply{Seq(3), subscription()});
  answer(ask(msg::ListSubscriptions{}), 3, msg::SubscriptionsReply{{before}, Seq(2)});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeOfSubscriptionsTest, ARefusalWithoutAReasonIsFound) {
  refuse(acknowledge(2), 2, {.code = Code::kLimit});
  EXPECT_EQ(verdict(), "G4:");
}

}  // namespace
}  // namespace sim
