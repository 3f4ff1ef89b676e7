// A request to the store, before it is sent.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "client/core.h"

namespace bridge {

struct Ask {
  std::string_view type;
  bool is_write = false;
  base::Bytes body;
  client::Options options;
  std::uint32_t rows = 1;  // the answer holds at most this many rows
};

template <class Request>
Ask ask(const Request& request, const client::Options& options = {}) {
  constexpr bool is_write = requires { request.key; };
  Ask made{Request::kType, is_write, msg::encoded(request), options};
  if constexpr (requires { request.limit; }) made.rows = request.limit.value_or(msg::kPageDefault);
  return made;
}

// Sends a request. It calls `done` once, later, in the caller's thread, with the final answer.
using Submit = std::function<void(Ask, std::function<void(const client::Answer&)> done)>;

}  // namespace bridge
