// CHECK: an invariant that stays on in every build.
//
// A failed CHECK is a fault of ours: bad input is a Result, a refused order is a value, and a failing disk is an
// exception in its adapter. The process prints the condition and aborts. Restart and replay heal it.
#pragma once

#include <fmt/format.h>

#include <string>

namespace base {

[[noreturn]] void check_failed(const char* file, int line, const char* condition, const std::string& what);

}  // namespace base

#define CHECK(condition, ...)                                                              \
  do {                                                                                     \
    if (!(condition)) [[unlikely]] {                                                       \
      ::base::check_failed(__FILE__, __LINE__, #condition, ::fmt::format("" __VA_ARGS__)); \
    }                                                                                      \
  } while (false)
