// The world of a simulation: virtual time, what happens next, chance, and what became of it. One seed, one story.
//
// Events run in the order of (time, number of their making), so a run is a function of its seed alone. Nothing in here
// or above it reads a clock or the operating system's entropy.
//
// broken() records the first promise that was found broken and ends the run; tell() keeps the last lines of the story
// for whoever has to find out why, and costs nothing unless the world was asked to tell. Threads: none.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.h"
#include "base/time.h"

namespace sim {

using base::Duration;
using namespace std::chrono_literals;

class World {
 public:
  using Action = std::function<void()>;
  using Counts = std::map<std::string, std::uint64_t, std::less<>>;
  static constexpr std::size_t kLinesMax = 400;  // of the story that are kept

  explicit World(std::uint64_t seed, bool telling = false) : random_(seed), telling_(telling) {}
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  Duration now() const { return now_; }  // since the beginning; the true time, which no process knows
  void after(Duration delay, Action action);
  // Runs what is due until `limit`; stops early when a promise is broken. Time is then `limit`.
  void run_until(Duration limit);
  // Until `done` holds (asked after every event); false if it does not within `limit` from now.
  bool run_until(const std::function<bool()>& done, Duration limit);

  base::Random& random() { return random_; }
  bool chance(double probability) { return random_.chance(probability); }
  Duration some(Duration low, Duration high);  // low .. high
  std::size_t one_of(std::size_t count) { return static_cast<std::size_t>(random_.below(count)); }

  void broken(std::string promise);
  const std::optional<std::string>& verdict() const { return verdict_; }

  template <class... Args>
  void tell(fmt::format_string<Args...> format, Args&&... args) {
    if (telling_) keep(fmt::format(format, std::forward<Args>(args)...));
  }
  bool telling() const { return telling_; }
  const std::deque<std::string>& lines() const { return lines_; }

  void count(std::string_view what, std::uint64_t times = 1);
  const Counts& counts() const { return counts_; }

  // A number that two runs share only if the same happened in both.
  void mix(std::uint64_t what) { story_ = (story_ ^ what) * 0x100000001b3ULL + (story_ >> 29); }
  std::uint64_t story() const { return story_; }
  std::uint64_t events() const { return made_; }

 private:
  struct Event {
    Duration at;
    std::uint64_t number;
    Action action;
  };
  static bool later(const Event& a, const Event& b) { return a.at != b.at ? a.at > b.at : a.number > b.number; }
  bool step(Duration limit);
  void keep(std::string line);

  Duration now_{};
  std::uint64_t made_ = 0;
  std::vector<Event> queue_;  // a heap: the earliest in front
  base::Random random_;
  bool telling_;
  std::deque<std::string> lines_;
  std::optional<std::string> verdict_;
  Counts counts_;
  std::uint64_t story_ = 0xcbf29ce484222325ULL;
};

}  // namespace sim
