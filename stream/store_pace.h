// StorePace: decides when a replica's store commits, and when the commits are brought to stable storage.
//
// The next start replays from the last commit, so commits must be frequent, but not immediate. Trimming the stream
// relies on stable storage (ADR 18). Threads: none; owned by a replica's core.
// Tests: tests/stream/store_pace_test.cpp.
#pragma once

#include <cstdint>
#include <optional>

#include "base/ids.h"
#include "base/time.h"
#include "stream/view_store.h"

namespace stream {

class StorePace {
 public:
  // A commit is due after this many events, so a crash replays no more.
  static constexpr std::uint64_t kEventsMax = 4096;
  static constexpr base::Duration kSettleEvery = std::chrono::seconds(5);
  static constexpr base::Duration kLookEvery = std::chrono::seconds(1);
  // While the disk has no room, commits are put off until this many events wait for one.
  static constexpr std::uint64_t kPutOffMax = 16 * kEventsMax;

  // `every`: a commit is due after this time if there are events to commit. `committed`: the store's seq now.
  StorePace(base::Duration every, base::Seq committed) : every_(every), committed_(committed) {}

  void applied(std::uint64_t events) { events_ += events; }
  bool anything() const { return events_ > 0; }
  bool full() const { return events_ >= kEventsMax; }
  bool due(base::Mono now) const { return anything() && now - committed_at_ >= every_; }
  // Returns whether to commit now. `room`: the disk has room for it. If not, the commit is due again after `every`.
  bool may_commit(bool room, base::Mono now) {
    has_room_ = room;
    if (room || events_ >= kPutOffMax) return true;
    committed_at_ = now;
    return false;
  }
  bool has_room() const { return has_room_; }  // as it was at the last commit or attempt
  void committed(base::Seq seq, base::Mono now) {
    committed_ = seq;
    committed_at_ = now;
    events_ = 0;
  }

  bool settle_due(base::Mono now) const {
    return !settling_ && durable_ < committed_ && now - settled_at_ >= kSettleEvery;
  }
  void settling() { settling_ = committed_; }
  // `all`: everything committed before settling() is on stable storage.
  void settled(bool all, base::Mono now) {
    if (all) durable_ = *settling_;
    settling_.reset();
    settled_at_ = now;
  }
  // Begins to settle when that is due, and takes the result. Call it at each tick.
  void settle(ViewStore& store, base::Mono now) {
    if (settle_due(now)) {
      settling();
      store.settle();
    }
    if (!settling_) return;
    if (const auto all = store.settle_result()) settled(*all, now);
  }
  base::Seq durable() const { return durable_; }

  // Returns whether to check now that the store's files are in their place.
  bool look_due(base::Mono now) {
    if (now - looked_at_ < kLookEvery) return false;
    looked_at_ = now;
    return true;
  }

 private:
  const base::Duration every_;
  base::Seq committed_;
  base::Seq durable_;
  std::optional<base::Seq> settling_;  // committed when that began
  std::uint64_t events_ = 0;           // applied and not yet committed
  base::Mono committed_at_{};
  base::Mono settled_at_{};
  base::Mono looked_at_{};
  bool has_room_ = true;
};

}  // namespace stream
