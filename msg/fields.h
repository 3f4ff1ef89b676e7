// Field tables: one list of fields per struct serves MessagePack, JSON and the protocol pages.
//
//   struct Line {
//     ItemId item;
//     Quantity quantity;
//     static constexpr auto fields() { return std::tuple(field("item", &Line::item), field("quantity",
//     &Line::quantity)); }
//   };
//
// On the wire a struct is a map from field name to value. A std::optional member may be missing; every other must be
// there. Unknown names are ignored, so that old and new versions understand each other. A std::map by texts is a map
// without a table; an optional value of it may be nil.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <tuple>

namespace msg {

template <class T, class Member>
struct Field {
  std::string_view name;
  Member T::*member;
};

template <class T, class Member>
constexpr Field<T, Member> field(std::string_view name, Member T::*member) {
  return {name, member};
}

template <class T>
concept HasFields = requires {
  T::fields();
};

// Calls f(name, value) for each field of a struct, in order.
template <HasFields T, class F>
void for_each_field(T& value, F&& f) {
  using Plain = std::remove_const_t<T>;
  std::apply([&](const auto&... each) { (f(each.name, value.*(each.member)), ...); }, Plain::fields());
}

// The words of an enum whose values are 0, 1, 2 and so on. Specialise it with `static constexpr std::string_view of(E
// value)`. The function is a switch with a case for each value and without `default`, and returns "" after the switch.
// A value without a word does not compile.
template <class E>
struct Words;

template <class E>
constexpr std::string_view word(E value) {
  return Words<E>::of(value);
}

template <class E>
constexpr std::size_t kWordCount = [] {
  std::size_t count = 0;
  while (!word(static_cast<E>(count)).empty()) ++count;
  return count;
}();

// All words of an enum, in its order.
template <class E>
constexpr auto kWords = [] {
  std::array<std::string_view, kWordCount<E>> words;
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = word(static_cast<E>(i));
  return words;
}();

template <class E>
constexpr std::optional<E> from_word(std::string_view text) {
  for (std::size_t i = 0; i < kWordCount<E>; ++i) {
    if (kWords<E>[i] == text) return static_cast<E>(i);
  }
  return std::nullopt;
}

}  // namespace msg
