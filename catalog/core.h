// A catalog replica: keeps the view of the items, and answers `lookup` and `search`.
//
// Items are in memory; the store keeps them and the search index on a disk. The answer to a lookup reveals the seq that
// last touched the item. A search, and the answer that there is no such item, reveal all that is applied (DESIGN 5).
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

// Returns the fault in the rows of a view that nobody writes to, such as a snapshot; nothing if the view is right.
std::optional<std::string> fault_of(Store& store);

class Core : public base::Core {
 public:
  Core(Config config, Store& store);
  ~Core() override;

  void on_request(const base::ClientId& from, base::BytesView frame, base::Turn turn) override;
  void on_reply(const base::Endpoint& from, base::BytesView frame, base::Turn turn) override;
  void on_published(std::string_view topic, base::BytesView payload, base::Turn turn) override;
  void on_tick(base::Turn turn) override;
  void on_settled(base::Turn turn) override;
  void on_stop(base::Turn turn) override;

  const stream::Position& position() const;
  msg::DigestAt digest() const;
  msg::State state() const;
  const std::optional<std::string>& diverged() const;
  bool rebuilds() const;         // as stream::Replica::rebuilds
  std::uint64_t passes() const;  // number of passes over all rows of the view

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace catalog
