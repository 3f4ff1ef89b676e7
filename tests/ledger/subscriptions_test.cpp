// Subscriptions: their names, their cursors, and their ends at the millisecond.
#include "ledger/subscriptions.h"

#include <gmock/gmock.h>

#include <set>

#include "tests/ledger/shop.h"

namespace ledger {
namespace {

using base::Seq;
using msg::Code;

class SubscriptionTest : public ::testing::Test, protected Shop {
 protected:
  SubscriptionTest() { given(1, 5); }  // seq 1

  void given_subscription(const std::string& name, std::optional<std::uint64_t> from = {}, std::int64_t ttl = 60'000) {
    happened<msg::SubscriptionMade>(when(subscribe("made-" + name, name, from, ttl)));
    commit();
  }
  // Commits this many events.
  void given_events(int count) {
    for (int i = 0; i < count; ++i) when(price("event-" + std::to_string(++events_), 1, 100));
    commit();
  }
  const msg::Subscription* row(const std::string& name) const { return subscriptions().find(name); }

 private:
  int events_ = 0;
};

TEST_F(SubscriptionTest, BeginsWithTheEventAfterIt) {
  const auto made = happened<msg::SubscriptionMade>(when(subscribe("k", "stock")));
  EXPECT_EQ(made.name, "stock");
  EXPECT_EQ(made.from, std::nullopt);
  commit();
  ASSERT_TRUE(row("stock"));
  EXPECT_EQ(row("stock")->id, Seq(2));
  EXPECT_EQ(row("stock")->cursor, Seq(2));
}

TEST_F(SubscriptionTest, BeginsWhereItIsToldButNotBeyondTheStream) {
  given_events(3);
  refused(when(subscribe("k1", "a", 6)), Code::kLimit);
  given_subscription("b", 5);
  EXPECT_EQ(row("b")->cursor, Seq(4));
  given_subscription("c", 1);
  EXPECT_EQ(row("c")->cursor, Seq(0));
}

TEST_F(SubscriptionTest, AnAcknowledgementMovesTheCursorAndNeverBack) {
  given_subscription("a", 1);
  given_events(3);
  const auto first = happened<msg::SubscriptionAcknowledged>(when(acknowledge("k1", "a", 4)));
  EXPECT_EQ(first.was, Seq(0));
  EXPECT_EQ(first.cursor, Seq(4));
  wait(msg::kAcknowledgeMsMin);
  refused(when(acknowledge("k2", "a", 3)), Code::kLimit);
  happened<msg::SubscriptionAcknowledged>(when(acknowledge("k3", "a", 4)));
  commit();
  EXPECT_EQ(row("a")->cursor, Seq(4));
  EXPECT_EQ(row("a")->version, seq());
}

TEST_F(SubscriptionTest, TheCursorStaysWithinTheStream) {
  given_subscription("a", 1);
  refused(when(acknowledge("k1", "a", seq().value() + 1)), Code::kLimit);
  when(price("pending", 1, 7));
  refused(when(acknowledge("k2", "a", seq().value() + 1)), Code::kLimit);
  happened<msg::SubscriptionAcknowledged>(when(acknowledge("k3", "a", seq().value())));
}

TEST_F(SubscriptionTest, IsAcknowledgedOnceASecondAtMost) {
  given_subscription("a", 1);
  given_subscription("b", 1);
  happened<msg::SubscriptionAcknowledged>(when(acknowledge("k1", "a", 1)));
  happened<msg::SubscriptionAcknowledged>(when(acknowledge("k2", "b", 1)));
  wait(msg::kAcknowledgeMsMin - 3);
  refused(when(acknowledge("k3", "a", 2)), Code::kLimit);
  happened<msg::SubscriptionAcknowledged>(when(acknowledge("k4", "a", 2)));
}

TEST_F(SubscriptionTest, IsDroppedAtTheMillisecondIfNobodyAcknowledgesIt) {
  given_subscription("a", 1, 5000);
  const auto made_at = happened_at();
  wait(4990);
  happened<msg::SubscriptionAcknowledged>(when(acknowledge("k1", "a", 1)));
  commit();
  const auto acknowledged_at = happened_at();
  EXPECT_LT(acknowledged_at, made_at + 5000);
  wait(acknowledged_at + 5000 - at() - 2);
  when(price("p1", 1, 7));
  commit();
  EXPECT_TRUE(row("a"));
  refused(when(acknowledge("k2", "a", 2)), Code::kUnknownSubscription);
  EXPECT_EQ(at(), acknowledged_at + 5000);
  commit();
  EXPECT_FALSE(row("a"));
}

TEST_F(SubscriptionTest, SeveralThatAreOverEndBeforeTheNextDecision) {
  given_subscription("b", {}, 100);
  given_subscription("a", {}, 50);
  when(hold("h", {line(1, 5)}, 100));
  commit();
  wait(1000);
  happened<msg::OrderPlaced>(when(buy("buy", {line(1, 5)})));
  commit();
  EXPECT_TRUE(subscriptions().all().empty());
  EXPECT_EQ(subscriptions().digest(), 0U);
}

TEST_F(SubscriptionTest, ItsNameIsFreeOnceItHasEnded) {
  given_subscription("a");
  refused(when(subscribe("k1", "a")), Code::kLimit);
  const auto ended = happened<msg::SubscriptionEnded>(when(unsubscribe("k2", "a")));
  EXPECT_EQ(ended.key, "k2");
  refused(when(unsubscribe("k3", "a")), Code::kUnknownSubscription);
  refused(when(acknowledge("k4", "a", 1)), Code::kUnknownSubscription);
  happened<msg::SubscriptionMade>(when(subscribe("k5", "a")));
  commit();
  EXPECT_EQ(row("a")->id, seq());
}

TEST_F(SubscriptionTest, ThatIsNotCommittedYetIsWaitedFor) {
  when(subscribe("k1", "a"));
  EXPECT_TRUE(outlook().must_wait(acknowledge("k2", "a", 1)));
  EXPECT_TRUE(outlook().must_wait(unsubscribe("k2", "a")));
  EXPECT_FALSE(outlook().must_wait(acknowledge("k2", "b", 1)));
  commit();
  EXPECT_FALSE(outlook().must_wait(acknowledge("k2", "a", 1)));
  EXPECT_EQ(outlook().subscriptions().find("a")->cursor, Seq(2)) << "its own seq, which nobody knew before";
  happened<msg::SubscriptionAcknowledged>(when(acknowledge("k3", "a", 2)));
  commit();
  EXPECT_EQ(outlook().subscriptions().find("a")->cursor, row("a")->cursor);
}

TEST_F(SubscriptionTest, AWriterThatLosesItsEpochForgetsWhatIsPending) {
  given_subscription("a", 1);
  when(acknowledge("k1", "a", 2));
  when(subscribe("k2", "b"));
  lose_epoch();
  EXPECT_EQ(outlook().subscriptions().find("a")->cursor, Seq(0));
  EXPECT_FALSE(outlook().subscriptions().find("b"));
  EXPECT_FALSE(outlook().must_wait(acknowledge("k3", "b", 1)));
  happened<msg::SubscriptionAcknowledged>(when(acknowledge("k4", "a", 1)));
}

TEST_F(SubscriptionTest, AStoreHasSoManyAtMost) {
  for (std::size_t i = 0; i < msg::kSubscriptionsMax; ++i)
    when(subscribe("k" + std::to_string(i), "n" + std::to_string(i)));
  commit();
  refused(when(subscribe("more", "more")), Code::kLimit);
  happened<msg::SubscriptionEnded>(when(unsubscribe("u", "n7")));
  happened<msg::SubscriptionMade>(when(subscribe("again", "more")));
}

TEST_F(SubscriptionTest, ARepeatedRequestHasItsRecord) {
  when(subscribe("k", "a", 1));
  commit();
  EXPECT_EQ(std::get<KeyRecord>(when(subscribe("k", "a", 1))).seq, Seq(2));
  refused(when(subscribe("k", "a", 2)), Code::kKeyReused);
  refused(when(subscribe("k", "b", 1)), Code::kKeyReused);
  refused(when(acknowledge("k", "a", 1)), Code::kKeyReused);
  refused(when(unsubscribe("k", "a")), Code::kKeyReused);
  when(acknowledge("k2", "a", 1));
  commit();
  EXPECT_EQ(std::get<KeyRecord>(when(acknowledge("k2", "a", 1))).seq, Seq(3));
  refused(when(acknowledge("k2", "a", 2)), Code::kKeyReused);
}

TEST_F(SubscriptionTest, TheLimitsOfItsFields) {
  const auto is_invalid = [&](msg::Subscribe request) { refused(when(request), Code::kInvalid); };
  is_invalid(subscribe("k", ""));
  is_invalid(subscribe("k", "a b"));
  is_invalid(subscribe("k", "\xc3\xa9"));
  is_invalid(subscribe("k", std::string(msg::kSubscriptionNameBytesMax + 1, 'n')));
  is_invalid(subscribe("k", "a", 0));
  is_invalid(subscribe("k", "a", {}, 0));
  is_invalid(subscribe("k", "a", {}, msg::kSubscriptionMsMax + 1));
  is_invalid({"k", "a", {}, std::vector<std::string>{}, {}});
  is_invalid({"k", "a", {}, std::vector<std::string>{"order_lost"}, {}});
  EXPECT_THAT(
      refused(when(msg::Subscribe{"k", "a", {}, std::vector<std::string>{"order_lost"}, {}}), Code::kInvalid).message,
      testing::StartsWith("types: there is no event 'order_lost', only store_created, "));
  is_invalid({"k", "a", {}, std::vector<std::string>{"order_placed", "order_placed"}, {}});
  refused(when(acknowledge("k", "a b", 1)), Code::kInvalid);
  refused(when(unsubscribe("k", "")), Code::kInvalid);
  const auto made = happened<msg::SubscriptionMade>(when(msg::Subscribe{
      "k", std::string(msg::kSubscriptionNameBytesMax, 'n'), {}, std::vector<std::string>{"order_placed"}, {}}));
  EXPECT_EQ(made.ttl, msg::kSubscriptionMsDefault);
  EXPECT_THAT(made.types, testing::ElementsAre("order_placed"));
}

TEST(SubscriptionLag, DoesNotCountTheEventThatAcknowledged) {
  msg::Subscription all{.name = "a", .id = Seq(3), .version = Seq(3), .cursor = Seq(2), .types = {}};
  EXPECT_EQ(msg::lag_of(all, Seq(2)), 0U);
  EXPECT_EQ(msg::lag_of(all, Seq(3)), 0U) << "the event that made it";
  EXPECT_EQ(msg::lag_of(all, Seq(5)), 2U);
  all.cursor = Seq(5);
  EXPECT_EQ(msg::lag_of(all, Seq(6)), 1U) << "the event that made it is before the cursor";
  EXPECT_EQ(msg::lag_of(all, Seq(4)), 0U);
  all.version = Seq(8);
  EXPECT_EQ(msg::lag_of(all, Seq(7)), 2U);
  EXPECT_EQ(msg::lag_of(all, Seq(8)), 2U);
}

class SubscriptionsDeath : public ::testing::Test {
 protected:
  SubscriptionsDeath() { subscriptions.evolve(made("a", 5), Seq(7)); }

  static msg::Event made(const std::string& name, std::optional<std::uint64_t> from = {}, std::int64_t at = 10) {
    return {at, msg::SubscriptionMade{"k", 0, name, from ? std::optional(Seq(*from)) : std::nullopt, {}, 100, {}}};
  }
  static msg::Event acknowledged(std::uint64_t cursor, std::uint64_t was, const std::string& name = "a") {
    return {20, msg::SubscriptionAcknowledged{"k", 0, name, Seq(cursor), Seq(was), {}}};
  }
  static msg::Event ended(std::int64_t at, std::optional<std::string> key = {}, const std::string& name = "a") {
    return {at, msg::SubscriptionEnded{std::move(key), 0, name, {}}};
  }

  Subscriptions subscriptions;
};

TEST_F(SubscriptionsDeath, AStreamThatContradictsItStopsTheProcess) {
  EXPECT_DEATH(subscriptions.evolve(made("a"), Seq(8)), "makes subscription=a again");
  EXPECT_DEATH(subscriptions.evolve(made("b", 10), Seq(8)), "begins after=9");
  EXPECT_DEATH(subscriptions.evolve(acknowledged(3, 4), Seq(8)), "cursor=3");
  EXPECT_DEATH(subscriptions.evolve(acknowledged(6, 5), Seq(8)), "was=4");
  EXPECT_DEATH(subscriptions.evolve(acknowledged(8, 4), Seq(8)), "cursor=8");
  EXPECT_DEATH(subscriptions.evolve(acknowledged(6, 4, "b"), Seq(8)), "which is not there");
  EXPECT_DEATH(subscriptions.evolve(ended(50), Seq(8)), "before=110");
  EXPECT_DEATH(subscriptions.evolve(ended(50, "k", "b"), Seq(8)), "which is not there");
  EXPECT_DEATH(subscriptions.evolve({110, msg::KeyVoided{"k"}}, Seq(8)), "before the end of subscription=a");
  EXPECT_DEATH(subscriptions.evolve(ended(110, "k"), Seq(8)), "before the end of subscription=a");
}

TEST_F(SubscriptionsDeath, OneThatIsOverEndsAfterHoldsAndBeforeAllElse) {
  EXPECT_FALSE(subscriptions.evolve({110, msg::HoldEnded{{}, 0, base::HoldNo(1), "", {}, {}}}, Seq(8)));
  EXPECT_EQ(*subscriptions.evolve(ended(110), Seq(9)), "a");
  EXPECT_FALSE(subscriptions.evolve({110, msg::KeyVoided{"k"}}, Seq(10)));
}

TEST_F(SubscriptionsDeath, TheDigestCoversEveryField) {
  const auto digest = [&] { return subscriptions.digest(); };
  EXPECT_NE(digest(), 0U);
  msg::Subscription row = *subscriptions.find("a");
  EXPECT_EQ(row_digest(row), digest());
  std::set<std::uint64_t> digests{digest()};
  const auto with = [&](auto change) {
    auto other = row;
    change(other);
    digests.insert(row_digest(other));
  };
  with([](msg::Subscription& s) { s.name = "b"; });
  with([](msg::Subscription& s) { s.id = s.id.next(); });
  with([](msg::Subscription& s) { s.version = s.version.next(); });
  with([](msg::Subscription& s) { ++s.at; });
  with([](msg::Subscription& s) { s.cursor = s.cursor.next(); });
  with([](msg::Subscription& s) { s.types = {"order_placed"}; });
  with([](msg::Subscription& s) { ++s.ttl; });
  with([](msg::Subscription& s) { s.acknowledged = 0; });
  with([](msg::Subscription& s) { s.by = Seq(1); });
  EXPECT_EQ(digests.size(), 10U);
  subscriptions.evolve(acknowledged(6, 4), Seq(8));
  EXPECT_EQ(digest(), row_digest(*subscriptions.find("a")));
}

// Views store the sum of these values, so every release must compute the same ones.
TEST(SubscriptionsDigest, RowDigestsAreAStoredFormat) {
  EXPECT_EQ(
      row_digest(msg::Subscription{
          "stock", Seq(42), Seq(45), 1'700'000'000'000, Seq(44), {"stock_moved"}, 60'000, 1'700'000'001'000, Seq(41)}),
      0xe1af3101d67f3cfd);
}

}  // namespace
}  // namespace ledger
