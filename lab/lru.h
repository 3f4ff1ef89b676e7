// Lru: the items that a cache of this many look-ups should hold, by the rule alone. Experiment h compares it with the
// hits that it sees. Threads: none. Tests: tests/lab/lru_test.cpp.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>

namespace lab {

class Lru {
 public:
  explicit Lru(std::size_t items_max) : items_max_(items_max) {}

  struct Looked {
    bool hit = false;
    std::optional<std::uint64_t> evicted;
  };
  Looked look_up(std::uint64_t item) {
    Looked looked;
    looked.hit = drop(item);
    items_.push_front(item);
    if (items_.size() > items_max_) {
      looked.evicted = items_.back();
      items_.pop_back();
    }
    return looked;
  }
  // An event changes the item. Returns whether the cache held it.
  bool drop(std::uint64_t item) {
    const auto found = std::find(items_.begin(), items_.end(), item);
    if (found == items_.end()) return false;
    items_.erase(found);
    return true;
  }
  const std::list<std::uint64_t>& items() const { return items_; }  // the most recently used first

 private:
  std::size_t items_max_;
  std::list<std::uint64_t> items_;
};

}  // namespace lab
