#include "bridge/http.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <utility>

namespace bridge {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

std::string_view take_until(std::string_view& rest, char separator) {
  const auto taken = rest.substr(0, rest.find(separator));
  rest.remove_prefix(std::min(rest.size(), taken.size() + 1));
  return taken;
}

std::string Request::header(std::string_view name) const {
  std::string all;
  bool is_first = true;
  for (const auto& [each, value] : headers) {
    if (!same_word(each, name)) continue;
    if (!std::exchange(is_first, false)) all += ", ";
    all += value;
  }
  return all;
}

bool Request::has(std::string_view name) const {
  return std::any_of(headers.begin(), headers.end(), [&](const auto& each) { return same_word(each.first, name); });
}

std::string_view reason(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Unknown";
  }
}

bool is_without_body(unsigned status) { return status == 204 || status == 304; }

std::string head_of(const Response& response, std::optional<std::size_t> body_bytes, std::string_view connection,
                    std::string_view date) {
  std::string head;
  head.reserve(512);
  const auto line = [&head](std::string_view name, std::string_view value) {
    head.append(name).append(": ").append(value).append("\r\n");
  };
  head.append("HTTP/1.1 ").append(fmt::format_int(response.status).c_str()).append(" ");
  head.append(reason(response.status)).append("\r\n");
  line("Date", date);
  if (!is_without_body(response.status)) {
    line("Content-Type", response.type);
    if (body_bytes) line("Content-Length", fmt::format_int(*body_bytes).c_str());
  }
  for (const auto& [name, value] : response.headers) line(name, value);
  line("X-Content-Type-Options", "nosniff");
  if (!connection.empty()) line("Connection", connection);
  head += "\r\n";
  return head;
}

std::string http_date(std::int64_t seconds_since_1970) {
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(static_cast<std::time_t>(seconds_since_1970)));
}

std::optional<std::string> unescaped(std::string_view text, bool plus) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

std::optional<Target> parse_target(std::string_view target) {
  if (target.empty() || target[0] != '/') return std::nullopt;
  const auto question = target.find('?');
  Target parsed{target.substr(0, question), {}};
  if (question == std::string_view::npos) return parsed;
  for (auto rest = target.substr(question + 1); !rest.empty();) {
    const auto pair = take_until(rest, '&');
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    auto name = unescaped(pair.substr(0, equals), true);
    auto value = unescaped(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1), true);
    if (!name || !value) return std::nullopt;
    parsed.query.emplace_back(std::move(*name), std::move(*value));
  }
  return parsed;
}

void take_authority(Request& request) {
  constexpr std::string_view kScheme = "http://";
  const std::string_view target = request.target;
  if (!same_word(target.substr(0, kScheme.size()), kScheme)) return;
  const auto rest = target.substr(kScheme.size());
  const auto end = std::min(rest.size(), rest.find_first_of("/?"));
  std::string host(rest.substr(0, end));
  std::string path(rest.substr(end));
  if (path.empty() || path.front() != '/') path.insert(0, "/");
  std::erase_if(request.headers, [](const auto& each) { return same_word(each.first, "Host"); });
  request.headers.emplace_back("Host", std::move(host));
  request.target = std::move(path);
}

}  // namespace bridge
