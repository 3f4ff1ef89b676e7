// A request to the store, before it is sent.
#pragma once

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
};

template <class Request>
Ask ask(const Request& request, const client::Options& options = {}) {
  constexpr bool is_write = requires { request.key; };
  return {Request::kType, is_write, msg::encoded(request), options};
}

// Sends it; `done` is called later, once, in the caller's thread, with the end of it.
using Submit = std::function<void(Ask, std::function<void(const client::Answer&)> done)>;

}  // namespace bridge
