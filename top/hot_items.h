// HotItems: which items were sold most in the last minute, from the events of the stream.
//
// Pieces are counted in kSlots slots of kSlot each; the oldest slot is dropped as a whole. So "the last minute" is
// between kWindow and one slot less. Cancelled orders are not taken off: the item was asked for.
// Bounds: kItemsMax items in a slot; the pieces of further items are not counted there. Threads: none.
// Tests: tests/top/hot_items_test.cpp
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "msg/events.h"

namespace top {

class HotItems {
 public:
  static constexpr base::Duration kWindow = std::chrono::seconds(60);
  static constexpr std::size_t kSlots = 12;
  static constexpr base::Duration kSlot = kWindow / kSlots;
  static constexpr std::size_t kItemsMax = 10'000;

  struct Hot {
    base::ItemId item;
    std::uint64_t pieces = 0;
    friend bool operator==(const Hot&, const Hot&) = default;
  };

  // Counts the pieces that the event sells: of an order that buys, or of a hold that is confirmed.
  void sold(const msg::Event& event, base::Mono now);
  // At most `count` items, those with the most pieces first; of equal ones the smaller id first.
  std::vector<Hot> hottest(std::size_t count, base::Mono now);

 private:
  struct Slot {
    base::Mono begin;
    std::unordered_map<base::ItemId, std::uint64_t> pieces;
  };
  void forget_old(base::Mono now);
  void add(base::ItemId item, base::Quantity quantity);

  std::deque<Slot> slots_;  // the newest is last
};

}  // namespace top
