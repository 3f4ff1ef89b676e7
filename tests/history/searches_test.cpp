// Pages and look-ups by title, and their claims about the items that they do not show.
#include "tests/history/sentences.h"

namespace history {
namespace {

using namespace sentences;

const std::string kFirst = "0-1 add a 5=3/Maths/Group_theory -> 5=3@7/Maths/Group_theory";
const std::string kSecond = "2-3 add b 6=3/Cooking/Group_dinners -> 6=3@8/Cooking/Group_dinners";
const std::string kFive = "5=3@7/Maths/Group_theory";
const std::string kSix = "6=3@8/Cooking/Group_dinners";

TEST(Searches, OfAllShowAll) {
  expect_holds({kFirst, "4-5 search * -> " + kFive});
  expect_violated("time", {kFirst, "4-5 search * ->"});
  expect_violated("time", {kFirst, kSecond, "4-5 search * -> " + kSix});
}

TEST(Searches, ShowAnItemBeforeNobodyAddedIt) {
  expect_holds({"0-1 search * ->", "0-9 add a 5=3 -> 5=3@7"});
  expect_violated("items", {"0-1 search * ->", "2-3 look 5 -> 5=3@7"});
}

TEST(Searches, CompareTopicsWithoutCase) {
  expect_holds({kFirst, "4-5 search mATHS -> " + kFive});
  expect_violated("time", {kFirst, "4-5 search mATHS ->"});
}

TEST(Searches, ShowNoForeignTopic) {
  expect_holds({kFirst, "4-5 search Other ->"});
  expect_violated("time", {kFirst, "4-5 search Other -> " + kFive});
}

TEST(Searches, FindBeginningsOfWords) {
  for (const std::string text : {"group", "theory", "THE_gr", "g"}) {
    expect_holds({kFirst, "4-5 search * text " + text + " -> " + kFive});
    expect_violated("time", {kFirst, "4-5 search * text " + text + " ->"});
  }
  for (const std::string text : {"zebra", "heory", "group_zebra", "group-theories", "!"}) {
    expect_holds({kFirst, "4-5 search * text " + text + " ->"});
    expect_violated("time", {kFirst, "4-5 search * text " + text + " -> " + kFive});
  }
}

TEST(Searches, NeedBothTopicAndText) {
  expect_holds({kFirst, kSecond, "4-5 search Maths text group -> " + kFive});
  expect_violated("time", {kFirst, kSecond, "4-5 search Maths text group -> " + kFive + " " + kSix});
}

TEST(Searches, CompareTopicsOfEveryScriptWithoutCase) {
  const std::string add = "0-1 add a 5=3/\u00c9tudes/Stra\u00dfe -> 5=3@7/\u00c9tudes/Stra\u00dfe";
  const std::string item = "5=3@7/\u00c9tudes/Stra\u00dfe";
  for (const std::string search : {"search E\u0301TUDES ->", "title STRASSE ->"}) {
    expect_holds({add, "4-5 " + search + " " + item});
  }
  expect_violated("time", {add, "4-5 search E\u0301TUDES ->"});
  expect_violated("time", {add, "4-5 title STRASSE -> !unknown_item"});
  expect_holds({add, "4-5 search Etudes ->"});
  expect_violated("time", {add, "4-5 search Etudes -> " + item});
}

// The words of other scripts depend on the release of Unicode that a replica has, so nothing follows from them.
TEST(Searches, ForWordsBeyondAsciiMayMatchOrNot) {
  const std::string add = "0-1 add a 5=3/t/\u00c9t\u00e9 -> 5=3@7/t/\u00c9t\u00e9";
  for (const std::string text : {"\u00e9t", "ete"}) {
    expect_holds({add, "4-5 search * text " + text + " -> 5=3@7/t/\u00c9t\u00e9"});
    expect_holds({add, "4-5 search * text " + text + " ->"});
  }
}

TEST(Searches, WithoutANextHaveShownAll) {
  expect_holds({kFirst, kSecond, "4-5 search * limit 1 -> " + kFive + " more"});
  expect_violated("time", {kFirst, kSecond, "4-5 search * limit 1 -> " + kFive});
}

TEST(Searches, WithANextHaveShownAllBeforeIt) {
  expect_violated("time", {kFirst, kSecond, "4-5 search * limit 1 -> " + kSix + " more"});
}

// A page that says that more items follow is wrong only if somebody was told of an end, and nobody added an item.
TEST(Searches, WithANextAreFollowed) {
  expect_holds({"0-1 search * -> " + kFive, "2-3 add b 6=3 -> 6=3@8", "4-5 search * limit 1 -> " + kFive + " more"});
  expect_holds({"0-1 search * -> " + kFive, "2- add b 6=3", "4-5 search * limit 1 -> " + kFive + " more"});
  expect_violated("time", {"0-1 search * -> " + kFive, "4-5 search * limit 1 -> " + kFive + " more"});
  expect_violated("time", {"4-5 search * -> " + kFive, "0-1 search * limit 1 -> " + kFive + " more"});
  expect_violated("time", {"0-1 search Maths -> " + kFive, "4-5 search maths limit 1 -> " + kFive + " more"});
  expect_holds({"0-1 search Maths -> " + kFive, "4-5 search * limit 1 -> " + kFive + " more"});
  expect_violated("time", {"0-1 search * -> " + kFive, "6- add b 6=3", "4-5 search * limit 1 -> " + kFive + " more"});
  expect_violated("time", {"0-1 search * -> " + kFive, "2- add b 4=3", "4-5 search * limit 1 -> " + kFive + " more"});
}

TEST(Searches, AreFollowedByAnAdditionWhoseOutcomeIsTold) {
  const std::string end = "0-1 search * -> " + kFive;
  const std::string add = "2- add b 6=3";
  const std::string outcome = "8-9 outcome b -> change@20";
  expect_holds({end, add, outcome, "4-5 search * limit 1 -> " + kFive + " more"});
  expect_violated("time",
                  {end, add, outcome, "4-5 search * limit 1 -> " + kFive + " more", "6-7 search * -> " + kFive});
}

TEST(Searches, AfterAnAdditionWhoseOutcomeIsToldShowIt) {
  expect_violated("time", {"2- add b 6=3", "3-4 outcome b -> change@20", "5-6 search * ->"});
  expect_violated("time", {"2- add b 6=3", "3-4 outcome b -> change@20", "5-6 look 6 -> !unknown_item 6"});
}

TEST(Titles, AreComparedWithoutCase) {
  expect_holds({kFirst, "4-5 title gROUP_theory -> " + kFive});
  expect_violated("time", {kFirst, "4-5 title gROUP_theory -> !unknown_item"});
  expect_holds({kFirst, "4-5 title group_theor -> !unknown_item"});
}

TEST(Titles, FindTheLeastOfSeveralItems) {
  const std::string another = "2-3 add b 4=3/t/group_theory -> 4=3@8/t/group_theory";
  expect_holds({kFirst, another, "4-5 title Group_theory -> 4=3@8/t/group_theory"});
  expect_violated("time", {kFirst, another, "4-5 title Group_theory -> " + kFive});
  expect_holds({kFirst, "2-5 add b 4=3/t/group_theory -> 4=3@8/t/group_theory", "3-4 title Group_theory -> " + kFive});
}

TEST(Titles, FoundNowWereNotMissedBefore) {
  expect_violated("items", {"0-1 title Group_theory -> !unknown_item", "2-3 title Group_theory -> " + kFive});
}

// Two items have the same title, and an unanswered addition made the second one.
TEST(WithoutAnAnswer, AnAdditionOfAKnownTitleIsAnotherItem) {
  expect_holds({"0-1 look 4 -> 4=3@2/t/Twice", "2-3 look 7 -> !unknown_item 7", "4- add a =5/t/Twice",
                "5-6 outcome a -> change@9", "7-8 look 7 -> 7=5@9/t/Twice"});
}

}  // namespace
}  // namespace history
