#include "bridge/site.h"

#include <algorithm>

#include "bridge/address.h"

namespace bridge {
namespace {

using boost::asio::ip::address;

bool is_port(std::string_view text) {
  return text.size() <= 5 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// The host of "HOST", "HOST:PORT" or "[ADDRESS]:PORT" without brackets, port and final dot; empty if the text has
// another form.
std::string_view name_of_host(std::string_view text) {
  if (!text.empty() && text.front() == '[') {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return {};
    const auto port = text.substr(end + 1);
    return port.empty() || (port.front() == ':' && is_port(port.substr(1))) ? text.substr(1, end - 1)
                                                                            : std::string_view();
  }
  auto name = take_until(text, ':');
  if (!is_port(text)) return {};
  if (!name.empty() && name.back() == '.') name.remove_suffix(1);
  return name;
}

// Says whether a bridge that listens on `bind` can be reached at `there`.
bool reaches(const address& bind, const address& there) {
  if (bind.is_unspecified()) return true;
  return there == bind || (bind.is_loopback() && there.is_loopback());
}

// "http://HOST" of a URL or of an origin, in which HOST may have a port; empty if there is none.
std::string_view origin_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  return url.substr(0, url.find_first_of("/?#", scheme + 3));
}

bool is_own(std::string_view origin, std::string_view host) {
  const auto scheme = origin.find("://");
  return scheme != std::string_view::npos && !host.empty() && same_word(origin.substr(scheme + 3), host);
}

bool has_word(std::string_view text, std::string_view word) {
  return std::search(text.begin(), text.end(), word.begin(), word.end(), [](char a, char b) {
           return same_word({&a, 1}, {&b, 1});
         }) != text.end();
}

}  // namespace

bool is_loopback(std::string_view text) {
  const auto parsed = address_of(text);
  return parsed && parsed->is_loopback();
}

bool is_host_of(const Site& site, std::string_view host) {
  const auto name = name_of_host(host);
  if (name.empty()) return false;
  if (same_word(name, "localhost")) return true;
  const auto there = address_of(name);
  const auto bind = address_of(site.bind);
  if (there && bind && reaches(*bind, *there)) return true;
  return std::any_of(site.hosts.begin(), site.hosts.end(), [&](const std::string& each) {
    return there ? address_of(each) == there : same_word(name_of_host(each), name);
  });
}

bool is_welcome(const Site& site, std::string_view origin) {
  return std::any_of(site.origins.begin(), site.origins.end(),
                     [&](const std::string& each) { return same_word(each, origin); });
}

// Browsers send Sec-Fetch-Site only to this machine and over TLS, and old ones not at all. Origin is missing with most
// GETs, and a page can suppress Referer. So if a browser tells nothing, a GET may come from anywhere.
bool is_of_another_site(const Site& site, const Request& request) {
  const auto host = request.header("Host");
  const auto is_foreign = [&](std::string_view origin) { return !is_own(origin, host) && !is_welcome(site, origin); };
  const auto origin = request.header("Origin");
  if (!origin.empty() && is_foreign(origin)) return true;
  const auto referer = request.header("Referer");
  if (!referer.empty() && is_foreign(origin_of(referer))) return true;
  if (is_welcome(site, origin)) return false;
  const auto where = request.header("Sec-Fetch-Site");
  if (!where.empty()) return !same_word(where, "same-origin") && !same_word(where, "none");
  return origin.empty() && referer.empty() && request.method == "GET" &&
         request.header("User-Agent").rfind("Mozilla/", 0) == 0;
}

// Each of the three headers that is there must name this bridge, and one must be there. A page can leave them out, but
// it cannot name another site than its own.
bool is_of_own_page(const Site& site, const Request& request) {
  const auto host = request.header("Host");
  const auto origin = request.header("Origin");
  const auto referer = request.header("Referer");
  const auto where = request.header("Sec-Fetch-Site");
  const auto is_ours = [&](std::string_view url) {
    return is_own(origin_of(url), host) && (!site.tls || url.starts_with("https://"));
  };
  if (!origin.empty() && !is_ours(origin)) return false;
  if (!referer.empty() && !is_ours(referer)) return false;
  if (!where.empty() && !same_word(where, "same-origin")) return false;
  return !origin.empty() || !referer.empty() || !where.empty();
}

bool is_prefetch(const Request& request) {
  for (const auto* name : {"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"}) {
    const auto purpose = request.header(name);
    for (const auto* word : {"prefetch", "prerender", "preview"}) {
      if (has_word(purpose, word)) return true;
    }
  }
  return false;
}

}  // namespace bridge
