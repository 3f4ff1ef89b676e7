// CHECK: an invariant that stays on in every build.
//
// A failed CHECK is our bug, never the outside's: bad input is a Result, a refused order is a value, a failing disk is
// an exception at its adapter. The process prints what it knew and aborts; restart and replay is the tested way on.
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
