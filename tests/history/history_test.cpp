// Histories that a shop can have, and histories that it cannot have. Each test is about one rule.
#include "tests/history/sentences.h"

namespace history {
namespace {

using namespace sentences;

TEST(History, OfNothingHolds) { expect_holds({}); }

TEST(History, AnUnansweredBuyOfAMissingItemDidNothing) {
  expect_holds({"2- buy k1 1x3 10x2", "6-7 look 10 -> !unknown_item 10"});
  expect_holds({"0-1 look 1 -> 1=5@3", "2- buy k1 1x3 10x2", "6-7 look 10 -> !unknown_item 10", "8-9 look 1 -> 1=5@3"});
}

// A voided key makes the refusal of one of two copies final. The header names the seq of that later event.
TEST(History, ASettledRefusalNamesALaterEventThanItsState) {
  auto all = operations({"0-9 buy k1 7x2 -> !unknown_item 7", "2-5 add k2 7=5 -> 7=5@4"});
  all[0].seq = base::Seq(6);
  EXPECT_EQ(check(all).result, Result::kHolds);
}

TEST(History, ABuyBetweenTwoLookups) {
  expect_holds({"0-1 look 1 -> 1=5@3", "2-5 buy k1 1x2 -> #1@7 1x2=3", "6-7 look 1 -> 1=3@7"});
}

TEST(History, AStaleReadHasNoOrder) {
  const auto verdict =
      expect_violated("time", {"0-1 look 1 -> 1=5@3", "2-5 buy k1 1x2 -> #1@7 1x2=3", "6-7 look 1 -> 1=5@3"});
  EXPECT_EQ(verdict.violations[0].operations, (std::vector<Index>{1, 2}));
}

TEST(History, AReadDuringTheBuyMayShowEither) {
  expect_holds({"2-9 buy k1 1x2 -> #1@7 1x2=3", "3-4 look 1 -> 1=5@3", "5-6 look 1 -> 1=3@7"});
}

TEST(History, AReadDoesNotGoBackwardsThroughAnotherFrontend) {
  expect_violated("time", {"2-9 buy k1 1x2 -> #1@7 1x2=3", "3-4 look 1 -> 1=3@7", "5-6 look 1 -> 1=5@3"});
}

TEST(History, SoldPiecesAreGone) {
  expect_holds({"0-1 buy k1 1x3 -> #1@7 1x3=0", "2-3 buy k2 1x1 -> !out_of_stock 1=0"});
  expect_violated("items",
                  {"0-1 look 1 -> 1=4@3", "2-3 buy k1 1x3 -> #1@7 1x3=1", "4-5 buy k2 1x1 -> !out_of_stock 1=0"});
}

TEST(History, NoMoreIsSoldThanIsInStock) {
  expect_violated("asked", {"0-1 look 1 -> 1=1@3", "2-5 buy k1 1x2 -> #1@7 1x2=-1"});
  expect_violated("items", {"0-1 look 1 -> 1=1@3", "2-5 buy k1 1x2 -> #1@7 1x2=0"});
}

TEST(History, TwoBuyersDoNotGetTheSamePiece) {
  expect_violated("items", {"0-9 buy k1 1x1 -> #1@7 1x1=4", "0-9 buy k2 1x1 -> #2@8 1x1=4"});
  expect_holds({"0-9 buy k1 1x1 -> #1@7 1x1=4", "0-9 buy k2 1x1 -> #2@8 1x1=3"});
}

TEST(History, ASellBringsPiecesIn) {
  expect_holds({"0-1 look 1 -> 1=5@3", "2-3 sell k1 1x2 -> #1@7 1x2=7", "4-5 buy k2 1x6 -> #2@8 1x6=1"});
  expect_violated("items", {"0-1 look 1 -> 1=5@3", "2-3 sell k1 1x2 -> #1@7 1x2=3"});
}

TEST(History, AnEarlierSeqAfterALaterOneHasNoOrder) {
  expect_violated("time", {"0-1 buy k1 1x1 -> #2@8 1x1=4", "2-3 buy k2 1x1 -> #1@7 1x1=5"});
}

TEST(History, TheSameVersionIsTheSameState) { expect_violated("told", {"0-9 look 1 -> 1=5@3", "0-9 look 1 -> 1=4@3"}); }

TEST(History, AStateThatNobodyMadeHasNoOrder) {
  expect_violated("items", {"0-1 look 1 -> 1=5@3", "2-3 look 1 -> 1=4@4"});
  expect_violated("items", {"0-1 look 1 -> 1=5@3", "2-3 buy k1 1x1 -> #1@7 1x1=3"});
}

TEST(History, APriceIsPaidAsItWas) {
  expect_holds({"0-1 look 1 -> 1=5@3", "2-3 price k1 1 90 -> 1=5$90@4", "4-5 buy k2 1x1 -> #1@5 1x1$90=4"});
  expect_violated("items", {"0-1 look 1 -> 1=5@3", "2-3 price k1 1 90 -> 1=5$90@4", "4-5 buy k2 1x1 -> #1@5 1x1=4"});
}

TEST(History, ARefusedPriceIsTheOneThatThereIs) {
  expect_holds({"0-1 price k1 1 90 -> 1=5$90@4", "2-3 buy k2 1x1$80 -> !price_changed 1$90"});
  expect_violated("items", {"0-1 price k1 1 90 -> 1=5$90@4", "2-3 buy k2 1x1$80 -> !price_changed 1$70"});
}

TEST(History, ARefusedVersionIsTheOneThatThereIs) {
  expect_holds(
      {"0-1 look 1 -> 1=5@3", "2-3 price k1 1 90 -> 1=5$90@4", "4-5 price k2 1 80 if 3 -> !version_changed 1@4"});
  expect_violated("items", {"0-1 look 1 -> 1=5@3", "2-3 price k1 1 90 -> 1=5$90@4",
                            "4-5 price k2 1 80 if 4 -> !version_changed 1@3"});
  expect_violated("items", {"0-1 look 1 -> 1=5@3", "2-3 price k1 1 90 -> 1=5$90@4",
                            "4-5 price k2 1 80 if 4 -> !version_changed 1"});
  expect_violated("items", {"0-1 look 1 -> 1=5@3", "2-3 price k1 1 90 -> 1=5$90@9",
                            "4-5 price k2 1 80 if 3 -> !version_changed 1@7", "6-7 look 1 -> 1=5$90@9"});
}

TEST(History, AChangeThatExpectsAVersionFollowsThatVersion) {
  expect_holds({"0-1 look 1 -> 1=5@3", "2-3 price k1 1 90 if 3 -> 1=5$90@4", "4-5 restock k2 1 1 if 4 -> 1=6$90@5"});
  expect_violated("items",
                  {"0-1 look 1 -> 1=5@3", "2-9 price k1 1 90 if 3 -> 1=5$90@4", "2-9 price k2 1 80 if 3 -> 1=5$80@5"});
  expect_violated("items",
                  {"0-1 look 1 -> 1=5@3", "2-9 restock k1 1 1 if 3 -> 1=6@4", "2-9 restock k2 1 1 if 3 -> 1=7@5"});
}

TEST(History, ARestockIsAddedAndTakenOut) {
  expect_holds({"0-1 look 1 -> 1=5@3", "2-3 restock k1 1 4 -> 1=9@4", "4-5 restock k2 1 -8 -> 1=1@5",
                "6-7 restock k3 1 -2 -> !out_of_stock 1=1"});
  expect_violated("items", {"0-1 look 1 -> 1=5@3", "2-3 restock k1 1 4 -> 1=8@4"});
}

TEST(History, ACountSetsTheStockWhateverItWas) {
  expect_holds({"0-1 look 1 -> 1=5@3", "2-3 count k1 1 2 -> 1=2@4 left", "4-5 restock k2 1 1 -> 1=3@5"});
  expect_holds({"0-1 look 1 -> 1=5@3", "2- count k1 1 2", "4-5 look 1 -> 1=2@4"});
  expect_violated("items", {"0-1 look 1 -> 1=5@3", "2-3 count k1 1 2 -> 1=2@4 left", "4-5 look 1 -> 1=5@5"});
  expect_violated("items", {"0-1 look 1 -> 1=5@3", "2- count k1 1 2", "4-5 look 1 -> 1=3@4"});
  expect_violated("items", {"0-1 look 1 -> 1=5@3", "2-3 count k1 1 2 -> 1=2@4 left", "4-5 restock k2 1 1 -> 1=6@5"});
  expect_violated(
      "items", {"0-1 look 1 -> 1=5@3", "2-9 count k1 1 2 if 3 -> 1=2@4 left", "2-9 count k2 1 3 if 3 -> 1=3@5 left"});
}

TEST(History, CancelledPiecesAreInTheStockAgain) {
  const std::string placed = "0-1 buy k1 1x2 -> #1@7 1x2=3";
  const std::string taken = "2-3 cancel c1 1 1x1 -> #1@7 k1 1x2=3 cancel@9 c1 1x1=4";
  expect_holds({placed, taken, "4-5 look 1 -> 1=4@9"});
  expect_violated("items", {placed, taken, "4-5 look 1 -> 1=3@7"});
  expect_violated("items", {placed, "2-3 cancel c1 1 1x1 -> #1@7 k1 1x2=3 cancel@9 c1 1x1=3"});
  expect_holds({placed, "2-3 scrap c1 1 1x1 -> #1@7 k1 1x2=3 scrap@9 c1 1x1=3", "4-5 look 1 -> 1=3@9"});
  expect_holds({placed, "2-3 return c1 1 -> #1@7 k1 1x2=3 return@9 c1 1x2=5", "4-5 look 1 -> 1=5@9"});
}

TEST(History, ACancellationWithoutAnAnswerMayHaveHappened) {
  const std::string placed = "0-1 buy k1 1x2 -> #1@7 1x2=3";
  expect_holds({placed, "2- cancel c1 1 1x1", "4-5 look 1 -> 1=4@9"});
  expect_holds({placed, "2- cancel c1 1 1x1", "4-5 look 1 -> 1=3@7", "6-7 look 1 -> 1=4@9"});
  expect_violated("items", {placed, "2- cancel c1 1 1x1", "4-5 look 1 -> 1=5@9"});
  expect_holds({placed, "2- cancel c1 1", "4-5 look 1 -> 1=5@9"});
  expect_violated("items", {placed, "2- cancel c1 2", "4-5 look 1 -> 1=5@9"});
}

// The answer to a repeated request may show the item as it is now.
TEST(History, ARepeatedChangeIsAnsweredWithALaterVersion) {
  expect_holds({"0-1 look 1 -> 1=5@3", "2-9 restock k1 1 4 -> 1=8@5", "2-9 buy k2 1x1 -> #1@5 1x1=8"});
  expect_violated("items", {"0-1 look 1 -> 1=5@3", "2-9 restock k1 1 4 -> 1=8@5", "2-3 buy k2 1x1 -> #1@5 1x1=4"});
}

TEST(History, AChangeIsInWhatItsAnswerShows) {
  expect_violated("items", {"0-1 look 1 -> 1=5@3", "2-9 restock k1 1 4 -> 1=5@3", "10-11 look 1 -> 1=9@8"});
  expect_violated("items", {"0-1 look 1 -> 1=5@3", "2-9 restock k1 1 4 -> 1=5@3", "2-11 look 1 -> 1=9@8"});
}

TEST(History, AnItemIsThereOnceItIsAdded) {
  expect_holds({"0-1 look 7 -> !unknown_item 7", "2-5 add k1 7=5 -> 7=5@4", "3-4 look 7 -> !unknown_item 7",
                "6-7 look 7 -> 7=5@4", "8-9 add k2 7=1 -> !item_exists 7"});
  expect_violated("items", {"2-5 add k1 7=5 -> 7=5@4", "6-7 look 7 -> !unknown_item 7"});
  expect_violated("items", {"0-1 look 7 -> !unknown_item 7", "2-3 look 7 -> 7=5@4"});
  expect_violated("items", {"0-1 add k2 7=1 -> !item_exists 7", "2-5 add k1 7=5 -> 7=5@4"});
}

TEST(Searches, EachRowIsAsItWas) {
  expect_holds(
      {"0-1 search t -> 1=5@3 2=5@4", "2-3 buy k1 1x1 2x1 -> #1@7 1x1=4 2x1=4", "4-5 search t -> 1=4@7 2=4@7"});
  expect_violated("items", {"0-1 search t -> 1=5@3 2=5@4", "4-5 search t -> 1=5@3 2=3@6"});
}

TEST(Searches, AreNotOlderThanAnAcknowledgedWrite) {
  expect_violated("time",
                  {"0-1 search t -> 1=5@3 2=5@4", "2-3 buy k1 1x1 -> #1@7 1x1=4", "4-5 search t -> 1=5@3 2=5@4"});
}

TEST(Searches, ShowOneMoment) {
  expect_violated(
      "time", {"0-1 search t -> 1=5@3 2=5@4", "2-9 buy k1 1x1 2x1 -> #1@7 1x1=4 2x1=4", "2-9 search t -> 1=4@7 2=5@4"});
}

TEST(Searches, ShowEveryItemOfTheTopic) {
  expect_holds({"2-5 add k1 7=5 -> 7=5@9", "3-4 search t -> 1=5@3", "6-7 search t -> 1=5@3 7=5@9"});
  expect_violated("time", {"2-5 add k1 7=5 -> 7=5@9", "6-7 search t -> 1=5@3"});
  expect_holds({"2-5 add k1 7=5 -> 7=5@9", "6-7 search t -> 1=5@3 more"});
  expect_holds({"2-5 add k1 7=5 -> 7=5@9", "6-7 search t after 7 -> 8=5@3"});
}

TEST(SeveralLines, HappenTogether) {
  expect_holds({"0-1 search t -> 1=5@3 2=5@4", "2-3 buy k1 1x1 2x2 -> #1@7 1x1=4 2x2=3", "4-5 look 2 -> 2=3@7"});
}

TEST(SeveralLines, AreNotHalfApplied) {
  expect_violated("time", {"0-1 search t -> 1=5@3 2=5@4", "2-3 buy k1 1x1 2x2 -> #1@7 1x1=4 2x2=3",
                           "4-5 look 1 -> 1=4@7", "4-5 look 2 -> 2=5@4"});
}

TEST(SeveralLines, OfOneItemFollowEachOther) {
  expect_holds({"0-1 look 1 -> 1=5@3", "2-3 buy k1 1x1 1x2 -> #1@7 1x1=4 1x2=2"});
  expect_violated("keys", {"0-1 look 1 -> 1=5@3", "2-3 buy k1 1x1 1x2 -> #1@7 1x1=4 1x2=3"});
}

TEST(SeveralLines, WithoutAnAnswerHappenToAllItemsOrToNone) {
  expect_holds({"0-1 search t -> 1=5@3 2=5@4", "2- buy k1 1x1 2x2", "4-5 look 1 -> 1=4@7", "6-7 look 2 -> 2=3@7"});
  expect_holds({"0-1 search t -> 1=5@3 2=5@4", "2- buy k1 1x1 2x2", "4-5 look 1 -> 1=5@3", "6-7 look 2 -> 2=5@4"});
  expect_violated("items",
                  {"0-1 search t -> 1=5@3 2=5@4", "2- buy k1 1x1 2x2", "4-5 look 1 -> 1=4@7", "6-7 look 2 -> 2=5@4"});
}

TEST(WithoutAnAnswer, AWriteMayHaveHappenedOrNot) {
  expect_holds({"0-1 look 1 -> 1=5@3", "2- buy k1 1x2", "6-7 look 1 -> 1=3@7"});
  expect_holds({"0-1 look 1 -> 1=5@3", "2- buy k1 1x2", "6-7 look 1 -> 1=5@3", "8-9 look 1 -> 1=3@7"});
  expect_holds({"0-1 look 1 -> 1=5@3", "2- buy k1 1x2", "6-7 look 1 -> 1=5@3"});
}

TEST(WithoutAnAnswer, ItHappensUnseenBeforeAKnownOne) {
  expect_holds({"0-1 look 1 -> 1=5@3", "2- buy k1 1x2", "6-7 buy k2 1x1 -> #2@9 1x1=2"});
  expect_violated("items", {"0-1 look 1 -> 1=5@3", "2- buy k1 1x2", "6-7 buy k2 1x1 -> #1@9 1x1=1"});
}

TEST(WithoutAnAnswer, ItHappensOnceOnly) {
  expect_violated("items", {"0-1 look 1 -> 1=5@3", "2- buy k1 1x2", "6-7 look 1 -> 1=3@7", "8-9 look 1 -> 1=1@8"});
  expect_violated("items", {"0-1 look 1 -> 1=5@3", "2- buy k1 1x2", "3- buy k1 1x2", "6-7 look 1 -> 1=1@7"});
}

TEST(WithoutAnAnswer, ItDoesNotHappenBeforeItIsAsked) {
  expect_violated("items", {"0-1 look 1 -> 1=5@3", "2-3 look 1 -> 1=3@7", "4- buy k1 1x2"});
  expect_violated("items", {"0-1 look 1 -> 1=5@3", "2-3 buy k2 1x1 -> #1@7 1x1=2", "4- buy k1 1x2"});
}

TEST(WithoutAnAnswer, TwoMayBeNeededToExplainOneState) {
  expect_holds({"0-1 look 1 -> 1=5@3", "2- buy k1 1x2", "2- sell k2 1x4", "6-7 look 1 -> 1=7@8"});
  expect_violated("items", {"0-1 look 1 -> 1=5@3", "2- buy k1 1x2", "2- sell k2 1x4", "6-7 look 1 -> 1=8@8"});
}

TEST(WithoutAnAnswer, ItMustNotHaveEmptiedTheShop) {
  expect_violated("items", {"0-1 look 1 -> 1=1@3", "2- buy k1 1x2", "6-7 buy k2 1x1 -> !out_of_stock 1=0"});
  expect_holds({"0-1 look 1 -> 1=2@3", "2- buy k1 1x2", "6-7 buy k2 1x1 -> !out_of_stock 1=0"});
}

TEST(WithoutAnAnswer, AnAddIsWholeOrNothing) {
  const std::string before = "0-1 look 7 -> !unknown_item 7";
  expect_holds({before, "0- add k1 7=5 8=5", "4-5 look 7 -> 7=5@9", "6-7 look 8 -> 8=5@9"});
  expect_violated("items", {before, "0- add k1 7=5 8=5", "4-5 look 7 -> 7=5@9", "6-7 look 8 -> !unknown_item 8"});
}

TEST(WithoutAnAnswer, AnOutcomeTellsWhatItDid) {
  expect_holds({"0-1 look 1 -> 1=5@3", "2- buy k1 1x2", "3-4 outcome k1 -> #1@7 k1 1x2=3", "5-6 look 1 -> 1=3@7"});
  expect_violated("time",
                  {"0-1 look 1 -> 1=5@3", "2- buy k1 1x2", "3-4 outcome k1 -> #1@7 k1 1x2=3", "5-6 look 1 -> 1=5@3"});
}

TEST(WithoutAnAnswer, AVoidedOneMustNotHappen) {
  expect_holds({"0-1 look 1 -> 1=5@3", "2- buy k1 1x2", "3-4 outcome k1 -> void@7", "5-6 look 1 -> 1=5@3"});
  expect_violated("items", {"0-1 look 1 -> 1=5@3", "2- buy k1 1x2", "3-4 outcome k1 -> void@7", "5-6 look 1 -> 1=3@8"});
}

TEST(WithoutAnAnswer, AKeyThatIsToldToBeVoidMustNotHappen) {
  expect_violated("items",
                  {"0-1 look 1 -> 1=5@3", "2- buy k1 1x2", "3-4 buy k1 1x2 -> !key_voided", "5-6 look 1 -> 1=3@8"});
}

TEST(WithoutAnAnswer, AChangeIsKnownByItsOutcome) {
  expect_holds({"0-1 look 1 -> 1=5@3", "2- restock k1 1 4", "3-4 outcome k1 -> change@7", "5-6 look 1 -> 1=9@7"});
  expect_violated("time", {"0-1 look 1 -> 1=5@3", "2- restock k1 1 4", "3-4 outcome k1 -> change@7",
                           "2-6 buy k3 1x1 -> #1@8 1x1=8", "7-8 look 1 -> 1=5@3"});
}

TEST(WithoutAnAnswer, AChangeMayBeAnyOfSeveralRequestsWithItsKey) {
  expect_holds({"0-1 look 1 -> 1=5@3", "2- restock k1 1 -5", "2- restock k1 1 1", "3-4 outcome k1 -> change@7",
                "5-6 look 1 -> 1=6@7"});
  expect_violated("items", {"0-1 look 1 -> 1=5@3", "2- restock k1 1 -5", "2- restock k1 1 1",
                            "3-4 outcome k1 -> change@7", "5-6 look 1 -> 1=8@7"});
}

// There may be hundreds of unanswered writes that are alike, and each could explain any gap.
TEST(WithoutAnAnswer, ManyEqualWritesAreDecided) {
  std::vector<std::string> sentences{"0-1 look 1 -> 1=1000@3"};
  for (int i = 0; i < 200; ++i) sentences.push_back("2- buy u" + std::to_string(i) + " 1x1");
  sentences.push_back("5-6 look 1 -> 1=900@300");
  sentences.push_back("7-8 buy k1 1x1 -> #200@500 1x1=849");
  expect_holds(sentences);
}

TEST(Work, IsBoundedAndWhatPassesTheBoundIsNotDecided) {
  std::vector<std::string> sentences{"0-1 look 1 -> 1=100000@3"};
  for (int i = 0; i < 40; ++i)
    sentences.push_back("2- buy u" + std::to_string(i) + " 1x" + std::to_string(2 << (i % 20)));
  sentences.push_back("5-6 look 1 -> 1=50001@300");  // odd: no sum of even numbers
  const auto verdict = check(operations(sentences), {.work_max = 10'000});
  EXPECT_EQ(verdict.result, Result::kNotDecided);
  EXPECT_EQ(verdict.not_decided, (std::vector<msg::ItemId>{base::ItemId(1)}));
}

TEST(Verdict, CountsWhatItSaw) {
  const auto verdict = check(operations({"0-1 look 1 -> 1=5@3", "2- buy k1 1x2", "3- buy k2 1x1",
                                         "3-4 outcome k1 -> #1@7 k1 1x2=3", "5-6 look 2 -> 2=1@1"}));
  EXPECT_EQ(verdict.operations, 5U);
  EXPECT_EQ(verdict.unanswered, 2U);
  EXPECT_EQ(verdict.unsettled, 1U);
  EXPECT_EQ(verdict.items, 2U);
  EXPECT_EQ(verdict.orders, 1U);
}

TEST(Verdict, ListsTheFirstViolationsAndCountsTheRest) {
  std::vector<std::string> sentences;
  for (int i = 0; i < 30; ++i) sentences.push_back("0-9 look 1 -> 1=" + std::to_string(i) + "@3");
  const auto verdict = expect_violated("told", sentences);
  EXPECT_EQ(verdict.violations.size(), 10U);
  EXPECT_GE(verdict.violations_found, 29U);
}

// Of a thousand operations, only those that contradict each other are left.
TEST(Shrink, LeavesTheFewThatHaveNoOrder) {
  std::vector<std::string> sentences;
  std::string last = "1=1000@3";
  const auto at = [](int time) { return std::to_string(time) + "-" + std::to_string(time + 1) + " "; };
  for (int i = 0; i < 500; ++i) {
    sentences.push_back(at(10 * i) + "look 1 -> " + last);
    const auto left = std::to_string(999 - i - (i >= 250 ? 1 : 0));  // one piece is lost
    const auto seq = std::to_string(10 + i);
    sentences.push_back(at(10 * i + 5) + "buy k" + std::to_string(i) + " 1x1 -> #" + std::to_string(i + 1) + "@" + seq +
                        " 1x1=" + left);
    last = "1=" + left + "@" + seq;
  }
  const auto verdict = expect_violated("items", sentences);
  ASSERT_EQ(verdict.violations.size(), 1U);
  EXPECT_LE(verdict.violations[0].operations.size(), 3U) << told(operations(sentences), verdict);
  EXPECT_EQ(verdict.violations[0].operations.back(), 501U);
}

TEST(Shrink, SaysWhetherTheValuesAloneHaveAnOrder) {
  // The first look shows the stock after the buy, with a version from before it.
  const auto by_seq = expect_violated("items", {"0-9 look 1 -> 1=3@3", "0-9 buy k1 1x2 -> #1@7 1x2=3"});
  EXPECT_NE(by_seq.violations[0].why.find("their values alone have one"), std::string::npos);
  const auto by_value = expect_violated("items", {"0-9 look 1 -> 1=4@3", "0-9 buy k1 1x2 -> #1@7 1x2=3"});
  EXPECT_EQ(by_value.violations[0].why.find("their values alone have one"), std::string::npos);
}

}  // namespace
}  // namespace history
