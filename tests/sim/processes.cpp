// Cluster: how its processes are made. What main() does for the real ones.
#include "broker/core.h"
#include "catalog/core.h"
#include "frontend/core.h"
#include "order/core.h"
#include "tests/sim/cluster.h"
#include "tests/sim/local_journal.h"
#include "tests/sim/shared_journal.h"

namespace sim {

msg::Identity Cluster::identity(const std::string& name, msg::Role role) {
  return {.role = role,
          .instance = name,
          .incarnation = base::Incarnation(world_.random().next()),
          .host = "host-of-" + name,
          .tcp = Network::endpoint(name)};
}

std::unique_ptr<base::Core> Cluster::make(const std::string& name, base::Now now) {
  auto& machine = machines_.at(name);
  machine.checked = {};
  if (machine.role == "broker") return make_broker(name, now);
  if (machine.role == "client") return make_client(name);
  std::vector<base::Endpoint> brokers;
  for (const auto& broker : names("broker")) brokers.push_back(Network::endpoint(broker));
  if (machine.role == "catalog") {
    const catalog::Config config{{identity(name, msg::Role::kCatalog), brokers}};
    return std::make_unique<catalog::Core>(config, *machine.items);
  }
  if (machine.role == "order") {
    const order::Config config{{identity(name, msg::Role::kOrder), brokers}};
    return std::make_unique<order::Core>(config, *machine.orders);
  }
  return std::make_unique<frontend::Core>(frontend::Config{.identity = identity(name, msg::Role::kFrontend),
                                                           .brokers = brokers,
                                                           .cache_bytes = shape_.cache_bytes,
                                                           .gate = shape_.gate});
}

std::unique_ptr<base::Core> Cluster::make_broker(const std::string& name, base::Now now) {
  auto& machine = machines_.at(name);
  machine.journal = make_journal(name);
  machine.term = machine.journal->tail().term;
  broker::Config config;
  config.identity = identity(name, msg::Role::kBroker);
  config.new_store = "simulated";
  return std::make_unique<broker::Core>(config, *machine.journal, now);
}

std::unique_ptr<broker::Journal> Cluster::make_journal(const std::string& name) {
  auto& node = this->node(name);
  Told told;
  told.committed = [&node](base::BlockNo no) {
    node.act([no](base::Core& core, base::Now at, base::Outbox& out) {
      static_cast<broker::Core&>(core).on_committed(no, at, out);
    });
  };
  told.fenced = [&node] {
    node.act(
        [](base::Core& core, base::Now at, base::Outbox& out) { static_cast<broker::Core&>(core).on_fenced(at, out); });
  };
  told.failed = [&node](const std::string& why) { node.fail(why); };
  if (!shape_.shared) return std::make_unique<LocalJournal>(world_, disk_, std::move(told));
  SharedJournal::Process process{
      .name = name,
      .clock = [&node] { return node.now().mono; },
      .paused = [&node] { return node.is_paused(); },
      .later =
          [&node](std::function<void()> what) { node.act([what](base::Core&, base::Now, base::Outbox&) { what(); }); }};
  return std::make_unique<SharedJournal>(world_, disk_, std::move(process), std::move(told));
}

std::unique_ptr<base::Core> Cluster::make_client(const std::string& name) {
  client::Config config;
  for (const auto& frontend : names("frontend")) config.frontends.push_back(Network::endpoint(frontend));
  config.timeout = shape_.deadline;
  config.seed = world_.random().next();
  const auto index = static_cast<std::size_t>(std::find(clients_.begin(), clients_.end(), name) - clients_.begin());
  config.first = index % config.frontends.size();
  return std::make_unique<client::Core>(config);
}

}  // namespace sim
