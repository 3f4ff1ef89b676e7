// Reactor: one loop, one thread, one core, and the ZeroMQ sockets it talks through. The only door to zmq.
//
// Which sockets there are is the same for every process:
//   serve      ROUTER, bound     -> Core::on_request (net/router.h)
//   dial       DEALER, one per endpoint that the core sends to, made on first use -> Core::on_reply
//   subscribe  SUB, connected (services) or bound (broker) -> Core::on_published
//   publish    PUB, bound (broker; net/subscribers.h) or connected (services)
// A publication is one frame, the topic's byte first (docs/adr/0013-a-publication-is-one-frame.md).
// A round: wait; take what has arrived from every socket (bounded in messages and in bytes, so that no peer starves
// another and no round grows); on_settled; send. The next round takes the rest, and does not wait.
// The clock is read after each message was received, never before (base/time.h, TRAPS 16).
//
// Limits that libzmq leaves open are set on every socket before bind or connect (TRAPS 5). A dialled peer that is not
// there yet keeps up to kUnsentBytesMax for kUnsentAge; then the oldest are dropped and counted: whoever waits for an
// answer asks again. A ROUTER drops what a peer does not take (TRAPS 3), counted.
// Errors: std::runtime_error from the constructor with a line that says what to do (port in use, bad endpoint).
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

  // Call `ready` in the loop when `fd` is readable (an eventfd, a signalfd).
  void watch(int fd, std::function<void(base::Now, base::Outbox&)> ready);

  // Runs until the core stops itself; SIGTERM and SIGINT (blocked by main, see block_stop_signals) become on_stop.
  // Returns the reason, empty for a clean stop.
  std::string run();

  // Runs until `done` or `deadline`; for clients, whose loop is the caller's.
  void run_until(const std::function<bool()>& done, base::Mono deadline);

  // For a caller outside the loop (a client that submits): effects it wants carried out.
  base::Outbox& outbox();
  const std::map<std::string, std::uint64_t>& counters() const;  // drops and refusals; the core gets them by its outbox

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Blocks SIGTERM and SIGINT for this thread and those it starts, and returns a signalfd for them. Call first in main.
int block_stop_signals();

// The PUB and the heartbeat SUB of a broker, derived from its ROUTER's endpoint: tcp port + 1 and + 2; ipc path +
// "-pub" and "-beat" (PROTOCOL 1).
base::Endpoint publish_endpoint(const base::Endpoint& broker);
base::Endpoint heartbeat_endpoint(const base::Endpoint& broker);

}  // namespace net
