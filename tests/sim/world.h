// The world of a simulation: virtual time, a queue of events, chance, and the story of the run. One seed gives one
// story.
//
// Events run in the order of (time, number of their creation), so a run is a function of its seed alone. Nothing here
// or above it reads a clock or the operating system's entropy.
//
// broken() records the first broken promise and ends the run. tell() keeps the last lines of the story for debugging;
// it costs nothing unless the world keeps its story. Threads: none.
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
  static constexpr std::size_t kLinesMax = 400;  // lines of the story that are kept

  explicit World(std::uint64_t seed, bool telling = false) : random_(seed), telling_(telling) {}
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  Duration now() const { return now_; }  // since the beginning; the true time, which no process knows
  void after(Duration delay, Action action);
  // Runs the events until `limit`, and sets the time to `limit`. Stops early if a promise is broken.
  void run_until(Duration limit);
  // Runs until `done` returns true, which is asked after every event. Returns false if it does not within `limit` from
  // now.
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

  // Two runs have the same number only if the same happened in both.
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
  std::vector<Event> queue_;  // a heap: the earliest event in front
  base::Random random_;
  bool telling_;
  std::deque<std::string> lines_;
  std::optional<std::string> verdict_;
  Counts counts_;
  std::uint64_t story_ = 0xcbf29ce484222325ULL;
};

}  // namespace sim
