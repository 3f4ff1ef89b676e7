// Server: HTTP over TCP for the Api, one thread (Asio), and the store's thread beside it (bridge/store.h).
//
// Whoever connects gets a session (bridge/session.h): bounded in bytes and time, cheap while idle. A sweep four times a
// second ends what is over its time, and beats for the streams; no session has a timer of its own.
//
// run() serves until SIGTERM or SIGINT: then nothing new is taken, what is under way is answered, streams end. Blocks
// the caller's thread; the signals must be blocked before (net::block_stop_signals).
// Errors: std::runtime_error with a line that says what to do (port in use).
// Tests: tests/process/test_http.py, tests/process/test_slow_readers.py
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "bridge/api.h"

namespace bridge {

struct Limits {
  std::size_t head_bytes = 16 * 1024;
  std::size_t body_bytes = 512 * 1024;
  base::Duration head_wait = std::chrono::seconds(10);   // from the first byte of a request to the end of its head
  base::Duration body_wait = std::chrono::seconds(20);   // from there to its end
  base::Duration idle_wait = std::chrono::seconds(75);   // between two requests
  base::Duration write_wait = std::chrono::seconds(10);  // for one answer, or one piece of a stream
  base::Duration beat = std::chrono::seconds(10);        // of a stream without events
  std::size_t connections = 10'000;
};

struct ServerOptions {
  std::string host = "127.0.0.1";
  unsigned port = 8080;  // 0: any
  Limits limits;
};

class Server {
 public:
  Server(const ServerOptions& options, client::Config config, Operate operate);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  unsigned port() const;
  // Returns why it ended; empty for a stop that was asked for.
  std::string run();
  void stop();  // from any thread: as SIGTERM does

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bridge
