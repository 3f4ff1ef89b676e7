// HTTP as the bridge's logic sees it: a request in, a response out, no socket and no library.
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
  std::string target;  // path and query, as they came
  Headers headers;
  std::string body;

  // The first header of that name (compared without case); empty if there is none.
  std::string_view header(std::string_view name) const;
};

struct Response {
  unsigned status = 200;
  std::string type = "application/json";
  std::string body;
  Headers headers;
};

std::string_view reason(unsigned status);

// What goes over the wire before the body. `date` is that of RFC 9110; `body_bytes` is what Content-Length says.
std::string head_of(const Response& response, std::size_t body_bytes, bool keep_alive, std::string_view date);

// "Sat, 21 Nov 2026 16:50:40 GMT".
std::string http_date(std::int64_t seconds_since_1970);

// "%41+b" as the text it stands for; nothing if an escape is none. `plus`: a + is a space, as in a query.
std::optional<std::string> unescaped(std::string_view text, bool plus);

struct Target {
  std::string_view path;
  std::vector<std::pair<std::string, std::string>> query;  // names and values without their escapes, in order
};
// Nothing if it is not of the form /path?name=value&...
std::optional<Target> parse_target(std::string_view target);

bool same_word(std::string_view a, std::string_view b);  // without case, ASCII

}  // namespace bridge
