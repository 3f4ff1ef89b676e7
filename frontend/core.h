// A frontend, also called the edge. An answer reaches a client only through the gate (DESIGN 5).
//
// Its parts: Lease (may this edge answer), Gate (answers that wait for the watermark), SharedReads (the cache of
// answers to lookups and searches, and the reads that fill it), Access (the credentials of clients), Routes (live
// processes, from heartbeats), and the requests under way. A frontend answers lookup and search from its cache or
// passes them on to a catalog replica. It passes order and orders on to an order replica, and place, add, price,
// restock and outcome to the writer. It answers events and status itself. Threads: none. Tests: tests/frontend,
// tests/sim.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/core.h"
#include "msg/beats.h"
#include "msg/credentials.h"
#include "msg/identity.h"

namespace frontend {

class Mirror;

struct Config {
  msg::Identity identity;
  std::vector<base::Endpoint> brokers;
  msg::Pace pace;
  double drift_margin = 0.01;
  std::size_t cache_bytes = 64 * 1024 * 1024;       // 0: no cache
  std::size_t cache_items = 0;                      // answers in the cache; 0: only `cache_bytes` bounds them
  bool gate = true;                                 // off only in tests that show why the gate is needed
  msg::Anonymous anonymous = msg::Anonymous::kAll;  // what clients without a token may do
  std::uint32_t client_rate = 0;                    // requests a second of each client; 0: no limit
  std::uint32_t client_burst = 0;                   // requests of each client at once; 0: as many as `client_rate`
  bool keys = false;                                // the store has keys, which name all peers of other machines
  std::shared_ptr<Mirror> mirror{};                 // through which other threads look answers up; null: none do
};

class Core : public base::Core {
 public:
  explicit Core(Config config);
  ~Core() override;

  void on_request(const base::ClientId& from, base::BytesView frame, base::Turn turn) override;
  void on_reply(const base::Endpoint& from, base::BytesView frame, base::Turn turn) override;
  void on_published(std::string_view topic, base::BytesView payload, base::Turn turn) override;
  void on_tick(base::Turn turn) override;
  void on_settled(base::Turn turn) override;
  void on_stop(base::Turn turn) override;

  bool is_leased() const;  // as of the last call above

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace frontend
