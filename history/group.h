// Groups: the history seen from single items, cut into pieces that can be ordered each by itself.
//
// Linearizability is local: a history has an order if each object's part of it has one (Herlihy and Wing 1990). An
// object here is an item, or several that a write without a known seq ties together: such a write happened to all of
// them or to none. A write whose seq was told is cut along the groups: the seq is its place in all of them
// (across.h sees to that).
//
// Threads: none. Tests: tests/history/history_test.cpp, generated_test.cpp
#pragma once

#include "history/told.h"

namespace history {

// What a part of an operation does to an item, or tells of it.
struct Touch {
  enum class What : std::uint8_t {
    kMove,     // stock += amount
    kPrice,    // costs `price` from here on, with `stock` if it is told
    kAdd,      // is there from here on, with `price` and `stock`
    kSee,      // has `price`, `stock` and `version`
    kAbsent,   // is not there
    kExists,   // is there
    kSoldOut,  // has `stock` left, which is less than `amount`
    kTooMany,  // `amount` more would pass the limit of a stock
    kCosts,    // costs `price`
  };
  What what = What::kSee;
  std::uint32_t item = 0;  // index in the group
  base::Seq version;
  std::optional<base::Cents> price;     // kMove: what a line or the answer says
  std::optional<base::Quantity> stock;  // kMove: what the answer tells that was left
  base::Quantity amount;
  friend bool operator==(const Touch&, const Touch&) = default;
};

// One operation, or one effect, as far as it concerns the group.
struct Part {
  Index operation = kNobody;  // for effects: a write that asked for it
  bool is_effect = false;
  Time invoked = 0;
  Time returned = kNever;  // must be in the order; kNever: may be
  base::Seq seq;           // effects: told; 0: not
  base::Seq latest;        // effects: the seq is this at most; 0: any
  std::uint32_t touch = 0;
  std::uint32_t touches = 0;  // from `touch` on; of different items
};

struct Group {
  std::vector<msg::ItemId> items;
  std::vector<Part> parts;
  std::vector<Touch> touches;
};

// `absences`: answers that did not show an item that they would have shown.
std::vector<Group> groups_of(const Operations& operations, const Keys& keys, const Told& told,
                             const std::map<msg::ItemId, Index>& absences);

}  // namespace history
