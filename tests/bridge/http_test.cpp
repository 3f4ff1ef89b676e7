// Paths, queries and heads of HTTP.
#include "bridge/http.h"

#include <gmock/gmock.h>

#include <map>

#include "bridge/exchange.h"

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

TEST(Target, IsAPathAndAQuery) {
  const auto target = bridge::parse_target("/v1/items?topic=distributed+systems&text=%C3%A9&&flag");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/v1/items");
  EXPECT_THAT(target->query,
              ElementsAre(Pair("topic", "distributed systems"), Pair("text", "\xc3\xa9"), Pair("flag", "")));
}

TEST(Target, MustBeginWithASlashAndHaveWholeEscapes) {
  for (const char* text : {"", "*", "http://other/", "items", "/?a=%", "/?a=%4", "/?%zz=1"}) {
    EXPECT_FALSE(bridge::parse_target(text)) << text;
  }
}

TEST(Target, OnlyWhatUrlsLeavePlainIsNotEscaped) {
  EXPECT_EQ(bridge::escaped("azAZ09-_.~"), "azAZ09-_.~");
  EXPECT_EQ(bridge::escaped("/:@[`{\xff "), "%2F%3A%40%5B%60%7B%FF%20");
}

TEST(Durations, AreOfOneDayAtMost) {
  EXPECT_EQ(bridge::duration_ms("0ms"), 0U);
  EXPECT_EQ(bridge::duration_ms("1ms"), 1U);
  EXPECT_EQ(bridge::duration_ms("2s"), 2'000U);
  EXPECT_EQ(bridge::duration_ms("3m"), 180'000U);
  for (const auto* day : {"86400000ms", "86400s", "1440m"}) EXPECT_EQ(bridge::duration_ms(day), 86'400'000U) << day;
  for (const auto* more : {"86400001ms", "86401s", "1441m", "18446744073709551615m", "18446744073709551616ms"}) {
    EXPECT_FALSE(bridge::duration_ms(more)) << more;
  }
  for (const auto* wrong : {"", "1", "s", "-1s", "1 s", "1h", "1.5s", "ms1"})
    EXPECT_FALSE(bridge::duration_ms(wrong)) << wrong;
}

TEST(Head, SaysHowLongTheBodyIsUnlessThereIsNone) {
  const auto head = bridge::head_of({201, "application/json", "{}", {{"Location", "/v1/orders/7"}}}, 2, "", "now");
  EXPECT_EQ(head,
            "HTTP/1.1 201 Created\r\nDate: now\r\nContent-Type: application/json\r\nContent-Length: 2\r\nLocation: "
            "/v1/orders/7\r\nX-Content-Type-Options: nosniff\r\n\r\n");
  for (const unsigned without : {204U, 304U}) {
    EXPECT_THAT(bridge::head_of({without, {}, {}, {}}, 0, "", "now"), Not(HasSubstr("\nContent-"))) << without;
  }
  EXPECT_THAT(bridge::head_of({}, 0, "close", "now"), HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(bridge::head_of({}, {}, "close", "now"), Not(HasSubstr("Content-Length"))) << "a stream";
}

TEST(Date, IsThatOfRfc9110) { EXPECT_EQ(bridge::http_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT"); }

TEST(Reason, EveryStatusThatIsAnsweredHasOne) {
  std::map<std::string_view, unsigned> reasons;
  for (const unsigned status : {200U, 201U, 202U, 304U, 400U, 403U, 404U, 405U, 408U, 409U, 412U,
                                413U, 415U, 417U, 422U, 431U, 501U, 502U, 503U, 504U, 505U}) {
    const auto text = bridge::reason(status);
    EXPECT_NE(text, "Unknown") << status;
    EXPECT_TRUE(reasons.emplace(text, status).second) << status << " has the reason of " << reasons[text];
  }
}

TEST(Request, HeadersAreFoundWithoutCase) {
  const bridge::Request request{"GET", "/", {{"If-Match", "a"}}, {}};
  EXPECT_EQ(request.header("IF-MATCH"), "a");
  EXPECT_TRUE(request.has("if-match"));
  EXPECT_EQ(request.header("Host"), "");
  EXPECT_FALSE(request.has("Host"));
}

TEST(Request, AListMayComeInSeveralLines) {
  const bridge::Request request{"GET", "/", {{"If-None-Match", "a"}, {"Host", "x"}, {"if-none-match", "b"}}, {}};
  EXPECT_EQ(request.header("If-None-Match"), "a, b");
}

// --- the absolute form of a target ---

bridge::Request with_target(std::string target, bridge::Headers headers = {{"Host", "other"}, {"host", "third"}}) {
  bridge::Request request{"GET", std::move(target), std::move(headers), {}};
  bridge::take_authority(request);
  return request;
}

TEST(AbsoluteTarget, GivesItsHostToTheRequestAndKeepsItsPath) {
  for (const auto& [target, host, path] :
       std::vector<std::array<std::string, 3>>{{"http://shop:80/v1/items?limit=2", "shop:80", "/v1/items?limit=2"},
                                               {"HTTP://[::1]/", "[::1]", "/"},
                                               {"http://shop", "shop", "/"},
                                               {"http://shop?a=b/c", "shop", "/?a=b/c"},
                                               {"http://a@b/x", "a@b", "/x"},
                                               {"http:///x", "", "/x"}}) {
    const auto request = with_target(target);
    EXPECT_EQ(request.target, path) << target;
    EXPECT_THAT(request.headers, ElementsAre(Pair("Host", host))) << "every Host that was sent is ignored";
  }
}

TEST(AbsoluteTarget, AnotherTargetStaysAsItIs) {
  for (const char* target : {"/v1/items", "*", "shop:80", "https://shop/", "ftp://shop/", "http:/x", ""}) {
    const auto request = with_target(target, {{"Host", "other"}});
    EXPECT_EQ(request.target, target);
    EXPECT_EQ(request.header("Host"), "other");
  }
}

TEST(Text, IsTrimmedAndCut) {
  EXPECT_EQ(bridge::trimmed(" \ta b\t "), "a b");
  EXPECT_EQ(bridge::trimmed(" \t"), "");
  std::string_view rest = "a,,b";
  EXPECT_EQ(bridge::take_until(rest, ','), "a");
  EXPECT_EQ(bridge::take_until(rest, ','), "");
  EXPECT_EQ(bridge::take_until(rest, ','), "b");
  EXPECT_EQ(rest, "");
}

}  // namespace
