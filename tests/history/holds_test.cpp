// Histories with holds. Each test is about one rule: one history breaks it, and another one just does not.
#include "tests/history/sentences.h"
#include "tests/support/blocks.h"

namespace history {
namespace {

using namespace sentences;

const std::string kSeen = "0-1 look 1 -> 1=5@3";
const std::string kHeld = "2-3 hold k1 1x2 for 100 -> H1@7 1x2=2";  // until 100

// Another item is bought at this time, which tells how late it is in the stream.
std::string bought(const std::string& times, int seq, int at) {
  return times + " buy b" + std::to_string(seq) + " 2x1 -> #1@" + std::to_string(seq) + " ^" + std::to_string(at) +
         " 2x1=9";
}

TEST(Holds, PiecesThatAreHeldAreNotBought) {
  expect_holds({kSeen, kHeld, "4-5 look 1 -> 1=5&2@7", "6-7 buy k2 1x3 -> #1@8 ^50 1x3=2"});
  expect_violated("items", {kSeen, kHeld, "6-7 buy k2 1x4 -> #1@8 ^50 1x4=1"});
  expect_violated("items", {kSeen, kHeld, "6-7 hold k2 1x4 -> H2@8 ^50 1x4=6"});
  expect_violated("items", {kSeen, kHeld, "6-7 restock k2 1 -4 -> 1=1@8 left", bought("8-9", 9, 50)});
}

TEST(Holds, AnItemShowsThePiecesThatAreHeld) {
  expect_violated("told", {kSeen, kHeld, "4-5 look 1 -> 1=5@7"});
  expect_violated("told", {kSeen, kHeld, "4-5 look 1 -> 1=5&1@7"});
  expect_violated("items", {kSeen, "4-5 look 1 -> 1=5&1@7"});
  expect_violated("items", {kSeen, kHeld, "4-5 buy k2 1x1 -> #1@8 ^50 1x1=4", "6-7 look 1 -> 1=4@8"});
  expect_holds({kSeen, kHeld, "4-5 buy k2 1x1 -> #1@8 ^50 1x1=4", "6-7 look 1 -> 1=4&2@8"});
  expect_violated("asked", {"0-1 look 1 -> 1=5&6@3"});
}

TEST(Holds, ARefusalCountsThePiecesThatAreAvailable) {
  expect_holds({kSeen, kHeld, "4-5 buy k2 1x4 -> !out_of_stock 1=3"});
  expect_holds({kSeen, kHeld, "4-5 hold k2 1x4 -> !out_of_stock 1=3"});
  expect_violated("items", {kSeen, kHeld, "4-5 buy k2 1x5 -> !out_of_stock 1=4"});
  expect_violated("asked", {kSeen, kHeld, "4-5 hold k2 1x3 -> !out_of_stock 1=3"});
  expect_violated("items", {kSeen, kHeld, "4-5 buy k2 1x6 -> !out_of_stock 1=5", bought("6-7", 8, 50)});
}

TEST(Holds, PiecesAreAvailableAgainAtTheEndAndNotBefore) {
  expect_holds({kSeen, kHeld, "6-7 buy k2 1x4 -> #1@9 ^100 1x4=1"});
  expect_violated("items", {kSeen, kHeld, "6-7 buy k2 1x4 -> #1@9 ^99 1x4=1"});
  expect_violated("items", {kSeen, kHeld, "6-7 buy k2 1x4 -> #1@8 ^100 1x4=1"});  // no seq is left for the end
  expect_violated("items", {kSeen, kHeld, "6-7 buy k2 1x1 -> #1@9 ^100 1x1=4", "8-9 look 1 -> 1=4&2@9"});
  expect_holds({kSeen, kHeld, "6-7 buy k2 1x1 -> #1@9 ^100 1x1=4", "8-9 look 1 -> 1=4@9"});
}

TEST(Holds, AnItemIsNotShownAsHeldAfterTheEnd) {
  expect_holds({kSeen, kHeld, bought("4-5", 9, 99), "6-7 look 1 -> 1=5&2@7"});
  expect_violated("time", {kSeen, kHeld, bought("4-5", 9, 100), "6-7 look 1 -> 1=5&2@7"});
  expect_holds({kSeen, kHeld, bought("4-7", 9, 100), "5-6 look 1 -> 1=5&2@7"});
}

TEST(Holds, SeveralExpireInTheOrderOfTheirEnds) {
  const std::string second = "4-5 hold k2 1x1 for 200 -> H2@8 1x1=3";
  expect_holds({kSeen, kHeld, second, "6-7 look 1 -> 1=5&1@9", "8-9 look 1 -> 1=5@11"});
  expect_violated("items", {kSeen, kHeld, second, "6-7 look 1 -> 1=5&2@9", "8-9 look 1 -> 1=5@11"});
}

TEST(Holds, ManyThatExpireAreDecided) {
  std::vector<std::string> sentences{"0-1 look 1 -> 1=1000@3"};
  for (int i = 1; i <= 300; ++i) {
    sentences.push_back("2-9 hold h" + std::to_string(i) + " 1x1 for " + std::to_string(100 + i) + " -> H" +
                        std::to_string(i) + "@" + std::to_string(9 + i) + " 1x1=" + std::to_string(i));
  }
  for (int i = 1; i <= 100; ++i) {
    sentences.push_back("10-11 buy b" + std::to_string(i) + " 1x1 -> #" + std::to_string(i) + "@" +
                        std::to_string(400 + 10 * i) + " ^" + std::to_string(100 + 3 * i) +
                        " 1x1=" + std::to_string(1000 - i));
  }
  sentences.push_back("12-13 look 1 -> 1=900@1400");
  expect_holds(sentences);
}

TEST(Holds, AreConfirmedAtTheirPricesForTheirPieces) {
  expect_holds({kSeen, kHeld, "4-5 confirm c1 1 -> #1@9 1x2=3", "6-7 look 1 -> 1=3@9"});
  expect_holds({kSeen, kHeld, "4-5 confirm c1 1 1x1 -> #1@9 1x1=4", "6-7 look 1 -> 1=4@9"});
  expect_violated("items", {kSeen, kHeld, "4-5 confirm c1 1 1x1 -> #1@9 1x1=4", "6-7 look 1 -> 1=4&1@9"});
  expect_violated("holds", {kSeen, kHeld, "4-5 confirm c1 1 1x3 -> #1@9 1x3=2"});
  expect_violated("holds", {kSeen, kHeld, "4-5 confirm c1 1 -> #1@9 1x1=4"});
  expect_violated("holds", {kSeen, kHeld, "4-5 confirm c1 1 -> #1@9 1x2=3 2x1=3"});
  expect_violated("asked", {kSeen, kHeld, "4-5 confirm c1 1 1x2 -> #1@9 1x1=4"});
  const std::string dearer = "4-5 price p 1 110 -> 1=5&2$110@8 left";
  expect_holds({kSeen, kHeld, dearer, "6-7 confirm c1 1 -> #1@9 1x2=3", "8-9 look 1 -> 1=3$110@9"});
  expect_violated("holds", {kSeen, kHeld, dearer, "6-7 confirm c1 1 -> #1@9 1x2$110=3"});
  expect_violated("items", {kSeen, kHeld, dearer, "6-7 hold k2 1x1 -> H2@9 1x1=3"});
  expect_holds({kSeen, kHeld, dearer, "6-7 hold k2 1x1 -> H2@9 1x1$110=3"});
}

TEST(Holds, AnOrderOfOneIsCancelledLikeAnyOther) {
  const std::string confirmed = "4-5 confirm c1 1 -> #1@9 1x2=3";
  const std::string cancelled = "6-7 cancel d1 1 1x1 -> #1@9 c1 1x2=3 cancel@10 d1 1x1=4";
  expect_holds({kSeen, kHeld, confirmed, cancelled, "8-9 look 1 -> 1=4@10"});
  expect_violated("items", {kSeen, kHeld, confirmed, cancelled, "8-9 look 1 -> 1=4&1@10"});
}

TEST(Holds, AreOfTheirCustomer) {
  expect_holds({kSeen, "2-3 hold k1~ann 1x2 -> H1@7 1x2=2", "4-5 confirm c1 1 -> #1@9 c1~ann 1x2=3"});
  expect_violated("holds", {kSeen, "2-3 hold k1~ann 1x2 -> H1@7 1x2=2", "4-5 confirm c1 1 -> #1@9 c1~bob 1x2=3"});
}

TEST(Holds, EndOnce) {
  const std::string confirmed = "4-5 confirm c1 1 -> #1@9 1x2=3";
  const std::string released = "6-7 release r1 1 -> H1@7 k1 1x2=2 @10 <100 released";
  expect_holds({kSeen, kHeld, confirmed, "6-7 release r1 1 -> !hold_over", "8-9 confirm c2 1 -> !hold_over"});
  expect_violated("holds", {kSeen, kHeld, confirmed, released});
  expect_violated("holds", {kSeen, kHeld, confirmed, "6-7 confirm c2 1 -> #2@10 1x2=1"});
  expect_violated("holds", {kSeen, kHeld, released, "8-9 extend e1 1 for 100 -> H1@7 k1 1x2=2 @11 <110"});
  expect_violated("holds", {kSeen, kHeld, released, "8-9 show 1 -> H1@7 k1 1x2=2 @12 <100 expired"});
  expect_holds({kSeen, kHeld, released, "8-9 look 1 -> 1=5@10", "8-9 show 1 -> H1@7 k1 1x2=2 @10 <100 released"});
}

TEST(Holds, AreNotConfirmedAtTheirEndOrLater) {
  expect_holds({kSeen, kHeld, "4-5 confirm c1 1 -> #1@9 ^99 1x2=3"});
  expect_violated("holds", {kSeen, kHeld, "4-5 confirm c1 1 -> #1@9 ^100 1x2=3"});
  const std::string released = "6-7 release r1 1 -> H1@7 k1 1x2=2 @10 <100 released";
  expect_holds({kSeen, kHeld, bought("4-5", 9, 99), released});
  expect_violated("holds", {kSeen, kHeld, bought("4-5", 9, 100), released});
  expect_holds({kSeen, kHeld, bought("8-9", 11, 100), released});
}

TEST(Holds, DoNotExpireBeforeTheirEnd) {
  const std::string expired = "6-7 show 1 -> H1@7 k1 1x2=2 @10 <100 expired";
  expect_holds({kSeen, kHeld, bought("4-5", 9, 99), expired, "8-9 look 1 -> 1=5@10"});
  expect_violated("holds", {kSeen, kHeld, expired, bought("8-9", 11, 99)});
  expect_holds({kSeen, kHeld, expired, bought("8-9", 11, 100)});
  expect_violated("holds", {kSeen, kHeld, bought("4-5", 9, 100), expired});
}

TEST(Holds, AreOverOnlyAfterTheirEnd) {
  const std::string refused = "4-5 release r1 1 -> !hold_over";
  expect_holds({kSeen, kHeld, refused, bought("6-7", 9, 100)});
  expect_violated("time", {kSeen, kHeld, refused, bought("6-7", 9, 99)});
  expect_violated("time", {kSeen, kHeld, refused, "6-7 confirm c1 1 -> #1@9 1x2=3"});
  expect_holds({kSeen, kHeld, "4-7 release r1 1 -> !hold_over", "4-7 confirm c1 1 -> #1@9 1x2=3"});
  // It is refused as over after its end, and as having fewer pieces before it.
  const std::string fewer = "6-7 confirm c1 1 1x3 -> !more_than_remains 1";
  expect_holds({kSeen, kHeld, bought("4-5", 9, 99), fewer});
  expect_violated("time", {kSeen, kHeld, bought("4-5", 9, 100), fewer});
  expect_violated("holds", {kSeen, kHeld, "6-7 confirm c1 1 1x2 -> !more_than_remains 1"});
}

TEST(Holds, LastLongerOnceTheyAreExtended) {
  const std::string extended = "4-5 extend e1 1 for 500 -> H1@7 k1 1x2=2 @9 <550";
  expect_holds({kSeen, kHeld, extended, "6-7 confirm c1 1 -> #1@10 ^200 1x2=3"});
  expect_violated("holds", {kSeen, kHeld, extended, "6-7 confirm c1 1 -> #1@10 ^550 1x2=3"});
  expect_violated("holds", {kSeen, kHeld, extended, "6-7 show 1 -> H1@7 k1 1x2=2 @10 <549"});
  expect_violated("asked", {kSeen, kHeld, "4-5 extend e1 1 for 500 -> H1@7 k1 1x2=2 <550"});
  // Without an answer it may have been extended.
  expect_holds({kSeen, kHeld, "4- extend e1 1 for 500", "6-7 confirm c1 1 -> #1@10 ^200 1x2=3"});
  expect_violated("holds", {kSeen, kHeld, "4- extend e1 1 for 500", "6-7 confirm c1 1 -> #1@10 ^86400000 1x2=3"});
  // A repetition is answered after the end, too.
  expect_holds({kSeen, kHeld, extended, "6-7 release r1 1 -> H1@7 k1 1x2=2 @10 <550 released",
                "8-9 extend e1 1 for 500 -> H1@7 k1 1x2=2 @10 <550 released"});
  expect_violated("time", {kSeen, kHeld, "3-4 release r1 1 -> H1@7 k1 1x2=2 @8 <100 released",
                           "5-6 extend e1 1 for 90 -> H1@7 k1 1x2=2 @8 <100 released"});
}

TEST(Holds, AreShownAsTheyAre) {
  const std::string released = "4-5 release r1 1 -> H1@7 k1 1x2=2 @9 <100 released";
  expect_violated("time", {kSeen, kHeld, released, "6-7 show 1 -> H1@7 k1 1x2=2 <100"});
  expect_holds(
      {kSeen, kHeld, "4-7 release r1 1 -> H1@7 k1 1x2=2 @9 <100 released", "5-6 show 1 -> H1@7 k1 1x2=2 <100"});
  expect_violated("time", {kSeen, kHeld, bought("4-5", 9, 100), "6-7 show 1 -> H1@7 k1 1x2=2 <100"});
  expect_holds({kSeen, kHeld, bought("4-5", 9, 99), "6-7 show 1 -> H1@7 k1 1x2=2 <100"});
  expect_violated("time", {kSeen, kHeld, "4-5 show 1 -> !unknown_hold"});
  expect_holds({kSeen, "2-5 hold k1 1x2 for 100 -> H1@7 1x2=2", "3-4 show 1 -> !unknown_hold"});
  expect_violated("keys", {kSeen, kHeld, "4-5 show 1 -> H1@7 k1 1x1=2 <100"});
  expect_violated("holds", {kSeen, kHeld, "4-5 show 1 -> H1@7 k1 1x2=2 <101"});
}

TEST(Holds, AreListedWhileTheyAreOpen) {
  expect_holds({kSeen, kHeld, "4-5 holds -> H1@7 k1 1x2=2 <100", bought("6-7", 9, 99)});
  expect_violated("time", {kSeen, kHeld, "4-5 holds ->", bought("6-7", 9, 99)});
  expect_holds({kSeen, kHeld, "4-5 holds ->", bought("6-7", 9, 100)});
  expect_holds({kSeen, kHeld, "4-5 holds of ann ->", bought("6-7", 9, 99)});
  expect_holds({kSeen, "2-7 hold k1 1x2 for 100 -> H1@7 1x2=2", "3-4 holds ->", bought("8-9", 9, 99)});
  expect_violated("time", {kSeen, kHeld, bought("4-5", 9, 100), "6-7 holds -> H1@7 k1 1x2=2 <100"});
  expect_violated("asked", {kSeen, kHeld, "4-5 holds -> H1@7 k1 1x2=2 @9 <100 expired"});
  expect_violated("asked", {kSeen, kHeld, "4-5 holds of ann -> H1@7 k1 1x2=2 <100"});
}

TEST(Holds, EachKeyTakesEffectOnce) {
  expect_holds({kSeen, kHeld, "4-5 hold k1 1x2 for 100 -> H1@7 1x2=2", "6-7 hold k1 1x1 for 100 -> !key_reused",
                "6-7 outcome k1 -> change@7 H1@7 k1 1x2=2 <100"});
  expect_violated("keys", {kSeen, kHeld, "4-5 hold k1 1x2 for 100 -> H2@8 1x2=4"});
  expect_violated("keys", {kSeen, kHeld, "4-5 hold k1 1x2 for 100 -> !key_reused"});
  expect_violated("keys", {kSeen, "0-1 outcome k1 -> void@6", kHeld});
  expect_violated("keys", {kSeen, kHeld, "4-5 outcome k1 -> change@8 H1@7 k1 1x2=2 @8 <100"});
  expect_violated("keys", {kSeen, kHeld, "4-5 confirm c1 1 -> #1@9 1x2=3", "6-7 confirm c1 1 -> #2@10 1x2=1"});
  expect_violated("keys", {kSeen, kHeld, "4-5 confirm c1 1 -> !hold_over", "6-7 outcome c1 -> #1@9 c1 1x2=3"});
}

TEST(Holds, NumbersAreMissingOnlyForWritesWithoutAnAnswer) {
  expect_holds({kSeen, kHeld, "4-5 hold k2 1x1 -> H2@9 1x1=3"});
  expect_violated("holds", {kSeen, kHeld, "4-5 hold k2 1x1 -> H3@9 1x1=3"});
  expect_holds({kSeen, kHeld, "4- hold k9 1x1", "4-5 hold k2 1x1 -> H3@9 1x1=4"});
  expect_violated("items", {kSeen, kHeld, "4- hold k9 1x1", "4-5 hold k2 1x1 -> H3@9 1x1=5"});
  expect_violated("holds", {kSeen, "2-9 hold k1 1x1 -> H2@7 1x1=1", "2-9 hold k2 1x1 -> H1@8 1x1=2"});
  expect_violated("keys", {kSeen, kHeld, "4-5 show 2 -> H2@9 k9 2x1=1"});  // nobody here placed it
}

TEST(Holds, AWriteWithoutAnAnswerMayHaveEndedOne) {
  const std::string lost = "4- confirm c1 1";
  expect_holds({kSeen, kHeld, lost, "6-7 look 1 -> 1=3@9"});
  expect_holds({kSeen, kHeld, lost, "6-7 look 1 -> 1=5&2@7"});
  expect_holds({kSeen, kHeld, lost, "6-7 look 1 -> 1=5@9"});
  expect_violated("items", {kSeen, kHeld, lost, "6-7 look 1 -> 1=4@9"});
  expect_violated("items", {kSeen, kHeld, lost, "6-7 look 1 -> 1=3&2@9"});
  expect_holds({kSeen, kHeld, "4- release r1 1", "6-7 buy k2 1x4 -> #1@9 1x4=1"});
}

// An order that one of two unanswered writes with its key placed: a buy, or a confirmation.
TEST(Holds, AnOrderMayBeOfEitherOfTwoWritesWithoutAnAnswer) {
  expect_holds(
      {kSeen, kHeld, "4- buy c1 1x2", "4- confirm c1 1", "6-7 outcome c1 -> #1@9 c1 1x2=3", "8-9 look 1 -> 1=3@9"});
  expect_holds(
      {kSeen, kHeld, "4- buy c1 1x2", "4- confirm c1 1", "6-7 outcome c1 -> #1@9 c1 1x2=3", "8-9 look 1 -> 1=3&2@9"});
  expect_violated("items", {kSeen, kHeld, "4- buy c1 1x2", "4- confirm c1 1", "6-7 outcome c1 -> #1@9 c1 1x2=3",
                            "8-9 look 1 -> 1=3&3@9"});
}

// They may end at any time, and no more can be placed.
TEST(Holds, ThatAreOlderKeepPiecesUntilTheyEnd) {
  const std::string seen = "0-1 look 1 -> 1=5&3@3";
  expect_holds({seen, "2-3 look 1 -> 1=5&1@6"});
  expect_violated("items", {seen, "2-3 look 1 -> 1=5&4@6"});
  expect_violated("items", {seen, "2-3 look 1 -> 1=4&1@6"});
  expect_violated("items", {kSeen, "2-3 look 1 -> 1=5&1@6"});
  expect_holds({seen, "2-3 buy k1 1x3 -> #1@7 1x3=2", "4-5 look 1 -> 1=2&2@7"});
  expect_holds({seen, "2-3 buy k1 1x3 -> !out_of_stock 1=2"});
  expect_violated("items", {seen, "2-3 buy k1 1x3 -> !out_of_stock 1=1"});
  // An order tells only the stock, so an older hold may keep the rest.
  expect_holds({"0-1 buy k1 1x3 -> #1@7 1x3=1", "2-3 buy k2 1x1 -> !out_of_stock 1=0"});
  expect_violated("items", {"0-1 buy k1 1x3 -> #1@7 1x3=1", "2-3 buy k2 1x3 -> !out_of_stock 1=2"});
}

TEST(Holds, ThatAreOlderMayBeConfirmedHere) {
  const std::string seen = "0-1 look 1 -> 1=5&3@3";
  expect_holds({seen, "2-3 confirm c1 1 1x2 -> #1@7 1x2=3", "4-5 look 1 -> 1=3@7"});
  expect_holds({seen, "2-3 confirm c1 1 1x2 -> #1@7 1x2=3", "4-5 look 1 -> 1=3&1@7"});
  expect_violated("items", {seen, "2-3 confirm c1 1 1x2 -> #1@7 1x2=3", "4-5 look 1 -> 1=3&2@7"});
  expect_violated("items", {kSeen, "2-3 confirm c1 1 1x2 -> #1@7 1x2=3"});
}

TEST(Holds, FitTheirRequests) {
  expect_violated("asked", {kSeen, "2-3 hold k1 1x2 -> H1@7 1x1=1"});
  expect_violated("asked", {kSeen, "2-3 hold k1 1x2$90 -> H1@7 1x2=2"});
  expect_violated("asked", {kSeen, "2-3 hold k1 1x2 for 100 -> H1@7 1x2=2 <101"});
  expect_violated("asked", {kSeen, "2-3 hold k1 1x2 -> H1@7 1x2=1"});
  expect_violated("asked", {kSeen, kHeld, "4-5 release r1 1 -> H1@7 k1 1x2=2 <100"});
  expect_violated("asked", {kSeen, kHeld, "4-5 show 2 -> H1@7 k1 1x2=2 <100"});
  expect_violated("asked", {kSeen, kHeld, "4-5 show 1 -> H1@7 k1 1x2=2 <100 expired"});
  expect_violated("asked", {kSeen, kHeld, "4-5 show 1 -> H1@7 k1 1x2=2 @8 <100 confirmed"});
  expect_violated("asked", {"0-1 hold k1 1x1 1x1 -> H1@7 1x1=1 1x1=2"});
  expect_holds({kSeen, "2-3 hold k1 1x2$90 -> !price_changed 1$100"});
}

// The stream tells the end of a hold, which no request asked for.
TEST(Holds, TheStreamTellsTheirEnds) {
  auto all = operations({"0-1 hold k1 1x2 for 100 -> H1@2 1x2=2", "2-3 events 1 -> @3"});
  const auto shown = [&](const msg::HoldEnded& ended, std::int64_t at) {
    support::Stream stream;
    const auto& hold = std::get<msg::HoldReply>(all[0].answer).hold;
    msg::HoldPlaced placed{.key = "k1", .hold = hold.no, .lines = hold.lines, .expires = hold.expires};
    stream.block({{hold.at, placed}});
    stream.block({{at, ended}});
    std::get<msg::EventsReply>(all[1].answer).blocks = {{stream[1]}, {stream[2]}, {stream[3]}};
    return check(all).result;
  };
  auto& hold = std::get<msg::HoldReply>(all[0].answer).hold;
  hold.at = 1;
  hold.expires = 101;
  msg::HoldEnded ended{.hold = hold.no, .lines = {{base::ItemId(1), base::Quantity(2), base::Cents(100), {}}}};
  EXPECT_EQ(shown(ended, 101), Result::kHolds);
  EXPECT_EQ(shown(ended, 100), Result::kViolated);
  ended.key = "r1";
  EXPECT_EQ(shown(ended, 50), Result::kViolated) << "nobody here released it";
}

TEST(Holds, ThatNobodyWasToldOfMayBeConfirmedAsAWhole) {
  const std::string before = "0-1 look 7 -> 7=9@3";
  const std::string hold = "2- hold h 7x3 8x1 for 643";
  const std::string confirm = "4- confirm c 1";
  expect_holds({before, hold, confirm, "6-7 look 7 -> 7=6@9"});
  expect_holds({before, hold, confirm, "6-7 outcome h -> change@8", "8-9 look 7 -> 7=6@9"});
  expect_holds({before, hold, confirm, "6-7 look 7 -> 7=9&3@8", "8-9 look 7 -> 7=6@9"});
  expect_violated("items", {before, hold, "6-7 look 7 -> 7=6@9"});
  expect_violated("items", {before, confirm, "6-7 look 7 -> 7=6@9"});
  expect_violated("items", {before, hold, "4-5 look 7 -> 7=6@9", "6- confirm c 1"});
}

}  // namespace
}  // namespace history
