// Pieces of items at several places.
#include <fmt/format.h>

#include "tests/history/sentences.h"
#include "tests/support/blocks.h"

namespace history {
namespace {

using namespace sentences;

const std::string kSplit = "0-1 look 1 -> 1=5@3%north:3";  // 2 are at main
const std::string kOrdered = "2-3 buy k1 1x3 -> #1@7 1x3=2%north:1";

TEST(Places, AListIsOneOfThePieces) {
  expect_holds({"0-1 look 1 -> 1=5@3%annex:1,north:4"});
  for (const std::string list :
       {"annex:1,north:5", "north:1,annex:4", "north:1,north:1", "main:1", "north:0", "north:-1", ":1"}) {
    expect_violated("asked", {"0-1 look 1 -> 1=5@3%" + list});
  }
  expect_violated("asked", {"0-1 buy k1 1x3 -> #1@7 1x3=2%north:4"});
  expect_violated("asked", {"0-1 sell k1 1x3 -> #1@7 1x3=2%north:1"});
}

TEST(Places, AnItemHasTheSameInAllAnswersOfItsVersion) {
  expect_holds({kSplit, "2-3 look 1 -> 1=5@3%north:3"});
  expect_violated("told", {kSplit, "2-3 look 1 -> 1=5@3%north:2"});
  expect_violated("told", {kSplit, "2-3 look 1 -> 1=5@3"});
}

TEST(Places, APriceChangeMovesNothing) {
  expect_holds({kSplit, "2-3 price k1 1 90 -> 1=5$90@7%north:3"});
  expect_violated("items", {kSplit, "2-3 price k1 1 90 -> 1=5$90@7%north:2"});
  expect_violated("items", {kSplit, "2- price k1 1 90", "4-5 look 1 -> 1=5$90@7"});
}

TEST(Places, AnOrderTakesOfMainFirst) {
  expect_holds({kSplit, kOrdered, "4-5 look 1 -> 1=2@7%north:2"});
  expect_violated("items", {kSplit, "2-3 buy k1 1x3 -> #1@7 1x3=2"});
  expect_violated("items", {kSplit, "2-3 buy k1 1x3 -> #1@7 1x3=2%north:3"});
  expect_violated("items", {kSplit, kOrdered, "4-5 look 1 -> 1=2@7%north:1"});
  expect_violated("items", {kSplit, "2-3 buy k1 1x2 -> #1@7 1x2=3%north:1"});
}

TEST(Places, AnOrderTakesOfTheOthersInTheOrderOfTheirNames) {
  const std::string seen = "0-1 look 1 -> 1=6@3%annex:2,north:2";
  expect_holds({seen, "2-3 buy k1 1x5 -> #1@7 1x5=1%annex:2,north:1", "4-5 look 1 -> 1=1@7%north:1"});
  expect_violated("items", {seen, "2-3 buy k1 1x5 -> #1@7 1x5=1%annex:1,north:2"});
  expect_violated("items", {seen, "2-3 buy k1 1x3 -> #1@7 1x3=3%north:1"});
}

TEST(Places, LinesThatNameAPlaceAreServedFirst) {
  expect_holds({kSplit, "2-3 buy k1 1x2 1x2%main -> #1@7 1x2=3%north:2 1x2=1", "4-5 look 1 -> 1=1@7%north:1"});
  expect_holds({kSplit, "2-3 buy k1 1x2 1x3%north -> #1@7 1x2=3 1x3=0%north:3"});
  expect_violated("items", {kSplit, "2-3 buy k1 1x1 1x2%main -> #1@7 1x1=4 1x2=2"});
  expect_violated("keys", {kSplit, "2-3 buy k1 1x2 1x2%main -> #1@7 1x2=3 1x2=1%north:2"});
}

TEST(Places, ALineTakesOfItsPlaceAlone) {
  expect_holds({kSplit, "2-3 buy k1 1x2%north -> #1@7 1x2=3%north:2", "4-5 look 1 -> 1=3@7%north:1"});
  expect_violated("keys", {kSplit, "2-3 buy k1 1x2%north -> #1@7 1x2=3"});
  expect_violated("items", {kSplit, "2-3 buy k1 1x4%north -> #1@7 1x4=1%north:4"});
}

TEST(Places, AnUnansweredOrderTakesByTheRule) {
  expect_holds({kSplit, "2- buy k1 1x3", "6-7 look 1 -> 1=2@7%north:2"});
  expect_violated("items", {kSplit, "2- buy k1 1x3", "6-7 look 1 -> 1=2@7%north:1"});
  expect_holds({kSplit, "2- buy k1 1x2%north", "6-7 look 1 -> 1=3@7%north:1"});
  expect_violated("items", {kSplit, "2- buy k1 1x2%north", "6-7 look 1 -> 1=3@7%north:3"});
  expect_violated("items", {kSplit, "2- buy k1 1x4%north", "6-7 look 1 -> 1=1@7"});
}

// Either request may have placed the order, and only one of them names the place.
TEST(Places, AnOrderOfSeveralRequestsMayBeOfAny) {
  const std::string asked = "2- buy k1 1x2%north";
  expect_holds({kSplit, "2- buy k1 1x2", asked, "4-5 outcome k1 -> #1@7 k1 1x2=3%north:2"});
  expect_violated("items", {kSplit, "2- buy k1 1x2", "4-5 outcome k1 -> #1@7 k1 1x2=3%north:2"});
}

TEST(Places, ATransferConserves) {
  expect_holds({kSplit, "2-3 transfer k1 1 2 to north -> 1=5@7%north:5 left"});
  expect_holds({kSplit, "2-3 transfer k1 1 3 from north to annex -> 1=5@7%annex:3 left"});
  expect_violated("items", {kSplit, "2-3 transfer k1 1 2 to north -> 1=5@7%north:4 left"});
  expect_violated("items", {kSplit, "2-3 transfer k1 1 2 to north -> 1=6@7%north:5 left"});
  expect_violated("asked", {kSplit, "2-3 transfer k1 1 2 to north -> 1=5@7%north:1 left"});
  expect_holds({kSplit, "2- transfer k1 1 1 from north", "6-7 look 1 -> 1=5@7%north:2"});
  expect_violated("items", {kSplit, "2- transfer k1 1 1 from north", "6-7 look 1 -> 1=5@7%north:1"});
}

TEST(Places, ATransferDoesNotTakeMoreThanThereIs) {
  expect_violated("items", {kSplit, "2-3 transfer k1 1 4 from north -> 1=5@7 left"});
  expect_violated("items", {kSplit, "2- transfer k1 1 3 to annex", "6-7 look 1 -> 1=5@7%annex:2,north:3"});
}

TEST(Places, ARestockIsOfItsPlace) {
  expect_holds({kSplit, "2-3 restock k1 1 2 at north -> 1=7@7%north:5 left"});
  expect_holds({kSplit, "2-3 restock k1 1 -3 at north -> 1=2@7 left"});
  expect_holds({kSplit, "2-3 restock k1 1 -2 -> 1=3@7%north:3 left"});
  expect_violated("items", {kSplit, "2-3 restock k1 1 2 at north -> 1=7@7%north:3 left"});
  expect_violated("items", {kSplit, "2-3 restock k1 1 2 -> 1=7@7%north:5 left"});
  expect_violated("items", {kSplit, "2- restock k1 1 -3", "4-5 buy k2 1x2 -> #1@8 1x2=0%north:2"});
}

TEST(Places, ACountIsOfItsPlace) {
  expect_holds({kSplit, "2-3 count k1 1 1 at north -> 1=3@7%north:1 left"});
  expect_holds({kSplit, "2-3 count k1 1 0 at north -> 1=2@7 left"});
  expect_holds({kSplit, "2-3 count k1 1 1 -> 1=4@7%north:3 left"});
  expect_violated("items", {kSplit, "2-3 count k1 1 1 at north -> 1=4@7%north:1 left"});
  expect_violated("items", {kSplit, "2-3 count k1 1 1 -> 1=3@7%north:2 left"});
  expect_violated("asked", {kSplit, "2-3 count k1 1 1 -> 1=3@7%north:3 left"});
  expect_violated("asked", {kSplit, "2-3 count k1 1 1 at north -> 1=3@7 left"});
  expect_holds({kSplit, "2- count k1 1 7 at annex", "4-5 look 1 -> 1=12@7%annex:7,north:3"});
  expect_violated("items", {kSplit, "2- count k1 1 7 at annex", "4-5 look 1 -> 1=7@7%annex:7"});
}

TEST(Places, CancelledPiecesGoBackToWhereTheyWereTaken) {
  const std::string back = "4-5 cancel c1 1 1x3 -> #1@7 k1 1x3=2%north:1 cancel@8 c1 1x3=5%north:1";
  expect_holds({kSplit, kOrdered, back, "6-7 look 1 -> 1=5@8%north:3"});
  expect_violated("items", {kSplit, kOrdered, back, "6-7 look 1 -> 1=5@8%north:2"});
  expect_violated("asked", {kSplit, kOrdered, "4-5 cancel c1 1 1x3 -> #1@7 k1 1x3=2%north:1 cancel@8 c1 1x3=5"});
  expect_holds({kSplit, kOrdered, "4-5 cancel c1 1 1x2 -> #1@7 k1 1x3=2%north:1 cancel@8 c1 1x2=4"});
  expect_violated("asked",
                  {kSplit, kOrdered, "4-5 cancel c1 1 1x1 -> #1@7 k1 1x3=2%north:1 cancel@8 c1 1x1=3%north:1"});
}

TEST(Places, ScrappedPiecesGoNowhere) {
  const std::string scrapped = "4-5 scrap c1 1 1x3 -> #1@7 k1 1x3=2%north:1 scrap@8 c1 1x3=2%north:1";
  expect_holds({kSplit, kOrdered, scrapped, "6-7 look 1 -> 1=2@8%north:2"});
  expect_violated("items", {kSplit, kOrdered, scrapped, "6-7 look 1 -> 1=2@8%north:1"});
}

// Nobody knows what the cancellations before it took.
TEST(Places, AnUnansweredCancellationLeavesThePlacesUnknown) {
  expect_holds({kSplit, kOrdered, "4- cancel c1 1 1x1", "6-7 look 1 -> 1=3@8%north:2"});
  expect_holds({kSplit, kOrdered, "4- cancel c1 1 1x1", "6-7 look 1 -> 1=3@8%north:3"});
  const std::string of_main = "2-3 buy k1 1x1 -> #1@7 1x1=4";
  expect_holds({kSplit, of_main, "4- cancel c1 1 1x1", "6-7 look 1 -> 1=5@8%north:3"});
  expect_violated("items", {kSplit, of_main, "4- cancel c1 1 1x1", "6-7 look 1 -> 1=5@8%north:4"});
}

TEST(Places, AConfirmedHoldTakesByTheRule) {
  const std::string held = "2-3 hold h1 1x4 -> H1@7 1x4=4";
  expect_holds({kSplit, held, "4-5 confirm c1 1 -> #1@8 1x4=1%north:2", "6-7 look 1 -> 1=1@8%north:1"});
  expect_violated("items", {kSplit, held, "4-5 confirm c1 1 -> #1@8 1x4=1%north:3"});
  expect_violated("items", {kSplit, held, "4-5 look 1 -> 1=5&4@7"});
  expect_holds({kSplit, held, "4-5 transfer t1 1 2 to north -> 1=5&4@8%north:5 left"});
}

TEST(Places, AnOrderIsRefusedForWhatItsPlaceHas) {
  expect_holds({kSplit, "2-3 buy k1 1x4%north -> !out_of_stock 1=3"});
  expect_holds({kSplit, "2-3 buy k1 1x2%north 1x2%north -> !out_of_stock 1=3"});
  expect_holds({kSplit, "2-3 buy k1 1x6%north -> !out_of_stock 1=5"});
  expect_violated("items", {kSplit, "2-3 buy k1 1x4%north -> !out_of_stock 1=2"});
  expect_violated("items", {kSplit, "2-3 buy k1 1x4 -> !out_of_stock 1=3"});
  expect_violated("items", {kSplit, "2-3 buy k1 1x2%north 1x2%main -> !out_of_stock 1=3"});
}

TEST(Places, AChangeIsRefusedForWhatItsPlaceHas) {
  expect_holds({kSplit, "2-3 transfer k1 1 4 from north -> !out_of_stock 1=3"});
  expect_holds({kSplit, "2-3 transfer k1 1 3 to north -> !out_of_stock 1=2"});
  expect_violated("items", {kSplit, "2-3 transfer k1 1 4 from north -> !out_of_stock 1=2"});
  expect_violated("asked", {kSplit, "2-3 transfer k1 1 3 from north -> !out_of_stock 1=3"});
  expect_holds({kSplit, "2-3 restock k1 1 -4 at north -> !out_of_stock 1=3"});
  expect_holds({kSplit, "2-3 restock k1 1 -3 -> !out_of_stock 1=2"});
  expect_violated("items", {kSplit, "2-3 restock k1 1 -3 -> !out_of_stock 1=1"});
}

TEST(Places, HoldsKeepPiecesOfTheSum) {
  const std::string held = "2-3 hold h1 1x4 -> H1@7 1x4=4";
  expect_holds({kSplit, held, "4-5 restock k1 1 -2 at north -> !out_of_stock 1=1"});
  expect_violated("items", {kSplit, held, "4-5 restock k1 1 -4 at north -> !out_of_stock 1=2"});
  expect_holds({kSplit, held, "4-5 count k1 1 0 at north -> !out_of_stock 1=1"});
  expect_violated("items", {kSplit, held, "4-5 count k1 1 3 at north -> !out_of_stock 1=1"});
  expect_holds({kSplit, held, "4-5 buy k1 1x3%north -> !out_of_stock 1=1"});
}

TEST(Places, APlaceIsUnknownOnlyIfTheItemHasNothingThere) {
  expect_holds({kSplit, "2-3 transfer k1 1 1 to notrh -> !unknown_place 1"});
  expect_violated("items", {kSplit, "2-3 transfer k1 1 1 to north -> !unknown_place 1"});
  expect_violated("items", {kSplit, "2-3 restock k1 1 1 at north -> !unknown_place 1"});
  expect_violated("items", {kSplit, "2-3 count k1 1 1 at north -> !unknown_place 1"});
  expect_holds(
      {kSplit, "2-9 restock k2 1 -3 at north -> 1=2@7 left", "2-9 restock k1 1 1 at north -> !unknown_place 1"});
}

TEST(Places, APlaceIsUnknownOnlyIfNoOtherItemHasAnythingThere) {
  const std::string refused = "4-5 restock k1 2 1 at north -> !unknown_place 2";
  expect_holds({"0-1 look 1 -> 1=5@3%annex:3", refused});
  expect_violated("time", {kSplit, refused});
  expect_violated("time", {kSplit, "2-3 price p 1 90 -> 1=5$90@7%north:3 left", refused});
  expect_holds({kSplit, "2-9 restock k2 1 -3 at north -> 1=2@7 left", refused});
  expect_holds({kSplit, "2- restock k2 1 -3 at north", refused});
  expect_holds({kSplit, "2-3 buy k2 1x5 -> #1@7 1x5=0%north:3", refused});
}

TEST(Places, OneMoreThanAnItemMayHaveIsTooMany) {
  std::string list;
  for (int i = 10; i < 74; ++i) list += fmt::format("{}p{}:1", i == 10 ? "" : ",", i);
  const std::string full = "0-1 look 1 -> 1=70@3%" + list;
  expect_holds({full, "2-3 transfer k1 1 1 to p9 -> !limit 1"});
  expect_violated("items", {full, "2-3 transfer k1 1 1 to p10 -> !limit 1"});
  expect_violated("items", {kSplit, "2-3 transfer k1 1 1 to p9 -> !limit 1"});
  expect_violated("asked", {"0-1 look 1 -> 1=70@3%" + list + ",p74:1"});
}

TEST(Places, AreUnknownAtTheBeginning) {
  expect_holds({"0-1 buy k1 1x3 -> #1@7 1x3=2%north:1", "2-3 look 1 -> 1=2@7%north:2"});
  expect_holds({"0-1 count k1 1 3 -> 1=9@7%north:6 left", "2-3 buy k2 1x4 -> #1@8 1x4=5%north:1"});
  expect_holds({"0- count k1 1 3", "2-3 buy k2 1x4 -> #1@8 1x4=5"});
  expect_violated(
      "items", {"0-1 buy k1 1x3 -> #1@7 1x3=2%north:1", "2-3 look 1 -> 1=2@7%north:2", "4-5 buy k2 1x1 -> #2@8 1x1=1"});
}

TEST(Places, ANewItemIsAtMain) {
  expect_holds({"0-1 add k1 7=5 -> 7=5@3 left", "2-3 transfer k2 7 2 to north -> 7=5@4%north:2 left"});
  expect_violated("items", {"0-1 add k1 7=5 -> 7=5@3 left", "2-3 buy k2 7x1 -> #1@4 7x1=4%north:1"});
}

TEST(Places, AnEventIsOfThePlacesThatItsKeyAskedFor) {
  auto all = operations({"0-1 transfer k2 1 2 to north -> 1=5@3%north:2 left", "2-3 events 1 -> @3"});
  std::get<msg::ItemReply>(all[0].answer).at = 1;
  const auto shown = [&](const std::string& place, std::int64_t pieces) {
    msg::StockMoved moved{.key = "k2", .item = base::ItemId(1), .stock = base::Quantity(5)};
    moved.places = msg::Places{{place, base::Quantity(pieces)}};
    support::Stream stream;
    stream.block({support::voided("k1")});
    stream.block({{1, moved}});
    std::get<msg::EventsReply>(all[1].answer).blocks = {{stream[1]}, {stream[2]}, {stream[3]}};
    return check(all).result;
  };
  EXPECT_EQ(shown("north", 2), Result::kHolds);
  EXPECT_EQ(shown("north", 1), Result::kViolated);
  EXPECT_EQ(shown("annex", 2), Result::kViolated);
}

TEST(Places, ManyUnansweredMovementsAreDecided) {
  std::vector<std::string> sentences{"0-1 look 1 -> 1=40@3%north:20"};
  for (int i = 0; i < 12; ++i) sentences.push_back(fmt::format("2- transfer t{} 1 1 from north", i));
  for (int i = 0; i < 6; ++i) sentences.push_back(fmt::format("2- buy u{} 1x1%north", i));
  sentences.push_back("5-6 look 1 -> 1=36@30%north:9");
  expect_holds(sentences);
  sentences.back() = "5-6 look 1 -> 1=36@30%north:17";
  expect_violated("items", sentences);
}

}  // namespace
}  // namespace history
