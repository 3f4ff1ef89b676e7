// The page /docs describes each route to people.
#include <gmock/gmock.h>

#include "bridge/routes.h"

namespace bridge {
namespace {

using testing::HasSubstr;
using testing::Not;

// The part of the page about one route.
std::string section(const std::string& name) {
  const auto page = docs_page({}, "shop.example:8088");
  const auto begin = page.find("<section class=\"operation\" id=\"" + name + "\"");
  if (begin == std::string::npos) return "none";
  return page.substr(begin, page.find("</section>", begin) - begin);
}

std::string row(const std::string& name, const std::string& kind, const std::string& what) {
  return "<tr><th scope=\"row\"><code>" + name + "</code></th><td class=\"kind\">" + kind + "</td><td>" + what;
}

TEST(DocsTest, EachRouteHasASectionAndALinkToItExceptTheFilesOfThePage) {
  const auto page = docs_page({}, "shop.example:8088");
  for (const auto& route : routes()) {
    const bool shown = route.type != "text/css" && route.type != "text/javascript";
    const auto name = std::string(route.name);
    EXPECT_EQ(section(name) != "none", shown) << name;
    EXPECT_EQ(page.find("<a href=\"#" + name + "\">") != std::string::npos, shown) << name;
  }
}

TEST(DocsTest, ARouteIsInItsGroup) {
  const auto page = docs_page({}, "shop.example:8088");
  const auto store = page.find("<h2 id=\"store\">");
  const auto labs = page.find("<h2 id=\"labs\">");
  const auto place = [&](const std::string& name) { return page.find("<section class=\"operation\" id=\"" + name); };
  EXPECT_LT(place("placeOrder"), store);
  EXPECT_LT(store, place("getStatus"));
  EXPECT_LT(place("getStatus"), labs);
  EXPECT_LT(labs, place("labBook"));
}

TEST(DocsTest, AWriteHasItsKeyItsBodyAndAnExample) {
  const auto text = section("moveStock");
  EXPECT_THAT(text, HasSubstr("<span class=\"method POST\">POST</span> <code>/v1/items/{id}/movements</code>"));
  EXPECT_THAT(text, HasSubstr("curl -H 'Idempotency-Key: a-new-one' --json '{&quot;delta&quot;:1}' "
                              "'http://shop.example:8088/v1/items/1/movements'"));
  EXPECT_THAT(text, HasSubstr(row("Idempotency-Key", "header, 1 to 64 bytes", "required")));
  EXPECT_THAT(text, HasSubstr("<h4>Body</h4>"));
  EXPECT_THAT(text, HasSubstr(row("delta", "integer, -1000000000 to 1000000000", "")));
  EXPECT_THAT(text, HasSubstr(row("reason", "string, 0 to 200 bytes", "optional; for people")));
  EXPECT_THAT(text, HasSubstr("<h4>Answer 201</h4>"));
  EXPECT_THAT(text, HasSubstr(row("If-Match", "header", "the item's ETag")));
  EXPECT_THAT(section("placeOrder"), Not(HasSubstr("If-Match")));
}

TEST(DocsTest, AnExampleHasOneOfTwoNamesOfAParameter) {
  EXPECT_THAT(section("labLookup"), HasSubstr("/lookup?item=1'"));
  EXPECT_THAT(section("labBuyPost"), HasSubstr("/buy?item=1'"));
  EXPECT_THAT(section("labOrder"), HasSubstr("{&quot;name&quot;:&quot;NAME&quot;,&quot;quantity&quot;:1}"));
}

TEST(DocsTest, AnAnswerHasASample) {
  EXPECT_THAT(
      section("getItem"),
      HasSubstr("<code>{&quot;id&quot;:1,&quot;title&quot;:&quot;RPCs for Dummies&quot;,&quot;topic&quot;:"
                "&quot;distributed systems&quot;,&quot;price&quot;:4995,&quot;stock&quot;:999,&quot;version&quot;:9}"));
  for (const auto& route : routes()) {
    if (!route.answer) continue;
    EXPECT_THAT(section(std::string(route.name)), HasSubstr("class=\"sample\"")) << route.name;
  }
}

TEST(DocsTest, AWriteSaysHowItMayBeRefused) {
  EXPECT_THAT(section("changeItem"), HasSubstr("<code>404</code>, <code>409</code>, <code>412</code>"));
  EXPECT_THAT(section("listItems"), Not(HasSubstr("Also refused")));
}

TEST(DocsTest, WithoutAHostExamplesAskThisMachine) {
  EXPECT_THAT(docs_page({}, ""), HasSubstr("'http://localhost:8080/v1/orders'"));
}

TEST(DocsTest, WithoutTheLabsTheirPathsAreNotShown) {
  EXPECT_THAT(docs_page({}, ""), HasSubstr("id=\"labs\""));
  EXPECT_THAT(docs_page({.labs = false}, ""), testing::AllOf(Not(HasSubstr("labs")), Not(HasSubstr("/buy"))));
}

TEST(DocsTest, AListInABodyIsToldWithItsMembers) {
  const auto text = section("placeOrder");
  EXPECT_THAT(text, HasSubstr(row("lines[]", "array, 1 to 100", "")));
  EXPECT_THAT(text, HasSubstr("<code>lines[].item</code>"));
  EXPECT_THAT(text, HasSubstr(row("type", "buy or sell", "optional")));
}

TEST(DocsTest, ARouteHasItsParameters) {
  const auto events = section("streamEvents");
  EXPECT_THAT(events, HasSubstr("curl -N 'http://shop.example:8088/v1/events'"));
  EXPECT_THAT(events, HasSubstr(row("from", "integer", "the first seq; missing: from now on")));
  EXPECT_THAT(events, HasSubstr(row("type", "string, as often as wanted", "of the event")));
  EXPECT_THAT(section("labSearch"), HasSubstr("'http://shop.example:8088/search?topic=1'"));
  EXPECT_THAT(section("labSearch"), HasSubstr(row("topic", "string", "the topic, whole; also ds and gs; required")));
  EXPECT_THAT(section("getItem"), HasSubstr(row("If-None-Match", "header", "the item's ETag")));
  EXPECT_THAT(section("getItem"), HasSubstr("<code>X-Pygmy-Stale-Ok</code>"));
  EXPECT_THAT(section("changeItem"), HasSubstr(row("If-Match", "header", "the item's ETag")));
  EXPECT_THAT(section("changeItem"), HasSubstr("curl -X PATCH -H"));
  EXPECT_THAT(section("changeItem"), HasSubstr("{&quot;price&quot;:")) << "a body that is taken";
  EXPECT_THAT(section("getStatus"), HasSubstr("the same as <code>pygmy status --json</code>"));
}

}  // namespace
}  // namespace bridge
