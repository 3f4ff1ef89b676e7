// Whose token a request has, and the cookies that browsers get.
#include "bridge/asker.h"

#include <gmock/gmock.h>

namespace bridge {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class AskerTest : public testing::Test {
 protected:
  AskerTest() { sign_ins_.begin("5ec2e7", "of-ann", msg::Seq(7), {}); }

  // The token of a request with these headers; "refused" if it names one wrongly.
  std::string token(Headers headers, const Site& site = {}) {
    const auto asker = asker_of({"GET", "/", std::move(headers), {}}, site, sign_ins_, {});
    return asker ? asker->token : "refused";
  }
  static std::string cookie(const Headers& headers, const Site& site) {
    return cookie_with("5ec2e7", {"POST", "/v1/session", headers, {}}, site);
  }
  SignIns sign_ins_;
};

const Site kTls{.tls = true};

TEST_F(AskerTest, ACookieStandsForTheTokenOfItsSignIn) {
  EXPECT_EQ(token({}), "");
  EXPECT_EQ(token({{"Cookie", "pygmy_session=5ec2e7"}}), "of-ann");
  EXPECT_EQ(token({{"cookie", "a=b; pygmy_session=5ec2e7;c=d"}}), "of-ann");
  EXPECT_EQ(token({{"Cookie", "a=b"}, {"Cookie", "pygmy_session=5ec2e7"}}), "of-ann");
  EXPECT_EQ(token({{"Cookie", "a=pygmy_session=5ec2e7; xpygmy_session=1; pygmy_sessions=2"}}), "");
}

TEST_F(AskerTest, ACookieOfNoSignInIsNotTakenForNone) {
  for (const auto* value : {"", "5ec2e", "5EC2E7", "of-ann", "\"5ec2e7\""}) {
    EXPECT_EQ(token({{"Cookie", std::string("pygmy_session=") + value}}), "refused") << value;
  }
  EXPECT_EQ(token({{"Cookie", "pygmy_session=5ec2e7; pygmy_session=other"}}), "refused")
      << "nobody knows which is meant";
}

TEST_F(AskerTest, AuthorizationGoesBeforeTheCookie) {
  const Headers::value_type cookie{"Cookie", "pygmy_session=5ec2e7"};
  EXPECT_EQ(token({{"Authorization", "Bearer of-bob"}, cookie}), "of-bob");
  EXPECT_EQ(token({{"Authorization", "Basic x"}, cookie}), "refused");
  EXPECT_EQ(token({{"Authorization", "Bearer "}, cookie}), "refused");
}

TEST_F(AskerTest, UnderTlsOnlyACookieThatNoOtherHostCanSetCounts) {
  EXPECT_EQ(token({{"Cookie", "__Host-pygmy_session=5ec2e7"}}, kTls), "of-ann");
  EXPECT_EQ(token({{"Cookie", "pygmy_session=5ec2e7"}}, kTls), "");
  EXPECT_EQ(token({{"Cookie", "pygmy_session=other; __Host-pygmy_session=5ec2e7"}}), "of-ann") << "behind a proxy";
}

TEST_F(AskerTest, TheCookieIsForThisHostAndNotForScripts) {
  for (const auto& text : {cookie({}, {}), cookie({}, kTls)}) {
    for (const auto* part : {"; Path=/;", "; HttpOnly;", "; SameSite=Strict"}) EXPECT_THAT(text, HasSubstr(part));
    EXPECT_THAT(text, Not(HasSubstr("Domain")));
  }
  EXPECT_THAT(cookie({}, {}), StartsWith("pygmy_session=5ec2e7;"));
  EXPECT_THAT(cookie({}, {}), Not(HasSubstr("Secure")));
  for (const auto& text : {cookie({}, kTls), cookie({{"Origin", "https://shop.example"}}, {})}) {
    EXPECT_THAT(text, StartsWith("__Host-pygmy_session=5ec2e7;"));
    EXPECT_THAT(text, EndsWith("; Secure"));
  }
}

TEST_F(AskerTest, TheCookieThatIsThereIsTheOneThatIsTakenAway) {
  const Request plain{"GET", "/", {{"Cookie", "pygmy_session=1"}}, {}};
  EXPECT_EQ(cookie_of_none(plain, {}), "pygmy_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
  const Request proxied{"GET", "/", {{"Cookie", "__Host-pygmy_session=1"}}, {}};
  EXPECT_EQ(cookie_of_none(proxied, {}), "__Host-pygmy_session=; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=0");
}

}  // namespace
}  // namespace bridge
