#include "json/status.h"

#include <fmt/format.h>

#include <algorithm>

#include "msg/currency.h"

namespace json {
namespace {

std::optional<Numbers> counters_of(const msg::Heartbeat& beat) {
  if (beat.counters.empty()) return std::nullopt;
  Numbers numbers;
  for (const auto& counter : beat.counters) numbers.members.emplace_back(counter.name, counter.value);
  return numbers;
}

ProcessStatus process_of(const msg::Seen& seen, const std::string& writer, msg::Seq commit) {
  const auto& beat = seen.beat;
  ProcessStatus process{.role = beat.role,
                        .instance = beat.instance,
                        .pid = beat.pid,
                        .endpoint = beat.tcp,
                        .state = beat.state,
                        .writer = beat.instance == writer,
                        .applied = beat.applied,
                        .lag = lag_of(beat, commit),
                        .age_ms = seen.age_ms,
                        .silent = seen.age_ms > kSilentMs};
  process.durable = beat.durable;
  process.diverged = beat.diverged;
  process.trouble = beat.trouble;
  process.release = beat.release;
  if (beat.digest) {
    process.digest = fmt::format("{:016x}", beat.digest->items);
    if (beat.role == msg::Role::kOrder) process.orders_digest = fmt::format("{:016x}", beat.digest->orders);
  }
  process.counters = counters_of(beat);
  return process;
}

}  // namespace

const msg::Seen* leader_of(const msg::StatusReply& status) {
  const msg::Seen* leader = nullptr;
  for (const auto& seen : status.processes) {
    if (!seen.beat.leader) continue;
    if (!leader || seen.beat.leader->term > leader->beat.leader->term) leader = &seen;
  }
  return leader;
}

const char* office_of(const msg::Seen& seen, const msg::StatusReply& status) {
  if (seen.beat.instance == status.writer) return "writer";
  const auto brokers = std::count_if(status.processes.begin(), status.processes.end(),
                                     [](const auto& each) { return each.beat.role == msg::Role::kBroker; });
  return brokers > 1 && &seen == leader_of(status) ? "leader" : "";
}

msg::Seq commit_of(const msg::StatusReply& status) {
  const auto* leader = leader_of(status);
  return std::max(status.applied, leader ? leader->beat.leader->commit : msg::Seq());
}

std::uint64_t lag_of(const msg::Heartbeat& beat, msg::Seq commit) {
  return commit > beat.applied ? commit.value() - beat.applied.value() : 0;
}

std::optional<msg::Currency> currency_of(const msg::StatusReply& status) {
  const auto* leader = leader_of(status);
  return currency_of(msg::StoreReply{{}, leader ? leader->beat.leader->currency : std::nullopt});
}

std::optional<msg::Currency> currency_of(const msg::StoreReply& described) {
  const auto& currency = described.currency;
  return currency && msg::is_sound(*currency) ? currency : std::nullopt;
}

msg::StatusReply aged(msg::StatusReply reply, std::uint64_t age_ms) {
  for (auto& seen : reply.processes) seen.age_ms += age_ms;
  reply.lease_left_ms -= std::min(age_ms, reply.lease_left_ms);
  reply.leased = reply.leased && reply.lease_left_ms > 0;
  return reply;
}

StoreStatus status_of(const msg::StatusReply& reply, std::uint64_t age_ms) {
  StoreStatus status{.edge = reply.edge,
                     .age_ms = age_ms,
                     .leased = reply.leased,
                     .lease_left_ms = reply.lease_left_ms,
                     .applied = reply.applied,
                     .watermark = reply.mark,
                     .writer = reply.writer,
                     .epoch = reply.epoch};
  const auto commit = commit_of(reply);
  if (const auto* leader = leader_of(reply)) {
    const auto& leadership = *leader->beat.leader;
    status.store = leader->beat.store;
    status.term = leadership.term;
    status.commit = commit;
    status.leases = leadership.holders;
    status.diverged = leadership.diverged;
    status.begins = leadership.begins;
    status.leader_age_ms = leader->age_ms;
    status.currency = currency_of(reply);
  }
  if (reply.forgotten) {
    auto& names = status.forgotten.emplace();
    for (const auto& life : *reply.forgotten) names.push_back(life.instance);
  }
  for (const auto& seen : reply.processes) {
    status.processes.push_back(process_of(seen, reply.writer, commit));
    status.processes.back().leader = &seen == leader_of(reply);
  }
  return status;
}

}  // namespace json
