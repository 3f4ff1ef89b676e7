#include "frontend/routes.h"

#include <algorithm>

namespace frontend {

std::optional<base::Endpoint> Routes::hear(msg::Heartbeat beat, base::Mono now) {
  if (known_.size() >= kInstancesMax && known_.count(beat.instance) == 0) return std::nullopt;
  auto& known = known_[beat.instance];
  const auto before = endpoint(known.beat);  // empty if the instance is new
  known = {std::move(beat), now};
  if (before.empty() || before == endpoint(known.beat)) return std::nullopt;
  return before;
}

bool Routes::on_diverged(const std::vector<std::string>& instances) {
  std::set<std::string> diverged(instances.begin(), instances.end());
  const bool news = !std::includes(diverged_.begin(), diverged_.end(), diverged.begin(), diverged.end());
  diverged_ = std::move(diverged);
  return news;
}

bool Routes::on_writer(base::Epoch epoch, const std::string& replica) {
  if (epoch <= epoch_) return false;
  epoch_ = epoch;
  writer_ = replica;
  return true;
}

base::Endpoint Routes::endpoint(const msg::Heartbeat& beat) const {
  return beat.ipc && beat.host == host_ ? *beat.ipc : beat.tcp;
}

std::optional<base::Endpoint> Routes::reader(msg::Role role, const base::Endpoint& except, base::Mono now) const {
  std::vector<base::Endpoint> live;
  std::vector<base::Endpoint> others;
  for (const auto& [instance, known] : known_) {
    if (known.beat.role != role) continue;
    const bool good =
        known.beat.state == msg::State::kLive && now < known.heard + kSilent && diverged_.count(instance) == 0;
    (good ? live : others).push_back(endpoint(known.beat));
  }
  const auto& candidates = live.empty() ? others : live;
  if (candidates.empty()) return std::nullopt;
  const auto& chosen = candidates[turn_ % candidates.size()];
  return chosen == except ? candidates[(turn_ + 1) % candidates.size()] : chosen;
}

bool Routes::has_answered_since(const base::Endpoint& replica, base::Mono since) const {
  const auto found = answered_.find(replica);
  return found != answered_.end() && found->second >= since;
}

std::optional<base::Endpoint> Routes::writer() const {
  const auto found = known_.find(writer_);
  if (found == known_.end()) return std::nullopt;
  return endpoint(found->second.beat);
}

std::vector<base::Endpoint> Routes::forget(base::Mono now) {
  std::erase_if(answered_, [&](const auto& entry) { return now >= entry.second + kForget; });
  std::vector<base::Endpoint> gone;
  std::erase_if(known_, [&](const auto& entry) {
    if (now < entry.second.heard + kForget) return false;
    gone.push_back(endpoint(entry.second.beat));
    return true;
  });
  return gone;
}

}  // namespace frontend
