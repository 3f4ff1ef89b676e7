// unless_empty: a text or a list as an optional value, for fields that are missing if they would be empty.
//
// Threads: none. Tests: tests/base/unless_empty_test.cpp.
#pragma once

#include <optional>
#include <utility>

namespace base {

template <class Value>
std::optional<Value> unless_empty(Value value) {
  return value.empty() ? std::nullopt : std::optional<Value>(std::move(value));
}

}  // namespace base
