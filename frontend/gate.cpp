#include "frontend/gate.h"

namespace frontend {

bool Gate::passes(base::Seq reveals) const { return open_ || reveals <= mark_; }

void Gate::pass(base::Seq reveals, Held answer) {
  if (passes(reveals)) return release_(std::move(answer));
  held_bytes_ += answer.body.size();
  held_.emplace(reveals, std::move(answer));
}

void Gate::on_mark(base::Seq mark) {
  if (mark <= mark_) return;
  mark_ = mark;
  while (!held_.empty() && held_.begin()->first <= mark_) {
    auto answer = std::move(held_.begin()->second);
    held_.erase(held_.begin());
    held_bytes_ -= answer.body.size();
    release_(std::move(answer));
  }
}

std::vector<Held> Gate::expire(base::Mono now) {
  std::vector<Held> expired;
  for (auto place = held_.begin(); place != held_.end();) {
    if (place->second.expires > now) {
      ++place;
      continue;
    }
    held_bytes_ -= place->second.body.size();
    expired.push_back(std::move(place->second));
    place = held_.erase(place);
  }
  return expired;
}

}  // namespace frontend
