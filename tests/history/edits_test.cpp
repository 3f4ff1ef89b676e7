// Edits: titles, topics, retired items and terms of sale.
#include "tests/history/sentences.h"
#include "tests/support/blocks.h"

namespace history {
namespace {

using namespace sentences;

const std::string kLooked = "0-1 look 1 -> 1=5@3/t/Old";
const std::string kRenamed = "2-3 edit e 1 title New -> 1=5@7!7/t/New left";
const std::string kGone = "2-3 edit e 1 retire -> 1=5@7!7R/t/Old left";
const std::string kFewer = "2-3 edit e 1 terms P2 -> 1=5@7!7P2/t/Old left";

TEST(Edits, AnAcknowledgedOneIsSeenByEveryLookUp) {
  expect_holds({kLooked, kRenamed, "4-5 look 1 -> 1=5@7!7/t/New"});
  expect_holds({kLooked, kRenamed, "2-5 look 1 -> 1=5@3/t/Old"});
  expect_violated("time", {kLooked, kRenamed, "4-5 look 1 -> 1=5@3/t/Old"});
  expect_violated("told", {kLooked, kRenamed, "4-5 look 1 -> 1=5@7/t/Old"});
  expect_violated("edits", {kLooked, kRenamed, "4-5 look 1 -> 1=5@7!7/t/Old"});
}

TEST(Edits, AnAcknowledgedOneIsSeenByEveryLookUpByTitle) {
  expect_holds({kLooked, kRenamed, "4-5 title NEW -> 1=5@7!7/t/New"});
  expect_violated("time", {kLooked, kRenamed, "4-5 title NEW -> !unknown_item"});
  expect_holds({kLooked, kRenamed, "4-5 title OLD -> !unknown_item"});
  expect_violated("time", {kLooked, kRenamed, "4-5 title OLD -> 1=5@3/t/Old"});
}

TEST(Edits, AnAcknowledgedOneIsSeenByEverySearchForWords) {
  expect_holds({kLooked, kRenamed, "4-5 search * text new -> 1=5@7!7/t/New"});
  expect_violated("time", {kLooked, kRenamed, "4-5 search * text new ->"});
  expect_holds({kLooked, kRenamed, "4-5 search * text old ->"});
  expect_violated("time", {kLooked, kRenamed, "4-5 search * text old -> 1=5@7!7/t/New"});
  expect_violated("time", {kLooked, kRenamed, "4-5 search * text old -> 1=5@3/t/Old"});
}

TEST(Edits, ARetiredItemIsShownOnlyToThoseWhoAskForRetiredOnes) {
  expect_violated("time", {kLooked, kGone, "4-5 search t -> 1=5@7!7R/t/Old"});
  expect_holds({kLooked, kGone, "4-5 search * retired -> 1=5@7!7R/t/Old"});
}

TEST(Edits, AnAcknowledgedOneIsSeenByEverySearchForATopic) {
  const std::string moved = "2-3 edit e 1 topic u -> 1=5@7!7/u/Old left";
  expect_holds({kLooked, moved, "4-5 search u -> 1=5@7!7/u/Old", "6-7 search t ->"});
  expect_violated("time", {kLooked, moved, "4-5 search u ->"});
  expect_violated("time", {kLooked, moved, "4-5 search t -> 1=5@3/t/Old"});
}

// A search that does not find the item is of the time of another face.
TEST(Edits, AFaceThatComesBackIsFoundAgain) {
  const std::string back = "4-5 edit f 1 title Old -> 1=5@9!9/t/Old left";
  expect_violated("time", {kLooked, kRenamed, back, "6-7 search * text old ->"});
  expect_holds({kLooked, kRenamed, back, "4-7 search * text old ->"});
  expect_holds({kLooked, kRenamed, back, "2-7 search * text old ->"});
  expect_holds({kLooked, kRenamed, back, "4-7 search * text new ->"});
  expect_violated("time",
                  {kLooked, kRenamed, "6-7 edit f 1 title Old -> 1=5@9!9/t/Old left", "4-5 search * text new ->"});
}

TEST(Edits, ARetiredItemIsFoundByItsIdAlone) {
  expect_holds({kLooked, kGone, "4-5 look 1 -> 1=5@7!7R/t/Old"});
  expect_holds({kLooked, kGone, "4-5 search * ->", "4-5 title old -> !unknown_item"});
  expect_violated("asked", {kLooked, kGone, "4-5 search * -> 1=5@7!7R/t/Old"});
  expect_violated("asked", {kLooked, kGone, "4-5 title old -> 1=5@7!7R/t/Old"});
  expect_violated("time", {kLooked, kGone, "4-5 search * -> 1=5@3/t/Old"});
  expect_holds({kLooked, kGone, "4-5 search * retired -> 1=5@7!7R/t/Old"});
  expect_violated("time", {kLooked, kGone, "4-5 search * retired ->"});
}

TEST(Edits, AnItemThatWasBroughtBackIsFoundAndSold) {
  const std::string back = "4-5 edit f 1 restore -> 1=5@9!9/t/Old left";
  expect_holds({kLooked, kGone, back, "6-7 search * -> 1=5@9!9/t/Old", "8-9 buy b 1x1 -> #1@11 1x1=4"});
  expect_violated("time", {kLooked, kGone, back, "6-7 search * ->"});
  expect_violated("time", {kLooked, kGone, back, "6-7 buy b 1x1 -> !not_for_sale 1"});
}

TEST(Edits, ARetiredItemIsNotBought) {
  expect_violated("edits", {kLooked, kGone, "4-5 buy b 1x1 -> #1@9 1x1=4"});
  expect_violated("edits", {kLooked, kGone, "4-5 hold h 1x1 -> H1@9 1x1=1"});
  expect_holds({kLooked, kGone, "4-5 buy b 1x1 -> !not_for_sale 1"});
  expect_holds({kLooked, kGone, "4-5 sell b 1x1 -> #1@9 1x1=6"});
  expect_holds({kLooked, "2-5 edit e 1 retire -> 1=4@7!7R/t/Old left", "2-5 buy b 1x1 -> #1@6 1x1=4"});
}

TEST(Edits, AHoldIsConfirmedAlthoughItsItemWasRetiredSince) {
  expect_holds({kLooked, "2-3 hold h 1x1 -> H1@6 1x1=1", "4-5 edit e 1 retire -> 1=5&1@7!7R/t/Old left",
                "6-7 confirm c 1 -> #1@9 1x1=4"});
}

TEST(Edits, AnItemThatNobodyEditedIsForSale) {
  expect_violated("time", {kLooked, "4-5 buy b 1x1 -> !not_for_sale 1"});
  expect_violated("time", {kLooked, "4-5 buy b 1x3 -> !limit 1A2"});
  expect_violated("edits", {"0-1 look 1 -> 1=5@3R/t/Old"});
}

TEST(Edits, TermsLimitThePiecesOfAnOrder) {
  expect_holds({kLooked, kFewer, "4-5 buy b 1x2 -> #1@9 1x2=3"});
  expect_violated("edits", {kLooked, kFewer, "4-5 buy b 1x3 -> #1@9 1x3=2"});
  expect_violated("edits", {kLooked, kFewer, "4-5 buy b 1x2 1x1 -> #1@9 1x2=3 1x1=2"});
  expect_violated("edits", {kLooked, kFewer, "4-5 hold h 1x3 -> H1@9 1x3=3"});
  expect_holds({kLooked, kFewer, "4-5 buy b 1x3 -> !limit 1A2"});
  expect_holds({kLooked, kFewer, "4-5 edit f 1 terms none -> 1=5@9!9/t/Old left", "6-7 buy b 1x3 -> #1@11 1x3=2"});
}

TEST(Edits, TermsSayFromAndUntilWhenAnItemIsForSale) {
  const std::string timed = "2-3 edit e 1 terms F50U90 -> 1=5@7!7F50U90/t/Old left";
  for (const std::string at : {"^50", "^89"}) expect_holds({kLooked, timed, "4-5 buy b 1x1 -> #1@9 " + at + " 1x1=4"});
  for (const std::string at : {"^49", "^90"}) {
    expect_violated("edits", {kLooked, timed, "4-5 buy b 1x1 -> #1@9 " + at + " 1x1=4"});
  }
  expect_holds({kLooked, timed, "4-5 buy b 1x1 -> !not_for_sale 1F50", "4-5 buy c 1x1 -> !not_for_sale 1U90"});
  expect_violated("time", {kLooked, timed, "4-5 buy b 1x1 -> !not_for_sale 1F51"});
  expect_violated("time", {kLooked, timed, "4-5 buy b 1x1 -> !not_for_sale 1"});
}

TEST(Edits, TermsLimitThePiecesOfACustomerInAWindow) {
  const std::string each = "2-3 edit e 1 terms C2W100 -> 1=5@7!7C2W100/t/Old left";
  const std::string first = "4-5 buy b~ann 1x2 -> #1@9 ^10 1x2=3";
  expect_violated("edits", {kLooked, each, first, "6-7 buy c~ANN 1x1 -> #2@11 ^109 1x1=2"});
  expect_holds({kLooked, each, first, "6-7 buy c~ANN 1x1 -> #2@11 ^110 1x1=2"});
  expect_holds({kLooked, each, first, "6-7 buy c~bob 1x1 -> #2@11 ^20 1x1=2"});
  expect_violated("edits", {kLooked, each, "4-5 buy b~ann 1x3 -> #1@9 1x3=2"});
  expect_violated("edits", {kLooked, each, "4-5 buy b 1x1 -> #1@9 1x1=4"});
}

TEST(Edits, CancelledPiecesMayBeBoughtAgain) {
  const std::string each = "2-3 edit e 1 terms C2W100 -> 1=5@7!7C2W100/t/Old left";
  const std::string first = "4-5 buy b~ann 1x2 -> #1@9 1x2=3";
  expect_holds({kLooked, each, first, "6-7 cancel z 1 1x1 -> #1@9 b~ann 1x2=3 cancel@10 z 1x1=4",
                "8-9 buy c~ann 1x1 -> #2@11 1x1=3"});
  expect_holds({kLooked, each, first, "6- cancel z 1 1x1", "8-9 buy c~ann 1x1 -> #2@11 1x1=2"});
  expect_violated("edits", {kLooked, each, first, "8-9 buy c~ann 1x1 -> #2@11 1x1=2"});
}

TEST(Edits, WithoutAnAnswerMayHaveHappenedOrNot) {
  const std::string asked = "2- edit e 1 title New";
  expect_holds({kLooked, asked, "4-5 look 1 -> 1=5@7!7/t/New"});
  expect_holds({kLooked, asked, "4-5 look 1 -> 1=5@3/t/Old"});
  expect_holds({kLooked, asked, "4-5 search * text old ->", "6-7 search * text new ->"});
  expect_violated("edits", {kLooked, asked, "4-5 look 1 -> 1=5@7!7/t/Newer"});
  expect_violated("edits", {kLooked, asked, "4-5 look 1 -> 1=5@7!7R/t/New"});
  expect_violated("time", {kLooked, "6- edit e 1 title New", "4-5 search * text old ->"});
}

TEST(Edits, AreKnownByTheirOutcome) {
  const std::string asked = "2- edit e 1 retire";
  const std::string shown = "4-5 look 1 -> 1=5@7!7R/t/Old";
  const std::string sold = "6-7 buy b 1x1 -> #1@9 1x1=4";
  expect_holds({kLooked, asked, shown, sold});
  expect_violated("edits", {kLooked, asked, shown, sold, "8-9 outcome e -> change@7"});
}

TEST(Edits, AFaceThatNobodyMadeIsFound) {
  expect_violated("edits", {kLooked, "4-5 look 1 -> 1=5@7!7/t/New"});
  expect_violated("edits", {kLooked, kRenamed, "4-5 look 1 -> 1=5@9!9R/t/New"});
  expect_violated("edits", {kLooked, kRenamed, "4-5 edit f 1 topic u -> 1=5@9!9/u/Old left"});
  expect_violated("edits", {kLooked, kFewer, "4-5 edit f 1 topic u -> 1=5@9!9/u/Old left"});
}

TEST(Edits, NoEditIsForgotten) {
  expect_violated("told", {"0-9 look 1 -> 1=5@7!5", "0-9 buy b 1x1 -> #1@8 1x1=4", "0-9 look 1 -> 1=4@8!4"});
  expect_violated("told", {"0-9 look 1 -> 1=5@7!5", "0-9 buy b 1x1 -> #1@8 1x1=4", "0-9 look 1 -> 1=4@8"});
  expect_violated("asked", {"0-9 look 1 -> 1=5@7!8"});
}

TEST(Edits, AreOfTheVersionThatTheyExpect) {
  expect_holds({kLooked, "2-3 edit e 1 title New if 3 -> 1=5@7!7/t/New left"});
  expect_violated("items", {kLooked, kRenamed, "4-5 edit f 1 topic u if 3 -> 1=5@9!9/u/New left"});
  expect_violated("items", {kLooked, kRenamed, "4-5 edit f 1 topic u if 7 -> !version_changed 1@8"});
  expect_holds({kLooked, kRenamed, "4-5 edit f 1 topic u if 3 -> !version_changed 1@7"});
}

TEST(Edits, ChangeNeitherStockNorPrice) {
  expect_violated("items", {kLooked, "2-3 edit e 1 title New -> 1=4@7!7/t/New left"});
  expect_violated("items", {kLooked, "2-3 edit e 1 title New -> 1=5$90@7!7/t/New left"});
}

// An edit of an item, and a look at it afterwards. Both show what the edit gave it.
Operations detailed() {
  auto all = operations({kLooked, kRenamed, "4-5 look 1 -> 1=5@7!7/t/New"});
  auto& edit = std::get<msg::EditItem>(all[1].request);
  edit.description = "Two\nlines";
  edit.topics = msg::Topics{"maps"};
  edit.attributes = msg::AttributeChanges{{"pages", "214"}, {"gone", std::nullopt}};
  for (const auto index : {1, 2}) {
    auto& item = std::get<msg::ItemReply>(all[static_cast<std::size_t>(index)].answer).item;
    item.description = edit.description;
    item.topics = edit.topics;
    item.attributes = msg::Attributes{{"pages", "214"}};
  }
  return all;
}

TEST(Edits, GiveDescriptionsTopicsAndAttributes) {
  EXPECT_EQ(check(detailed()).result, Result::kHolds);
  const auto result = [](auto change) {
    auto all = detailed();
    for (const auto index : {1, 2}) change(std::get<msg::ItemReply>(all[static_cast<std::size_t>(index)].answer).item);
    return check(all).result;
  };
  EXPECT_EQ(result([](auto&) {}), Result::kHolds);
  EXPECT_EQ(result([](auto& item) { item.description = "Another"; }), Result::kViolated);
  EXPECT_EQ(result([](auto& item) { item.topics->push_back("fun"); }), Result::kViolated);
  EXPECT_EQ(result([](auto& item) { item.topics.reset(); }), Result::kViolated);
  EXPECT_EQ(result([](auto& item) { item.attributes->emplace("gone", "x"); }), Result::kViolated);
  EXPECT_EQ(result([](auto& item) { item.attributes->emplace("other", "x"); }), Result::kViolated)
      << "nobody gave it this one";
  EXPECT_EQ(result([](auto& item) { item.attributes->at("pages") = "215"; }), Result::kViolated);
}

TEST(Edits, AnItemIsFoundByEachOfItsTopics) {
  const auto result = [](const std::string& search, bool shows) {
    auto all = detailed();
    auto more = operations({search});
    if (shows) std::get<msg::ItemsReply>(more[0].answer).items = {std::get<msg::ItemReply>(all[2].answer).item};
    all.push_back(more[0]);
    return check(all).result;
  };
  EXPECT_EQ(result("6-7 search MAPS -> 1=5@7!7/t/New", true), Result::kHolds);
  EXPECT_EQ(result("6-7 search t -> 1=5@7!7/t/New", true), Result::kHolds);
  EXPECT_EQ(result("6-7 search maps ->", false), Result::kViolated);
  EXPECT_EQ(result("6-7 search fun -> 1=5@7!7/t/New", true), Result::kViolated);
}

// An edit that names single rules leaves the others.
TEST(Edits, SingleRulesFollowTheTermsBefore) {
  const auto result = [](const std::string& second, std::vector<std::string> rules) {
    auto all = operations({kLooked, "2-3 edit e 1 terms C2W100 -> 1=5@7!7C2W100/t/Old left", second});
    std::get<msg::EditItem>(all[2].request).rules = std::move(rules);
    return check(all).result;
  };
  EXPECT_EQ(result("4-5 edit f 1 terms P2 -> 1=5@9!9P2C2W100/t/Old left", {"per_order"}), Result::kHolds);
  EXPECT_EQ(result("4-5 edit f 1 terms P2 -> 1=5@9!9P2/t/Old left", {"per_order"}), Result::kViolated);
  EXPECT_EQ(result("4-5 edit f 1 terms P2 -> 1=5@9!9P2/t/Old left", {"per_order", "per_customer", "window"}),
            Result::kHolds);
  EXPECT_EQ(result("4-5 edit f 1 terms P2 -> 1=5@9!9P3C2W100/t/Old left", {"per_order"}), Result::kViolated);
  EXPECT_EQ(result("4-5 edit f 1 terms none -> !limit 1", {"window"}), Result::kHolds);
}

// The ids of a page that was cut may be those of items that an edit took away since.
TEST(Edits, MayTakeAwayWhatFollowsAPage) {
  const std::string both = "0-1 search * -> 1=5@3 2=5@4";
  expect_holds({both, "2-3 edit e 2 retire -> 2=5@7!7R left", "2-3 search * limit 1 -> 1=5@3 more"});
  expect_holds({"0-1 search * -> 1=5@3", "2- edit e 2 restore", "4-5 search * limit 1 -> 1=5@3 more"});
}

TEST(Edits, ARetiredItemMayFollowAPageThatShowsAll) {
  expect_holds({"0-1 search * -> 1=5@3", "2-3 search * retired limit 1 -> 1=5@3 more"});
  expect_violated("time", {"0-1 search * retired -> 1=5@3", "2-3 search * retired limit 1 -> 1=5@3 more"});
}

TEST(Events, AnEditIsTheOneThatItsKeyAskedFor) {
  auto all = operations({"0-1 edit k2 1 title New -> 1=5@3!3/t/New left", "2-3 events 1 -> @3"});
  const auto shown = [&](const std::string& title) {
    support::Stream stream;
    stream.block({support::voided("k1")});
    stream.block({{1, msg::ItemEdited{.key = "k2", .item = base::ItemId(1), .title = title}}});
    std::get<msg::EventsReply>(all[1].answer).blocks = {{stream[1]}, {stream[2]}, {stream[3]}};
    std::get<msg::ItemReply>(all[0].answer).at = 1;
    return check(all).result;
  };
  EXPECT_EQ(shown("New"), Result::kHolds);
  EXPECT_EQ(shown("Newer"), Result::kViolated);
}

}  // namespace
}  // namespace history
