// LargeReads: pages of many rows, of which only some are asked for and kept at a time.
//
// A page of a thousand items is half a megabyte. Thousands of clients that ask for one, and do not read it, would make
// this bridge and every frontend keep gigabytes. So few of these reads are at the store at once, the others wait in
// their order, and none is sent while too much waits to be written. Small answers need none of this.
//
// Bounds: kAtStoreMax reads at the store, kWaitingMax wait for kWaitMax at most, then they are refused. None is sent
// while kUnwrittenMax bytes of answers or more wait for their readers. Threads: the server's. Tests:
// tests/bridge/large_reads_test.cpp
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>

#include "base/time.h"

namespace bridge {

class LargeReads {
 public:
  static constexpr std::uint32_t kRows = 100;  // a page of more rows is large
  static constexpr std::size_t kAtStoreMax = 32;
  static constexpr std::size_t kWaitingMax = 256;
  static constexpr std::size_t kUnwrittenMax = 64 * 1024 * 1024;
  static constexpr base::Duration kWaitMax = std::chrono::seconds(2);

  struct Read {
    std::function<void()> send;
    std::function<void()> refuse;
  };
  // Sends it now or later, or refuses it now or later.
  void add(Read read, base::Mono now);
  // One that was sent has been answered.
  void answered();
  // Bytes of an answer wait for their reader from now on, or no longer.
  void unwritten(std::size_t bytes) { unwritten_ += bytes; }
  void written(std::size_t bytes);
  // Refuses what has waited for too long. Call now and then.
  void sweep(base::Mono now);

  bool is_full() const { return unwritten_ >= kUnwrittenMax; }
  std::size_t waiting() const { return waiting_.size(); }
  std::size_t unwritten_bytes() const { return unwritten_; }

 private:
  void send_next();

  struct Waiting {
    Read read;
    base::Mono until;
  };
  std::deque<Waiting> waiting_;
  std::size_t at_store_ = 0;
  std::size_t unwritten_ = 0;
};

}  // namespace bridge
