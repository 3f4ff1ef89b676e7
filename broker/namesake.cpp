#include "broker/namesake.h"

#include <fmt/format.h>

#include <utility>

namespace broker {

bool Namesake::takes(const Who& who, base::Mono now, base::Duration patience) {
  if (first_ && first_->is(who)) {
    first_->at = now;
    return true;
  }
  if (second_ && second_->is(who)) {
    second_->at = now;
    if (now - first_->at < patience) return false;
    first_ = std::exchange(second_, std::nullopt);  // the first process has gone
    return true;
  }
  if (before_ && before_->is(who)) return hear_before(now, patience);
  return take_as_new(who, now, patience);
}

bool Namesake::take_as_new(const Who& who, base::Mono now, base::Duration patience) {
  before_ = first_;
  before_went_on_ = before_ && now - before_->at < patience;
  followed_ = now;
  first_ = Heard{who, now};
  return true;
}

bool Namesake::hear_before(base::Mono now, base::Duration patience) {
  before_went_on_ = before_went_on_ && now - before_->at < patience;
  before_->at = now;
  if (now - followed_ < patience) return false;  // last heartbeats of the process before
  second_ = std::exchange(before_, std::nullopt);
  if (!before_went_on_) return false;  // it was away, and the other has served since
  std::swap(first_, second_);
  return true;
}

std::optional<std::string> Namesake::told(const std::string& instance, base::Mono now) const {
  if (!second_ || now - second_->at >= kTold) return std::nullopt;
  return fmt::format(
      "two processes run under the name {}, with pid {} and pid {}: the second is ignored; stop it, or give it an "
      "--instance of its own",
      instance, first_->who.pid, second_->who.pid);
}

}  // namespace broker
