// Kinds of field types, for code that reads or writes all fields of a message by their table (msg/fields.h).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace msg {

template <class T>
constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
constexpr bool kIsVector = false;
template <class T>
inline constexpr bool kIsVector<std::vector<T>> = true;
// An object whose members have no table: values by their names.
template <class T>
constexpr bool kIsMap = false;
template <class T>
inline constexpr bool kIsMap<std::map<std::string, T>> = true;
template <class T>
concept StrongNumber = requires(T value) {
  typename T::Rep;
  {value.value()};
};

}  // namespace msg
