// Memory: gives memory back to the system after a peak.
//
// malloc keeps freed memory for later use. After an attack or a burst, the process would keep hundreds of megabytes for
// ever. Threads: none. Tests: tests/process/test_abuse.py
#pragma once

#include <cstddef>

#include "base/time.h"

namespace net {

class Memory {
 public:
  // Waiting bytes that count as a peak; a smaller peak leaves little behind.
  static constexpr std::size_t kPeak = 16 * 1024 * 1024;
  // At least this long between two times, because giving back takes milliseconds.
  static constexpr base::Duration kEvery = std::chrono::seconds(10);

  // `waiting` is the number of bytes that all queues hold now.
  void on_tick(std::size_t waiting, base::Mono now);

 private:
  bool was_much_ = false;
  base::Mono next_{};
};

}  // namespace net
