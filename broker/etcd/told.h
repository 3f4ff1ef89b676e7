// Told: the queue of events from the journal's threads to the loop. Private to broker/etcd.
//
// Bounds: a thread that adds a block waits while kBytesMax of blocks are in the queue.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

#include "base/event_fd.h"
#include "broker/shared_journal.h"

namespace broker::etcd {

class Told {
 public:
  static constexpr std::size_t kBytesMax = 16 * 1024 * 1024;

  void tell(JournalEvent event) {
    std::unique_lock lock(mutex_);
    if (const auto* block = std::get_if<BlockSeen>(&event)) {
      room_.wait(lock, [this] { return closed_ || bytes_ < kBytesMax; });
      bytes_ += block->bytes.size();
    }
    waiting_.push_back(std::move(event));
    readable_.raise();
  }

  std::optional<JournalEvent> next() {
    readable_.clear();
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) return std::nullopt;
    auto event = std::move(waiting_.front());
    waiting_.pop_front();
    if (const auto* block = std::get_if<BlockSeen>(&event)) bytes_ -= block->bytes.size();
    room_.notify_all();
    if (!waiting_.empty()) readable_.raise();
    return event;
  }

  // The loop takes no more events, so no thread needs to wait.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    room_.notify_all();
  }

  int fd() const { return readable_.fd(); }

 private:
  base::EventFd readable_;
  std::mutex mutex_;
  std::condition_variable room_;
  std::deque<JournalEvent> waiting_;
  std::size_t bytes_ = 0;
  bool closed_ = false;
};

// The state that the threads share.
struct Standing {
  std::atomic<bool> closing = false;
  std::atomic<std::int64_t> lead = 0;       // revision of our take-over; 0: we do not lead
  std::atomic<std::int64_t> proved_ns = 0;  // base::Mono of the last proof of our leadership
  std::atomic<bool> joined = false;         // our archive is of the history that etcd has
  std::atomic<std::int64_t> loop_ns = 0;    // base::Mono at which the loop was last seen to run
};

}  // namespace broker::etcd
