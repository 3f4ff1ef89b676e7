// Reactor: one loop, one thread, one core, and the core's ZeroMQ sockets. The only door to zmq.
//
// Every process has the same kinds of sockets:
//   serve      ROUTER, bound     -> Core::on_request (net/router.h)
//   dial       DEALER, one per endpoint that the core sends to, made on first use -> Core::on_reply
//   subscribe  SUB, connected (services) or bound (broker) -> Core::on_published
//   publish    PUB, bound (broker; net/subscribers.h) or connected (services)
// A publication is one frame that begins with the byte of the topic (docs/adr/0013-a-publication-is-one-frame.md). A
// round waits, takes what has arrived from every socket (bounded in messages and in bytes, so that no peer starves
// another and no round grows), calls on_settled, and sends. The next round takes the rest without waiting. The clock is
// read after each message was received, never before (base/time.h, TRAPS 16).
//
// Every socket gets limits for what libzmq leaves unbounded, before bind or connect (TRAPS 5). For a dialled peer that
// is not there yet, up to kUnsentBytesMax wait for up to kUnsentAge; then the oldest are dropped and counted. The
// sender asks again if it misses an answer. A ROUTER drops and counts what a peer does not take (TRAPS 3).
// Errors: the constructor throws std::runtime_error with a line that says what to do (e.g. port in use, bad endpoint).
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/core.h"

namespace net {

struct Sockets {
  std::vector<base::Endpoint> serve;
  std::vector<base::Endpoint> publish_bind;
  std::vector<base::Endpoint> publish_connect;
  std::vector<base::Endpoint> subscribe_bind;
  std::vector<base::Endpoint> subscribe_connect;
  std::vector<std::string> topics;  // of the SUB
};

class Reactor {
 public:
  static constexpr std::size_t kUnsentBytesMax = 16 * 1024 * 1024;
  static constexpr base::Duration kUnsentAge = std::chrono::seconds(1);

  Reactor(const Sockets& sockets, base::Core& core);
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  // Calls `ready` in the loop when `fd` is readable (an eventfd, a signalfd).
  void watch(int fd, std::function<void(base::Now, base::Outbox&)> ready);

  // Runs until the core stops itself. SIGTERM and SIGINT (blocked by main, see block_stop_signals) become on_stop.
  // Returns the reason; empty for a clean stop.
  std::string run();

  // Runs until `done` returns true or `deadline` has passed; for clients, whose loop is the caller's.
  void run_until(const std::function<bool()>& done, base::Mono deadline);

  // For a caller outside the loop (a client that submits): the effects put into it are carried out.
  base::Outbox& outbox();
  const base::Counters& counters() const;  // drops and refusals; the core gets them by its outbox

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Blocks SIGTERM and SIGINT for this thread and the threads that it starts, and returns a signalfd for them. main must
// call it first.
int block_stop_signals();

// The endpoints of a broker's PUB and heartbeat SUB, derived from its ROUTER's endpoint: tcp port + 1 and + 2; ipc path
// + "-pub" and "-beat" (PROTOCOL 1).
base::Endpoint publish_endpoint(const base::Endpoint& broker);
base::Endpoint heartbeat_endpoint(const base::Endpoint& broker);

}  // namespace net
