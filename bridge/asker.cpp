#include "bridge/asker.h"

#include <fmt/format.h>

namespace bridge {
namespace {

constexpr std::string_view kPlainName = "pygmy_session";
constexpr std::string_view kSecureName = "__Host-pygmy_session";

// The values of all cookies of this name.
std::vector<std::string_view> cookies(const Request& request, std::string_view name) {
  std::vector<std::string_view> values;
  for (const auto& [header, text] : request.headers) {
    if (!same_word(header, "Cookie")) continue;
    for (std::string_view rest = text; !rest.empty();) {
      auto pair = trimmed(take_until(rest, ';'));
      if (take_until(pair, '=') == name) values.push_back(pair);
    }
  }
  return values;
}

// A proxy may speak TLS in front of this bridge. Then the page that signs in tells so.
bool is_secure(const Request& request, const Site& site) {
  return site.tls || !cookies(request, kSecureName).empty() || request.header("Origin").starts_with("https://");
}

std::string set_cookie(const std::string& value, std::string_view more, const Request& request, const Site& site) {
  const bool secure = is_secure(request, site);
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict{}{}", secure ? kSecureName : kPlainName, value,
                     secure ? "; Secure" : "", more);
}

}  // namespace

std::optional<std::string> sign_in_named(const Request& request, const Site& site) {
  auto found = cookies(request, kSecureName);
  if (found.empty() && !site.tls) found = cookies(request, kPlainName);
  if (found.empty()) return std::nullopt;
  return found.size() == 1 ? SignIns::name_of(std::string(found.front())) : std::string();
}

std::optional<Asker> asker_of(const Request& request, const Site& site, SignIns& sign_ins, base::Mono now) {
  if (const auto text = request.header("Authorization"); !text.empty()) {
    const auto space = text.find(' ');
    const bool is_bearer = space != std::string::npos && same_word(text.substr(0, space), "Bearer");
    const auto token = is_bearer ? trimmed(std::string_view(text).substr(space)) : std::string_view();
    const bool can_be_one = !token.empty() && token.size() <= msg::kTokenBytesMax;
    return can_be_one ? std::optional(Asker{std::string(token), {}}) : std::nullopt;
  }
  const auto name = sign_in_named(request, site);
  if (!name) return Asker{};
  const auto* token = sign_ins.use(*name, now);
  return token ? std::optional<Asker>({*token, *name}) : std::nullopt;
}

std::string cookie_with(const std::string& secret, const Request& request, const Site& site) {
  return set_cookie(secret, "", request, site);
}

std::string cookie_of_none(const Request& request, const Site& site) {
  return set_cookie("", "; Max-Age=0", request, site);
}

}  // namespace bridge
