// Field tables: one list of fields per struct serves MessagePack, JSON and the protocol pages alike.
//
//   struct Line {
//     ItemId item;
//     Quantity quantity;
//     static constexpr auto fields() { return std::tuple(field("item", &Line::item), field("quantity",
//     &Line::quantity)); }
//   };
//
// On the wire a struct is a map from field name to value. A std::optional member may be missing; every other must be
// there. Unknown names are ignored, so old and new versions meet.
#pragma once

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

// Words for an enum: specialise with `static constexpr std::array<std::string_view, N> kWords`, in the enum's order.
template <class E>
struct Words;

template <class E>
constexpr std::string_view word(E value) {
  return Words<E>::kWords[static_cast<std::size_t>(value)];
}

}  // namespace msg
