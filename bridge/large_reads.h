// LargeReads: bounds how many reads of many rows are under way.
//
// A page of a thousand items has half a megabyte. Thousands of clients that ask for one and do not read it would make
// this bridge and every frontend keep gigabytes. So only a few of these reads are at the store at once, and the others
// wait in their order. While too many bytes of answers wait for their readers, no large read is sent. Small answers do
// not need this.
//
// Bounds: at most kAtStoreMax reads are at the store. At most kWaitingMax wait, each for at most kWaitMax; then it is
// refused. None is sent while kUnwrittenMax bytes of answers or more wait for their readers. Threads: the server's.
// Tests: tests/bridge/large_reads_test.cpp
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>

#include "base/time.h"

namespace bridge {

class LargeReads {
 public:
  static constexpr std::uint32_t kRows = 100;  // a read of more rows is large
  static constexpr std::size_t kAtStoreMax = 32;
  static constexpr std::size_t kWaitingMax = 256;
  static constexpr std::size_t kUnwrittenMax = 64 * 1024 * 1024;
  static constexpr base::Duration kWaitMax = std::chrono::seconds(2);

  struct Read {
    std::function<void()> send;
    std::function<void()> refuse;
  };
  // Sends the read, or refuses it, at once or later.
  void add(Read read, base::Mono now);
  // A read that was sent has been answered.
  void answered();
  // `bytes` of an answer wait for their reader: unwritten() adds them, written() takes them away.
  void unwritten(std::size_t bytes) { unwritten_ += bytes; }
  void written(std::size_t bytes);
  // Refuses the reads that have waited longer than kWaitMax. The server calls it several times a second.
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
