// ShownItems: items as they were last shown over HTTP, so that an item that has not changed is not rendered again.
//
// The JSON and the tag of an item follow from the bytes of the store's answer alone. They are kept with these bytes and
// are used only for an answer that has the same bytes. So nothing here can be stale, and nothing must be dropped.
//
// Bounds: kSlots items, of about 2 KiB each at most. Threads: none. Tests: tests/bridge/api_test.cpp
#pragma once

#include <array>
#include <string>
#include <utility>

#include "base/core.h"
#include "msg/types.h"

namespace bridge {

class ShownItems {
 public:
  static constexpr std::size_t kSlots = 1024;

  struct Shown {
    base::Bytes answer;  // of the store
    std::string json;
    std::string tag;
  };

  // Null if the item was not shown from these bytes, or if another item has taken its slot.
  const Shown* find(msg::ItemId item, const base::Bytes& answer) const {
    const auto& slot = slots_[item.value() % kSlots];
    return !answer.empty() && slot.answer == answer ? &slot : nullptr;
  }
  const Shown& keep(msg::ItemId item, Shown shown) { return slots_[item.value() % kSlots] = std::move(shown); }

 private:
  std::array<Shown, kSlots> slots_;
};

}  // namespace bridge
