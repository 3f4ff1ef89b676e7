#include "bridge/webhook.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace bridge {
namespace {

constexpr unsigned kOk = 200;
constexpr unsigned kRedirections = 300;
constexpr unsigned kGoneStatus = 410;
constexpr std::int64_t kMsInSecond = 1000;

constexpr std::chrono::seconds all_pauses() {
  std::chrono::seconds all{0};
  for (const auto pause : Webhook::kPauses) all += pause;
  return all;
}
static_assert(all_pauses() > std::chrono::hours(75));

}  // namespace

Webhook::Answer Webhook::answer_of(std::optional<unsigned> status) {
  if (!status) return Answer::kFailed;
  if (*status == kGoneStatus) return Answer::kGone;
  return *status >= kOk && *status < kRedirections ? Answer::kTaken : Answer::kFailed;
}

void Webhook::take(Letter letter) {
  CHECK(letter.seq >= next_, "the letter of seq={} comes after next={}", letter.seq, next_);
  next_ = letter.seq.next();
  bytes_ += letter.body.size();
  waiting_.push_back(std::move(letter));
}

void Webhook::pass(msg::Seq next) { next_ = std::max(next_, next); }

std::optional<Delivery> Webhook::due(base::Now now) {
  const bool is_empty = waiting_.empty() && again_.empty();
  if (under_way_ || state_ == State::kDisabled || is_empty || now.mono < not_before_) return std::nullopt;
  if (failures_ == 0) again_first_ = !again_.empty();
  under_way_ = true;
  return Delivery{queue().front(), now.wall / kMsInSecond, failures_ + 1, again_first_};
}

void Webhook::answered(Answer answer, std::optional<base::Duration> retry_after, base::Mono now) {
  CHECK(std::exchange(under_way_, false), "an answer to no delivery");
  switch (answer) {
    case Answer::kTaken:
      done();
      return;
    case Answer::kFailed:
      return failed(retry_after, now);
    case Answer::kGone:
      state_ = State::kDisabled;
      return;
  }
}

// The letter that was tried is delivered or dead.
Letter Webhook::done() {
  auto letter = std::move(queue().front());
  queue().pop_front();
  if (!again_first_) bytes_ -= letter.body.size();
  enable();
  return letter;
}

void Webhook::failed(std::optional<base::Duration> retry_after, base::Mono now) {
  if (!again_first_ && failures_ < pauses_.size()) {
    state_ = State::kFailing;
    const auto pause = pauses_.at(failures_++);
    not_before_ = now + std::max(pause, std::min(retry_after.value_or(pause), kRetryAfterMax));
  } else if (again_first_ || dead_.size() + again_.size() < kDeadMax) {
    auto letter = done();
    const auto seq = letter.seq;
    dead_.emplace(seq, std::move(letter));
  } else {
    state_ = State::kDisabled;
  }
}

void Webhook::enable() {
  state_ = State::kDelivering;
  failures_ = 0;
  not_before_ = {};
}

void Webhook::disable() {
  CHECK(!under_way_, "disabled during a delivery");
  state_ = State::kDisabled;
}

void Webhook::restore_dead(Letter letter) {
  const auto seq = letter.seq;
  dead_.insert_or_assign(seq, std::move(letter));
}

bool Webhook::redeliver(msg::Seq seq) {
  const auto found = dead_.find(seq);
  if (found == dead_.end()) return false;
  again_.push_back(std::move(found->second));
  dead_.erase(found);
  enable();
  return true;
}

}  // namespace bridge
