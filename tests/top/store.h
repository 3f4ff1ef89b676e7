// A store for the tests of `pygmy top`: statuses as its frontend tells them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/latency.h"
#include "msg/internal.h"

namespace top {

constexpr base::Mono kStart{std::chrono::hours(1)};

inline msg::Seen process(msg::Role role, std::string instance, std::uint64_t applied,
                         std::vector<msg::Counter> counters) {
  msg::Seen seen;
  seen.beat.role = role;
  seen.beat.instance = std::move(instance);
  seen.beat.incarnation = base::Incarnation(1);
  seen.beat.state = msg::State::kLive;
  seen.beat.applied = msg::Seq(applied);
  seen.beat.counters = std::move(counters);
  return seen;
}

// `turn`: seconds since the start. Each second has 100 events in 20 blocks of 1 ms, and 400 requests.
inline msg::StatusReply status_at(std::uint64_t turn) {
  const auto seq = 1000 + 100 * turn;
  msg::StatusReply status{.edge = "frontend-1", .leased = true, .applied = msg::Seq(seq), .mark = msg::Seq(seq - 1)};
  status.writer = "order-1";
  status.epoch = base::Epoch(2);
  auto broker =
      process(msg::Role::kBroker, "broker-1", seq,
              {{"blocks", 20 * turn}, {"events", 100 * turn}, {"commit_us", 20'000 * turn}, {"queue_bytes", 512}});
  broker.beat.store = "zd9t6ioqecw4zqx7";
  broker.beat.leader = msg::Leadership{.term = base::Term(1), .commit = msg::Seq(seq), .mark = msg::Seq(seq - 1)};
  broker.beat.leader->holders = 1;
  auto frontend = process(msg::Role::kFrontend, "frontend-1", seq,
                          {{"requests_lookup", 300 * turn},
                           {"requests_place", 100 * turn},
                           {"cache_hits", 270 * turn},
                           {"cache_misses", 30 * turn},
                           {"cache_bytes", 3 * 1024 * 1024}});
  msg::Latency read{"read", 0, std::vector<std::uint64_t>(base::LatencyCounts::kBuckets)};
  auto change = read;
  change.kind = "change";
  read.counts[1] = 300 * turn;    // 100 to 250 us
  change.counts[4] = 100 * turn;  // 1 to 2.5 ms
  frontend.beat.latency = {read, change};
  status.processes = {std::move(broker), std::move(frontend),
                      process(msg::Role::kOrder, "order-1", seq - 3, {{"requests_place", 100 * turn}})};
  return status;
}

}  // namespace top
