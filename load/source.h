// Source: where a generator gets its requests from.
#pragma once

#include <string_view>

#include "client/core.h"

namespace load {

struct Request {
  std::string_view type;  // outlives the request
  bool is_write;
  base::Bytes body;
};

class Source {
 public:
  virtual ~Source() = default;
  // Makes the next request, for this slot of the generator. A slot has one request under way.
  virtual Request next(std::size_t slot) = 0;
  // Tells the answer to the slot's request.
  virtual void learn(std::size_t slot, const client::Answer& answer) = 0;
};

}  // namespace load
