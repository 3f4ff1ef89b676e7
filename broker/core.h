// The broker: sequences, commits, publishes, replays; appoints the writer; keeps the leases and the watermark.
//
// It knows nothing of shops: the writer's events are opaque bytes to it. Parts: Sequencer (group commit, fencing,
// producer numbers), Membership (who beats, who can write, whose digest differs), Watermark (leases, acknowledgements,
// rule 4).
//
// The first block of an empty journal is StoreCreated. PROTOCOL 6 and 8 say what goes over the wire.
// Threads: none. Tests: tests/broker, tests/sim.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "base/core.h"
#include "broker/journal.h"
#include "msg/envelope.h"
#include "msg/identity.h"

namespace broker {

struct Config {
  msg::Identity identity{.role = msg::Role::kBroker, .instance = "broker-1"};
  std::set<std::string> members;  // instances whose digests are compared; none: all that beat, and none has to rebuild
  std::string new_store;          // name for the store if the journal is empty; drawn at random by main
  base::Duration heartbeat = std::chrono::milliseconds(50);
  base::Duration lease = std::chrono::milliseconds(500);
  double drift_margin = 0.01;
  base::Duration writer_timeout = std::chrono::milliseconds(300);  // silence after which another is appointed
  bool scrubs = false;                                             // goes over the blocks that are kept (scrub.h)
  base::Duration holder_forget = std::chrono::seconds(5);          // after its lease ended, HolderLeft is recorded
};

class Core : public base::Core {
 public:
  Core(Config config, Journal& journal, base::Now now);
  ~Core() override;

  void on_request(const base::ClientId& from, base::BytesView frame, base::Now now, base::Outbox& out) override;
  void on_reply(const base::Endpoint& from, base::BytesView frame, base::Now now, base::Outbox& out) override;
  void on_published(std::string_view topic, base::BytesView payload, base::Now now, base::Outbox& out) override;
  void on_tick(base::Now now, base::Outbox& out) override;
  void on_settled(base::Now now, base::Outbox& out) override;
  void on_stop(base::Now now, base::Outbox& out) override;

  // From the journal: the block handed over last is durable / will never be, another leader has the stream.
  void on_committed(base::BlockNo no, base::Now now, base::Outbox& out);
  void on_fenced(base::Now now, base::Outbox& out);

  // For the simulator's checkers and `status`.
  base::Seq commit_seq() const;
  base::Seq mark() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace broker
