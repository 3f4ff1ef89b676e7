// The names of this bridge.
#include "bridge/site.h"

#include <gtest/gtest.h>

namespace bridge {
namespace {

void expect_hosts(const Site& site, const std::vector<std::string>& own, const std::vector<std::string>& others) {
  for (const auto& host : own) EXPECT_TRUE(is_host_of(site, host)) << site.bind << ": " << host;
  for (const auto& host : others) EXPECT_FALSE(is_host_of(site, host)) << site.bind << ": " << host;
}

TEST(SiteHosts, OnLoopbackAreItsNamesAndAddresses) {
  expect_hosts(
      {},
      {"localhost", "LocalHost", "localhost.", "localhost:8080", "localhost.:8080", "127.0.0.1", "127.0.0.1:1",
       "127.0.0.1.", "127.8.9.10", "[::1]", "[::1]:8080", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "localhost:"},
      {"",
       ".",
       "localhost..",
       "evil.example",
       "localhost.evil.example",
       "evil.example:8080",
       "localhost:80x",
       "localhost:8080:8080",
       "localhost:808080",
       "localhost@evil.example",
       "evil@localhost",
       "localhost/",
       "local host",
       "localhost,evil",
       " localhost",
       "127.1",
       "2130706433",
       "0x7f.0.0.1",
       "10.0.0.5",
       "0.0.0.0",
       "[::]",
       "::1",
       "[::1",
       "[::1]x",
       "[]",
       "[::1]:x",
       "[evil.example]",
       "8.8.8.8",
       "*"});
}

TEST(SiteHosts, OfOneAddressAreThatAddressAndLoopbackNames) {
  expect_hosts({.bind = "10.0.0.5"}, {"10.0.0.5", "10.0.0.5:80", "localhost"}, {"10.0.0.6", "[::1]", "evil.example"});
  expect_hosts({.bind = "fd00::5"}, {"[fd00::5]", "[FD00:0::5]:80", "localhost"}, {"[fd00::6]", "10.0.0.5"});
}

// A name can be made to lead anywhere, an address cannot.
TEST(SiteHosts, OfAllAddressesAreAllAddresses) {
  for (const char* bind : {"0.0.0.0", "::"}) {
    expect_hosts({.bind = bind}, {"10.0.0.5", "127.0.0.1", "[::1]", "8.8.8.8:80", "localhost"},
                 {"evil.example", "1.2.3.4.example", ""});
  }
}

TEST(SiteHosts, MayBeNamed) {
  const Site site{.hosts = {"shop.example", "Shop2.", "10.0.0.5", "fd00::5"}};
  expect_hosts(site, {"shop.example", "SHOP.example.:80", "shop2", "10.0.0.5:8080", "[fd00::5]", "localhost"},
               {"example", "xshop.example", "shop.example.evil", "10.0.0.6", "[fd00::6]", "fd00::5"});
}

TEST(Loopback, IsThatOfBothVersions) {
  for (const char* address : {"127.0.0.1", "127.3.4.5", "::1", "::ffff:127.0.0.1"}) EXPECT_TRUE(is_loopback(address));
  for (const char* address : {"0.0.0.0", "::", "10.0.0.5", "localhost", ""}) EXPECT_FALSE(is_loopback(address));
}

Request sent(std::string method, Headers headers) {
  headers.emplace_back("Host", "shop:8080");
  return {std::move(method), "/buy/1", std::move(headers), {}};
}

TEST(OtherSites, AreToldByEachHeaderAlone) {
  const Site site{.origins = {"https://friend.example"}};
  const auto is_other = [&](const char* name, const char* value) {
    return is_of_another_site(site, sent("GET", {{name, value}}));
  };
  EXPECT_FALSE(is_of_another_site(site, sent("GET", {}))) << "curl";
  EXPECT_FALSE(is_other("Origin", "http://shop:8080"));
  EXPECT_FALSE(is_other("Origin", "https://shop:8080")) << "a proxy ends TLS";
  EXPECT_TRUE(is_other("Origin", "http://shop")) << "another port is another site";
  EXPECT_TRUE(is_other("Origin", "shop:8080"));
  EXPECT_FALSE(is_other("Origin", "https://friend.example"));
  EXPECT_TRUE(is_other("Origin", "http://friend.example"));
  EXPECT_FALSE(is_other("Referer", "http://shop:8080/a?b#c"));
  EXPECT_FALSE(is_other("Referer", "http://shop:8080"));
  EXPECT_FALSE(is_other("Referer", "https://friend.example/a"));
  EXPECT_TRUE(is_other("Referer", "http://shop:8080.evil.example/"));
  EXPECT_TRUE(is_other("Referer", "http://evil.example/http://shop:8080/"));
}

TEST(OtherSites, OneForeignHeaderIsEnough) {
  const Site site{.origins = {"https://friend.example"}};
  EXPECT_TRUE(is_of_another_site(site, sent("GET", {{"Origin", "http://shop:8080"}, {"Referer", "http://evil/"}})));
  EXPECT_TRUE(is_of_another_site(site, sent("GET", {{"Origin", "http://shop:8080"}, {"Origin", "http://evil"}})));
  EXPECT_TRUE(
      is_of_another_site(site, sent("GET", {{"Referer", "http://shop:8080/"}, {"Sec-Fetch-Site", "cross-site"}})));
}

// A welcome page is of another site for the browser.
TEST(OtherSites, AWelcomePageMayAskAlthoughTheBrowserCallsItForeign) {
  const Site site{.origins = {"https://friend.example"}};
  EXPECT_FALSE(
      is_of_another_site(site, sent("POST", {{"Origin", "https://friend.example"}, {"Sec-Fetch-Site", "cross-site"}})));
}

TEST(OtherSites, ABrowserThatTellsNothingMayComeFromAnywhere) {
  const std::pair<std::string, std::string> browser{"User-Agent", "Mozilla/5.0 (Macintosh)"};
  EXPECT_TRUE(is_of_another_site({}, sent("GET", {browser})));
  EXPECT_FALSE(is_of_another_site({}, sent("GET", {browser, {"Sec-Fetch-Site", "none"}})));
  EXPECT_FALSE(is_of_another_site({}, sent("GET", {browser, {"Referer", "http://shop:8080/"}})));
  EXPECT_FALSE(is_of_another_site({}, sent("POST", {browser}))) << "every browser sends Origin with POST";
}

bool is_own_page(Headers headers, bool tls = false) {
  headers.emplace_back("Host", "shop.example:8080");
  return is_of_own_page({.origins = {"https://friend.example"}, .tls = tls}, {"POST", "/", std::move(headers), {}});
}

TEST(OwnPage, OneHeaderMustSaySoAndNoneMayDenyIt) {
  const Headers::value_type origin{"Origin", "http://shop.example:8080"};
  const Headers::value_type referer{"Referer", "http://shop.example:8080/basket"};
  const Headers::value_type fetch{"Sec-Fetch-Site", "same-origin"};
  for (const auto& header : {origin, referer, fetch}) {
    EXPECT_TRUE(is_own_page({header})) << header.first;
    for (const auto& other : Headers{{"Origin", "http://evil.example"},
                                     {"Origin", "http://shop.example"},
                                     {"Origin", "null"},
                                     {"Origin", "https://friend.example"},
                                     {"Referer", "http://evil.example/shop.example:8080"},
                                     {"Sec-Fetch-Site", "same-site"},
                                     {"Sec-Fetch-Site", "cross-site"},
                                     {"Sec-Fetch-Site", "none"}}) {
      EXPECT_FALSE(is_own_page({other})) << other.second;
      if (header.first != other.first) EXPECT_FALSE(is_own_page({header, other})) << header.first << other.second;
    }
  }
  EXPECT_FALSE(is_own_page({}));
  EXPECT_FALSE(is_own_page({{"User-Agent", "curl/7.88.1"}}));
}

TEST(OwnPage, APageWithoutTlsIsNotOursUnderTls) {
  EXPECT_FALSE(is_own_page({{"Origin", "http://shop.example:8080"}, {"Sec-Fetch-Site", "same-origin"}}, true));
  EXPECT_TRUE(is_own_page({{"Origin", "https://shop.example:8080"}}, true));
}

}  // namespace
}  // namespace bridge
