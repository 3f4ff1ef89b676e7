// Webhook with a clock that the test makes up: order, pauses, receivers that are gone, dead letters, and a receiver
// that dies a hundred times.
#include "bridge/webhook.h"

#include <gmock/gmock.h>

#include <set>
#include <vector>

#include "base/random.h"

namespace bridge {
namespace {

using msg::Seq;
using std::chrono::hours;
using std::chrono::seconds;
using testing::ElementsAre;
using Answer = Webhook::Answer;
using State = Webhook::State;

Letter letter(std::uint64_t seq, std::size_t bytes = 2) {
  return {Seq(seq), "id-" + std::to_string(seq), std::string(bytes, '.')};
}

class WebhookTest : public ::testing::Test {
 protected:
  void wait(base::Duration time) {
    now.mono += time;
    now.wall += std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
  }
  // The seq of the delivery that is due; 0: none is.
  std::uint64_t due() {
    const auto delivery = webhook.due(now);
    return delivery ? delivery->letter.seq.value() : 0;
  }
  void answered(Answer answer, std::optional<base::Duration> retry_after = {}) {
    webhook.answered(answer, retry_after, now.mono);
  }
  // Fails until the letter that is due is dead.
  void die() {
    for (std::size_t tries = 0; tries <= Webhook::kPauses.size(); ++tries) {
      ASSERT_NE(due(), 0U);
      answered(Answer::kFailed);
      wait(hours(24));
    }
  }

  base::Now now{base::Mono(hours(1)), 1'700'000'000'000};
  Webhook webhook{Seq(4)};
};

TEST_F(WebhookTest, LettersGoOneAtATimeInTheirOrder) {
  EXPECT_EQ(webhook.next(), Seq(5));
  webhook.take(letter(5));
  webhook.take(letter(7));
  const auto first = webhook.due(now);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->letter.id, "id-5");
  EXPECT_EQ(first->timestamp, 1'700'000'000);
  EXPECT_EQ(first->attempt, 1U);
  EXPECT_EQ(due(), 0U) << "one is under way";
  EXPECT_EQ(webhook.cursor(), Seq(4));
  answered(Answer::kTaken);
  EXPECT_EQ(webhook.cursor(), Seq(6)) << "event 6 was not wanted";
  EXPECT_EQ(due(), 7U);
  answered(Answer::kTaken);
  EXPECT_EQ(webhook.cursor(), Seq(7));
  EXPECT_EQ(due(), 0U);
}

TEST_F(WebhookTest, EventsThatAreNotWantedMoveTheCursorOnceNothingWaits) {
  webhook.pass(Seq(9));
  EXPECT_EQ(webhook.cursor(), Seq(8));
  webhook.take(letter(11));
  EXPECT_EQ(webhook.cursor(), Seq(10));
  webhook.pass(Seq(20));
  EXPECT_EQ(webhook.cursor(), Seq(10));
  EXPECT_EQ(webhook.next(), Seq(20));
  EXPECT_EQ(due(), 11U);
  answered(Answer::kTaken);
  EXPECT_EQ(webhook.cursor(), Seq(19));
}

TEST_F(WebhookTest, AFailedLetterComesAgainAfterEachPauseAndHoldsTheOthersBack) {
  webhook.take(letter(5));
  webhook.take(letter(6));
  for (std::size_t tries = 0; tries < Webhook::kPauses.size(); ++tries) {
    const auto delivery = webhook.due(now);
    ASSERT_TRUE(delivery);
    EXPECT_EQ(delivery->letter.seq, Seq(5));
    EXPECT_EQ(delivery->attempt, tries + 1);
    answered(Answer::kFailed);
    EXPECT_EQ(webhook.state(), State::kFailing);
    wait(Webhook::kPauses.at(tries) - std::chrono::milliseconds(1));
    EXPECT_EQ(due(), 0U) << tries;
    wait(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(due(), 5U);
  answered(Answer::kTaken);
  EXPECT_EQ(webhook.state(), State::kDelivering);
  const auto next = webhook.due(now);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->letter.seq, Seq(6));
  EXPECT_EQ(next->attempt, 1U);
}

TEST_F(WebhookTest, AReceiverMayAskForALongerPauseUpToADay) {
  webhook.take(letter(5));
  const auto pause_after = [&](base::Duration retry_after) {
    EXPECT_EQ(due(), 5U);
    answered(Answer::kFailed, retry_after);
    base::Duration waited{};
    for (; due() == 0; waited += seconds(1)) wait(seconds(1));
    answered(Answer::kFailed, {});
    wait(hours(24));
    return std::chrono::duration_cast<seconds>(waited);
  };
  EXPECT_EQ(pause_after(seconds(60)), seconds(60));
  EXPECT_EQ(pause_after(seconds(1)), Webhook::kPauses.at(2));
  EXPECT_EQ(pause_after(hours(1000)), hours(24));
}

TEST_F(WebhookTest, AfterTheLastTryALetterIsDeadAndTheNextOneIsSent) {
  webhook.take(letter(5));
  webhook.take(letter(6));
  die();
  EXPECT_THAT(webhook.dead(), ElementsAre(testing::Key(Seq(5))));
  EXPECT_EQ(webhook.cursor(), Seq(5));
  EXPECT_EQ(due(), 6U);
}

TEST_F(WebhookTest, ADeadLetterIsSentAgainOnRequestWithoutThePauseOfAnother) {
  for (const std::uint64_t seq : {5U, 6U, 7U, 8U}) webhook.take(letter(seq));
  die();
  die();
  EXPECT_EQ(due(), 7U);
  answered(Answer::kFailed);
  EXPECT_TRUE(webhook.redeliver(Seq(5)));
  EXPECT_FALSE(webhook.redeliver(Seq(5)));
  EXPECT_FALSE(webhook.redeliver(Seq(7)));
  EXPECT_EQ(due(), 5U);
  answered(Answer::kTaken);
  EXPECT_EQ(webhook.cursor(), Seq(6));
  EXPECT_EQ(due(), 7U);
  answered(Answer::kTaken);
  EXPECT_EQ(webhook.cursor(), Seq(7));
  EXPECT_EQ(due(), 8U);
  EXPECT_THAT(webhook.dead(), ElementsAre(testing::Key(Seq(6))));
  EXPECT_TRUE(webhook.remove_dead(Seq(6)));
  EXPECT_TRUE(webhook.dead().empty());
}

TEST_F(WebhookTest, ALetterThatIsSentAgainIsTriedOnceAndDoesNotHoldTheOthersBack) {
  webhook.take(letter(5));
  webhook.take(letter(6));
  die();
  webhook.redeliver(Seq(5));
  const auto again = webhook.due(now);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->letter.seq, Seq(5));
  EXPECT_TRUE(again->was_dead);
  answered(Answer::kFailed);
  EXPECT_THAT(webhook.dead(), ElementsAre(testing::Key(Seq(5))));
  EXPECT_EQ(webhook.cursor(), Seq(5));
  const auto next = webhook.due(now);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->letter.seq, Seq(6));
  EXPECT_FALSE(next->was_dead);
}

TEST_F(WebhookTest, ThePausesMayBeOthers) {
  webhook = Webhook(Seq(4), {seconds(1), seconds(3)});
  webhook.take(letter(5));
  for (const auto pause : {seconds(1), seconds(3)}) {
    EXPECT_EQ(due(), 5U);
    answered(Answer::kFailed);
    wait(pause - std::chrono::milliseconds(1));
    EXPECT_EQ(due(), 0U);
    wait(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(due(), 5U);
  answered(Answer::kFailed);
  EXPECT_THAT(webhook.dead(), ElementsAre(testing::Key(Seq(5))));
}

TEST_F(WebhookTest, EnablingEndsAPause) {
  webhook.take(letter(5));
  EXPECT_EQ(due(), 5U);
  answered(Answer::kFailed);
  EXPECT_EQ(due(), 0U);
  EXPECT_GT(webhook.not_before(), now.mono);
  webhook.enable();
  EXPECT_EQ(due(), 5U);
}

TEST_F(WebhookTest, AnotherProcessGoesOnWithTheDeadLettersAndStaysDisabled) {
  webhook.restore_dead(letter(2));
  webhook.disable();
  webhook.take(letter(5));
  EXPECT_EQ(due(), 0U);
  EXPECT_TRUE(webhook.redeliver(Seq(2)));
  EXPECT_EQ(due(), 2U) << "that enables it";
  answered(Answer::kTaken);
  EXPECT_EQ(webhook.cursor(), Seq(4));
  EXPECT_EQ(due(), 5U);
}

TEST_F(WebhookTest, AReceiverThatIsGoneGetsNothingUntilItIsEnabled) {
  webhook.take(letter(5));
  EXPECT_EQ(due(), 5U);
  answered(Answer::kGone);
  EXPECT_EQ(webhook.state(), State::kDisabled);
  wait(hours(1000));
  EXPECT_EQ(due(), 0U);
  EXPECT_EQ(webhook.cursor(), Seq(4)) << "nothing is lost";
  webhook.enable();
  EXPECT_EQ(due(), 5U);
}

TEST_F(WebhookTest, WithoutRoomForDeadLettersItStops) {
  std::uint64_t seq = 5;
  for (; seq < 5 + Webhook::kDeadMax; ++seq) {
    webhook.take(letter(seq));
    die();
  }
  EXPECT_EQ(webhook.dead().size(), Webhook::kDeadMax);
  webhook.take(letter(seq));
  die();
  EXPECT_EQ(webhook.state(), State::kDisabled);
  EXPECT_EQ(webhook.cursor(), Seq(seq - 1));
  EXPECT_TRUE(webhook.redeliver(Seq(5)));
  webhook.enable();
  EXPECT_EQ(due(), 5U);
  answered(Answer::kFailed);
  webhook.enable();
  die();
  EXPECT_EQ(webhook.state(), State::kDisabled) << "the one that was sent again is dead again";
  webhook.remove_dead(Seq(5));
  webhook.enable();
  die();
  EXPECT_EQ(webhook.dead().rbegin()->first, Seq(seq));
}

TEST_F(WebhookTest, ItHasRoomForSoManyLettersAndBytes) {
  for (std::uint64_t seq = 5; seq < 5 + Webhook::kLettersMax; ++seq) {
    EXPECT_TRUE(webhook.has_room());
    webhook.take(letter(seq));
  }
  EXPECT_FALSE(webhook.has_room());
  EXPECT_EQ(due(), 5U);
  answered(Answer::kTaken);
  EXPECT_TRUE(webhook.has_room());
  webhook.take(letter(1000, Webhook::kBytesMax));
  EXPECT_FALSE(webhook.has_room());
}

TEST_F(WebhookTest, TheStatusTellsWhatTheReceiverDid) {
  for (const unsigned status : {200U, 201U, 204U, 299U}) EXPECT_EQ(Webhook::answer_of(status), Answer::kTaken);
  for (const unsigned status : {100U, 199U, 300U, 301U, 400U, 404U, 409U, 429U, 500U, 503U}) {
    EXPECT_EQ(Webhook::answer_of(status), Answer::kFailed) << status;
  }
  EXPECT_EQ(Webhook::answer_of({}), Answer::kFailed);
  EXPECT_EQ(Webhook::answer_of(410), Answer::kGone);
}

// A receiver that dies before or after it has noted a letter, and a sender that dies and begins at its cursor.
TEST(WebhookLoss, NothingIsLostAndTheOrderIsKeptThroughAHundredDeaths) {
  base::Random random(7);
  base::Now now{base::Mono(hours(1)), 1'700'000'000'000};
  std::vector<std::uint64_t> noted;
  std::uint64_t acknowledged = 0;
  Webhook webhook{Seq(0)};
  constexpr std::uint64_t kLast = 500;
  int deaths = 0;
  while (acknowledged < kLast) {
    while (webhook.has_room() && webhook.next() <= Seq(kLast)) webhook.take(letter(webhook.next().value()));
    const auto delivery = webhook.due(now);
    if (delivery) {
      const bool dies = random.below(4) == 0;
      if (!dies || random.below(2) == 0) noted.push_back(delivery->letter.seq.value());
      if (dies) ++deaths;
      webhook.answered(dies ? Answer::kFailed : Answer::kTaken, {}, now.mono);
    } else {
      now.mono += seconds(5);
    }
    if (random.below(50) == 0) acknowledged = webhook.cursor().value();
    if (random.below(100) == 0) {
      ++deaths;
      webhook = Webhook(Seq(acknowledged));
    }
    if (webhook.cursor() == Seq(kLast)) acknowledged = kLast;
    ASSERT_TRUE(webhook.dead().empty());
  }
  std::set<std::uint64_t> seen;
  for (const auto seq : noted) {
    // Each letter comes for the first time after all before it; those that come again are known by their seq.
    if (seen.insert(seq).second) {
      ASSERT_EQ(seen.size(), seq);
    }
  }
  EXPECT_EQ(seen.size(), kLast);
  EXPECT_GE(deaths, 100);
}

}  // namespace
}  // namespace bridge
