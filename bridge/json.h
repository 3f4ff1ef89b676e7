// JSON, to and from structs with field tables: a field of docs/PROTOCOL.md is a member of the same name.
//
// A value is written straight into a string. Reading is strict (PROTOCOL 3, docs/HTTP.md): the text is one value in
// UTF-8 and nothing after it. No member comes twice, none is unknown, and only an optional one may be missing. Numbers
// are integers within the range of their type. The limits below are those of MessagePack. An optional member that is
// `null` counts as missing.
//
// Threads: none. Tests: tests/bridge/json_test.cpp, tests/fuzz/json_fuzz.cpp
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <limits>
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

namespace bridge {

// A parsed value. A number that is not negative is held as the unsigned alternative.
struct Json {
  struct Member;
  using Array = std::vector<Json>;
  using Object = std::vector<Member>;
  std::variant<std::nullptr_t, bool, std::uint64_t, std::int64_t, std::string, Array, Object> value;

  bool is_null() const { return std::holds_alternative<std::nullptr_t>(value); }
};
struct Json::Member {
  std::string name;
  Json value;
};

constexpr std::size_t kJsonDepthMax = 8;
constexpr std::size_t kJsonMembersMax = 64;  // of one object; each member is compared with all before it
constexpr std::size_t kJsonElementsMax = msg::kReadArrayMax;

base::Result<Json> parse_json(std::string_view text);

// Members without a field table, in their order: counters by name, spans by tier.
struct Numbers {
  std::vector<std::pair<std::string, std::uint64_t>> members;
};

// Cents that are written as a decimal number: 25.99. Only the labs' clients read prices in this form.
struct Decimal {
  msg::Cents cents;
};

// The word of a problem (RFC 9457). It is written as a path: "/problems/busy".
struct ProblemType {
  std::string word;
};

namespace json {

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

}  // namespace json

// Writes the text in quotes and escapes what must be escaped. Bytes that are not UTF-8 become U+FFFD.
void write_json(std::string_view text, std::string& out);

template <class T>
void write_json(const T& value, std::string& out) {
  if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    write_json(std::string_view(value), out);
  } else if constexpr (std::is_same_v<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (std::is_enum_v<T>) {
    write_json(msg::word(value), out);
  } else if constexpr (json::StrongNumber<T>) {
    json::append(out, value.value());
  } else if constexpr (std::is_integral_v<T>) {
    json::append(out, value);
  } else if constexpr (std::is_same_v<T, Numbers>) {
    out += '{';
    for (const auto& [name, number] : value.members) {
      if (out.back() != '{') out += ',';
      write_json(std::string_view(name), out);
      out += ':';
      json::append(out, number);
    }
    out += '}';
  } else if constexpr (std::is_same_v<T, ProblemType>) {
    write_json("/problems/" + value.word, out);
  } else if constexpr (std::is_same_v<T, Decimal>) {
    fmt::format_to(std::back_inserter(out), "{}.{:02}", value.cents.value() / 100, value.cents.value() % 100);
  } else if constexpr (json::kIsVector<T>) {
    out += '[';
    for (const auto& element : value) {
      if (out.back() != '[') out += ',';
      write_json(element, out);
    }
    out += ']';
  } else {
    out += '{';
    msg::for_each_field(value, [&](std::string_view name, const auto& member) {
      const auto write = [&](const auto& there) {
        if (out.back() != '{') out += ',';
        out += '"';
        out += name;
        out += "\":";
        write_json(there, out);
      };
      if constexpr (json::kIsOptional<std::decay_t<decltype(member)>>) {
        if (member) write(*member);
      } else {
        write(member);
      }
    });
    out += '}';
  }
}

template <class T>
std::string to_json(const T& value) {
  std::string out;
  write_json(value, out);
  return out;
}

// Reads `json` into `out`. Returns the fault if `json` is not a T. A T with a function `read` reads itself.
template <class T>
json::Problem read_json(const Json& json, T& out);

namespace json {

template <class T>
Problem read_integer(const Json& json, T& out) {
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
Problem read_word(const Json& json, E& out) {
  const auto* text = std::get_if<std::string>(&json.value);
  if (!text) return "expected a string";
  if (const auto value = msg::from_word<E>(*text)) {
    out = *value;
    return std::nullopt;
  }
  return fmt::format("expected {}", fmt::join(msg::kWords<E>, " or "));
}

template <class T>
Problem read_array(const Json& json, std::vector<T>& out) {
  const auto* array = std::get_if<Json::Array>(&json.value);
  if (!array) return "expected an array";
  for (std::size_t i = 0; i < array->size(); ++i) {
    if (auto problem = read_json((*array)[i], out.emplace_back())) return at(fmt::format("[{}]", i), problem);
  }
  return std::nullopt;
}

inline const Json* find(const Json::Object& object, std::string_view name) {
  for (const auto& member : object) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

template <class T>
Problem read_fields(const Json& json, T& out) {
  const auto* object = std::get_if<Json::Object>(&json.value);
  if (!object) return "expected an object";
  Problem problem;
  std::size_t known = 0;
  msg::for_each_field(out, [&](std::string_view name, auto& member) {
    using Member = std::decay_t<decltype(member)>;
    const auto* value = find(*object, name);
    known += value ? 1 : 0;
    if (problem) return;
    if constexpr (kIsOptional<Member>) {
      if (value && !value->is_null()) problem = at(name, read_json(*value, member.emplace()));
    } else {
      problem = at(name, value ? read_json(*value, member) : Problem("missing"));
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

}  // namespace json

template <class T>
json::Problem read_json(const Json& json, T& out) {
  if constexpr (requires { out.read(json); }) {
    return out.read(json);
  } else if constexpr (std::is_same_v<T, std::string>) {
    const auto* text = std::get_if<std::string>(&json.value);
    if (!text) return "expected a string";
    out = *text;
    return std::nullopt;
  } else if constexpr (std::is_enum_v<T>) {
    return json::read_word(json, out);
  } else if constexpr (json::StrongNumber<T>) {
    typename T::Rep rep{};
    auto problem = json::read_integer(json, rep);
    out = T(rep);
    return problem;
  } else if constexpr (std::is_integral_v<T>) {
    return json::read_integer(json, out);
  } else if constexpr (json::kIsVector<T>) {
    return json::read_array(json, out);
  } else {
    return json::read_fields(json, out);
  }
}

// Parses a whole text as a T. The error names the fault.
template <class T>
base::Result<T> from_json(std::string_view text) {
  const auto json = parse_json(text);
  if (!json) return base::fail(json.error().message);
  T value{};
  if (auto problem = read_json(*json, value)) return base::fail(*problem);
  return value;
}

}  // namespace bridge
