// Lease: may this edge answer now? (DESIGN 5.1, 5.2)
//
// A grant counts from when its request was sent, on the monotonic clock, less the drift margin. It says how far the
// stream had come; until that is applied the grant is kept aside, and an earlier grant that still runs goes on serving:
// the broker counts us as a holder all the while, so what we answer under it is not stale.
//
// Invariants: L1 valid() implies applied >= the commit seq of the grant that makes it so; L2 valid_until never passes
// (sent + lease) less the margin of any accepted grant; L3 whatever was acknowledged before until() is applied: the
// watermark waited for us up to then.
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
  // Returns false if the grant is of no use: not asked for, or from a term that is over.
  bool on_grant(std::uint64_t id, const msg::LeaseReply& grant, base::Seq applied);
  void on_applied(base::Seq applied);

  bool valid(base::Mono now) const { return now < until_; }
  // End of the last grant that could be used; the epoch of the clock if there never was one. Whatever was acknowledged
  // to anybody before this moment is applied here (L3).
  base::Mono until() const { return until_; }
  // How long ago `then` was, rounded up: at most so long by any clock that keeps to the drift margin.
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
