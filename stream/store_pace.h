// StorePace: when a replica's store commits what was applied, and when that is brought to stable storage.
//
// A commit is for the next start, which replays from there: it has to come often, not at once. Stable storage is for
// whoever trims the stream, and relies on it (ADR 18). Threads: none; owned by a replica's core.
// Tests: tests/stream/store_pace_test.cpp.
#pragma once

#include <cstdint>

#include "base/ids.h"
#include "base/time.h"

namespace stream {

class StorePace {
 public:
  static constexpr std::uint64_t kEventsMax = 4096;  // a commit after so many: a crash replays no more
  static constexpr base::Duration kSettleEvery = std::chrono::seconds(5);

  // `every`: a commit after so long, if there is anything to commit. `committed`: as far as the store is now.
  StorePace(base::Duration every, base::Seq committed) : every_(every), committed_(committed) {}

  void applied(std::uint64_t events) { events_ += events; }
  bool anything() const { return events_ > 0; }
  bool full() const { return events_ >= kEventsMax; }
  bool due(base::Mono now) const { return anything() && now - committed_at_ >= every_; }
  void committed(base::Seq seq, base::Mono now) {
    committed_ = seq;
    committed_at_ = now;
    events_ = 0;
  }

  // Only between a commit and what is put next: no transaction may be open.
  bool settle_due(base::Mono now) const {
    return !anything() && durable_ < committed_ && now - settled_at_ >= kSettleEvery;
  }
  // `all`: what was committed is on stable storage.
  void settled(bool all, base::Mono now) {
    if (all) durable_ = committed_;
    settled_at_ = now;
  }
  base::Seq durable() const { return durable_; }

 private:
  const base::Duration every_;
  base::Seq committed_;
  base::Seq durable_;
  std::uint64_t events_ = 0;  // applied and not committed
  base::Mono committed_at_{};
  base::Mono settled_at_{};
};

}  // namespace stream
