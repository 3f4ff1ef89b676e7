// Strong numbers: a quantity in the place of an item id is a compile error.
//
// An Id names a thing: it can be compared and counted up. An Amount can be added and subtracted. Both are plain
// integers inside; value() is for codecs, storage and formatting.
#pragma once

#include <fmt/format.h>

#include <compare>
#include <cstdint>
#include <functional>

namespace base {

template <class Tag>
class Id {
 public:
  using Rep = std::uint64_t;
  constexpr Id() = default;
  constexpr explicit Id(Rep value) : value_(value) {}
  constexpr Rep value() const { return value_; }
  constexpr Id next(Rep steps = 1) const { return Id(value_ + steps); }
  constexpr explicit operator bool() const { return value_ != 0; }
  friend constexpr auto operator<=>(Id, Id) = default;

 private:
  Rep value_ = 0;
};

template <class Tag>
class Amount {
 public:
  using Rep = std::int64_t;
  constexpr Amount() = default;
  constexpr explicit Amount(Rep value) : value_(value) {}
  constexpr Rep value() const { return value_; }
  friend constexpr auto operator<=>(Amount, Amount) = default;
  friend constexpr Amount operator+(Amount a, Amount b) { return Amount(a.value_ + b.value_); }
  friend constexpr Amount operator-(Amount a, Amount b) { return Amount(a.value_ - b.value_); }
  constexpr Amount operator-() const { return Amount(-value_); }
  constexpr Amount& operator+=(Amount other) { return *this = *this + other; }
  constexpr Amount& operator-=(Amount other) { return *this = *this - other; }

 private:
  Rep value_ = 0;
};

using Seq = Id<struct SeqTag>;              // place of an event in the stream: 1, 2, 3, ...; 0 is before the first one
using BlockNo = Id<struct BlockNoTag>;      // place of a block in the stream: 1, 2, 3, ...
using Term = Id<struct TermTag>;            // of the broker that leads; rises at every take-over or restart
using Epoch = Id<struct EpochTag>;          // of the writer: the seq of the event that appointed it; 0: no writer
using ProducerNo = Id<struct ProducerTag>;  // of an append within its epoch: 1, 2, 3, ...
using Incarnation = Id<struct IncarnationTag>;  // drawn at random when a process starts
using ItemId = Id<struct ItemTag>;              // 1 .. 2^53-1, so that every language can hold it
using OrderNo = Id<struct OrderTag>;            // 1, 2, 3, ... without gaps
using HoldNo = Id<struct HoldTag>;              // 1, 2, 3, ... without gaps
using Quantity = Amount<struct QuantityTag>;    // pieces
using Cents = Amount<struct CentsTag>;          // minor units of the store's currency

constexpr Epoch epoch_of(Seq appointment) { return Epoch(appointment.value()); }

}  // namespace base

template <class Tag>
struct std::hash<base::Id<Tag>> {
  std::size_t operator()(base::Id<Tag> id) const noexcept { return std::hash<std::uint64_t>()(id.value()); }
};

template <class Tag>
struct fmt::formatter<base::Id<Tag>> : fmt::formatter<std::uint64_t> {
  template <class Context>
  auto format(base::Id<Tag> id, Context& context) const {
    return fmt::formatter<std::uint64_t>::format(id.value(), context);
  }
};

template <class Tag>
struct fmt::formatter<base::Amount<Tag>> : fmt::formatter<std::int64_t> {
  template <class Context>
  auto format(base::Amount<Tag> amount, Context& context) const {
    return fmt::formatter<std::int64_t>::format(amount.value(), context);
  }
};
