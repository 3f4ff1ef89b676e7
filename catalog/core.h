// A catalog replica: the view of the items. Answers `lookup` and `search`.
//
// Items live in memory; the store keeps them and the search index on a disk. A lookup reveals the seq that last touched
// the item; a search, and the answer that there is no such item, reveal all that is applied (DESIGN 5).
// Threads: none. Tests: tests/catalog, tests/sim.
#pragma once

#include <memory>

#include "base/core.h"
#include "catalog/store.h"
#include "stream/replica.h"

namespace catalog {

struct Config {
  stream::ReplicaConfig replica;
  base::Duration store_commit = std::chrono::milliseconds(200);
};

class Core : public base::Core {
 public:
  Core(Config config, Store& store);
  ~Core() override;

  void on_request(const base::ClientId& from, base::BytesView frame, base::Now now, base::Outbox& out) override;
  void on_reply(const base::Endpoint& from, base::BytesView frame, base::Now now, base::Outbox& out) override;
  void on_published(std::string_view topic, base::BytesView payload, base::Now now, base::Outbox& out) override;
  void on_tick(base::Now now, base::Outbox& out) override;
  void on_settled(base::Now now, base::Outbox& out) override;
  void on_stop(base::Now now, base::Outbox& out) override;

  const stream::Position& position() const;
  msg::DigestAt digest() const;
  msg::State state() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace catalog
