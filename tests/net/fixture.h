// Loops over real sockets in one thread, without sleeps: each step runs the loops until a condition holds.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "base/core.h"
#include "tests/support/directory.h"

namespace net_test {

// Does nothing.
class QuietCore : public base::Core {
 public:
  void on_request(const base::ClientId&, base::BytesView, base::Turn) override {}
  void on_reply(const base::Endpoint&, base::BytesView, base::Turn) override {}
  void on_published(std::string_view, base::BytesView, base::Turn) override {}
  void on_tick(base::Turn) override {}
  void on_settled(base::Turn) override {}
  void on_stop(base::Turn) override {}
};

// `Loop`: net::Loop or net::Reactor.
template <class Loop>
class SocketsTest : public testing::Test {
 protected:
  base::Endpoint endpoint(const std::string& name) const { return "ipc://" + (directory / name); }

  // Runs the loops in turn until the condition holds. Fails after 90 seconds.
  static bool run(const std::vector<Loop*>& loops, const std::function<bool()>& done) {
    const auto deadline = base::now().mono + std::chrono::seconds(90);
    while (!done() && base::now().mono < deadline) {
      for (auto* loop : loops) loop->run_until(done, base::now().mono + std::chrono::milliseconds(2));
    }
    return done();
  }

  support::Directory directory;
};

}  // namespace net_test
