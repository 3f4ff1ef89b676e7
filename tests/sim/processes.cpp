// Cluster: makes its processes, as main() makes the real ones.
#include "broker/cluster_core.h"
#include "broker/core.h"
#include "catalog/core.h"
#include "frontend/core.h"
#include "order/core.h"
#include "tests/sim/cluster.h"
#include "tests/sim/local_journal.h"
#include "tests/sim/plain_client.h"

namespace sim {

msg::Identity Cluster::identity(const std::string& name, msg::Role role) {
  return {.role = role,
          .instance = name,
          .incarnation = base::Incarnation(world_.random().next()),
          .host = "host-of-" + process_of(name),
          .tcp = Network::endpoint(name),
          .pid = 1};
}

std::unique_ptr<base::Core> Cluster::make(const std::string& name, base::Now now) {
  auto& machine = machines_.at(name);
  machine.checked = {};
  if (machine.role == "broker") return make_broker(name, now);
  if (machine.role == "client") return make_client(name);
  if (machine.view) {
    if (shape_.rebuilt_lately && !machine.rebuilt) machine.rebuilt = now.mono;
    return make_replica(name);
  }
  machine.mirror = std::make_shared<frontend::Mirror>();
  return std::make_unique<frontend::Core>(frontend::Config{.identity = identity(name, msg::Role::kFrontend),
                                                           .brokers = known_brokers(),
                                                           .cache_bytes = shape_.cache_bytes,
                                                           .gate = shape_.gate,
                                                           .mirror = machine.mirror});
}

// One process: first the fetch, if there may be one, then the role's core.
std::unique_ptr<base::Core> Cluster::make_replica(const std::string& name) {
  auto& machine = machines_.at(name);
  const bool is_order = machine.role == "order";
  if (!std::exchange(machine.serves, false)) {
    machine.identity = identity(name, is_order ? msg::Role::kOrder : msg::Role::kCatalog);
    if (shape_.snapshot_behind > 0) {
      const stream::FetchConfig config{.identity = machine.identity,
                                       .format = kViewFormat,
                                       .oldest_format = kViewFormat,
                                       .behind = shape_.snapshot_behind,
                                       .brokers = known_brokers()};
      auto fetch = std::make_unique<stream::SnapshotFetch>(config, machine.view->durable(), *machine.snapshot);
      machine.fetch = fetch.get();
      machine.fetched = fetch->outcome();
      return fetch;
    }
  }
  machine.maker = std::make_unique<MemorySnapshotMaker>(world_, snapshot_faults_, name, *machine.view);
  machine.snapshots = std::make_unique<stream::SnapshotServer>(name, *machine.maker);
  const stream::ReplicaConfig replica{
      .identity = machine.identity,
      .brokers = known_brokers(),
      .snapshots = machine.snapshots.get(),
      .rebuilds_from = machine.rebuilt ? *machine.rebuilt + std::chrono::minutes(10) : base::Mono()};
  if (is_order)
    return std::make_unique<order::Core>(order::Config{.replica = replica, .pending_age_max = shape_.pending_age_max},
                                         *machine.orders);
  return std::make_unique<catalog::Core>(catalog::Config{replica}, *machine.items);
}

std::unique_ptr<base::Core> Cluster::make_broker(const std::string& name, base::Now now) {
  broker::Config config;
  config.identity = identity(name, msg::Role::kBroker);
  config.new_store = "simulated";
  for (const auto* role : {"catalog", "order"}) {
    for (const auto& each : names(role)) config.members.insert(each);
  }
  config.lease = lease_.value_or(config.lease);
  auto& machine = machines_.at(name);
  return shape_.shared ? make_cluster_broker(machine, config, now) : make_lone_broker(machine, config, now);
}

std::unique_ptr<base::Core> Cluster::make_lone_broker(Machine& machine, broker::Config config, base::Now now) {
  auto& node = *machine.node;
  Told told;
  told.committed = [&node](base::BlockNo no) {
    node.act([no](base::Core& core, base::Turn turn) { static_cast<broker::Core&>(core).on_committed(no, turn); });
  };
  told.failed = [&node](const std::string& why) { node.fail(why); };
  machine.journal = std::make_unique<LocalJournal>(world_, old_copy_ ? *old_copy_ : disk_, std::move(told));
  return std::make_unique<broker::Core>(std::move(config), *machine.journal, now);
}

std::unique_ptr<base::Core> Cluster::make_cluster_broker(Machine& machine, broker::Config config, base::Now now) {
  auto& node = *machine.node;
  machine.archive->open();
  const SharedJournal::Process process{
      .name = node.name(),
      .clock = [&node] { return node.now().mono; },
      .paused = [&node] { return node.is_paused(); },
      .later = [&node](std::function<void()> what) { node.act([what](base::Core&, base::Turn) { what(); }); }};
  const auto tell = [&node](broker::JournalEvent event) {
    node.act([event](base::Core& core, base::Turn turn) {
      static_cast<broker::ClusterCore&>(core).on_journal(event, turn);
    });
  };
  machine.shared = std::make_unique<SharedJournal>(world_, disk_, process, *machine.archive, tell);
  broker::ClusterConfig cluster{.broker = std::move(config), .peers = {}};
  for (const auto& other : names("broker")) {
    if (other != node.name()) cluster.peers.push_back(Network::endpoint(other));
  }
  return std::make_unique<broker::ClusterCore>(std::move(cluster), *machine.archive, *machine.shared, now);
}

std::unique_ptr<base::Core> Cluster::make_client(const std::string& name) {
  if (is_plain(name)) {
    return std::make_unique<PlainClient>(Network::endpoint(frontend_of(name)), shape_.deadline);
  }
  client::Config config;
  for (const auto& frontend : names("frontend")) config.frontends.push_back(Network::endpoint(frontend));
  config.timeout = shape_.deadline;
  config.seed = world_.random().next();
  const auto index = static_cast<std::size_t>(std::find(clients_.begin(), clients_.end(), name) - clients_.begin());
  config.first = index % config.frontends.size();
  return std::make_unique<client::Core>(config);
}

}  // namespace sim
