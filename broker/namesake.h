// Namesake: which process beats under an instance name, and whether a second one does.
//
// A process that has started again has a new incarnation, and of the one before only last words are heard. If that one
// is still heard after `patience`, without a pause as long as that, both run. The one that was there first stays, and
// the second is ignored until the first has been silent for `patience`: nobody is led to it, and it becomes no writer.
//
// Threads: none; owned by the Membership. Tests: tests/broker/namesake_test.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/ids.h"
#include "base/time.h"

namespace broker {

class Namesake {
 public:
  static constexpr base::Duration kTold = std::chrono::seconds(5);  // after the second was heard last

  struct Who {
    base::Incarnation incarnation;
    std::uint64_t pid = 0;
  };

  // Whether a heartbeat of this process is to be believed.
  bool takes(const Who& who, base::Mono now, base::Duration patience);
  // A sentence for the operator; nothing if there is no second process.
  std::optional<std::string> told(const std::string& instance, base::Mono now) const;

 private:
  struct Heard {
    Who who;
    base::Mono at{};
    bool is(const Who& other) const { return who.incarnation == other.incarnation; }
  };

  bool take_as_new(const Who& who, base::Mono now, base::Duration patience);
  bool hear_before(base::Mono now, base::Duration patience);

  std::optional<Heard> first_;
  std::optional<Heard> second_;
  std::optional<Heard> before_;  // whom the first one has followed
  base::Mono followed_{};        // and when
  bool before_went_on_ = false;  // heard until then and ever since, without a pause
};

}  // namespace broker
