// Webhook: decides what is sent next to the receiver of one subscription, and when (docs/adr/0058-webhooks.md).
//
//   events of the subscription -> take, or pass if they are of another type
//                              -> due: the next delivery, at most one at a time, in the order of the stream
//   the receiver's answer      -> taken: the next one
//                              -> failed: the same one again, after a pause that grows; after the last pause (75 h
//                                 after the first try, unless told) it is a dead letter, and the next one is sent
//                              -> gone (410): nothing is sent any more, until somebody enables the webhook
//
// Everything up to cursor() is delivered, passed, or a dead letter, so the subscription may be acknowledged so far,
// once the dead letters are on stable storage. The events behind it come again after a crash, so each is delivered at
// least once. A dead letter keeps its body until it is redelivered or removed: the receiver gets it out of order then,
// and sees that by its id. It is tried once then, so that it does not hold the others back; if that fails, it is dead
// again. If there is no room for a further dead letter, the webhook stops as if the receiver was gone, so that nothing
// is lost.
//
// Bounds: kLettersMax letters and kBytesMax bytes wait; has_room() is the back-pressure. kDeadMax dead letters, with
// those that are to be sent again.
// Time comes from the caller. Threads: none. Tests: tests/bridge/webhook_test.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "msg/types.h"

namespace bridge {

// An event that is to be delivered.
struct Letter {
  msg::Seq seq;
  std::string id;  // webhook-id: the same for each try
  std::string body;
};

// One try to deliver a letter.
struct Delivery {
  Letter letter;
  std::int64_t timestamp = 0;  // webhook-timestamp: seconds since 1970 UTC
  std::size_t attempt = 1;
  bool was_dead = false;
};

class Webhook {
 public:
  static constexpr std::size_t kLettersMax = 256;
  static constexpr std::size_t kBytesMax = 1024 * 1024;
  static constexpr std::size_t kDeadMax = 1000;
  using Pauses = std::vector<base::Duration>;
  // The pauses after the tries of a letter, as Standard Webhooks recommends them. The last try fails for good.
  static constexpr std::array<std::chrono::seconds, 9> kPauses{
      std::chrono::seconds(5), std::chrono::minutes(5), std::chrono::minutes(30),
      std::chrono::hours(2),   std::chrono::hours(5),   std::chrono::hours(10),
      std::chrono::hours(14),  std::chrono::hours(20),  std::chrono::hours(24)};
  static constexpr base::Duration kRetryAfterMax = std::chrono::hours(24);

  enum class State : std::uint8_t { kDelivering, kFailing, kDisabled };
  enum class Answer : std::uint8_t { kTaken, kFailed, kGone };
  // The meaning of a status of HTTP; without one, no answer came. A redirection is not followed, so it is a failure.
  static Answer answer_of(std::optional<unsigned> status);

  // `cursor`: that of the subscription.
  explicit Webhook(msg::Seq cursor, Pauses pauses = {kPauses.begin(), kPauses.end()})
      : pauses_(std::move(pauses)), next_(cursor.next()) {}

  bool has_room() const { return waiting_.size() < kLettersMax && bytes_ < kBytesMax; }
  msg::Seq next() const { return next_; }  // the first event that it does not have
  // The letter's seq is next() or later; the events between are not wanted.
  void take(Letter letter);
  // The events before `next` are not wanted, if they were not taken.
  void pass(msg::Seq next);

  // The delivery to begin now; nothing if one is under way, if it is too early, or if there is nothing to send.
  std::optional<Delivery> due(base::Now now);
  // The delivery that is under way has ended. `retry_after`: the receiver asked for such a pause.
  void answered(Answer answer, std::optional<base::Duration> retry_after, base::Mono now);

  msg::Seq cursor() const { return msg::Seq((waiting_.empty() ? next_ : waiting_.front().seq).value() - 1); }
  State state() const { return state_; }
  base::Mono not_before() const { return not_before_; }
  // After the receiver was gone, after too many dead letters, or in a pause: sends again at once.
  void enable();
  void disable();  // as if the receiver was gone; no delivery may be under way

  const std::map<msg::Seq, Letter>& dead() const { return dead_; }
  // A dead letter of an earlier process; one beyond kDeadMax is taken, too.
  void restore_dead(Letter letter);
  // Enables the webhook, and sends a dead letter again: before those that wait, and after the one that is under way.
  // Returns false if there is none with this seq.
  bool redeliver(msg::Seq seq);
  bool remove_dead(msg::Seq seq) { return dead_.erase(seq) == 1; }

 private:
  std::deque<Letter>& queue() { return again_first_ ? again_ : waiting_; }
  Letter done();
  void failed(std::optional<base::Duration> retry_after, base::Mono now);

  Pauses pauses_;
  msg::Seq next_;
  std::deque<Letter> waiting_;  // ascending
  std::deque<Letter> again_;    // that were dead
  bool again_first_ = false;    // the letter that is tried is the first of `again_`, and not of `waiting_`
  std::size_t bytes_ = 0;       // of the bodies in `waiting_`
  std::map<msg::Seq, Letter> dead_;
  State state_ = State::kDelivering;
  bool under_way_ = false;
  std::size_t failures_ = 0;  // of the letter that is tried; 0: the next one is not chosen yet
  base::Mono not_before_{};
};

}  // namespace bridge
