// Memory: gives back to the system what a peak has left.
//
// malloc keeps what was freed for the next time. After an attack, or a burst, that would be hundreds of megabytes for
// ever. Threads: none. Tests: tests/process/test_abuse.py
#pragma once

#include <cstddef>

#include "base/time.h"

namespace net {

class Memory {
 public:
  static constexpr std::size_t kPeak = 16 * 1024 * 1024;              // bytes that wait; less leaves little behind
  static constexpr base::Duration kEvery = std::chrono::seconds(10);  // at most; to give back takes milliseconds

  // `waiting`: bytes of all queues now.
  void on_tick(std::size_t waiting, base::Mono now);

 private:
  bool was_much_ = false;
  base::Mono next_{};
};

}  // namespace net
