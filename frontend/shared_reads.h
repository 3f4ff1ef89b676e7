// SharedReads: the cache, and the reads on their way to fill it. Reads of one key share one request to a replica.
//
// The first read of a key leads: the caller sends it. Reads of the same key that come before its answer wait for it.
// When the answer lands, each waiting read may have it only if no event that was applied here before the read came has
// touched the answer (DESIGN 5.7). The other waiting reads must be asked again. The answer is kept in the cache only if
// nothing has touched it by then.
//
// Bounds: those of the cache, of the touch log and of the requests under way. Threads: none; owned by a frontend core.
// Tests: tests/frontend/shared_reads_test.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "frontend/cache.h"
#include "msg/events.h"

namespace frontend {

class SharedReads {
 public:
  using Ids = std::vector<std::uint64_t>;  // of requests under way
  struct Landing {
    Ids served;              // these may have the answer
    Ids again;               // these must join again
    bool overtaken = false;  // an event had touched the answer before it landed
  };

  // As of Cache.
  explicit SharedReads(std::size_t cache_bytes, std::size_t cache_entries = 0, std::shared_ptr<Mirror> mirror = nullptr)
      : cache_(cache_bytes, cache_entries, std::move(mirror)) {}

  const CacheEntry* find(const std::string& key) { return cache_.find(key); }
  // Returns true if the read leads: then it must be sent. Otherwise it waits.
  bool join(const std::string& key, std::uint64_t id);
  // The answer to the leading read of `key` has come. `entry`: nothing if the answer concerns the leading read alone.
  // `keep`: the entry may be put into the cache.
  Landing land(const std::string& key, std::optional<CacheEntry> entry, bool keep);
  // The read `id` ends without an answer. If it leads, returns the waiting reads, which must join again.
  Ids abandon(const std::string& key, std::uint64_t id);

  // Drops the entries that the event touches.
  void apply(base::Seq seq, const msg::Event& event);
  // Drops everything, and keeps no answer that is on its way.
  void clear();

  const Cache& cache() const { return cache_; }

 private:
  struct Waiter {
    std::uint64_t id;
    std::uint64_t touches;  // TouchLog::end() when it joined: the answer must still hold at that position
  };
  struct Flight {
    std::uint64_t leader;
    std::uint64_t touches;  // TouchLog::end() when it was sent
    std::vector<Waiter> waiters;
  };

  Cache cache_;
  TouchLog touches_;
  std::unordered_map<std::string, Flight> flights_;
};

}  // namespace frontend
