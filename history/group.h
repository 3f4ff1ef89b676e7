// Groups: cuts the history into pieces that can be ordered independently, each about one or a few items.
//
// Linearizability is local: a history has an order if the part of each object has one (Herlihy and Wing 1990). An
// object here is an item, or several items that a write without a known seq ties together, because such a write
// happened to all of them or to none. A write with a told seq is split between the groups: its seq is its place in all
// of them, which across.h checks.
//
// Threads: none. Tests: tests/history/history_test.cpp, generated_test.cpp
#pragma once

#include <memory>

#include "history/edits.h"
#include "history/holds.h"
#include "history/shelves.h"
#include "history/told.h"

namespace history {

// The effect of a part of an operation on an item, or its statement about the item.
struct Touch {
  enum class What : std::uint8_t {
    kMove,      // the stock changes by `amount`, and the pieces that holds keep by `holds`
    kChange,    // the stock changes by some amount; nobody said by how much; if `is_loose`, pieces that were held are
                // sold
    kPrice,     // the price becomes `price`; the stock is `stock`, if it was told
    kCount,     // `amount` pieces were found at the place of `move`
    kAdd,       // the item is added with `price` and `stock`
    kSee,       // the item has `price`, `stock`, `held` and `version`
    kAbsent,    // the item does not exist
    kExists,    // the item exists
    kSoldOut,   // `stock` pieces are available, which is less than `amount`; or are at a place that lines name
    kFewer,     // `stock` pieces are available and at the place of `move`, which is less than `amount`
    kFewThere,  // `stock` pieces are at the place of `move`, which is less than `amount`
    kKept,      // `stock` pieces are available, and holds keep more than if `amount` pieces were at the place of `move`
    kTooMany,   // `amount` pieces more would exceed the limit of a stock, or `move` that of its places
    kNotThere,  // no piece is at the place of `move`
    kCosts,     // the price is `price`
    kIsOf,      // the version is `version` (0: not told), and not `expected`
  };
  // How the pieces at places other than `main` move (kMove, kChange, kTooMany). `move` is a number in `Shelves`.
  enum class How : std::uint8_t {
    kStay,   // they do not
    kShift,  // by the differences in the shelf `move`
    kTake,   // by the rule for orders; `move` is the part that was told not to be of `main`
    kLines,  // by the rule for orders, as the lines `move` say
    kLose,   // nobody knows
  };
  What what = What::kSee;
  How how = How::kStay;
  std::uint32_t item = 0;  // index in the group
  base::Seq version;
  std::optional<base::Cents> price;     // kMove: as a line or the answer says
  std::optional<base::Quantity> stock;  // kMove: after it, as the answer says
  std::optional<base::Quantity> held;   // likewise
  base::Quantity amount;
  base::Quantity holds;
  bool is_loose = false;            // of `holds`: of a hold that is not exact (holds.h); if 0: it may have kept some
  ShelfNo shelf = kUnknownShelf;    // kSee and effects: the pieces at places, as the answer says
  std::uint32_t move = kAllAtMain;  // also: a shelf with the one place that is meant; `main` if it is empty
  base::Seq expected;               // kMove, kPrice, kCount: the version before the effect; 0: any
  friend bool operator==(const Touch&, const Touch&) = default;
};

// One operation or one effect, reduced to the items of the group.
struct Part {
  Index operation = kNobody;  // for effects: a write that asked for it
  bool is_effect = false;
  Time invoked = 0;
  Time returned = kNever;  // kNever: the order may leave it out
  base::Seq seq;           // effects: as told; 0: not told
  base::Seq latest;        // effects: the greatest possible seq; 0: any
  base::Seq earliest;      // effects: the seq is greater
  // Of the end of a hold by its time; such effects come in the order of these two.
  std::optional<std::pair<std::int64_t, base::HoldNo>> expires;
  std::uint32_t touch = 0;
  std::uint32_t touches = 0;  // from `touch` on; each is about another item
};

struct Group {
  std::vector<msg::ItemId> items;
  std::vector<Part> parts;
  std::vector<Touch> touches;
  std::shared_ptr<Shelves> shelves;  // of all groups
};

// `absences`: for each item, an answer that should have shown it and did not (across.h).
std::vector<Group> groups_of(const Operations& operations, const Keys& keys, const Told& told, const Edits& edits,
                             const Holds& holds, const std::map<msg::ItemId, Index>& absences);

}  // namespace history
