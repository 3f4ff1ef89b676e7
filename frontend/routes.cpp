#include "frontend/routes.h"

#include <algorithm>

#include "msg/codec.h"

namespace frontend {
namespace {

constexpr std::uint64_t kAgeMaxMs = 10ULL * 365 * 24 * 3600 * 1000;  // ten years

void ignore_long_release(msg::Heartbeat& beat) {
  if (beat.release && beat.release->size() > msg::kReleaseBytesMax) beat.release.reset();
}

}  // namespace

std::optional<base::Endpoint> Routes::hear(msg::Heartbeat beat, base::Mono now) {
  if (beat.forgotten) hear_forgotten(*beat.forgotten, now);
  if (beat.silent) hear_silent(*beat.silent, beat.store, now);
  if (known_.count(beat.instance) == 0 && !make_room()) return std::nullopt;
  beat.forgotten.reset();
  beat.silent.reset();
  ignore_long_release(beat);
  forgotten_.erase(beat.instance);
  auto& known = known_[beat.instance];
  if (beat.counters.empty() && known.beat.incarnation == beat.incarnation) {
    beat.counters = std::move(known.beat.counters);
    beat.latency = std::move(known.beat.latency);
  }
  const auto before = known.hung_up ? base::Endpoint() : endpoint(known.beat);  // empty if the instance is new
  known = {std::move(beat), now};
  if (before.empty() || before == endpoint(known.beat)) return std::nullopt;
  return before;
}

bool Routes::make_room() {
  if (known_.size() < kInstancesMax) return true;
  const auto oldest = std::min_element(known_.begin(), known_.end(),
                                       [](const auto& a, const auto& b) { return a.second.heard < b.second.heard; });
  if (!oldest->second.hung_up) return false;
  known_.erase(oldest);
  return true;
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
    if (known.beat.role != role || now >= known.heard + kGone) continue;
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
  if (found == known_.end() || found->second.hung_up) return std::nullopt;
  return endpoint(found->second.beat);
}

std::vector<base::Endpoint> Routes::gone(base::Mono now) {
  std::erase_if(answered_, [&](const auto& entry) { return now >= entry.second + kGone; });
  std::erase_if(forgotten_, [&](const auto& entry) { return now >= entry.second.at + kForgotten; });
  std::vector<base::Endpoint> gone;
  for (auto& [instance, known] : known_) {
    if (known.hung_up || now < known.heard + kGone) continue;
    known.hung_up = true;
    gone.push_back(endpoint(known.beat));
  }
  return gone;
}

// --- silent processes ---

base::Result<msg::Life> Routes::forget(const std::string& instance, base::Mono now) {
  const auto found = known_.find(instance);
  if (found == known_.end()) {
    const auto before = forgotten_.find(instance);  // a client repeats a request that was not answered
    if (before != forgotten_.end()) return msg::Life{instance, before->second.incarnation};
    return base::fail("no process of this name is known");
  }
  if (now < found->second.heard + kTold) return base::fail("it is not silent: stop the process first");
  const msg::Life life{instance, found->second.beat.incarnation};
  bury(life, true, now);
  return life;
}

void Routes::bury(const msg::Life& life, bool ours, base::Mono now) {
  known_.erase(life.instance);
  if (forgotten_.size() >= kForgottenMax && forgotten_.count(life.instance) == 0) {
    forgotten_.erase(std::min_element(forgotten_.begin(), forgotten_.end(),
                                      [](const auto& a, const auto& b) { return a.second.at < b.second.at; }));
  }
  forgotten_[life.instance] = {life.incarnation, now, ours};
}

// A life that was heard within kTold goes on, whatever others say. One that is not known may still be told by a third.
void Routes::hear_forgotten(const std::vector<msg::Life>& lives, base::Mono now) {
  for (const auto& life : lives) {
    const auto found = known_.find(life.instance);
    const bool lives_on = found != known_.end() &&
                          (found->second.beat.incarnation != life.incarnation || now < found->second.heard + kTold);
    if (!lives_on && forgotten_.count(life.instance) == 0) bury(life, false, now);
  }
}

std::vector<msg::Life> Routes::forgotten(Through through, base::Mono now) const {
  std::vector<msg::Life> lives;
  for (const auto& [instance, tombstone] : forgotten_) {
    if (now >= tombstone.at + kForgotten || (through == Through::kUs && !tombstone.ours)) continue;
    lives.push_back({instance, tombstone.incarnation});
  }
  return lives;
}

std::optional<msg::Silent> Routes::next_silent(base::Mono now) {
  const auto tell = [&](auto from, auto to) -> std::optional<msg::Silent> {
    for (auto at = from; at != to; ++at) {
      if (now < at->second.heard + kTold) continue;
      told_ = at->first;
      auto beat = at->second.beat;
      beat.leader.reset();
      beat.latency.reset();
      beat.counters.clear();
      auto bytes = msg::encoded(beat);
      if (bytes.size() > kSilentBytesMax) continue;
      return msg::Silent{{std::move(bytes)}, static_cast<std::uint64_t>(base::millis(now - at->second.heard))};
    }
    return std::nullopt;
  };
  const auto next = known_.upper_bound(told_);
  auto silent = tell(next, known_.end());
  return silent ? silent : tell(known_.begin(), next);
}

// `store` is that of the teller.
void Routes::hear_silent(const msg::Silent& silent, const std::string& store, base::Mono now) {
  if (silent.beat.bytes.size() > kSilentBytesMax) return;
  auto beat = msg::decode<msg::Heartbeat>(silent.beat.bytes);
  if (!beat || beat->instance.empty() || beat->leader || beat->store != store) return;
  if (known_.count(beat->instance) != 0 || known_.size() >= kInstancesMax) return;
  const auto forgotten = forgotten_.find(beat->instance);
  if (forgotten != forgotten_.end() && forgotten->second.incarnation == beat->incarnation) return;
  ignore_long_release(*beat);
  const auto age = std::chrono::milliseconds(std::min<std::uint64_t>(silent.age_ms, kAgeMaxMs));
  auto& known = known_[beat->instance];
  known = {std::move(*beat), now - std::max<base::Duration>(age, kTold), true};
}

}  // namespace frontend
