#include "tests/sim/world.h"

#include <algorithm>

namespace sim {

void World::after(Duration delay, Action action) {
  queue_.push_back({now_ + std::max(delay, Duration::zero()), ++made_, std::move(action)});
  std::push_heap(queue_.begin(), queue_.end(), later);
}

bool World::step(Duration limit) {
  if (queue_.empty() || queue_.front().at > limit || verdict_) return false;
  std::pop_heap(queue_.begin(), queue_.end(), later);
  const Event event = std::move(queue_.back());
  queue_.pop_back();
  now_ = event.at;
  event.action();
  return true;
}

void World::run_until(Duration limit) {
  while (step(limit)) {
  }
  if (!verdict_) now_ = std::max(now_, limit);
}

bool World::run_until(const std::function<bool()>& done, Duration limit) {
  const auto end = now_ + limit;
  while (!done()) {
    if (!step(end)) {
      if (!verdict_) now_ = end;
      return done();
    }
  }
  return true;
}

Duration World::some(Duration low, Duration high) {
  return Duration(static_cast<std::int64_t>(
      random_.between(static_cast<std::uint64_t>(low.count()), static_cast<std::uint64_t>(high.count()))));
}

void World::broken(std::string promise) {
  if (verdict_) return;
  tell("BROKEN {}", promise);
  verdict_ = std::move(promise);
}

void World::keep(std::string line) {
  lines_.push_back(fmt::format("{:10.3f} ms  {}", base::millis(now_), line));
  if (lines_.size() > kLinesMax) lines_.pop_front();
}

void World::count(std::string_view what, std::uint64_t times) {
  const auto found = counts_.find(what);
  if (found != counts_.end()) {
    found->second += times;
  } else {
    counts_.emplace(what, times);
  }
}

}  // namespace sim
