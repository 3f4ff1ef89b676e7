// Loop: one thread that runs one or several cores and their ZeroMQ sockets. It is the only door to zmq.
//
// Every core has the same kinds of sockets:
//   serve      ROUTER, bound     -> Core::on_request (net/router.h)
//   dial       DEALER, one per endpoint that the core sends to, made on first use -> Core::on_reply
//   subscribe  SUB, connected (services) or bound (broker) -> Core::on_published
//   publish    PUB, bound (broker; net/subscribers.h) or connected (services)
// A publication is one frame that begins with the byte of the topic (docs/adr/0013-a-publication-is-one-frame.md). The
// local bus (net/bus.h) reaches the endpoints of the loop's own cores instead of a socket. A core cannot tell the
// difference.
//
// A round waits until something arrives, and then makes passes over the cores. A pass tells a core its arrivals
// (bounded in messages and in bytes, so that no peer starves another and no round grows), calls on_settled, and sends.
// The first pass covers all cores and their sockets. Up to kPassesMax further passes deliver messages that the cores
// have handed to each other. The next round takes the rest without waiting. In a pass, the core that was added last
// comes first. The clock is read after each message was received, never before (base/time.h, TRAPS 16).
//
// In a store with keys the messages that a core gets through its ROUTER or its bound SUB name their sender
// (base::Turn), and the core dials with its own key. An endpoint that does not let the core in is told to it
// (on_barred), and dialled again after kBarredFor.
//
// Every socket gets limits where libzmq has none, before bind or connect (TRAPS 5). For a dialled peer that is not
// there yet, up to kUnsentBytesMax wait for up to kUnsentAge. Then the oldest messages are dropped and counted. The
// sender asks again if it misses an answer. A ROUTER drops and counts replies that a peer does not take (TRAPS 3).
//
// A stop signal becomes on_stop of the core that was added last. When that core has stopped, the loop tells the one
// before it, and so on, so a core stops before the cores that it needs. A further signal goes to the core that is
// stopping. A core that has stopped is removed. A core that stops with a reason ends the loop.
//
// Errors: add() throws std::runtime_error with a line that says what to do (e.g. port in use, bad endpoint).
// Threads: one. Tests: tests/net/loop_test.cpp, tests/net/reactor_test.cpp
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/core.h"
#include "net/key_file.h"

namespace net {

struct Sockets {
  std::vector<base::Endpoint> serve;
  std::vector<base::Endpoint> publish_bind;
  std::vector<base::Endpoint> publish_connect;
  std::vector<base::Endpoint> subscribe_bind;
  std::vector<base::Endpoint> subscribe_connect;
  std::vector<std::string> topics;  // the SUB's
  // Other endpoints by which peers know this core, such as the announced one if it is not the bound one. A core that
  // listens nowhere is reached under them by the other cores of its loop.
  std::vector<base::Endpoint> known_as;
  // The key with which the core dials TCP endpoints. None: the store has no keys.
  std::optional<Key> key;
  // `serve` admits clients, too, and not only members and operators of the store.
  bool serves_clients = false;
  // The most connections that one address may have to each bound socket (net/callers.h).
  std::uint32_t connections_of_address = 1024;
};

using Watcher = std::function<void(base::Turn)>;

class Loop {
 public:
  static constexpr std::size_t kUnsentBytesMax = 16 * 1024 * 1024;
  static constexpr base::Duration kUnsentAge = std::chrono::seconds(1);
  static constexpr int kPassesMax = 8;
  static constexpr base::Duration kBarredFor = std::chrono::milliseconds(500);
  static constexpr base::Duration kLogEvery = std::chrono::minutes(1);  // endpoints that cannot be dialled

  // `stop_signals`: a signalfd (block_stop_signals), or -1 for none. `keys`: all TCP endpoints at which the cores
  // listen ask for keys (net/guard.h).
  explicit Loop(int stop_signals = -1, std::optional<StoreKeys> keys = std::nullopt);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // The core must live until the loop is destroyed or has removed the core.
  void add(const Sockets& sockets, base::Core& core);

  // Calls `ready` as an input of the core when `fd` is readable (an eventfd).
  void watch(const base::Core& core, int fd, Watcher ready);

  // Runs until all cores have stopped, or one has failed. Returns the failure's reason, or an empty text after a clean
  // stop.
  std::string run();

  // Runs until `done` or `deadline`, or until run() would return.
  void run_until(const std::function<bool()>& done, base::Mono deadline);

  bool is_stopping() const;          // a stop signal has come, or a core has failed
  const base::Core* failed() const;  // the core whose call threw, if one did

  // For a caller outside the loop (a client that submits): the loop carries out the effects that are put into it.
  base::Outbox& outbox(const base::Core& core);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Blocks SIGTERM and SIGINT for this thread and the threads that it starts, and returns a signalfd for them. main must
// call it first. If the log is a file, SIGHUP is among them: the loop then opens the log anew, and does not stop.
int block_stop_signals();

// Returns whether the peer is another core of the same loop. No peer on a socket can pose as one.
bool is_of_this_loop(const base::ClientId& peer);

// The endpoints of a broker's PUB and heartbeat SUB, derived from its ROUTER's endpoint: tcp port + 1 and + 2; ipc path
// + "-pub" and "-beat" (PROTOCOL 1).
base::Endpoint publish_endpoint(const base::Endpoint& broker);
base::Endpoint heartbeat_endpoint(const base::Endpoint& broker);

}  // namespace net
