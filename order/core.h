// An order replica: keeps the view of the orders and, while it is appointed, is the writer.
//
// It answers `order`, `orders`, `show_hold`, `holds`, `movements` and `subscriptions` from its view. It answers
// requests that change something, and `outcome`, only as the writer, else with `not_writer`. writer.h says how it
// decides. Threads: none. Tests: tests/order, tests/sim.
#pragma once

#include <memory>

#include "base/core.h"
#include "order/store.h"
#include "stream/replica.h"

namespace order {

struct Config {
  stream::ReplicaConfig replica;
  base::Duration store_commit = std::chrono::milliseconds(200);  // the longest time between commits of changes
  base::Duration pending_age_max = std::chrono::seconds(5);      // of an event that is not committed; then `busy`
};

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

  // For checkers.
  const stream::Position& position() const;
  msg::DigestAt digest() const;
  bool is_writer() const;
  msg::State state() const;
  const std::optional<std::string>& diverged() const;
  bool rebuilds() const;         // as stream::Replica::rebuilds
  std::uint64_t passes() const;  // number of passes over all rows of the view

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace order
