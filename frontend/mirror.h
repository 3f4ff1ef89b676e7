// Mirror: the cached answers of an edge, for every thread of its process (DESIGN 13, ADR 43).
//
// The edge's core copies into it what its cache holds, the end of its lease, and the watermark. Other threads look
// answers up there, without a message to the core. A look-up has three steps, and time may pass between them:
//   1. Look(mirror) reads the end of the lease.
//   2. take() takes the answer.
//   3. answer(now) gives it, if `now`, which is read after take(), is before that end, and the watermark has reached
//      the seq that the answer reveals.
// The end must be that of step 1: a lease that began after step 2 says nothing about an answer that was taken before.
//
// Invariants: M1 an answer that an event touches is dropped before the core acknowledges the event; M2 the end of a
// lease is told after everything that the lease's commit seq covers was dropped; M3 no end is told any more before the
// lease is given back.
// Bounds: those of the core's cache. Lifetime: the core, and every thread that looks, hold it. Threads: put, drop and
// the tell_ functions are called by the core's thread; the rest by any. A thread holds a lock only while it takes an
// answer. Tests: tests/frontend/mirror_test.cpp, tests/sim, tests/model.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/core.h"
#include "base/ids.h"

namespace frontend {

// The key of an answer in the cache: type, version and body of its request.
std::string cache_key(std::string_view type, std::uint32_t version, base::BytesView body);

class Mirror {
 public:
  struct Kept {
    Kept(base::Bytes answer, base::Seq reveals) : body(std::move(answer)), seq(reveals) {}
    base::Bytes body;
    base::Seq seq;                            // that the answer reveals
    mutable std::atomic<bool> taken = false;  // since the core last asked
  };
  using KeptPtr = std::shared_ptr<const Kept>;

  class Look {
   public:
    explicit Look(const Mirror& mirror) : mirror_(mirror), until_(mirror.lease_until()) {}
    // Returns false if the mirror has no answer for this key.
    bool take(std::string_view key);
    // Null: ask the core.
    KeptPtr answer(base::Mono now) const;

   private:
    const Mirror& mirror_;
    base::Mono until_;
    KeptPtr kept_;
  };

  void put(const std::string& key, KeptPtr kept);
  void drop(std::string_view key);
  // Both must come after the drops that they stand for.
  void tell_lease(base::Mono until) { until_.store(until.time_since_epoch().count(), std::memory_order_release); }
  void tell_mark(base::Seq mark) { mark_.store(mark.value(), std::memory_order_release); }
  // The answers that were taken since the last call.
  struct Taken {
    std::uint64_t lookups = 0;
    std::uint64_t searches = 0;
  };
  Taken count_taken();

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const { return std::hash<std::string_view>()(key); }
  };
  // In its own cache lines, so that threads that look up different items do not slow each other down.
  struct alignas(128) Shard {
    std::mutex mutex;
    std::unordered_map<std::string, KeptPtr, Hash, std::equal_to<>> kept;
    Taken taken;
  };
  static constexpr std::size_t kShards = 64;

  Shard& shard_of(std::string_view key) const { return shards_[Hash()(key) % kShards]; }
  KeptPtr take(std::string_view key) const;
  base::Mono lease_until() const { return base::Mono(base::Duration(until_.load(std::memory_order_acquire))); }

  mutable std::array<Shard, kShards> shards_;
  std::atomic<base::Duration::rep> until_ = 0;
  std::atomic<std::uint64_t> mark_ = 0;
};

}  // namespace frontend
