#include "tests/sim/cluster.h"

#include "base/check.h"
#include "broker/core.h"
#include "catalog/core.h"
#include "frontend/core.h"
#include "order/core.h"

namespace sim {
namespace {

const std::string kBroker = "broker-1";
const std::vector<std::string> kReplicaTopics{"B", "H"};
const std::vector<std::string> kEdgeTopics{"B", "M", "H"};

}  // namespace

Cluster::Cluster(World& world, Shape shape) : world_(world), shape_(shape), network_(world), judge_(world, disk_) {
  add("broker", 1);
  for (int i = 1; i <= shape_.catalogs; ++i) add("catalog", i);
  for (int i = 1; i <= shape_.orders; ++i) add("order", i);
  for (int i = 1; i <= shape_.frontends; ++i) add("frontend", i);
  for (int i = 1; i <= shape_.clients; ++i) add("client", i);
  connect();
}

void Cluster::add(const std::string& role, int number) {
  const auto name = fmt::format("{}-{}", role, number);
  auto& machine = machines_[name];
  machine.role = role;
  if (role == "order") machine.orders = std::make_unique<MemoryOrderStore>(shape_.forgets_keys);
  if (role == "catalog") machine.items = std::make_unique<MemoryCatalogStore>();
  if (role == "client") clients_.push_back(name);
  machine.node =
      std::make_unique<Node>(world_, network_, name,
                             Node::Life{.make = [this, name](base::Now now) { return make(name, now); },
                                        .gone = [this, name] { gone(name); },
                                        .stopped = [this, name](const std::string& reason) { stopped(name, reason); },
                                        .settled = [this, &machine] { compare_digest(machine); }});
}

void Cluster::connect() {
  const auto broker = node(kBroker).number();
  for (auto& [name, machine] : machines_) {
    const auto number = machine.node->number();
    if (machine.role == "broker" || machine.role == "client") continue;
    network_.subscribe(number, broker, machine.role == "frontend" ? kEdgeTopics : kReplicaTopics);
    network_.subscribe(broker, number, {"H"});
  }
}

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
  if (machine.role == "client") return make_client(name);
  const std::vector<base::Endpoint> brokers{Network::endpoint(kBroker)};
  if (machine.role == "catalog") {
    const catalog::Config config{{identity(name, msg::Role::kCatalog), brokers}};
    return std::make_unique<catalog::Core>(config, *machine.items);
  }
  if (machine.role == "order") {
    const order::Config config{{identity(name, msg::Role::kOrder), brokers}};
    return std::make_unique<order::Core>(config, *machine.orders);
  }
  if (machine.role == "frontend") {
    return std::make_unique<frontend::Core>(frontend::Config{.identity = identity(name, msg::Role::kFrontend),
                                                             .brokers = brokers,
                                                             .cache_bytes = shape_.cache_bytes,
                                                             .gate = shape_.gate});
  }
  broker::Config config;
  config.identity = identity(name, msg::Role::kBroker);
  config.new_store = "simulated";
  journal_ = std::make_unique<SimJournal>(world_, disk_, [this](base::BlockNo no) {
    node(kBroker).act([no](base::Core& core, base::Now at, base::Outbox& out) {
      static_cast<broker::Core&>(core).on_committed(no, at, out);
    });
  });
  return std::make_unique<broker::Core>(config, *journal_, now);
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

std::string Cluster::frontend_of(const std::string& client) const {
  const auto index = static_cast<std::size_t>(std::find(clients_.begin(), clients_.end(), client) - clients_.begin());
  const auto frontends = names("frontend");
  return frontends[index % frontends.size()];
}

void Cluster::gone(const std::string& name) {
  auto& machine = machines_.at(name);
  count_beat(*machine.node);
  if (name == kBroker) journal_.reset();
  if (machine.orders) machine.orders->crash();
  if (machine.items) machine.items->crash();
}

void Cluster::stopped(const std::string& name, const std::string& reason) {
  if (!reason.empty()) return world_.broken(fmt::format("{} stopped itself: {}", name, reason));
  world_.after(kRestart, [this, name] { start(name); });
}

void Cluster::start(const std::string& name) {
  if (!node(name).is_up()) node(name).start();
}

void Cluster::start_all() {
  for (auto& [name, machine] : machines_) start(name);
}

void Cluster::wipe(const std::string& name) {
  auto& machine = machines_.at(name);
  CHECK(!machine.node->is_up(), "{} is up", name);
  if (machine.orders) machine.orders->wipe();
  if (machine.items) machine.items->wipe();
}

void Cluster::heal() {
  world_.tell("all heals");
  network_.heal_all();
  disk_.slow = false;
  disk_.at_next_commit = {};
  start_all();
}

Node& Cluster::node(const std::string& name) { return *machines_.at(name).node; }

std::vector<std::string> Cluster::names(const std::string& role) const {
  std::vector<std::string> found;
  for (const auto& [name, machine] : machines_) {
    if (role.empty() ? machine.role != "client" : machine.role == role) found.push_back(name);
  }
  return found;
}

// A deposed writer may not know yet that it is: the one with the latest view is asked.
std::string Cluster::writer() {
  std::string found;
  base::Seq applied;
  for (const auto& name : names("order")) {
    if (!node(name).is_up()) continue;
    const auto& core = static_cast<order::Core&>(node(name).core());
    if (!core.is_writer() || core.position().applied < applied) continue;
    found = name;
    applied = core.position().applied;
  }
  return found;
}

void Cluster::ask(const std::string& client, Request request, client::Options options, Done done) {
  auto operation = std::make_shared<Operation>();
  operation->client = client;
  operation->request = std::move(request);
  operation->options = options;
  ++under_way_;
  node(client).act([this, operation, done](base::Core& core, base::Now now, base::Outbox& out) {
    judge_.invoked(*operation);
    const auto ended = [this, operation, done](const client::Answer& answer) {
      --under_way_;
      slowest_ = std::max(slowest_, answer.took);
      judge_.answered(*operation, answer);
      if (done) done(answer);
    };
    std::visit(
        [&](const auto& what) { static_cast<client::Core&>(core).submit(what, operation->options, now, out, ended); },
        operation->request);
  });
}

bool Cluster::level() {
  const auto durable = disk_.last();
  for (auto& [name, machine] : machines_) {
    if (!machine.node->is_up()) return false;
    const auto is_level = [&](const auto& core) {
      return core.state() == msg::State::kLive && core.position().applied == durable;
    };
    if (machine.orders && !is_level(static_cast<order::Core&>(machine.node->core()))) return false;
    if (machine.items && !is_level(static_cast<catalog::Core&>(machine.node->core()))) return false;
  }
  return true;
}

std::string Cluster::describe(const std::string& name) {
  auto& machine = machines_.at(name);
  if (!machine.node->is_up()) return name + " is down";
  const auto text = [&](const auto& core) {
    return fmt::format("{} {} at {}", name, msg::word(core.state()), core.position().applied);
  };
  if (machine.orders) return text(static_cast<order::Core&>(machine.node->core()));
  if (machine.items) return text(static_cast<catalog::Core&>(machine.node->core()));
  return name;
}

bool Cluster::every_replica_has(const msg::Order& order) {
  for (auto& [name, machine] : machines_) {
    if (machine.orders && machine.orders->order(order.no) != order) return false;
  }
  return true;
}

// G5: equal seq, equal digest. A view that is rebuilt goes through the same states again and is compared again.
void Cluster::compare_digest(Machine& machine) {
  if (!machine.orders && !machine.items) return;
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
  const auto beat = msg::decode<msg::Heartbeat>(node.last_beat());
  if (!beat) return;
  const auto role = node.name().substr(0, node.name().find('-'));
  for (const auto& counter : beat->counters) world_.count(role + "." + counter.name, counter.value);
}

void Cluster::gather_counters() {
  for (auto& [name, machine] : machines_) {
    if (machine.node->is_up()) count_beat(*machine.node);
  }
}

}  // namespace sim
