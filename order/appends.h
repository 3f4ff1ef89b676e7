// Appends: the writer's side of `append` (DESIGN 4): packing, numbering, resending.
//
// All events that are decided between two settles leave as one Append with the next producer number. Only an Append
// that would pass kEventsMax or kBytesTarget is split. It is kept until the stream confirms it, because PUB, sockets
// and brokers may lose anything. A resend is always harmless: the broker ignores a number that it has, and refuses a
// gap.
//
// An Append is resent if
//   the leader's heartbeat shows fewer than were sent, and nothing was sent for a while. The wait doubles each time, up
//     to kResendAfterMax, because more traffic does not help a slow disk;
//   the leader's term has changed: everything that was not committed is lost;
//   the broker has refused one as `skipped`: then from the number that it expects, once for all that were under way.
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
  static constexpr std::size_t kBytesTarget = 128 * 1024;  // a larger event is sent alone
  static constexpr base::Duration kResendAfter = std::chrono::milliseconds(100);
  static constexpr base::Duration kResendAfterMax = std::chrono::milliseconds(800);

  // Forgets everything. With epoch 0 nothing can be added.
  void start(base::Epoch epoch);
  base::Epoch epoch() const { return epoch_; }

  void add(const msg::Event& event);
  // Sends all that was added since the last call.
  void settle(const base::Endpoint& broker, base::Turn turn);
  // The stream has all Appends up to this number.
  void confirm(base::ProducerNo last);

  // Takes the leader's state from its heartbeat, and resends if it shows that Appends were lost.
  void on_leader(const msg::Leadership& leader, const base::Endpoint& broker, base::Turn turn);
  // `id` is that of the refused request, `expected` the number that the broker expects.
  void on_skipped(std::uint64_t id, base::ProducerNo expected, const base::Endpoint& broker, base::Turn turn);
  // True if a refusal of the request `id` is news: the request is of this epoch, and was sent since the last resend.
  bool is_news(std::uint64_t id) const { return epoch_ && id >= first_fresh_id_ && id < next_id_; }
  // From now on refusals of everything that was sent so far are not news.
  void ignore_refusals_so_far() { first_fresh_id_ = next_id_; }

  std::size_t bytes() const { return bytes_; }         // of unconfirmed events
  std::size_t events() const { return events_; }       // the number of unconfirmed events
  std::uint64_t sent() const { return next_id_ - 1; }  // appends since the start of the process, with resent ones
  std::uint64_t resent() const { return resent_; }

 private:
  void resend(base::ProducerNo from, const base::Endpoint& broker, base::Turn turn);
  void send(const msg::Append& append, const base::Endpoint& broker, base::Turn turn);

  base::Epoch epoch_;
  std::deque<msg::Append> unconfirmed_;  // ascending, without gaps
  base::ProducerNo last_;                // the last number given out
  base::ProducerNo last_sent_;
  std::size_t bytes_ = 0;
  std::size_t events_ = 0;
  base::Term term_;
  base::Mono sent_at_{};
  base::Duration resend_after_ = kResendAfter;
  std::uint64_t next_id_ = 1;         // of requests
  std::uint64_t first_fresh_id_ = 1;  // refusals of requests before it are of an earlier epoch, or handled already
  std::uint64_t resent_ = 0;
};

}  // namespace order
