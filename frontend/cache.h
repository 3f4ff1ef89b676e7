// Cache: keeps answers to lookups and searches until an event touches an item that they show (DESIGN 5.7).
//
// The key is the request's type and the bytes of its body, so a hit decodes nothing. Every entry knows the items that
// it shows. An entry whose answer could gain an item (a search, a lookup by title) is open-ended: it is dropped when
// any item is added or edited. The cache is bounded in bytes, and may be bounded in answers too. A full cache evicts
// the answers that were used least recently. It never keeps an answer that alone exceeds its bytes.
//
// A fill races with the stream: the replica answered at some seq, and later events may have been applied here before
// the answer arrived. TouchLog tells whether one of them touched the answer. If so, the answer must not be kept.
//
// With a mirror, the cache copies every entry into it, and drops it there, too. An entry that another thread has taken
// since it was last the least recently used one counts as used.
// Threads: none. Tests: tests/frontend/parts_test.cpp.
#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/core.h"
#include "base/ids.h"
#include "frontend/mirror.h"

namespace frontend {

// The last kTouches touches of the stream, oldest first; ItemId 0 stands for "an item was added or edited".
class TouchLog {
 public:
  static constexpr std::size_t kTouches = 65'536;
  static constexpr base::ItemId kListed{};

  std::uint64_t end() const { return begin_ + touches_.size(); }
  void add(base::Seq seq, base::ItemId item);
  // Marks everything as touched: no answer that is under way is kept.
  void touch_all();
  // Returns whether, between two positions (earlier values of end()), an event after `seq` touched one of `items`
  // (sorted), or added or edited an item and `open_ended` is set. Returns true, too, if the log no longer reaches back
  // to `from`.
  bool touched(std::uint64_t from, std::uint64_t to, base::Seq seq, const std::vector<base::ItemId>& items,
               bool open_ended) const;

 private:
  struct Touch {
    base::Seq seq;
    base::ItemId item;
  };
  std::uint64_t begin_ = 0;
  std::deque<Touch> touches_;
};

struct CacheEntry {
  base::Bytes body;
  base::Seq seq;  // the seq that the answer reveals
  std::vector<base::ItemId> items;
  bool open_ended = false;
};

class Cache {
 public:
  // `entries_max`: 0 for no bound other than `bytes_max`. `mirror`: may be null.
  explicit Cache(std::size_t bytes_max, std::size_t entries_max = 0, std::shared_ptr<Mirror> mirror = nullptr)
      : bytes_max_(bytes_max), entries_max_(entries_max), mirror_(std::move(mirror)) {}

  const CacheEntry* find(std::string_view key);  // makes the entry the most recently used one
  void put(std::string key, CacheEntry entry);
  void touch(base::ItemId item);  // drops the entries that show the item
  void touch_open_ended();
  void clear();
  std::size_t bytes() const { return bytes_; }
  std::size_t size() const { return by_key_.size(); }
  std::uint64_t invalidated() const { return invalidated_; }
  std::uint64_t evicted() const { return evicted_; }

 private:
  struct Node {
    std::string key;
    CacheEntry entry;
    Mirror::KeptPtr mirrored;  // null: no mirror
  };
  using Place = std::list<Node>::iterator;
  struct LessPlace {
    bool operator()(const Place& a, const Place& b) const { return &*a < &*b; }
  };

  static std::size_t cost(const Node& node);
  bool is_over_full() const;
  void make_room();
  void drop(Place place);

  std::size_t bytes_max_;
  std::size_t entries_max_;
  std::shared_ptr<Mirror> mirror_;
  std::size_t bytes_ = 0;
  std::uint64_t invalidated_ = 0;
  std::uint64_t evicted_ = 0;
  std::list<Node> used_;  // the most recently used first
  std::unordered_map<std::string_view, Place> by_key_;
  std::unordered_map<base::ItemId, std::set<Place, LessPlace>> by_item_;
  std::set<Place, LessPlace> open_ended_;
};

}  // namespace frontend
