// JSON, to and from structs with field tables: a field of docs/PROTOCOL.md is a member of the same name.
//
// A value is written straight into a string. Reading is strict (PROTOCOL 3, docs/HTTP.md): the text is one value in
// UTF-8 and nothing after it. No member comes twice, none is unknown, and only an optional one may be missing. Numbers
// are integers within the range of their type. The limits below are those of MessagePack. An optional member that is
// `null` counts as missing.
//
// Threads: none. Tests: tests/json/json_test.cpp, tests/fuzz/json_fuzz.cpp
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/result.h"
#include "msg/codec.h"
#include "msg/field_types.h"
#include "msg/fields.h"
#include "msg/types.h"

namespace json {

// A parsed value. A number that is not negative is held as the unsigned alternative.
struct Value {
  struct Member;
  using Array = std::vector<Value>;
  using Object = std::vector<Member>;
  std::variant<std::nullptr_t, bool, std::uint64_t, std::int64_t, std::string, Array, Object> value;

  bool is_null() const { return std::holds_alternative<std::nullptr_t>(value); }
};
struct Value::Member {
  std::string name;
  Value value;
};

constexpr std::size_t kDepthMax = 10;
constexpr std::size_t kMembersMax = 64;  // of one object; each member is compared with all before it
constexpr std::size_t kElementsMax = msg::kReadArrayMax;

base::Result<Value> parse(std::string_view text);

using msg::kIsMap;
using msg::kIsOptional;
using msg::kIsVector;
using msg::StrongNumber;

// Names the fault and its place, e.g. "lines[2].quantity: expected an integer"; nothing if there is no fault.
using Problem = std::optional<std::string>;

// The beginning of a name from outside, short enough for an error.
inline std::string_view shown(std::string_view name) { return name.substr(0, 64); }

inline Problem at(std::string_view name, Problem problem) {
  if (!problem) return problem;
  const bool has_path = problem->find(": ") != std::string::npos;
  const bool is_index = has_path && problem->front() == '[';
  return std::string(name) + (!has_path ? ": " : is_index ? "" : ".") + *problem;
}

inline void append(std::string& out, std::integral auto number) {
  fmt::format_to(std::back_inserter(out), "{}", number);
}

// Writes the text in quotes and escapes what must be escaped. Bytes that are not UTF-8 become U+FFFD.
void write(std::string_view text, std::string& out);
// A T with a function `write` writes itself.
template <class T>
void write(const T& value, std::string& out);

// Begins the next member of the object that `out` ends with.
inline void write_name(std::string_view name, std::string& out) {
  if (out.back() != '{') out += ',';
  write(name, out);
  out += ':';
}

template <class T>
void write_array(const std::vector<T>& array, std::string& out) {
  out += '[';
  for (const auto& element : array) {
    if (out.back() != '[') out += ',';
    write(element, out);
  }
  out += ']';
}

template <class T>
void write_map(const std::map<std::string, T>& map, std::string& out) {
  out += '{';
  for (const auto& [name, value] : map) {
    write_name(name, out);
    write(value, out);
  }
  out += '}';
}

template <class T>
void write_fields(const T& value, std::string& out) {
  out += '{';
  msg::for_each_field(value, [&](std::string_view name, const auto& member) {
    if constexpr (!kIsOptional<std::decay_t<decltype(member)>>) {
      write_name(name, out);
      write(member, out);
    } else if (member) {
      write_name(name, out);
      write(*member, out);
    }
  });
  out += '}';
}

template <class T>
void write(const T& value, std::string& out) {
  if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    write(std::string_view(value), out);
  } else if constexpr (requires { value.write(out); }) {
    value.write(out);
  } else if constexpr (std::is_same_v<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (std::is_enum_v<T>) {
    write(msg::word(value), out);
  } else if constexpr (StrongNumber<T>) {
    append(out, value.value());
  } else if constexpr (std::is_integral_v<T>) {
    append(out, value);
  } else if constexpr (kIsVector<T>) {
    write_array(value, out);
  } else if constexpr (kIsMap<T>) {
    write_map(value, out);
  } else if constexpr (kIsOptional<T>) {  // of such a map
    value ? write(*value, out) : static_cast<void>(out += "null");
  } else {
    write_fields(value, out);
  }
}

template <class T>
std::string to_text(const T& value) {
  std::string out;
  write(value, out);
  return out;
}

// Members without a field table, in their order: counters by name, spans by tier.
struct Numbers {
  std::vector<std::pair<std::string, std::uint64_t>> members;
  void write(std::string& out) const;
};

// Reads `json` into `out`. Returns the fault if `json` is not a T. A T with a function `read` reads itself.
template <class T>
Problem read(const Value& json, T& out);

template <class T>
Problem read_integer(const Value& json, T& out) {
  if (const auto* number = std::get_if<std::uint64_t>(&json.value)) {
    if (*number > static_cast<std::uint64_t>(std::numeric_limits<T>::max())) return "the number is too large";
    out = static_cast<T>(*number);
    return std::nullopt;
  }
  if (const auto* number = std::get_if<std::int64_t>(&json.value)) {
    if (std::is_unsigned_v<T> || *number < static_cast<std::int64_t>(std::numeric_limits<T>::min())) {
      return "the number is too small";
    }
    out = static_cast<T>(*number);
    return std::nullopt;
  }
  return "expected an integer";
}

template <class E>
Problem read_word(const Value& json, E& out) {
  const auto* text = std::get_if<std::string>(&json.value);
  if (!text) return "expected a string";
  if (const auto value = msg::from_word<E>(*text)) {
    out = *value;
    return std::nullopt;
  }
  return fmt::format("expected {}", fmt::join(msg::kWords<E>, " or "));
}

template <class T>
Problem read_array(const Value& json, std::vector<T>& out) {
  const auto* array = std::get_if<Value::Array>(&json.value);
  if (!array) return "expected an array";
  for (std::size_t i = 0; i < array->size(); ++i) {
    if (auto problem = read((*array)[i], out.emplace_back())) return at(fmt::format("[{}]", i), problem);
  }
  return std::nullopt;
}

// The values of a map may be optional: then `null` is one without a value.
template <class T>
Problem read_map(const Value& json, std::map<std::string, T>& out) {
  const auto* object = std::get_if<Value::Object>(&json.value);
  if (!object) return "expected an object";
  for (const auto& member : *object) {
    if (auto problem = read(member.value, out[member.name])) return at(shown(member.name), problem);
  }
  return std::nullopt;
}

// True if a type has a sense of its own for `null`. An optional member of another type counts as missing then.
template <class T>
constexpr bool kTakesNull = requires {
  T::kTakesNull;
};

inline const Value* find(const Value::Object& object, std::string_view name) {
  for (const auto& member : object) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

template <class T>
Problem read_fields(const Value& json, T& out) {
  const auto* object = std::get_if<Value::Object>(&json.value);
  if (!object) return "expected an object";
  Problem problem;
  std::size_t known = 0;
  msg::for_each_field(out, [&](std::string_view name, auto& member) {
    using Member = std::decay_t<decltype(member)>;
    const auto* value = find(*object, name);
    known += value ? 1 : 0;
    if (problem) return;
    if constexpr (kIsOptional<Member>) {
      if (value && (!value->is_null() || kTakesNull<typename Member::value_type>))
        problem = at(name, read(*value, member.emplace()));
    } else {
      problem = at(name, value ? read(*value, member) : Problem("missing"));
    }
  });
  if (problem || known == object->size()) return problem;
  for (const auto& member : *object) {
    bool is_known = false;
    msg::for_each_field(out, [&](std::string_view name, auto&) { is_known = is_known || name == member.name; });
    if (!is_known) return at(shown(member.name), Problem("unknown field"));
  }
  return std::nullopt;
}

template <class T>
Problem read(const Value& json, T& out) {
  if constexpr (requires { out.read(json); }) {
    return out.read(json);
  } else if constexpr (std::is_same_v<T, std::string>) {
    const auto* text = std::get_if<std::string>(&json.value);
    if (!text) return "expected a string";
    out = *text;
    return std::nullopt;
  } else if constexpr (std::is_same_v<T, bool>) {
    const auto* value = std::get_if<bool>(&json.value);
    if (!value) return "expected true or false";
    out = *value;
    return std::nullopt;
  } else if constexpr (std::is_enum_v<T>) {
    return read_word(json, out);
  } else if constexpr (StrongNumber<T>) {
    typename T::Rep rep{};
    auto problem = read_integer(json, rep);
    out = T(rep);
    return problem;
  } else if constexpr (std::is_integral_v<T>) {
    return read_integer(json, out);
  } else if constexpr (kIsVector<T>) {
    return read_array(json, out);
  } else if constexpr (kIsMap<T>) {
    return read_map(json, out);
  } else if constexpr (kIsOptional<T>) {  // of such a map
    return json.is_null() ? std::nullopt : read(json, out.emplace());
  } else {
    return read_fields(json, out);
  }
}

// Parses a whole text as a T. The error names the fault.
template <class T>
base::Result<T> from_text(std::string_view text) {
  const auto json = parse(text);
  if (!json) return base::fail(json.error().message);
  T value{};
  if (auto problem = read(*json, value)) return base::fail(*problem);
  return value;
}

}  // namespace json
