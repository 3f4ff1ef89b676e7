// HTTP as the bridge's logic sees it: requests and responses as values, without a socket and without a library.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bridge {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;
  std::string target;  // path and query, still escaped
  Headers headers;
  std::string body;

  // The value of the first header with that name (compared without case); empty if there is none.
  std::string_view header(std::string_view name) const;
};

struct Response {
  unsigned status = 200;
  std::string type = "application/json";
  std::string body;
  Headers headers;
};

std::string_view reason(unsigned status);

// Status line and headers. `date` has the form of RFC 9110; `body_bytes` is the value of Content-Length.
std::string head_of(const Response& response, std::size_t body_bytes, bool keep_alive, std::string_view date);

// Formats a time as "Sat, 21 Nov 2026 16:50:40 GMT".
std::string http_date(std::int64_t seconds_since_1970);

// Replaces escapes such as %41. Returns nothing if an escape is faulty. If `plus` is set, + means a space, as in a
// query.
std::optional<std::string> unescaped(std::string_view text, bool plus);

struct Target {
  std::string_view path;
  std::vector<std::pair<std::string, std::string>> query;  // names and values without escapes, in their order
};
// Splits /path?name=value&... Returns nothing if `target` has another form.
std::optional<Target> parse_target(std::string_view target);

bool same_word(std::string_view a, std::string_view b);  // compares without case (ASCII only)

}  // namespace bridge
