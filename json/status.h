// The answer to `status` as people and programs outside read it: in /v1/status and in `pygmy status --json`.
// Threads: none. Tests: tests/json/status_test.cpp
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "json/json.h"
#include "msg/internal.h"

namespace json {

struct ProcessStatus {
  msg::Role role = msg::Role::kBroker;
  std::string instance;
  std::uint64_t pid = 0;
  std::string endpoint;
  msg::State state = msg::State::kStarting;
  bool writer = false;
  bool leader = false;  // it is the leading broker
  msg::Seq applied;
  std::uint64_t lag = 0;  // committed events that the process has not applied yet
  std::uint64_t age_ms = 0;
  bool silent = false;                       // no heartbeat for a second
  std::optional<msg::Seq> durable;           // of a view: the events up to here are on stable storage
  std::optional<std::string> digest;         // of the items, 16 hexadecimal digits
  std::optional<std::string> orders_digest;  // of an order replica
  std::optional<std::string> diverged;       // of a view whose rows do not agree with their digest: the first fault
  std::optional<std::vector<std::string>> trouble;  // each line says what an operator must look at
  std::optional<std::string> release;               // of its program
  std::optional<Numbers> counters;
  static constexpr auto fields() {
    return std::tuple(msg::field("role", &ProcessStatus::role), msg::field("instance", &ProcessStatus::instance),
                      msg::field("pid", &ProcessStatus::pid), msg::field("endpoint", &ProcessStatus::endpoint),
                      msg::field("state", &ProcessStatus::state), msg::field("writer", &ProcessStatus::writer),
                      msg::field("leader", &ProcessStatus::leader), msg::field("applied", &ProcessStatus::applied),
                      msg::field("lag", &ProcessStatus::lag), msg::field("age_ms", &ProcessStatus::age_ms),
                      msg::field("silent", &ProcessStatus::silent), msg::field("durable", &ProcessStatus::durable),
                      msg::field("digest", &ProcessStatus::digest),
                      msg::field("orders_digest", &ProcessStatus::orders_digest),
                      msg::field("diverged", &ProcessStatus::diverged), msg::field("trouble", &ProcessStatus::trouble),
                      msg::field("release", &ProcessStatus::release), msg::field("counters", &ProcessStatus::counters));
  }
};

struct StoreStatus {
  std::string edge;
  std::uint64_t age_ms = 0;  // since the frontend told it
  bool leased = false;
  std::uint64_t lease_left_ms = 0;
  msg::Seq applied;
  msg::Seq watermark;
  std::string writer;
  base::Epoch epoch;
  // From the leading broker's heartbeat; missing until one has been heard.
  std::optional<std::string> store;
  std::optional<base::Term> term;
  std::optional<msg::Seq> commit;
  std::optional<std::uint32_t> leases;
  std::optional<std::vector<std::string>> diverged;
  std::optional<msg::Seq> begins;                     // earlier events were trimmed
  std::optional<std::uint64_t> leader_age_ms;         // since that heartbeat
  std::optional<msg::Currency> currency;              // of the prices; missing also if the store has none
  std::optional<std::vector<std::string>> forgotten;  // instances that were forgotten in the last minute
  std::vector<ProcessStatus> processes;
  static constexpr auto fields() {
    return std::tuple(
        msg::field("edge", &StoreStatus::edge), msg::field("age_ms", &StoreStatus::age_ms),
        msg::field("leased", &StoreStatus::leased), msg::field("lease_left_ms", &StoreStatus::lease_left_ms),
        msg::field("applied", &StoreStatus::applied), msg::field("watermark", &StoreStatus::watermark),
        msg::field("writer", &StoreStatus::writer), msg::field("epoch", &StoreStatus::epoch),
        msg::field("store", &StoreStatus::store), msg::field("term", &StoreStatus::term),
        msg::field("commit", &StoreStatus::commit), msg::field("leases", &StoreStatus::leases),
        msg::field("diverged", &StoreStatus::diverged), msg::field("begins", &StoreStatus::begins),
        msg::field("leader_age_ms", &StoreStatus::leader_age_ms), msg::field("currency", &StoreStatus::currency),
        msg::field("forgotten", &StoreStatus::forgotten), msg::field("processes", &StoreStatus::processes));
  }
};

constexpr std::uint64_t kSilentMs = 1000;

// The broker that leads, as far as has been heard: among the brokers that say that they lead, the highest term.
const msg::Seen* leader_of(const msg::StatusReply& status);
// The office that only one process of its role holds: "writer", "leader" (if there is more than one broker), or "".
const char* office_of(const msg::Seen& seen, const msg::StatusReply& status);
// The last committed seq. The frontend may have applied more than the leader's last heartbeat named.
msg::Seq commit_of(const msg::StatusReply& status);
std::uint64_t lag_of(const msg::Heartbeat& beat, msg::Seq commit);

// The currency of the store's prices, if the store has one and it can be shown.
std::optional<msg::Currency> currency_of(const msg::StatusReply& status);
std::optional<msg::Currency> currency_of(const msg::StoreReply& described);

// `age_ms`: since the frontend told it. The ages in `reply` must be those of now (aged).
StoreStatus status_of(const msg::StatusReply& reply, std::uint64_t age_ms = 0);
// The reply with all ages as they are `age_ms` later.
msg::StatusReply aged(msg::StatusReply reply, std::uint64_t age_ms);

}  // namespace json
