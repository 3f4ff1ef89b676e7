// Paths, queries and heads of HTTP.
#include "bridge/http.h"

#include <gmock/gmock.h>

#include "bridge/exchange.h"

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
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
  const auto head = bridge::head_of({201, "application/json", "{}", {{"Location", "/v1/orders/7"}}}, 2, true, "now");
  EXPECT_EQ(head,
            "HTTP/1.1 201 Created\r\nDate: now\r\nContent-Type: application/json\r\nContent-Length: 2\r\nLocation: "
            "/v1/orders/7\r\nX-Content-Type-Options: nosniff\r\n\r\n");
  EXPECT_THAT(bridge::head_of({304, {}, {}, {}}, 0, true, "now"), testing::Not(HasSubstr("Content-Length")));
  EXPECT_THAT(bridge::head_of({}, 0, false, "now"), HasSubstr("Connection: close\r\n"));
}

TEST(Date, IsThatOfRfc9110) { EXPECT_EQ(bridge::http_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT"); }

TEST(Request, HeadersAreFoundWithoutCase) {
  const bridge::Request request{"GET", "/", {{"If-None-Match", "a"}, {"if-none-match", "b"}}, {}};
  EXPECT_EQ(request.header("IF-NONE-MATCH"), "a");
  EXPECT_EQ(request.header("Host"), "");
}

}  // namespace
