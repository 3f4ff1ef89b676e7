// The effects of keys, order numbers, order queries and lists (G3).
#include "tests/history/sentences.h"
#include "tests/support/blocks.h"

namespace history {
namespace {

using namespace sentences;

TEST(Keys, ARepetitionGetsTheSameOrder) {
  expect_holds({"0-1 buy k1 1x2 -> #1@7 1x2=3", "2-3 buy k1 1x2 -> #1@7 1x2=3", "4-5 outcome k1 -> #1@7 k1 1x2=3"});
  expect_violated("keys", {"0-1 buy k1 1x2 -> #1@7 1x2=3", "2-3 buy k1 1x2 -> #2@8 1x2=1"});
}

TEST(Keys, OrderNumbersThatAreMissingAreOfWritesWithoutAnAnswer) {
  const std::string first = "0-1 buy k1 1x1 -> #1@7 1x1=5";
  expect_holds({first, "2-3 buy k2 1x1 -> #2@8 1x1=4", "4-5 buy k3 1x1 -> #3@9 1x1=3"});
  expect_violated("keys", {first, "4-5 buy k3 1x1 -> #3@9 1x1=3"});
  expect_holds({first, "2- buy k2 1x1", "4-5 buy k3 1x1 -> #3@9 1x1=3"});
  expect_violated("keys", {first, "2- buy k2 1x1", "4-5 buy k3 1x1 -> #4@10 1x1=2"});
}

TEST(Keys, AnAnsweredRepetitionExplainsTheOneWithoutAnAnswer) {
  expect_holds({"0-1 look 1 -> 1=5@3", "2- buy k1 1x2", "4-5 buy k1 1x2 -> #1@7 1x2=3", "6-7 look 1 -> 1=3@7"});
}

TEST(Keys, AnOrderIsWhatWasAskedFor) {
  expect_violated("keys", {"0-1 buy k1 1x2 -> #1@7 1x1=4"});
  expect_violated("keys", {"0-1 buy k1 1x2 -> #1@7 2x2=4"});
  expect_violated("keys", {"0-1 buy k1 1x2 -> #1@7 k9 1x2=3"});
}

TEST(Keys, ARefusedWriteDoesNotHappen) {
  expect_violated("keys", {"0-1 buy k1 1x2 -> !out_of_stock 1=1", "2-3 outcome k1 -> #1@7 k1 1x2=3"});
  expect_violated("keys", {"0-1 buy k1 1x2 -> !out_of_stock 1=1", "2-3 order 1 -> #1@7 k1 1x2=3"});
  expect_violated("items", {"0-1 look 1 -> 1=1@3", "2-3 buy k1 1x2 -> !out_of_stock 1=1", "4-5 restock k2 1 4 -> 1=5@8",
                            "6-7 look 1 -> 1=3@9"});
}

TEST(Keys, ARefusedKeyMayBeTriedAgain) {
  expect_holds({"0-1 buy k1 1x2 -> !out_of_stock 1=1", "2-3 restock k2 1 4 -> 1=5@6", "4-5 buy k1 1x2 -> #1@7 1x2=3"});
}

TEST(Keys, AVoidedKeyNeverHappens) {
  expect_holds(
      {"0- buy k1 1x2", "2-3 outcome k1 -> void@7", "4-5 buy k1 1x2 -> !key_voided", "6-7 outcome k1 -> void@7"});
  expect_violated("keys", {"0- buy k1 1x2", "2-3 outcome k1 -> void@7", "4-5 buy k1 1x2 -> #1@8 1x2=3"});
  expect_violated("keys", {"0- buy k1 1x2", "2-3 outcome k1 -> void@7", "4-5 outcome k1 -> #1@8 k1 1x2=3"});
  expect_violated("keys", {"0-1 buy k1 1x2 -> #1@8 1x2=3", "2-3 buy k1 1x2 -> !key_voided"});
  expect_violated("keys", {"0-1 outcome k1 -> void@7", "2-3 outcome k1 -> void@8"});
}

TEST(Keys, AreReusedOnlyWithAnotherRequest) {
  expect_holds({"0-1 buy k1 1x2 -> #1@7 1x2=3", "2-3 buy k1 1x1 -> !key_reused"});
  expect_violated("keys", {"0-1 buy k1 1x2 -> #1@7 1x2=3", "2-3 buy k1 1x2 -> !key_reused"});
}

TEST(Keys, OfChangesHappenOnce) {
  expect_holds({"0-1 look 1 -> 1=5@3", "2-3 restock k1 1 4 -> 1=9@4", "4-5 restock k1 1 4 -> 1=9@4"});
  expect_violated("items", {"0-1 look 1 -> 1=5@3", "2-3 restock k1 1 4 -> 1=9@4", "4-5 restock k1 1 4 -> 1=13@5"});
}

TEST(Keys, OfChangesAreAnsweredAsTheyWereTheFirstTime) {
  const std::string first = "0-1 restock k1 1 4 -> 1=9@4 left";
  const std::string between = "2-3 restock k2 1 1 -> 1=10@5 left";
  expect_holds({"0-1 look 1 -> 1=5@3", first, between, "4-5 restock k1 1 4 -> 1=9@4 left", "6-7 look 1 -> 1=10@5"});
  expect_violated("keys", {first, between, "4-5 restock k1 1 4 -> 1=10@5 left"});
  expect_violated("keys", {first, between, "4-5 restock k1 1 4 -> 1=10@4 left"});
  expect_violated("time", {first, between, "4-5 restock k1 1 4 -> 1=9@4"});
}

TEST(Keys, OfChangesLeaveWhatFollowsFromTheStateBefore) {
  expect_violated("items", {"0-1 look 1 -> 1=5@3", "2-3 restock k1 1 4 -> 1=8@4 left"});
  expect_violated("items", {"0-1 look 1 -> 1=5@3", "2-3 restock k1 1 4 -> 1=9$90@4 left"});
  expect_violated("items", {"0-1 look 1 -> 1=5@3", "2-3 price k1 1 90 -> 1=6$90@4 left"});
  expect_holds({"0-1 look 1 -> 1=5@3", "2-3 price k1 1 90 -> 1=5$90@4 left", "2-3 look 1 -> 1=5$90@4"});
  expect_violated("time", {"0-1 look 1 -> 1=5@3", "2-3 price k1 1 90 -> 1=5$90@4 left", "4-5 look 1 -> 1=5@3"});
  expect_violated("keys", {"0-1 add k1 7=5 8=5 -> 7=5@4 8=5@5 left"});
}

// A buyer with a credential need not name its customer (ADR 46).
TEST(Keys, AnOrderThatNamesNoCustomerMayHaveThatOfItsCredential) {
  const auto result = [](const std::string& key, std::optional<base::Seq> by) {
    auto all = operations({"0-1 buy " + key + " 1x2 -> #1@7 k1~ann 1x2=3", "2-3 order 1 -> #1@7 k1~ann 1x2=3"});
    for (auto& operation : all) std::get<msg::OrderReply>(operation.answer).order.by = by;
    return check(all).result;
  };
  EXPECT_EQ(result("k1", base::Seq(3)), Result::kHolds);
  EXPECT_EQ(result("k1~ann", base::Seq(3)), Result::kHolds);
  EXPECT_EQ(result("k1~bob", base::Seq(3)), Result::kViolated);
  EXPECT_EQ(result("k1", std::nullopt), Result::kViolated) << "nobody's order, and it has a customer";
}

TEST(Numbers, AreNotGivenTwice) {
  expect_violated("keys", {"0-1 buy k1 1x1 -> #1@7 1x1=4", "2-3 buy k2 1x1 -> #1@8 1x1=3"});
}

TEST(Numbers, RiseWithTheSeq) {
  expect_violated("keys", {"0-9 buy k1 1x1 -> #2@7 1x1=4", "0-9 buy k2 1x1 -> #1@8 1x1=3"});
}

TEST(Numbers, AreMissingOnlyForWritesWithoutAnAnswer) {
  expect_violated("keys", {"0-1 buy k1 1x1 -> #1@7 1x1=4", "2-3 buy k2 1x1 -> #3@9 1x1=3"});
  expect_holds({"0-1 buy k1 1x1 -> #1@7 1x1=4", "2- buy k3 2x1", "2-3 buy k2 1x1 -> #3@9 1x1=3"});
}

TEST(Numbers, OfOthersAreOlder) {
  expect_holds({"0-1 order 1 -> #1@2 k9 1x1=9", "2-3 buy k1 1x1 -> #5@7 1x1=4"});
  expect_violated("keys", {"0-1 buy k1 1x1 -> #5@7 1x1=4", "2-3 order 6 -> #6@8 k9 2x1=3"});
}

TEST(Queries, FindWhatWasAcknowledged) {
  expect_holds({"0-5 buy k1 1x1 -> #1@7 1x1=4", "1-2 order 1 -> !unknown_order", "3-4 order 1 -> #1@7 k1 1x1=4",
                "6-7 order 1 -> #1@7 k1 1x1=4"});
  expect_violated("time", {"0-1 buy k1 1x1 -> #1@7 1x1=4", "2-3 order 1 -> !unknown_order"});
}

TEST(Queries, FindNoOrderZero) { expect_holds({"0-1 buy k1 1x1 -> #1@7 1x1=4", "2-3 order 0 -> !unknown_order"}); }

TEST(Queries, FindWhatWasFoundBefore) {
  expect_violated("time",
                  {"0-9 buy k1 1x1 -> #1@7 1x1=4", "1-2 order 1 -> #1@7 k1 1x1=4", "3-4 order 1 -> !unknown_order"});
}

TEST(Queries, KnowTheOrdersBefore) {
  expect_violated("time", {"0- buy k1 2x1", "0-1 buy k2 1x1 -> #2@7 1x1=4", "2-3 order 1 -> !unknown_order"});
}

TEST(Queries, AnswerWhatWasAsked) {
  expect_violated("asked", {"0-1 buy k1 1x1 -> #1@7 1x1=4", "2-3 order 9 -> #1@7 k1 1x1=4"});
  expect_violated("keys", {"0-1 buy k1 1x1 -> #1@7 1x1=4", "2-3 order 1 -> #1@7 k1 1x1=3"});
}

TEST(Queries, DoNotFindWhatIsNotAskedForYet) {
  expect_violated("time", {"0-1 order 1 -> #1@7 k1 1x1=4", "2-9 buy k1 1x1 -> #1@7 1x1=4"});
}

TEST(Lists, ShowAllThatWasAcknowledged) {
  const std::string first = "0-1 buy k1 1x1 -> #1@7 1x1=4";
  const std::string second = "2-3 buy k2 1x1 -> #2@8 1x1=3";
  expect_holds({first, second, "4-5 orders -> #1@7 k1 1x1=4 | #2@8 k2 1x1=3", "4-5 orders after 1 -> #2@8 k2 1x1=3"});
  expect_violated("time", {first, second, "4-5 orders -> #1@7 k1 1x1=4"});
  expect_violated("time", {first, second, "4-5 orders -> #2@8 k2 1x1=3"});
  expect_violated("time", {first, second, "4-5 orders after 1 ->"});
  expect_holds({first, "2-5 buy k2 1x1 -> #2@8 1x1=3", "3-4 orders -> #1@7 k1 1x1=4"});
}

TEST(Lists, OfACustomerShowAllOfTheirs) {
  const std::string ann = "0-1 buy k1~ann 1x1 -> #1@7 1x1=4";
  const std::string bob = "2-3 buy k2~bob 1x1 -> #2@8 1x1=3";
  expect_holds({ann, bob, "4-5 orders of ann -> #1@7 k1~ann 1x1=4"});
  expect_violated("time", {ann, bob, "4-5 orders of bob ->"});
  expect_violated("time", {ann, bob, "4-5 orders of BOB ->"});
}

// It may be of the customer of a credential, which the request does not tell.
TEST(Lists, OfACustomerMayGoOnWithAnUnansweredOrderThatNamesNone) {
  const std::string first = "0-1 buy k1~ann 1x1 -> #1@7 1x1=4";
  const std::string list = "4-5 orders of ann limit 1 -> #1@7 k1~ann 1x1=4 more";
  expect_holds({first, "2- buy k2 1x1", list});
  expect_holds({first, "2- buy k2~Ann 1x1", list});
  expect_violated("time", {first, "2- buy k2~bob 1x1", list});
}

TEST(Lists, SayWhetherMoreFollows) {
  const std::string first = "0-1 buy k1 1x1 -> #1@7 1x1=4";
  const std::string second = "2-3 buy k2 1x1 -> #2@8 1x1=3";
  expect_holds({first, second, "4-5 orders limit 1 -> #1@7 k1 1x1=4 more"});
  expect_violated("time", {first, second, "4-5 orders limit 1 -> #1@7 k1 1x1=4"});
  expect_violated("time", {first, "4-5 orders limit 1 -> #1@7 k1 1x1=4 more"});
  expect_holds({first, "2- buy k2 1x1", "4-5 orders limit 1 -> #1@7 k1 1x1=4 more"});
  expect_violated("time", {first, "2-3 orders limit 1 -> #1@7 k1 1x1=4 more", "4-5 buy k2 1x1 -> #2@8 1x1=3"});
}

TEST(Keys, AreReusedOnlyIfAnotherRequestMayHaveUsedThem) {
  expect_violated("keys", {"0-1 buy k1 1x2 -> !out_of_stock 1=1", "2-3 buy k1 1x1 -> !key_reused"});
  expect_violated("keys", {"0-1 buy k1 1x1 -> !key_reused", "2-3 buy k1 1x2 -> #1@7 1x2=3"});
  expect_holds({"0- buy k1 1x2", "2-3 buy k1 1x1 -> !key_reused"});
}

TEST(Keys, WithUnknownRequestsAreOlder) {
  expect_holds({"0-1 outcome k9 -> change@2", "2-3 buy k1 1x1 -> #1@7 1x1=4"});
  expect_violated("keys", {"0-1 buy k1 1x1 -> #1@7 1x1=4", "2-3 outcome k9 -> change@8"});
}

TEST(Orders, TimeDoesNotFall) {
  auto all = operations({"0-1 buy k1 1x1 -> #1@7 1x1=4", "2-3 buy k2 1x1 -> #2@8 1x1=3"});
  std::get<msg::OrderReply>(all[0].answer).order.at = 5;
  EXPECT_EQ(check(all).result, Result::kViolated);
  std::get<msg::OrderReply>(all[1].answer).order.at = 5;
  EXPECT_EQ(check(all).result, Result::kHolds);
}

TEST(Orders, HaveOnePriceForOneItem) {
  expect_violated("keys", {"0-1 buy k1 1x1$100 1x1$90 -> #1@7 1x1$100=4 1x1$90=3"});
}

TEST(Refusals, OfTheLastPieceAreWrong) {
  expect_holds({"0-1 look 1 -> 1=2@3", "2-3 buy k1 1x3 -> !out_of_stock 1=2"});
  expect_violated("asked", {"0-1 look 1 -> 1=2@3", "2-3 buy k1 1x2 -> !out_of_stock 1=2"});
}

// A page without events says that no event had been acknowledged.
TEST(Events, AnEmptyPageHidesNothing) {
  const std::string buy = "0-1 buy k1 1x1 -> #1@7 1x1=4";
  expect_holds({buy, "2-3 events 8 -> @7"});
  expect_holds({"0-5 buy k1 1x1 -> #1@7 1x1=4", "2-3 events 7 -> @6"});
  expect_violated("time", {buy, "2-3 events 7 -> @6"});
  expect_violated("asked", {buy, "2-3 events 7 -> @7"});
}

// Records hold no requests of operators. A note of such an act is no effect of a key that nobody used.
TEST(Events, MayTellOfActsThatWereNotRecorded) {
  auto all = operations({"0-1 outcome k1 -> void@2", "2-3 events 1 -> @3"});
  const auto shown = [&](const msg::Event& third) {
    support::Stream stream;
    stream.block({support::voided("k1")});
    stream.block({third});
    std::get<msg::EventsReply>(all[1].answer).blocks = {{stream[1]}, {stream[2]}, {stream[3]}};
    return check(all).result;
  };
  EXPECT_EQ(shown({1, msg::ActNoted{"k2", 7, msg::Act::kKill, "order-1", {}, {}}}), Result::kHolds);
  EXPECT_EQ(shown(support::voided("k2")), Result::kViolated);
}

// An answer that is marked as old has everything that was acknowledged when its age began.
TEST(Marked, AnswersAreNoOlderThanTheySay) {
  auto all = operations({"0-1 look 1 -> 1=5@3", "2-5 buy k1 1x2 -> #1@7 1x2=3", "6-7 look 1 -> 1=5@3"});
  for (auto& operation : all) operation.invoked *= 10'000'000, operation.returned *= 10'000'000;
  EXPECT_EQ(check(all).result, Result::kViolated);
  all[2].stale_ms = 30;
  EXPECT_EQ(check(all).result, Result::kViolated) << "the client did not allow an old answer";
  all[2].stale_ok_ms = 29;
  EXPECT_EQ(check(all).result, Result::kViolated) << "the client did not allow an answer as old";
  all[2].stale_ok_ms = 30;
  EXPECT_EQ(check(all).result, Result::kHolds);
  all[2].stale_ms = 5;  // the order was acknowledged 10 ms before the question
  EXPECT_EQ(check(all).result, Result::kViolated);
}

TEST(Sums, AreRight) {
  auto all = operations({"0-1 buy k1 1x2 2x1 -> #1@7 1x2=3 2x1=4"});
  EXPECT_EQ(check(all).result, Result::kHolds);
  std::get<msg::OrderReply>(all[0].answer).order.total += base::Cents(1);
  EXPECT_EQ(check(all).result, Result::kViolated);
}

TEST(Keys, ACancellationIsToldAlikeByAllAnswers) {
  const std::string placed = "0-1 buy k1 1x2 -> #1@7 1x2=3";
  const std::string taken = "2-3 cancel c1 1 1x1 -> #1@7 k1 1x2=3 cancel@9 c1 1x1=4";
  expect_holds({placed, taken, "4-5 order 1 -> #1@7 k1 1x2=3 cancel@9 c1 1x1=4", "6-7 buy k1 1x2 -> #1@7 1x2=3",
                "8-9 cancel c1 1 1x1 -> #1@7 k1 1x2=3 cancel@9 c1 1x1=4", "10-11 outcome c1 -> change@9"});
  expect_violated("keys", {placed, taken, "4-5 order 1 -> #1@7 k1 1x2=3 cancel@8 c1 1x1=4"});
  expect_violated("keys", {placed, taken, "4-5 order 1 -> #1@7 k1 1x2=3 return@9 c1 1x1=4"});
  expect_violated("keys", {placed, taken, "4-5 outcome c1 -> change@10"});
  expect_violated("keys", {placed, "2-3 cancel c1 1 1x2 -> #1@7 k1 1x2=3 cancel@9 c1 1x1=4"});
}

TEST(Keys, AnswersToACancellationAreAboutIt) {
  const std::string placed = "0-1 buy k1 1x2 -> #1@7 1x2=3";
  expect_violated("asked", {placed, "2-3 cancel c1 1 1x1 -> #1@7 k1 1x2=3"});
  expect_violated("asked", {placed, "2-3 cancel c1 2 1x1 -> #1@7 k1 1x2=3 cancel@9 c1 1x1=4"});
  expect_violated("asked", {placed, "2-3 buy k2 1x1 -> !nothing_remains"});
  expect_violated("asked", {placed, "2-3 cancel c1 1 -> !more_than_remains 1"});
}

TEST(Keys, NoMoreIsCancelledThanWasBought) {
  expect_violated("asked", {"0-1 buy k1 1x2 -> #1@7 1x2=3", "2-3 cancel c1 1 1x3 -> #1@7 k1 1x2=3 cancel@9 c1 1x3=6"});
  expect_violated("asked", {"0-1 buy k1 1x2 -> #1@7 1x2=3", "2-3 cancel c1 1 2x1 -> #1@7 k1 1x2=3 cancel@9 c1 2x1=6"});
  expect_violated("asked", {"0-1 order 1 -> #1@7 k1 1x2=3 cancel@9 c1 1x1=4 cancel@10 c2 1x2=6"});
}

TEST(Keys, AnOrderIsNotShownWithoutWhatWasTakenBackOfIt) {
  const std::string placed = "0-1 buy k1 1x2 -> #1@7 1x2=3";
  const std::string taken = "2-3 cancel c1 1 1x1 -> #1@7 k1 1x2=3 cancel@9 c1 1x1=4";
  expect_violated("time", {placed, taken, "4-5 order 1 -> #1@7 k1 1x2=3"});
  expect_violated("time", {placed, taken, "4-5 orders -> #1@7 k1 1x2=3"});
  expect_holds({placed, "2-5 cancel c1 1 1x1 -> #1@7 k1 1x2=3 cancel@9 c1 1x1=4", "3-4 order 1 -> #1@7 k1 1x2=3"});
}

TEST(Keys, AnOrderThatWasPlacedIsNotUnknownToACancellation) {
  expect_violated("time", {"0-1 buy k1 1x2 -> #1@7 1x2=3", "2-3 cancel c1 1 -> !unknown_order"});
  expect_holds({"0-5 buy k1 1x2 -> #1@7 1x2=3", "2-3 cancel c1 1 -> !unknown_order"});
}

}  // namespace
}  // namespace history
