// Output of commands that people read on a terminal.
//
// Like fmt::print and fmt::format, but an argument that is a std::string or a std::string_view comes out as shown()
// makes it (text.h). So no text from outside commands the terminal or breaks a line. A `const char*` stays as it is: it
// is for literals, such as colours. print_exact() is for output that programs read.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <type_traits>

#include "base/text.h"

namespace base {
namespace detail {

template <class T>
decltype(auto) shown_if_text(const T& value) {
  if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>) {
    return shown(value);
  } else {
    return (value);
  }
}

}  // namespace detail

template <class... Args>
std::string format_shown(fmt::format_string<Args...> format, Args&&... args) {
  return fmt::vformat(format, fmt::make_format_args(detail::shown_if_text(args)...));
}

template <class... Args>
void print(fmt::format_string<Args...> format, Args&&... args) {
  fmt::print("{}", format_shown(format, std::forward<Args>(args)...));
}

inline void print_exact(std::string_view text) { fmt::print("{}", text); }

}  // namespace base
