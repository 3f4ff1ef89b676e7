// Result<T>: a value, or why there is none.
//
// For bad input and for the environment at an adapter's edge. Business outcomes are not errors; see msg/refusal.h.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace base {

// What went wrong, as one line that a person can act on.
struct Error {
  std::string message;
};

template <class T>
using Result = tl::expected<T, Error>;

// `return fail("field 'qty' is missing");`
inline tl::unexpected<Error> fail(std::string message) { return tl::unexpected<Error>(Error{std::move(message)}); }

}  // namespace base
