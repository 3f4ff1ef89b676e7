// Watermark: how far every edge that may answer has applied the stream (DESIGN 5.1 to 5.4).
//
// W is the least acknowledged seq over all holders whose lease may still run, or the commit seq if there is none. An
// answer that reveals seq s may leave the system once W >= s.
//
// Invariants (checked at every advance):
//   W1  W never goes back
//   W2  W never passes the commit seq
//   W3  W never passes the acknowledged seq of a holder whose lease may still run, unless it had passed it before that
//       lease began
//
// The exception in W3 is safe: such a holder was granted its lease with a commit seq c >= W, and answers nothing until
// it has applied c. From then on it has applied everything up to the W of that moment, and W moves only as far as that
// holder acknowledges. So whenever it answers, it has applied at least W. It may have been further behind in an earlier
// lease, but that lease has ended, by our clock and by its own.
//
// Rule 4 needs no special case: a holder in the journal counts as one whose lease was granted just before this leader
// opened the journal, with an unknown acknowledgement. While there is such a holder, W is unknown.
//
// Holders that do not keep up get no lease: one that has no lease and is more than kBehindMax behind W, and one that
// has not applied, within half a lease, what was committed at its request. Otherwise a new edge that is far behind, or
// one that can send but not receive, would delay every writer as long as it asks.
//
// Leases, and not only acknowledgements, are needed because an edge that is gone must not stop the shop.
// Bounds: kHoldersMax holders. Threads: none; owned by the broker core. Tests: tests/broker/watermark_test.cpp.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "msg/internal.h"

namespace broker {

class Watermark {
 public:
  static constexpr std::size_t kHoldersMax = 256;
  static constexpr std::uint64_t kBehindMax = 4096;  // events

  struct Settings {
    base::Duration lease;
    double drift_margin;
    base::Duration forget;
  };

  // `lease_before` is the longest lease that an earlier leader may have granted.
  Watermark(Settings settings, const std::vector<msg::Holder>& recorded, base::Duration lease_before,
            base::Mono opened);

  bool records(const msg::Holder& holder) const { return holders_.count(holder) != 0; }
  std::size_t recorded() const { return holders_.size(); }

  // HolderJoined is committed.
  void joined(const msg::Holder& holder, base::Mono now);
  // The holder has applied everything up to `applied`. Returns false if the holder is not recorded.
  bool acknowledged(const msg::Holder& holder, base::Seq applied, base::Mono now);
  // The holder has promised to answer nothing more, so nobody has to wait for its lease to end.
  void released(const msg::Holder& holder, base::Mono now);
  // Returns how long the holder may answer from `now`; nothing if it does not keep up, or if leadership was proved too
  // long ago. The holder must be recorded and have just acknowledged. The lease is never longer than `on_record`,
  // because the next leader must know how long to wait.
  std::optional<base::Duration> grant(const msg::Holder& holder, base::Seq commit, base::Duration on_record,
                                      base::Mono proved, base::Mono now);
  // Removes the holders whose lease ended long ago, and returns them; HolderLeft is due for each.
  std::vector<msg::Holder> forget(base::Mono now);

  // Moves W as far as allowed.
  void advance(base::Seq commit, base::Mono now);
  base::Seq mark() const { return mark_; }  // 0: not known yet
  std::uint32_t leased(base::Mono now) const;

 private:
  struct Edge {
    base::Seq acked;
    bool heard = false;  // by this leader
    base::Mono until{};  // its lease may run until this time
    base::Mono last_heard{};
    base::Seq passed;         // W when its lease began
    base::Seq owed;           // the seq that it must apply ...
    base::Mono owed_since{};  // ... within half a lease from this time; 0: nothing is owed
  };

  bool keeps_up(Edge& edge, base::Seq commit, base::Mono now) const;

  const Settings settings_;
  std::map<msg::Holder, Edge> holders_;
  base::Seq mark_;
};

}  // namespace broker
