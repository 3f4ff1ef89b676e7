// Rare<T>: an optional value that is seldom there. It takes the room of a pointer, where std::optional takes that of
// the value, too: so a million items without a description need no room for one. It is used like std::optional, and
// copies are deep.
//
// Threads: none. Tests: tests/base/rare_test.cpp
#pragma once

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace base {

template <class T>
class Rare {
 public:
  using value_type = T;

  Rare() = default;
  // Implicit, as those of std::optional.
  Rare(std::nullopt_t) {}  // NOLINT
  template <class Value = T>
  requires(std::is_convertible_v<Value, T> && !std::is_same_v<std::remove_cvref_t<Value>, std::optional<T>> &&
           !std::is_same_v<std::remove_cvref_t<Value>, Rare>) Rare(Value&& value)
      : value_(std::make_unique<T>(std::forward<Value>(value))) {}                                    // NOLINT
  Rare(std::optional<T> value) : value_(value ? std::make_unique<T>(*std::move(value)) : nullptr) {}  // NOLINT
  Rare(const Rare& other) : value_(other ? std::make_unique<T>(*other) : nullptr) {}
  Rare(Rare&&) noexcept = default;
  Rare& operator=(Rare other) noexcept {
    value_ = std::move(other.value_);
    return *this;
  }
  ~Rare() = default;

  operator std::optional<T>() const { return value_ ? std::optional<T>(*value_) : std::nullopt; }  // NOLINT

  bool has_value() const { return value_ != nullptr; }
  explicit operator bool() const { return has_value(); }
  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return value_.get(); }
  const T* operator->() const { return value_.get(); }
  T value_or(T otherwise) const { return value_ ? *value_ : std::move(otherwise); }
  T& emplace() { return *(value_ = std::make_unique<T>()); }
  void reset() { value_.reset(); }

  friend bool operator==(const Rare& a, const Rare& b) { return a && b ? *a == *b : a.has_value() == b.has_value(); }
  friend bool operator==(const Rare& a, const T& b) { return a && *a == b; }

 private:
  std::unique_ptr<T> value_;
};

}  // namespace base
