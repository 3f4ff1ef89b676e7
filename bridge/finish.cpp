#include "bridge/finish.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "base/random.h"
#include "bridge/accept.h"
#include "bridge/gzip.h"

namespace bridge {
namespace {

constexpr std::size_t kIdMax = 128;
// A body of less than this fits into one packet, with or without compression.
constexpr std::size_t kGzipFrom = 1024;

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= kIdMax &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

// A new key for each would cost every request a call of the kernel's random numbers.
std::string new_id() {
  static const std::string of_process = base::new_key();
  static std::atomic<std::uint64_t> number = 0;
  return fmt::format("{}{}", of_process, ++number);
}

const std::string* find(const Response& response, std::string_view name) {
  for (const auto& [each, value] : response.headers) {
    if (same_word(each, name)) return &value;
  }
  return nullptr;
}

void vary(Response& response, std::string_view name) {
  for (auto& [each, value] : response.headers) {
    if (each == "Vary") {
      if (value.find(name) == std::string::npos) value += ", " + std::string(name);
      return;
    }
  }
  response.headers.emplace_back("Vary", name);
}

// An answer with an ETag stays as it is: the tag names these bytes, and the compressed ones are others.
bool may_be_compressed(const Response& response) {
  return response.body.size() >= kGzipFrom && !find(response, "Content-Encoding") && !find(response, "ETag");
}

void allow_reading(Response& response, const Wishes& wishes) {
  auto& headers = response.headers;
  headers.emplace_back("Access-Control-Allow-Origin", wishes.origin);
  if (wishes.preflight) {
    if (const auto* allow = find(response, "Allow")) headers.emplace_back("Access-Control-Allow-Methods", *allow);
    headers.emplace_back("Access-Control-Allow-Headers",
                         "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, "
                         "X-Pygmy-Stale-Ok, X-Request-Id, traceparent");
    headers.emplace_back("Access-Control-Max-Age", "600");
    if (wishes.private_net) headers.emplace_back("Access-Control-Allow-Private-Network", "true");
    return;
  }
  headers.emplace_back("Access-Control-Expose-Headers",
                       "ETag, Location, RateLimit, RateLimit-Policy, Retry-After, Server-Timing, X-Pygmy-Seq, "
                       "X-Pygmy-Stale-Ms, X-Request-Id");
}

}  // namespace

Wishes wishes_of(const Site& site, const Request& request) {
  Wishes wishes;
  wishes.id = request.header("X-Request-Id");
  if (!is_id(wishes.id)) wishes.id = new_id();
  wishes.gzip = wants_gzip(request.header("Accept-Encoding"));
  wishes.varies = !site.origins.empty();
  if (auto origin = request.header("Origin"); is_welcome(site, origin)) wishes.origin = std::move(origin);
  wishes.preflight = request.method == "OPTIONS" && request.has("Access-Control-Request-Method");
  wishes.private_net = request.header("Access-Control-Request-Private-Network") == "true";
  return wishes;
}

void finish(Response& response, const Wishes& wishes) {
  response.headers.emplace_back("X-Request-Id", wishes.id);
  if (!wishes.rate.empty()) {
    response.headers.emplace_back("RateLimit-Policy", wishes.rate_policy);
    response.headers.emplace_back("RateLimit", wishes.rate);
  }
  if (wishes.varies) vary(response, "Origin");
  if (!wishes.origin.empty()) allow_reading(response, wishes);
  if (!may_be_compressed(response)) return;
  vary(response, "Accept-Encoding");
  if (!wishes.gzip) return;
  response.body = gzipped(response.body);
  response.headers.emplace_back("Content-Encoding", "gzip");
}

}  // namespace bridge
