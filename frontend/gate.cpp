#include "frontend/gate.h"

namespace frontend {

bool Gate::passes(base::Seq reveals) const { return open_ || reveals <= mark_; }

void Gate::pass(base::Seq reveals, Held answer) {
  if (passes(reveals)) return release_(std::move(answer));
  const auto bytes = answer.body.size() + kHeldCost;
  held_bytes_ += bytes;
  clients_[answer.client] += bytes;
  held_.emplace(reveals, std::move(answer));
}

void Gate::on_mark(base::Seq mark) {
  if (mark <= mark_) return;
  mark_ = mark;
  while (!held_.empty() && held_.begin()->first <= mark_) {
    auto answer = std::move(held_.begin()->second);
    held_.erase(held_.begin());
    count_out(answer);
    release_(std::move(answer));
  }
}

std::size_t Gate::held_bytes_of(const std::string& client) const {
  const auto found = clients_.find(client);
  return found == clients_.end() ? 0 : found->second;
}

void Gate::count_out(const Held& answer) {
  const auto bytes = answer.body.size() + kHeldCost;
  held_bytes_ -= bytes;
  const auto client = clients_.find(answer.client);
  if ((client->second -= bytes) == 0) clients_.erase(client);
}

std::vector<Held> Gate::expire(base::Mono now) {
  std::vector<Held> expired;
  for (auto place = held_.begin(); place != held_.end();) {
    if (place->second.expires > now) {
      ++place;
      continue;
    }
    count_out(place->second);
    expired.push_back(std::move(place->second));
    place = held_.erase(place);
  }
  return expired;
}

}  // namespace frontend
