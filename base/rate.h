// Rate: how many requests a second each of many names may make (the generic cell rate algorithm: one time for each name
// says when its requests so far would be used up).
//
// Bounds: kKnownMax names; a name that has all of its burst again is forgotten. Those that ask for the first time
// beyond it share one bucket, so that nobody gets more by using more names. Threads: none. Tests:
// tests/bridge/visitors_test.cpp, tests/frontend/client_rate_test.cpp
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/time.h"

namespace base {

// The answer to one request.
struct Quota {
  bool granted = true;
  std::uint32_t left = 0;    // requests that would be granted now
  std::uint32_t wait_s = 0;  // if granted, the seconds until the whole burst is there again; else until the next grant
  Duration wait{};           // if not granted, the exact time until the next grant
};

class Rate {
 public:
  static constexpr std::size_t kKnownMax = 65'536;

  // `rate`: requests a second; 0: no limit. `burst`: requests at once; 0: as many as `rate`.
  Rate(std::uint32_t rate, std::uint32_t burst);

  // Nothing if requests are not limited.
  std::optional<Quota> ask(const std::string& name, Mono now);
  std::size_t known() const { return used_up_.size(); }

  std::uint32_t rate() const { return rate_; }
  std::uint32_t burst() const { return burst_; }

 private:
  void forget_idle(Mono now);

  std::uint32_t rate_;
  std::uint32_t burst_;
  Duration interval_{};  // between two requests at `rate`
  std::unordered_map<std::string, Mono> used_up_;
  Mono forget_next_{};
};

}  // namespace base
