// Appends: the writer's side of `append` (DESIGN 4): packing, numbering, resending.
//
// What is decided between two settles leaves as one Append with the next producer number; only where it would pass
// kEventsMax or kBytesTarget it is split. An Append is kept until the stream confirms it, because PUB, sockets and
// brokers may lose anything. Resending is always harmless: the broker ignores a number that it has, and refuses a gap.
//
// Resent, in order:
//   the leader's heartbeat shows fewer than were sent, and nothing was sent for a while (twice as long each time, up to
//     kResendAfterMax: a slow disk is not helped by more traffic)
//   the leader's term has changed: what was not committed is gone
//   the broker has refused one as `skipped`: from the number it expects, once for everything that was under way
//
// Bounds: none of its own; the writer asks bytes() before it decides. Threads: none. Tests:
// tests/order/appends_test.cpp.
#pragma once

#include <deque>

#include "base/core.h"
#include "msg/block.h"
#include "msg/internal.h"

namespace order {

class Appends {
 public:
  static constexpr std::uint32_t kEventsMax = msg::kBlockEventsMax;
  static constexpr std::size_t kBytesTarget = 128 * 1024;  // one larger event still goes, alone
  static constexpr base::Duration kResendAfter = std::chrono::milliseconds(100);
  static constexpr base::Duration kResendAfterMax = std::chrono::milliseconds(800);

  // Forgets all; epoch 0: nothing can be added.
  void start(base::Epoch epoch);
  base::Epoch epoch() const { return epoch_; }

  void add(const msg::Event& event);
  // Sends what was added since the last call.
  void settle(const base::Endpoint& broker, base::Now now, base::Outbox& out);
  // The stream holds all up to this number.
  void confirm(base::ProducerNo last);

  void on_leader(const msg::Leadership& leader, const base::Endpoint& broker, base::Now now, base::Outbox& out);
  // `id` of the refused request, and the number that the broker expects.
  void on_skipped(std::uint64_t id, base::ProducerNo expected, const base::Endpoint& broker, base::Now now,
                  base::Outbox& out);
  // Whether a refusal of the request `id` is news: of this epoch, and sent since the last resend.
  bool is_news(std::uint64_t id) const { return epoch_ && id >= first_fresh_id_ && id < next_id_; }
  // Refusals of what was sent so far tell nothing any more.
  void ignore_refusals_so_far() { first_fresh_id_ = next_id_; }

  std::size_t bytes() const { return bytes_; }         // of events that are not confirmed
  std::size_t events() const { return events_; }       // how many these are
  std::uint64_t sent() const { return next_id_ - 1; }  // appends since the start of the process, resent ones too
  std::uint64_t resent() const { return resent_; }

 private:
  void resend(base::ProducerNo from, const base::Endpoint& broker, base::Now now, base::Outbox& out);
  void send(const msg::Append& append, const base::Endpoint& broker, base::Now now, base::Outbox& out);

  base::Epoch epoch_;
  std::deque<msg::Append> unconfirmed_;  // ascending, without gaps
  base::ProducerNo last_;                // that was given out
  base::ProducerNo last_sent_;
  std::size_t bytes_ = 0;
  std::size_t events_ = 0;
  base::Term term_;
  base::Mono sent_at_{};
  base::Duration resend_after_ = kResendAfter;
  std::uint64_t next_id_ = 1;         // of requests
  std::uint64_t first_fresh_id_ = 1;  // refusals of requests before it are of an earlier epoch, or answered already
  std::uint64_t resent_ = 0;
};

}  // namespace order
