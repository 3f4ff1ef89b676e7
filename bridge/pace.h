// Pace: how many requests a second each of many names may make (the generic cell rate algorithm: one time for each name
// says when its requests so far would be used up). Tally: how many things each of many names may have at a time.
//
// Bounds: a Pace knows kKnownMax names. Those that ask for the first time beyond it share one bucket, so that nobody
// gets more by using more names. A Tally knows the names that have something. Threads: none, but a ticket may end in
// any thread once its Tally is not used any more. Tests: tests/bridge/visitors_test.cpp,
// tests/bridge/token_quotas_test.cpp
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/time.h"

namespace bridge {

// The answer to one request.
struct Quota {
  bool granted = true;
  std::uint32_t left = 0;    // requests that would be granted now
  std::uint32_t wait_s = 0;  // if granted, the seconds until the whole burst is there again; else until the next grant
};

class Pace {
 public:
  static constexpr std::size_t kKnownMax = 65'536;

  // `rate`: requests a second; 0: no limit. `burst`: requests at once; 0: as many as `rate`.
  Pace(std::uint32_t rate, std::uint32_t burst);

  // Nothing if requests are not limited.
  std::optional<Quota> ask(const std::string& name, base::Mono now);
  std::size_t known() const { return used_up_.size(); }

  // An item of RateLimit-Policy, and one of RateLimit for a quota. `policy`: its name there.
  std::string policy(std::string_view policy) const;
  static std::string state(std::string_view policy, const Quota& quota);

 private:
  void forget_idle(base::Mono now);

  std::uint32_t rate_;
  std::uint32_t burst_;
  base::Duration interval_{};  // between two requests at `rate`
  std::unordered_map<std::string, base::Mono> used_up_;
  base::Mono forget_next_{};
};

class Tally {
 public:
  // `most`: for each name; 0: no limit, and nothing is counted.
  explicit Tally(std::uint32_t most) : most_(most) {}

  // Returns false if the name has the most already.
  bool come(const std::string& name);
  // One for which come() returned true is gone.
  void leave(const std::string& name);
  std::size_t known() const { return counts_.size(); }

 private:
  std::uint32_t most_;
  std::unordered_map<std::string, std::uint32_t> counts_;
};

// Held while a name has something; its last copy gives it back.
using Ticket = std::shared_ptr<const void>;
// Null if the name has the most already.
Ticket ticket(const std::shared_ptr<Tally>& tally, const std::string& name);

}  // namespace bridge
