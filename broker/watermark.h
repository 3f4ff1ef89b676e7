// Watermark: how far every edge that may answer has come (DESIGN 5.1 to 5.4).
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
// Why the exception in W3 is safe: such a holder was granted its lease with a commit seq c >= W, and answers nothing
// until it has applied c. From then on it has applied all up to the W of that moment; and W goes on only as far as that
// holder acknowledges. So whenever it answers, it has applied at least W. That it had come further behind in an earlier
// lease does not matter: by our clock and by its own that lease is over.
//
// Rule 4 needs no special case: a holder that the journal remembers is taken to hold a lease that was granted just
// before this leader opened the journal, with an acknowledgement that is not known. While there is one, W is not known.
//
// Holders that do not keep up: a lease is refused to one that is not leased and more than kBehindMax behind W, and to
// one that has not applied within half a lease what was committed at its request. Else a new edge with a long way to
// go, or one that can send but not receive, would hold up every writer for as long as it asks.
//
// Why leases and not only acknowledgements: an edge that is gone must not stop the shop.
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

  // `lease_before`: the longest that a leader before this one may have granted.
  Watermark(Settings settings, const std::vector<msg::Holder>& recorded, base::Duration lease_before,
            base::Mono opened);

  bool records(const msg::Holder& holder) const { return holders_.count(holder) != 0; }
  std::size_t recorded() const { return holders_.size(); }

  // HolderJoined is committed.
  void joined(const msg::Holder& holder, base::Mono now);
  // The holder has applied this; cumulative. False: it is not recorded.
  bool acknowledged(const msg::Holder& holder, base::Seq applied, base::Mono now);
  // The holder has promised to answer nothing from here on, so nobody has to wait for its lease to end.
  void released(const msg::Holder& holder, base::Mono now);
  // For how long the holder may answer from `now`, which is when it is told; nothing if it does not keep up, or if
  // leadership was proved too long ago. Only for a holder that is recorded and has just acknowledged. No longer than
  // `on_record`: the leader after this one has to know for how long to wait.
  std::optional<base::Duration> grant(const msg::Holder& holder, base::Seq commit, base::Duration on_record,
                                      base::Mono proved, base::Mono now);
  // The holders whose lease ended long ago; they are not recorded any more from here on, and HolderLeft is due.
  std::vector<msg::Holder> forget(base::Mono now);

  // Moves W as far as it may go.
  void advance(base::Seq commit, base::Mono now);
  base::Seq mark() const { return mark_; }  // 0: not known yet
  std::uint32_t leased(base::Mono now) const;

 private:
  struct Edge {
    base::Seq acked;
    bool heard = false;  // to this leader
    base::Mono until{};  // its lease may run until then
    base::Mono last_heard{};
    base::Seq passed;         // W when its lease began
    base::Seq owed;           // to be applied ...
    base::Mono owed_since{};  // ... within half a lease from here; 0: nothing is owed
  };

  bool keeps_up(Edge& edge, base::Seq commit, base::Mono now) const;

  const Settings settings_;
  std::map<msg::Holder, Edge> holders_;
  base::Seq mark_;
};

}  // namespace broker
