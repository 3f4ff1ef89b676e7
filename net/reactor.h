// Reactor: a Loop of one core (net/loop.h), for a client or another part that has a thread of its own.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "net/loop.h"

namespace net {

class Reactor {
 public:
  Reactor(const Sockets& sockets, base::Core& core) : core_(core) { loop_.add(sockets, core); }

  void watch(int fd, Watcher ready) { loop_.watch(core_, fd, std::move(ready)); }
  std::string run() { return loop_.run(); }
  void run_until(const std::function<bool()>& done, base::Mono deadline) { loop_.run_until(done, deadline); }

  base::Outbox& outbox() { return loop_.outbox(core_); }
  // The loop's drops and refusals; the core gets them with its outbox.
  const base::Counters& counters() { return outbox().loop_counters(); }

 private:
  base::Core& core_;
  Loop loop_;
};

}  // namespace net
