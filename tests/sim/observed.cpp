// Cluster: looks at its processes, for the checkers: whether they are level, whether their views agree (G5), and their
// counters.
#include <fmt/ranges.h>

#include <algorithm>

#include "broker/cluster_core.h"
#include "broker/core.h"
#include "catalog/core.h"
#include "order/core.h"
#include "tests/sim/cluster.h"

namespace sim {

bool Cluster::level() {
  const auto durable = disk_.last();
  for (auto& [name, machine] : machines_) {
    if (!machine.node->is_up() || machine.fetch) return false;
    if (machine.role == "broker" && leads(name) != (name == leader())) return false;  // nobody leads, or two
    if (machine.shared && static_cast<broker::ClusterCore&>(machine.node->core()).commit_seq() != durable) return false;
    if (machine.archive && shape_.shared && machine.archive->durable().value() != disk_.rows.size()) return false;
    const auto is_level = [&](const auto& core) {
      return core.state() == msg::State::kLive && core.position().applied == durable;
    };
    if (machine.orders && !is_level(static_cast<order::Core&>(machine.node->core()))) return false;
    if (machine.items && !is_level(static_cast<catalog::Core&>(machine.node->core()))) return false;
  }
  return true;
}

std::uint64_t Cluster::under_way() const {
  std::uint64_t count = 0;
  for (const auto& [name, machine] : machines_) count += machine.asks.size();
  return count;
}

std::string Cluster::describe(const std::string& name) {
  auto& machine = machines_.at(name);
  if (!machine.node->is_up()) return name + " is down";
  if (machine.fetch) return name + " fetches a snapshot";
  const auto text = [&](const auto& core) {
    return fmt::format("{} {} at {}", name, msg::word(core.state()), core.position().applied);
  };
  if (machine.items) return text(static_cast<catalog::Core&>(machine.node->core()));
  if (machine.orders) {
    const auto& core = static_cast<order::Core&>(machine.node->core());
    return text(core) + (core.is_writer() ? ", writer" : "");
  }
  const auto beat = msg::decode<msg::Heartbeat>(machine.node->last_beat());
  if (shape_.shared && machine.archive && !leads(name)) {
    const auto& core = static_cast<broker::ClusterCore&>(machine.node->core());
    return fmt::format("{} stands by, {} at block {}, the journal has {} to {}", name,
                       beat ? msg::word(beat->state) : "", core.position().block, disk_.kept_from, disk_.rows.size());
  }
  if (!beat) return name;
  if (!beat->leader) return fmt::format("{} {} at {}", name, msg::word(beat->state), beat->applied);
  const auto& leader = *beat->leader;
  return fmt::format("{} term {} commit {} mark {} epoch {} of {} producer {} diverged [{}]", name, leader.term,
                     leader.commit, leader.mark, leader.epoch, leader.writer, leader.producer,
                     fmt::join(leader.diverged, ", "));
}

std::optional<std::string> Cluster::wrong_row() {
  auto& reference = judge_.reference();
  reference.read();  // a hold may have ended since the last answer
  for (auto& [name, machine] : machines_) {
    if (!machine.orders) continue;
    for (const auto& order : reference.orders()) {
      const bool same = machine.orders->order(order.no) == order &&
                        machine.orders->cancellations(order.no) == reference.cancelled(order.no);
      if (!same) return fmt::format("{} has another order {}", name, order.no);
    }
    for (const auto& [no, states] : reference.holds()) {
      if (machine.orders->hold(no) != states.back()) return fmt::format("{} has another hold {}", name, no);
    }
    for (const auto& [id, rows] : reference.movements()) {
      const auto kept = machine.orders->movements(id, order::kAllSeqs, static_cast<std::uint32_t>(rows.size() + 1));
      if (!std::equal(kept.begin(), kept.end(), rows.rbegin(), rows.rend())) {
        return fmt::format("{} has other movements of item {}", name, id);
      }
    }
    std::vector<msg::Subscription> subscriptions;
    for (const auto& [subscription, past] : reference.subscriptions()) {
      if (past.back().second) subscriptions.push_back(*past.back().second);
    }
    if (machine.orders->subscriptions() != subscriptions) return fmt::format("{} has other subscriptions", name);
    for (const auto& [key, effect] : reference.effects()) {
      const auto record = machine.orders->key(key);
      if (!record || record->seq != effect.seq) return fmt::format("{} has another key {}", name, key);
    }
  }
  return std::nullopt;
}

bool Cluster::every_replica_has(const msg::Order& order) {
  for (auto& [name, machine] : machines_) {
    if (machine.orders && machine.orders->order(order.no) != order) return false;
  }
  return true;
}

void Cluster::settled(Machine& machine) {
  if (machine.fetch) {
    machine.fetched = machine.fetch->outcome();
    return;
  }
  const auto said = machine.view ? diverged(machine.node->name()) : std::nullopt;
  if (!said) compare_digest(machine);
  if (said && !machine.spoilt) {
    world_.broken(fmt::format("G5: {} says that it has diverged: {}", machine.node->name(), *said));
  }
  if (machine.role != "broker") return;
  if (machine.archive->is_foreign()) {
    const auto beat = msg::decode<msg::Heartbeat>(machine.node->last_beat());
    if (beat && beat->state == msg::State::kLive) world_.broken(machine.node->name() + " is live with another history");
  }
  const auto* leader = leading(machine);
  if (leader && leader->commit_seq() && !leader->mark()) world_.count("rule 4: W waits for the holders on record");
}

// G5: at equal seqs, views have equal digests. A rebuilt view passes through the same states and is compared again.
void Cluster::compare_digest(Machine& machine) {
  if (!machine.view) return;
  auto& core = machine.node->core();
  const auto digest =
      machine.orders ? static_cast<order::Core&>(core).digest() : static_cast<catalog::Core&>(core).digest();
  if (digest.seq <= machine.checked) return;
  machine.checked = digest.seq;
  world_.count("digests compared");
  auto& known = digests_.try_emplace(digest.seq, digest).first->second;
  if (known.orders == 0) known.orders = digest.orders;
  if (known.items == digest.items && (digest.orders == 0 || known.orders == digest.orders)) return;
  world_.broken(fmt::format("G5: at seq {} {} has digest {:x}/{:x}, another replica has {:x}/{:x}", digest.seq,
                            machine.node->name(), digest.items, digest.orders, known.items, known.orders));
}

void Cluster::count_beat(const Node& node) {
  const auto role = node.name().substr(0, node.name().find('-'));
  for (const auto& counter : node.last_counters()) {
    if (counter.value > 0) world_.count(role + "." + counter.name, counter.value);
    if (counter.name == "leases_begun" && counter.value > 1) world_.count("lease lapsed and came back");
  }
}

std::uint64_t Cluster::counter(const std::string& name, const std::string& counter) {
  for (const auto& each : node(name).last_counters()) {
    if (each.name == counter) return each.value;
  }
  return 0;
}

void Cluster::gather_counters() {
  for (auto& [name, machine] : machines_) {
    if (machine.node->is_up()) count_beat(*machine.node);
  }
}

}  // namespace sim
