// Lease: says whether this edge may answer now (DESIGN 5.1, 5.2).
//
// A grant counts from the moment at which its request was sent, on the monotonic clock, minus the drift margin. It
// names the commit seq of its moment. Until that seq is applied, the grant is set aside, and an earlier grant that
// still runs stays in force. Meanwhile the broker counts this edge as a holder, so answers under the earlier grant are
// not stale.
//
// Invariants: L1 valid() implies applied >= the commit seq of the grant in force; L2 valid_until never passes (sent +
// lease) minus the margin of any accepted grant; L3 everything that was acknowledged before until() is applied, because
// the watermark waited for this edge until then.
// Bounds: kAsked requests are remembered; an answer to an older one is ignored.
// Threads: none. Tests: tests/frontend/parts_test.cpp.
#pragma once

#include <deque>

#include "base/time.h"
#include "msg/internal.h"

namespace frontend {

class Lease {
 public:
  static constexpr std::size_t kAsked = 32;

  explicit Lease(double drift_margin) : drift_margin_(drift_margin) {}

  void on_asked(std::uint64_t id, base::Mono now);
  // Returns false if the grant cannot be used: nobody asked for it, or its term has ended.
  bool on_grant(std::uint64_t id, const msg::LeaseReply& grant, base::Seq applied);
  void on_applied(base::Seq applied);

  bool valid(base::Mono now) const { return now < until_; }
  // The end of the last grant that could be used; the epoch of the clock if there never was one. Everything that was
  // acknowledged to anybody before this moment is applied here (L3).
  base::Mono until() const { return until_; }
  // The time since `then`, rounded up. No clock that keeps to the drift margin has measured more.
  std::chrono::milliseconds age(base::Mono then, base::Mono now) const;

 private:
  struct Asked {
    std::uint64_t id;
    base::Mono at;
  };
  struct Grant {
    base::Seq commit;
    base::Mono until;
  };

  double drift_margin_;
  base::Term term_;
  base::Mono until_{};
  std::deque<Asked> asked_;
  std::deque<Grant> early_;  // grants whose commit seq is not applied yet, oldest first
};

}  // namespace frontend
