// A request over HTTP with any Authorization and any cookies, beside two visitors who are signed in. Nobody gets a
// token that the request does not show, or whose cookie it does not have. A token or a cookie that is not known is
// never taken for none (ADR 50).
#include "bridge/asker.h"
#include "tests/fuzz/fuzz.h"

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kSignedIn{
    {{"5ec2e7", "token-of-ann"}, {"c0ffee", "token-of-bob"}}};
constexpr std::array<std::string_view, 3> kNames{"Authorization", "Cookie", "cOOkie"};
constexpr std::array<std::string_view, 5> kBegins{"", "Bearer ", "pygmy_session=", "__Host-pygmy_session=", "a=b; "};

// A header that the script spells, or a part of one that a browser sends.
std::pair<std::string, std::string> header(fuzz::Steps& steps) {
  const std::size_t name = steps.byte();
  const std::size_t begin = steps.byte();
  const std::size_t end = steps.byte();
  auto text = std::string(kBegins[begin % kBegins.size()]);
  if (end % 4 < kSignedIn.size()) {
    text += kSignedIn[end % 4].first;
  } else {
    text += steps.bytes();
  }
  return {std::string(kNames[name % kNames.size()]), text};
}

bool has_cookie(const bridge::Request& request, std::string_view secret) {
  return std::any_of(request.headers.begin(), request.headers.end(), [&](const auto& header) {
    return header.first != "Authorization" && header.second.find(secret) != std::string::npos;
  });
}

void check(const bridge::Asker& asker, const bridge::Request& request, const bridge::Site& site) {
  const auto authorization = request.header("Authorization");
  if (asker.token.empty()) {
    CHECK(authorization.empty() && asker.sign_in.empty(), "a faulty token counts as none");
    CHECK(!bridge::sign_in_named(request, site), "a faulty cookie counts as none");
  } else if (asker.sign_in.empty()) {
    CHECK(asker.token.size() <= msg::kTokenBytesMax, "a token that is too long is taken");
    CHECK(authorization.find(asker.token) != std::string::npos, "a token that the request does not show");
  } else {
    CHECK(authorization.empty(), "a cookie goes before Authorization");
    const auto* found =
        std::find_if(kSignedIn.begin(), kSignedIn.end(), [&](const auto& each) { return each.second == asker.token; });
    CHECK(found != kSignedIn.end() && has_cookie(request, found->first), "the token of another sign-in");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Steps steps(data, size);
  bridge::SignIns sign_ins;
  for (const auto& [secret, token] : kSignedIn) {
    sign_ins.begin(std::string(secret), std::string(token), msg::Seq(7), {});
  }
  const bridge::Site site{.tls = steps.byte() % 2 == 1};
  bridge::Request request{.method = "GET", .target = "/", .headers = {}, .body = {}};
  while (!steps.done() && request.headers.size() < 16) request.headers.push_back(header(steps));
  const auto asker = bridge::asker_of(request, site, sign_ins, {});
  if (asker) check(*asker, request, site);
  CHECK(sign_ins.size() == kSignedIn.size(), "a request signs somebody in or out");
  return 0;
}
