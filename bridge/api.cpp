#include "bridge/api.h"

#include <fmt/format.h>

#include <algorithm>

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

// Says whether a page of another site made a browser send this. Programs other than browsers send neither header.
bool is_of_another_site(const Request& request) {
  const auto site = request.header("Sec-Fetch-Site");
  if (site == "cross-site" || site == "same-site") return true;
  const auto origin = request.header("Origin");
  if (origin.empty()) return false;
  const auto scheme = origin.find("://");
  return scheme == std::string_view::npos || origin.substr(scheme + 3) != request.header("Host");
}

bool is_json(std::string_view type) {
  type = type.substr(0, type.find(';'));
  while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
  return same_word(type, "application/json");
}

std::optional<Response> objection(const Route& route, const Request& request) {
  const bool changes = route.effect || (route.method != "GET");
  if (changes && is_of_another_site(request)) {
    constexpr std::string_view kWhy = "pages of other sites may not do this";
    if (route.manner == Manner::kLab) return Response{403, "application/json", lab_error(403, kWhy), {}};
    return problem(403, "other_site", std::string(kWhy));
  }
  const auto type = request.header("Content-Type");
  if (route.body && route.manner == Manner::kProblem && !type.empty() && !is_json(type)) {
    return problem(415, "unsupported_type", "the body must be application/json");
  }
  return std::nullopt;
}

Response from_asset(const Asset& asset, const Request& request) {
  Headers headers{{"ETag", std::string(asset.etag)}, {"Content-Security-Policy", kPolicy}, {"Vary", "Accept-Encoding"}};
  const bool hashed = asset.path.substr(0, 8) == "/assets/";
  headers.emplace_back("Cache-Control", hashed ? "public, max-age=31536000, immutable" : "no-cache");
  if (names_tag(request.header("If-None-Match"), asset.etag)) return {304, {}, {}, std::move(headers)};
  const bool packed = !asset.gzip.empty() && request.header("Accept-Encoding").find("gzip") != std::string_view::npos;
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

Step no_route(const Request& request, std::string_view path, const std::string& allowed) {
  if (!allowed.empty()) {
    auto response = problem(405, "method_not_allowed", fmt::format("{} takes {}", path, allowed));
    response.headers.emplace_back("Allow", allowed);
    return Answered{std::move(response), {}};
  }
  if (request.method == "GET" || request.method == "HEAD") {
    if (auto found = page(path, request)) return Answered{std::move(*found), kPageRoute};
  }
  return Answered{problem(404, "not_found", fmt::format("there is nothing at {}; see /docs", path)), {}};
}

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
    add("store", add_store_routes);
    add("labs", add_lab_routes);
    for (auto& route : all) route.label = fmt::format("{} {}", route.method, route.path);
    return all;
  }();
  return table;
}

Step Api::handle(Request request, base::Mono now) {
  const std::string whole = request.target;  // `target` points into it
  const auto target = parse_target(whole);
  if (!target) return Answered{problem(400, "malformed", "the target is not a path with an optional query"), {}};
  std::string allowed;
  std::vector<std::string> values;
  for (const auto& route : routes()) {
    if (!matches(route.path, target->path, values)) continue;
    const bool head = request.method == "HEAD" && route.method == "GET" && !route.effect;
    if (request.method != route.method && !head) {
      allowed += (allowed.empty() ? "" : ", ") + std::string(route.method);
      continue;
    }
    if (auto no = objection(route, request)) return Answered{std::move(*no), route.label};
    const auto exchange = std::make_shared<Exchange>(*this, route, std::move(request), now);
    if (const auto refusal = exchange->read(*target, std::move(values))) return exchange->refuse(*refusal);
    return route.handle(*exchange);
  }
  return no_route(request, target->path, allowed);
}

}  // namespace bridge
