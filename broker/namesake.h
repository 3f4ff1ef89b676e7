// Namesake: knows which process uses an instance name, and whether a second process does, too.
//
// A restarted process has a new incarnation, and of its earlier process only a few last heartbeats arrive. If the
// earlier one is still heard after `patience`, without a pause as long as that, both run. The first one stays. The
// second is ignored until the first has been silent for `patience`: no request is sent to it, and it never becomes the
// writer.
//
// Threads: none; owned by Membership. Tests: tests/broker/namesake_test.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/ids.h"
#include "base/time.h"

namespace broker {

class Namesake {
 public:
  // It is reported for this long after the second process was last heard.
  static constexpr base::Duration kTold = std::chrono::seconds(5);

  struct Who {
    base::Incarnation incarnation;
    std::uint64_t pid = 0;
  };

  // Returns whether a heartbeat of this process is taken.
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
  std::optional<Heard> before_;  // the process that the first one has followed
  base::Mono followed_{};        // the time of that
  bool before_went_on_ = false;  // it was heard before and after that, without a pause
};

}  // namespace broker
