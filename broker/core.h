// The broker: sequences, commits, publishes and replays events; appoints the writer; keeps the leases and the
// watermark.
//
// It knows no rule of a shop: it checks only that others can read the writer's events. Its parts: Sequencer (group
// commit, fencing, producer numbers), Membership (heartbeats, candidates for the writer, diverged digests), Watermark
// (leases, acknowledgements, rule 4).
//
// The first block of an empty journal is StoreCreated. PROTOCOL 6 and 8 describe the messages.
// Threads: none. Tests: tests/broker, tests/sim.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/core.h"
#include "broker/journal.h"
#include "msg/beats.h"
#include "msg/envelope.h"
#include "msg/identity.h"

namespace broker {

struct Config {
  msg::Identity identity{.role = msg::Role::kBroker, .instance = "broker-1"};
  // Instances whose digests are compared; if empty, all that send heartbeats, and none has to rebuild its view.
  std::set<std::string> members;
  std::string new_store;                  // the store's name if the journal is empty; main draws it at random
  std::optional<msg::Currency> currency;  // a new store gets it; another store must have it
  msg::Pace pace;
  base::Duration lease = std::chrono::milliseconds(500);
  double drift_margin = 0.01;
  base::Duration writer_timeout = std::chrono::milliseconds(300);  // after this silence another writer is appointed
  bool scrubs = false;                                             // checks the blocks that are kept (scrub.h)
  base::Duration holder_forget = std::chrono::seconds(5);  // HolderLeft is recorded this long after the lease ended
};

// Says why a broker that was started with `currency` must not lead a store with `of_store`; nothing if it may.
std::optional<std::string> wrong_currency(const std::optional<msg::Currency>& currency,
                                          const std::optional<msg::Currency>& of_store);

class Core : public base::Core {
 public:
  // A stream that is not empty has the currency of the config, or the config has none (wrong_currency).
  Core(Config config, Journal& journal, base::Now now);
  ~Core() override;

  void on_request(const base::ClientId& from, base::BytesView frame, base::Turn turn) override;
  void on_reply(const base::Endpoint& from, base::BytesView frame, base::Turn turn) override;
  void on_published(std::string_view topic, base::BytesView payload, base::Turn turn) override;
  void on_tick(base::Turn turn) override;
  void on_settled(base::Turn turn) override;
  void on_stop(base::Turn turn) override;

  // From the journal. on_committed: the last block handed over is durable. on_fenced: it will never be, because another
  // broker leads.
  void on_committed(base::BlockNo no, base::Turn turn);
  void on_fenced(base::Turn turn);

  // For the simulation's checkers and for `status`.
  base::Seq commit_seq() const;
  base::Seq mark() const;
  const std::optional<msg::Currency>& currency() const;  // of the store, also before the event is committed

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace broker
