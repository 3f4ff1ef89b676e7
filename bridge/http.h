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

  // The value of the header with that name (compared without case); empty if there is none. If the header is given
  // several times, its values are joined with ", ": a list may come in several lines (RFC 9110, 5.3), and several
  // values of a header that takes one are then refused like any other faulty value.
  std::string header(std::string_view name) const;
  bool has(std::string_view name) const;
};

struct Response {
  unsigned status = 200;
  std::string type = "application/json";
  std::string body;
  Headers headers;
};

std::string_view reason(unsigned status);

// Says whether this answer has no body, whatever the method: 204 and 304.
bool is_without_body(unsigned status);

// Status line and headers. `date` has the form of RFC 9110; `body_bytes` is the value of Content-Length, nothing for a
// stream. `connection` is the value of Connection; if it is empty, the header is left out.
std::string head_of(const Response& response, std::optional<std::size_t> body_bytes, std::string_view connection,
                    std::string_view date);

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

// Gives a request whose target is http://HOST/PATH?QUERY the target /PATH?QUERY and the header `Host: HOST`. HOST takes
// the place of every Host header that the client has sent (RFC 9112, 3.2.2). Another target stays as it is.
void take_authority(Request& request);

bool same_word(std::string_view a, std::string_view b);  // compares without case (ASCII only)
std::string_view trimmed(std::string_view text);         // without the spaces and tabs at both ends
// Removes the text up to the first `separator` from `rest`, together with that separator, and returns it.
std::string_view take_until(std::string_view& rest, char separator);

}  // namespace bridge
