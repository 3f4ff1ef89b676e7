// Server: serves the Api over HTTP and TCP, with TLS if it has a certificate. It has one thread (Asio). The client's
// core runs on a loop in another one (client/handover.h).
//
// Each connection gets a session (bridge/session.h), which is bounded in bytes and time and cheap while idle. No
// session has a timer of its own: four times a second a sweep ends the sessions whose time is over, and sends beats to
// streams.
//
// run() blocks the caller's thread and serves until stop() is called. Then it takes nothing new, answers the requests
// that are under way, and ends the streams.
// Errors: std::runtime_error with a line that says what to do (e.g. the port is in use).
// Tests: tests/process/test_http.py, tests/process/test_slow_readers.py, tests/process/test_tls.py
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bridge/api.h"
#include "bridge/exporter.h"
#include "bridge/token_quotas.h"
#include "bridge/visitors.h"
#include "client/handover.h"

namespace bridge {

struct Limits {
  std::size_t head_bytes = 16 * 1024;
  std::size_t body_bytes = 512 * 1024;
  base::Duration head_wait = std::chrono::seconds(10);   // from the first byte of a request to the end of its head
  base::Duration body_wait = std::chrono::seconds(20);   // from the end of the head to the end of the body
  base::Duration idle_wait = std::chrono::seconds(75);   // between two requests
  base::Duration write_wait = std::chrono::seconds(10);  // for one answer, or one piece of a stream
  base::Duration beat = std::chrono::seconds(10);        // after so long without an event, a stream gets a comment line
  std::size_t connections = 10'000;                      // without TLS
  std::size_t tls_connections = 2'000;                   // each takes about kTlsBytes, from its first byte on
};

// Files in PEM form. The certificate's file holds the whole chain, its own certificate first.
struct TlsFiles {
  std::string certificate;
  std::string key;
};

struct ServerOptions {
  std::string host = "127.0.0.1";
  unsigned port = 8080;              // 0: any free port
  std::vector<std::string> hosts;    // as in Site
  std::vector<std::string> origins;  // as in Site
  std::optional<bool> labs;          // missing: only if `host` is a loopback address
  std::optional<TlsFiles> tls;       // missing: HTTP without TLS
  Limits limits;
  VisitorLimits visitors;
  TokenLimits tokens;
  // The bridge's own token. With it the bridge asks for the events, the status and the subscriptions, and makes and
  // acknowledges those of its webhooks; for nothing else.
  std::string token;               // empty: none
  std::string token_file;          // goes before `token`; it is read again each second, and may not be there yet
  std::string webhooks;            // file, as of bridge/webhook_file.h, read again when it changes; empty: none
  std::string webhooks_directory;  // for their files; it must exist, unless there are none
  ExportOptions traces;
};

class Server {
 public:
  // `store` must outlive the server.
  Server(const ServerOptions& options, client::Handover& store, Operate operate);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  unsigned port() const;
  // Returns why serving ended; empty if a stop was requested.
  std::string run();
  // These may be called by any thread.
  bool store_answers() const;   // a frontend that has a lease answered within the last seconds
  base::Mono swept_at() const;  // the server's thread has ended a round since then
  // abandon() makes run() end without answers for the requests that are under way.
  void deliver(std::vector<client::Handover::Ended> ended);
  void stop();
  void abandon();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bridge
