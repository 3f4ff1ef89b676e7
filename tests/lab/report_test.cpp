// The report as text, CSV, JSON and a page.
#include "lab/report.h"

#include <gmock/gmock.h>

namespace lab {
namespace {

using testing::HasSubstr;
using testing::Not;

Table prices() {
  return {"a-prices", "prices", {"item", "ms"}, {{std::string("tea, green"), 1.5}, {std::string("a<b"), 12.25}}};
}

Section section(bool holds = true) {
  return {'a',
          "time & tiers",
          "text",
          {prices()},
          {{"a-prices", "plot", "x", "y", Plot::Kind::kBars, {1}}},
          {{"nothing is lost", holds}}};
}

std::string page(const Section& one, const std::string& svg) {
  return as_html({one}, "head", [&](const Plot&) { return svg; });
}

TEST(LabReport, ATableHasColumnsOfOneWidth) {
  EXPECT_EQ(as_text(prices()),
            "  prices\n"
            "  item            ms\n"
            "  tea, green   1.500\n"
            "  a<b         12.250\n");
}

TEST(LabReport, NoLineOfATableEndsWithSpaces) {
  EXPECT_EQ(as_text({"x", "t", {"long column"}, {{std::string("a")}}}), "  t\n  long column\n  a\n");
}

TEST(LabReport, ATextAmongNumbersIsAlignedLikeThem) {
  EXPECT_EQ(as_text({"x", "t", {"ms"}, {{std::string("-")}, {10.5}}}), "  t\n      ms\n       -\n  10.500\n");
}

TEST(LabReport, ANumberIsShownAsWhatItIs) {
  EXPECT_EQ(text_of(std::uint64_t{7}), "7");
  EXPECT_EQ(text_of(0.0626), "0.063");
  EXPECT_EQ(text_of(std::string("x")), "x");
}

TEST(LabReport, CsvQuotesWhatNeedsIt) { EXPECT_EQ(as_csv(prices()), "item,ms\n\"tea, green\",1.500\na<b,12.250\n"); }

TEST(LabReport, JsonHasNumbersByTheNamesOfTheColumns) {
  EXPECT_EQ(as_json({section()}), tasks::Json::parse(R"({"a": {
      "title": "time & tiers",
      "tables": [{"name": "a-prices", "title": "prices",
                  "rows": [{"item": "tea, green", "ms": 1.5}, {"item": "a<b", "ms": 12.25}]}],
      "checks": [{"what": "nothing is lost", "holds": true}]}})"));
}

TEST(LabReport, ASectionHasItsTablesAndChecks) {
  EXPECT_EQ(as_text(section()), "(a) time & tiers\n" + as_text(prices()) + "\n  holds: nothing is lost\n");
}

TEST(LabReport, OneFailedCheckIsEnough) {
  EXPECT_TRUE(all_hold({section(), section()}));
  EXPECT_FALSE(all_hold({section(), section(false)}));
  EXPECT_THAT(as_text(section(false)), HasSubstr("FAILS: nothing is lost"));
}

TEST(LabPage, TextsAreEscaped) {
  const auto html = page(section(), "");
  EXPECT_THAT(html, HasSubstr("time &amp; tiers"));
  EXPECT_THAT(html, HasSubstr("a&lt;b"));
  EXPECT_THAT(html, Not(HasSubstr("a<b")));
}

TEST(LabPage, HasEachPartOfASection) {
  const auto html = page(section(), "x");
  const std::string body = html.substr(html.find("<h1>"));
  EXPECT_EQ(body,
            "<h1>The labs' experiments</h1>\n<p>head</p>\n"
            "<h2 id=\"a\">(a) time &amp; tiers</h2>\n<p>text</p>\n"
            "<img alt=\"plot\" src=\"data:image/svg+xml,x\">\n"
            "<div class=\"wide\"><table><caption>prices</caption>\n"
            "<tr><th>item</th><th class=\"number\">ms</th></tr>\n"
            "<tr><td>tea, green</td><td class=\"number\">1.500</td></tr>\n"
            "<tr><td>a&lt;b</td><td class=\"number\">12.250</td></tr>\n"
            "</table></div>\n"
            "<p class=\"holds\">holds: nothing is lost</p>\n"
            "</body></html>\n");
  EXPECT_THAT(page(section(false), ""), HasSubstr("<p class=\"fails\">fails: nothing is lost</p>"));
}

TEST(LabPage, OnlyPlainCharactersOfADrawingStayAsTheyAre) {
  EXPECT_THAT(page(section(), "azAZ09-_.~/:=, `{@[;\xe9"),
              HasSubstr("data:image/svg+xml,azAZ09-_.~/:=, %60%7B%40%5B%3B%E9\""));
}

TEST(LabPage, ADrawingIsInThePageAndCannotRun) {
  const auto html = page(section(), "<svg onload=\"x\"/>");
  EXPECT_THAT(html, HasSubstr("src=\"data:image/svg+xml,%3Csvg onload=%22x%22/%3E\""));
  EXPECT_THAT(html, Not(HasSubstr("<svg")));
}

TEST(LabPage, WithoutADrawingThereIsNoImage) {
  const auto html = page(section(), "");
  EXPECT_THAT(html, Not(HasSubstr("<img")));
  EXPECT_THAT(html, HasSubstr("<td class=\"number\">12.250</td>"));
}

TEST(LabPage, RefersToNothingOutside) {
  const auto html = page(section(), "<svg/>");
  for (const auto* outside : {"<script", "http://", "https://", "<link", "@import"}) {
    EXPECT_THAT(html, Not(HasSubstr(outside)));
  }
}

}  // namespace
}  // namespace lab
