// The desk: what the staff sees of webhooks, and what it may do with them.
#include "bridge/desk.h"

#include <gmock/gmock.h>

namespace bridge {
namespace {

using msg::Seq;
using std::chrono::seconds;

class DeskTest : public testing::Test {
 protected:
  DeskTest() {
    desk.on_change([this](const std::string& name, const std::optional<Letter>& removed) {
      changed.push_back(name);
      if (removed) gone.push_back(removed->seq);
    });
    desk.stream_ends_at(Seq(9));
  }
  // The second webhook has its subscription, and these dead letters.
  void open(const std::vector<std::uint64_t>& dead, std::size_t bytes = 2) {
    desk.edit("till", [&](Hook& hook) {
      hook.webhook.emplace(Seq(4), Webhook::Pauses{seconds(60)});
      for (const auto seq : dead) hook.webhook->restore_dead({Seq(seq), std::to_string(seq), std::string(bytes, '.')});
    });
  }
  std::vector<std::uint64_t> seqs(Seq after = {}, std::size_t limit = 100) {
    std::vector<std::uint64_t> all;
    const auto page = desk.dead("till", after, limit);
    for (const auto& letter : page->letters) all.push_back(letter.seq.value());
    return all;
  }
  WebhookAnswer till() { return desk.list(now).webhooks.at(1); }

  base::Now now{base::Mono(std::chrono::hours(1)), 1'700'000'000'000};
  Desk desk{{Hook{"mailer", "https://mail.example", {"order_placed"}}, Hook{"till", "https://till.example", {}}}};
  std::vector<std::string> changed;
  std::vector<Seq> gone;
};

TEST_F(DeskTest, AWebhookStartsUntilItsSubscriptionIsKnown) {
  const auto all = desk.list(now).webhooks;
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].name, "mailer");
  EXPECT_EQ(all[0].receiver, "https://mail.example");
  EXPECT_EQ(all[0].state, WebhookState::kStarting);
  EXPECT_FALSE(all[0].cursor);
  open({});
  EXPECT_EQ(till().state, WebhookState::kDelivering);
  EXPECT_EQ(till().cursor, Seq(4));
  EXPECT_EQ(till().lag, 5U);
}

TEST_F(DeskTest, AFailingWebhookTellsItsNextTryAndEnablingItEndsThePause) {
  open({});
  desk.edit("till", [&](Hook& hook) {
    hook.webhook->take({Seq(5), "5", "{}"});
    hook.webhook->due(now);
    hook.webhook->answered(Webhook::Answer::kFailed, {}, now.mono);
    hook.last_status = 500;
    hook.fault = "the receiver answers 500";
  });
  EXPECT_EQ(till().state, WebhookState::kFailing);
  EXPECT_EQ(till().next_try, now.wall + 60'000);
  EXPECT_EQ(till().last_status, 500U);
  EXPECT_EQ(till().fault, "the receiver answers 500");
  EXPECT_EQ(desk.enable("till", now)->state, WebhookState::kDelivering);
  EXPECT_THAT(changed, testing::ElementsAre("till"));
  desk.edit("till", [&](Hook& hook) { EXPECT_TRUE(hook.webhook->due(now)); });
  EXPECT_FALSE(desk.enable("nobody", now));
}

TEST_F(DeskTest, AWebhookMayBeEnabledBeforeItsSubscriptionIsKnown) {
  EXPECT_TRUE(desk.is_starting("till"));
  EXPECT_EQ(desk.enable("till", now)->state, WebhookState::kStarting);
  desk.edit("till", [](Hook& hook) { EXPECT_TRUE(hook.enable_when_known); });
  open({});
  EXPECT_FALSE(desk.is_starting("till"));
  desk.enable("till", now);
  desk.edit("till", [](Hook& hook) { EXPECT_FALSE(hook.enable_when_known); });
  EXPECT_FALSE(desk.is_starting("nobody"));
}

TEST_F(DeskTest, DeadLettersComeInPages) {
  open({1, 2, 3});
  EXPECT_THAT(seqs(), testing::ElementsAre(1, 2, 3));
  EXPECT_THAT(seqs(Seq(1), 1), testing::ElementsAre(2));
  EXPECT_EQ(desk.dead("till", Seq(1), 1)->next, Seq(2));
  EXPECT_EQ(desk.dead("till", Seq(2), 1)->next, std::nullopt);
  EXPECT_EQ(till().dead_letters, 3U);
  EXPECT_FALSE(desk.dead("nobody", Seq(), 1));
  EXPECT_TRUE(desk.dead("mailer", Seq(), 1)->letters.empty());
}

TEST_F(DeskTest, APageOfDeadLettersIsBoundedInBytes) {
  open({1, 2}, Desk::kPageBytesMax);
  EXPECT_THAT(seqs(), testing::ElementsAre(1));
  EXPECT_THAT(seqs(Seq(1)), testing::ElementsAre(2));
}

TEST_F(DeskTest, OneOrAllAreSentAgain) {
  open({1, 2, 3});
  EXPECT_EQ(desk.redeliver("till", Seq(2)), 1U);
  EXPECT_EQ(desk.redeliver("till", Seq(2)), std::nullopt);
  EXPECT_THAT(seqs(), testing::ElementsAre(1, 3));
  EXPECT_EQ(desk.redeliver("till", std::nullopt), 2U);
  EXPECT_EQ(desk.redeliver("till", std::nullopt), 0U);
  EXPECT_EQ(desk.redeliver("nobody", std::nullopt), std::nullopt);
  EXPECT_EQ(desk.redeliver("mailer", std::nullopt), 0U);
  EXPECT_EQ(desk.redeliver("mailer", Seq(1)), std::nullopt);
  desk.edit("till", [&](Hook& hook) { EXPECT_EQ(hook.webhook->due(now)->letter.seq, Seq(2)); });
}

TEST_F(DeskTest, OtherWebhooksComeInTheirOrderAndThoseThatStayKeepWhatTheyHave) {
  open({1});
  desk.edit("till", [](Hook& hook) { hook.delivered = 7; });
  desk.arrange({Hook{"till", "https://till2.example", {"items_added"}}, Hook{"new", "https://new.example", {}}});
  const auto all = desk.list(now).webhooks;
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].name, "till");
  EXPECT_EQ(all[0].receiver, "https://till2.example");
  EXPECT_THAT(all[0].types, testing::ElementsAre("items_added"));
  EXPECT_EQ(all[0].delivered, 7U);
  EXPECT_EQ(all[0].dead_letters, 1U);
  EXPECT_EQ(all[1].name, "new");
  EXPECT_EQ(all[1].state, WebhookState::kStarting);
  EXPECT_FALSE(desk.enable("mailer", now));
}

TEST_F(DeskTest, ARemovedLetterIsTold) {
  open({1, 2});
  EXPECT_TRUE(desk.remove("till", Seq(1)));
  EXPECT_FALSE(desk.remove("till", Seq(1)));
  EXPECT_FALSE(desk.remove("mailer", Seq(1)));
  EXPECT_FALSE(desk.remove("nobody", Seq(1)));
  EXPECT_THAT(gone, testing::ElementsAre(Seq(1)));
  EXPECT_THAT(seqs(), testing::ElementsAre(2));
}

}  // namespace
}  // namespace bridge
