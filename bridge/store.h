// Store: the client library on a thread of its own (docs/adr/0012-the-http-bridge.md).
//
// The server's thread hands in requests through a bounded queue and an eventfd. The store's thread runs net's reactor
// with client::Core, and hands back all answers of a round in one batch. A request beyond kUnderWayMax or
// kUnderWayBytesMax is not taken.
//
// Lifetime: call join() before `deliver` or `failed` are destroyed. Threads: any thread may call submit and stop;
// `deliver` and `failed` are called in the store's thread. Tests: tests/process/test_http.py
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/event_fd.h"
#include "bridge/ask.h"

namespace bridge {

class Store {
 public:
  static constexpr std::size_t kUnderWayMax = 8192;
  static constexpr std::size_t kUnderWayBytesMax = 64 * 1024 * 1024;  // of requests, which are kept for resends

  using Done = std::function<void(const client::Answer&)>;
  struct Ended {
    Done done;
    client::Answer answer;
  };
  struct Told {
    std::function<void(std::vector<Ended>)> deliver;
    std::function<void(const std::string& why)> failed;  // the store's thread has ended
  };

  Store(client::Config config, Told told);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Returns false if too much is under way; then `done` will not be called.
  [[nodiscard]] bool submit(Ask ask, Done done);
  std::size_t under_way() const { return under_way_; }
  void stop();
  void join();

 private:
  class Pump;
  struct Pending {
    Ask ask;
    Done done;
  };

  void forget(std::size_t bytes);
  void run(const client::Config& config);

  Told told_;
  base::EventFd wake_;
  std::atomic<std::size_t> under_way_ = 0;
  std::atomic<std::size_t> under_way_bytes_ = 0;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::vector<Pending> pending_;
  std::thread thread_;
};

}  // namespace bridge
