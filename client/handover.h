// Handover: a client's core on a loop, for the other threads of its process.
//
// A thread hands its request over through a bounded queue and an eventfd, which wakes the loop. The answers of a round
// come back in one batch. With the mirror of an edge, find() answers a cached read at once, in the caller's thread
// (frontend/mirror.h). A request beyond kUnderWayMax or kUnderWayBytesMax is not taken.
//
// The owner adds it to a loop as a core, and lets the loop watch fd() with take().
// Lifetime: `deliver` is called until the loop has ended. Threads: any may call hand_over, handed_over and find; the
// rest, and `deliver`, are the loop's. Tests: tests/client/handover_test.cpp, tests/process/test_http.py
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/event_fd.h"
#include "client/core.h"
#include "frontend/mirror.h"

namespace client {

class Handover : public Core {
 public:
  static constexpr std::size_t kUnderWayMax = 8192;
  static constexpr std::size_t kUnderWayBytesMax = 64 * 1024 * 1024;  // of requests, which are kept for resends

  struct Ended {
    Done done;
    Answer answer;
  };
  using Deliver = std::function<void(std::vector<Ended>)>;

  // `mirror`: of an edge in this process, which comes first among the config's frontends; may be null.
  Handover(Config config, Deliver deliver, std::shared_ptr<const frontend::Mirror> mirror = nullptr);

  // `type` must outlive the request. Returns false if too much is under way; then `done` will not be called.
  [[nodiscard]] bool hand_over(std::string_view type, bool is_write, base::Bytes body, const Options& options,
                               Done done);
  // The answer to a read, if it may be given from the mirror.
  std::optional<Answer> find(std::string_view type, base::BytesView body, const Options& options) const;
  std::size_t handed_over() const { return under_way_; }  // and not answered yet

  int fd() const { return wake_.fd(); }
  void take(base::Turn turn);
  void on_settled(base::Turn turn) override;

 private:
  struct Pending {
    std::string_view type;
    bool is_write = false;
    base::Bytes body;
    Options options;
    Done done;
  };

  void forget(std::size_t bytes);

  const Deliver deliver_;
  const std::shared_ptr<const frontend::Mirror> mirror_;
  base::EventFd wake_;
  std::atomic<std::size_t> under_way_ = 0;
  std::atomic<std::size_t> under_way_bytes_ = 0;
  std::mutex mutex_;
  std::vector<Pending> pending_;
  // The loop's.
  std::vector<Pending> taken_;
  std::vector<Ended> ended_;
};

}  // namespace client
