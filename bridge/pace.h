// Pace: a rate (base/rate.h) that HTTP tells its clients. Tally: how many things each of many names may have at a time.
//
// Bounds: a Tally knows the names that have something. Threads: none, but a ticket may end in any thread once its Tally
// is not used any more. Tests: tests/bridge/visitors_test.cpp, tests/bridge/token_quotas_test.cpp
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/rate.h"

namespace bridge {

using base::Quota;

class Pace : public base::Rate {
 public:
  using Rate::Rate;

  // An item of RateLimit-Policy, and one of RateLimit for a quota. `policy`: its name there.
  std::string policy(std::string_view policy) const;
  static std::string state(std::string_view policy, const Quota& quota);
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
