// Result<T>: a value or an Error.
//
// For bad input, and for failures of the environment in adapters. A refusal is not an Error; see msg/refusal.h.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace base {

// One line that says what went wrong, and on which a person can act.
struct Error {
  std::string message;
};

template <class T>
using Result = tl::expected<T, Error>;

// `return fail("field 'qty' is missing");`
inline tl::unexpected<Error> fail(std::string message) { return tl::unexpected<Error>(Error{std::move(message)}); }

}  // namespace base
