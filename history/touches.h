// Touches: what each effect does to items, and what each answer states about them.
//
// Lifetime: points into the operations. Threads: none. Tests: tests/history/history_test.cpp, generated_test.cpp
#pragma once

#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

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

// A touch with the id of its item.
struct Bare {
  msg::ItemId item;
  Touch touch;
};
using Bares = std::vector<Bare>;

// The touches of the end of a hold by its time.
Bares touches_of_end(const msg::Hold& hold);

class Touches {
 public:
  Touches(const Operations& operations, const Keys& keys, const Told& told, const Edits& edits, const Holds& holds);

  Bares of_effect(const Effect& effect) const;
  // None, if those of the effect tell it.
  Bares of_answer(const Operation& operation) const;
  // The places that the touches name by number.
  const std::shared_ptr<Shelves>& shelves() const { return shelves_; }

 private:
  Bares touches_of(const msg::Order& order, bool has_item_prices) const;
  Bares touches_of(const msg::PlaceOrder& request) const;
  Bares touches_of(const msg::Cancellation& cancellation) const;
  void take(const Effect& effect, Bares& all) const;
  void take(const msg::PlaceOrder& request, msg::ItemId item, Touch& touch) const;
  void go_back(const msg::Cancel& request, msg::ItemId item, Touch& touch) const;
  void move(const Request& request, Touch& touch) const;
  ShelfNo place(const std::string& name) const;
  Bares added(const msg::AddItems& request, const Effect& effect) const;
  Bares cancelled(const msg::Cancel& request) const;
  Bares ordered(const Effect& effect) const;
  Bares held(const msg::PlaceHold& request, const Effect& effect) const;
  Bares confirmed(const msg::ConfirmHold& request) const;
  Bares sold_of_some_hold() const;
  void end_hold(base::HoldNo no, Bares& all) const;
  std::optional<msg::ItemId> added_as(const std::string& title, base::Seq seq) const;
  void refused(const Operation& operation, const msg::Refusal& refusal, Bares& all) const;
  void sold_out(const Request& request, msg::ItemId item, Touch& touch) const;

  const Operations& operations_;
  const Keys& keys_;
  const Told& told_;
  const Holds& holds_;
  std::unordered_map<std::string_view, std::vector<msg::ItemId>> by_title_;
  std::shared_ptr<Shelves> shelves_ = std::make_shared<Shelves>();
};

}  // namespace history
