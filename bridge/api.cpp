#include "bridge/api.h"

#include <fmt/format.h>

#include <algorithm>

#include "bridge/accept.h"
#include "bridge/assets.h"
#include "bridge/exchange.h"

namespace bridge {
namespace {

// A page of ours may load only what this bridge serves.
constexpr const char* kPolicy = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

constexpr const char* kNoPages =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Pygmy</title><link rel=\"stylesheet\" "
    "href=\"/docs.css\"></head><body><main class=\"alone\"><h1>Pygmy</h1>\n<p>The store runs. This program was built "
    "without its web "
    "pages (building them needs npm).</p>\n<p><a href=\"/docs\">The HTTP interface</a></p></main></body></html>\n";

// If `path` has the form of `route`, puts the values of the route's {names} into `values` and returns true.
bool matches(std::string_view route, std::string_view path, std::vector<std::string>& values) {
  values.clear();
  while (!route.empty() && !path.empty()) {
    route.remove_prefix(1);
    path.remove_prefix(1);
    const auto wanted = route.substr(0, route.find('/'));
    const auto there = path.substr(0, path.find('/'));
    route.remove_prefix(wanted.size());
    path.remove_prefix(there.size());
    if (!wanted.empty() && wanted.front() == '{') {
      auto value = unescaped(there, false);
      if (!value || value->empty()) return false;
      values.push_back(std::move(*value));
    } else if (wanted != there) {
      return false;
    }
  }
  return route.empty() && path.empty();
}

// A patch is a JSON merge patch (RFC 7396), so clients may call it one.
bool is_json(const Route& route, std::string_view type) {
  const auto name = trimmed(take_until(type, ';'));
  return same_word(name, "application/json") ||
         (route.method == "PATCH" && same_word(name, "application/merge-patch+json"));
}

// HEAD is answered like GET. If GET changes something, HEAD is not taken, because clients send it without a second
// thought. Probes of health are sent both ways.
bool takes_head(const Route& route) { return route.method == "GET" && (!route.effect || route.is_probe); }

std::optional<Response> objection(const Route& route, const Request& request, const Site& site) {
  if (changes(route) && is_of_another_site(site, request)) {
    return refusal_of(route, 403, "other_site", "pages of other sites may not do this; see --cors");
  }
  if (changes(route) && is_prefetch(request)) {
    return refusal_of(route, 403, "prefetch", "this request changes something, so it is not answered in advance");
  }
  if (!accepts(request.header("Accept"), route.type)) {
    return refusal_of(route, 406, "not_acceptable", fmt::format("the answer is {}", route.type));
  }
  const auto type = request.header("Content-Type");
  if (route.body && !is_lab(route.manner) && !type.empty() && !is_json(route, type)) {
    return problem(415, "unsupported_type", "the body must be application/json");
  }
  // Otherwise a request to release a part of a hold would release it whole.
  const bool says_something = !request.body.empty() && request.body != "{}";
  if (!route.body && !is_lab(route.manner) && route.method != "GET" && says_something) {
    return refusal_of(route, 400, "malformed", "this request takes no body");
  }
  return std::nullopt;
}

Response from_asset(const Asset& asset, const Request& request) {
  // The tag is weak, because it names two forms: the plain bytes and the compressed ones.
  Headers headers{
      {"ETag", fmt::format("W/{}", asset.etag)}, {"Content-Security-Policy", kPolicy}, {"Vary", "Accept-Encoding"}};
  const bool hashed = asset.path.substr(0, 8) == "/assets/";
  headers.emplace_back("Cache-Control", hashed ? "public, max-age=31536000, immutable" : "no-cache");
  if (names_tag(request.header("If-None-Match"), asset.etag, Comparison::kWeak)) {
    return {304, {}, {}, std::move(headers)};
  }
  const bool packed = !asset.gzip.empty() && wants_gzip(request.header("Accept-Encoding"));
  if (packed) headers.emplace_back("Content-Encoding", "gzip");
  return {200, std::string(asset.type), std::string(packed ? asset.gzip : asset.bytes), std::move(headers)};
}

// Finds a file of the web pages; "/" and "/ops" are pages, too.
std::optional<Response> page(std::string_view path, const Request& request) {
  const bool is_page = path == "/" || path == "/ops";
  const Asset* asset = is_page ? find_asset(path == "/" ? "/index.html" : "/ops.html") : find_asset(path);
  if (!asset && path == "/ops") asset = find_asset("/ops/index.html");
  if (asset) return from_asset(*asset, request);
  if (!is_page) return std::nullopt;
  return Response{200, "text/html; charset=utf-8", kNoPages, {{"Content-Security-Policy", kPolicy}}};
}

constexpr std::string_view kPageRoute = "GET /";

// The route of a path that takes the method, or else the methods that the path takes.
struct Found {
  const Route* route = nullptr;
  std::vector<std::string> values;
  std::vector<std::string_view> methods;
  Manner manner = Manner::kProblem;

  void take(std::string_view method) {
    if (std::find(methods.begin(), methods.end(), method) == methods.end()) methods.push_back(method);
  }
};

Found find_route(const Site& site, std::string_view method, std::string_view path) {
  Found found;
  std::vector<std::string> values;
  for (const auto& route : routes()) {
    if (!is_served(route, site) || !matches(route.path, path, values)) continue;
    found.take(route.method);
    if (takes_head(route)) found.take("HEAD");
    found.manner = route.manner;
    if (method != route.method && !(method == "HEAD" && takes_head(route))) continue;
    found.route = &route;
    found.values = std::move(values);
    break;
  }
  return found;
}

// Answers OPTIONS, and refuses a method that the path does not take.
Response methods_of(const Request& request, std::string_view path, std::vector<std::string_view> methods,
                    Manner manner) {
  methods.emplace_back("OPTIONS");
  const auto allow = fmt::format("{}", fmt::join(methods, ", "));
  if (request.method == "OPTIONS") return {204, {}, {}, {{"Allow", allow}, {"Cache-Control", "no-store"}}};
  auto response = refusal_of({.manner = manner}, 405, "method_not_allowed", fmt::format("{} takes {}", path, allow));
  response.headers.emplace_back("Allow", allow);
  return response;
}

Step no_route(const Request& request, std::string_view path, const Site& site) {
  if (auto found = page(path, request)) {
    if (request.method == "GET" || request.method == "HEAD") return Answered{std::move(*found), kPageRoute};
    return Answered{methods_of(request, path, {"GET", "HEAD"}, Manner::kProblem), kPageRoute};
  }
  const auto* hint = find_route({.labs = true}, request.method, path).methods.empty() || site.labs
                         ? "see /docs"
                         : "the labs' paths are off: see --labs";
  return Answered{problem(404, "not_found", fmt::format("there is nothing at {}; {}", path, hint)), {}};
}

// Every method that some path takes.
constexpr const char* kMethods = "GET, HEAD, POST, PATCH, DELETE, OPTIONS";

}  // namespace

const std::vector<Route>& routes() {
  static const auto table = [] {
    std::vector<Route> all;
    const auto add = [&all](std::string_view tag, void (*add_routes)(std::vector<Route>&)) {
      const auto before = all.size();
      add_routes(all);
      for (auto i = before; i < all.size(); ++i) all[i].tag = tag;
    };
    add("shop", add_shop_routes);
    add("shop", add_order_routes);
    add("shop", add_hold_routes);
    add("store", add_store_routes);
    add("store", add_session_routes);
    add("store", add_subscription_routes);
    add("store", add_webhook_routes);
    add("labs", add_lab_routes);
    for (auto& route : all) route.label = fmt::format("{} {}", route.method, route.path);
    return all;
  }();
  return table;
}

bool is_served(const Route& route, const Site& site) { return site.labs || !is_lab(route.manner); }

bool changes(const Route& route) { return route.effect || route.method != "GET"; }

Response refusal_of(const Route& route, unsigned status, OwnWord word, std::string detail) {
  if (is_lab(route.manner)) return {status, "application/json", lab_error(route.manner, status, detail), {}};
  return problem(status, word, std::move(detail));
}

Step Api::handle(Request request, std::string visitor, std::optional<Asker> asker, base::Mono now) {
  take_authority(request);
  const std::string whole = request.target;  // `target` points into it
  const auto target = parse_target(whole);
  if (!target && !(request.method == "OPTIONS" && whole == "*")) {
    return Answered{problem(400, "malformed", "the target is not a path with an optional query"), {}};
  }
  auto found = target ? find_route(site(), request.method, target->path) : Found{};
  // HTTP/1.0 has no Host header, and no browser leaves it out. The session refuses HTTP/1.1 without one.
  const bool is_for_all = found.route && found.route->any_host;
  if (request.has("Host") && !is_for_all && !is_host_of(site(), request.header("Host"))) {
    return Answered{problem(421, "wrong_host",
                            "this bridge is not known under the name in the Host header: use its address, or start it "
                            "with --host NAME"),
                    {}};
  }
  if (!target) return Answered{{204, {}, {}, {{"Allow", kMethods}}}, {}};
  if (!found.route) {
    if (found.methods.empty()) return no_route(request, target->path, site());
    return Answered{methods_of(request, target->path, std::move(found.methods), found.manner), {}};
  }
  const auto& route = *found.route;
  if (auto no = objection(route, request, site())) return Answered{std::move(*no), route.label};
  const auto exchange = std::make_shared<Exchange>(shared_, route, std::move(request), std::move(visitor), now);
  if (auto refused = exchange->admit(std::move(asker))) return std::move(*refused);
  if (const auto refusal = exchange->read(*target, std::move(found.values))) return exchange->refuse(*refusal);
  return route.handle(*exchange);
}

}  // namespace bridge
