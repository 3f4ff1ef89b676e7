#include "tests/sim/cluster.h"

#include <fmt/ranges.h>

#include "base/check.h"
#include "broker/cluster_core.h"
#include "broker/core.h"
#include "broker/sequencer.h"
#include "catalog/core.h"
#include "order/core.h"
#include "tests/sim/plain_client.h"

namespace sim {
namespace {

using Fetched = stream::SnapshotFetch::Outcome;

std::optional<broker::ControlEvent> control_of(const msg::Event& event) {
  return std::visit(
      [](const auto& what) -> std::optional<broker::ControlEvent> {
        if constexpr (std::is_constructible_v<broker::ControlEvent, decltype(what)>) return what;
        return std::nullopt;
      },
      event.what);
}

const std::vector<std::string> kReplicaTopics{"B", "H", "A"};
const std::vector<std::string> kEdgeTopics{"B", "M", "H", "A"};

}  // namespace

Shape Shape::drawn(World& world) {
  Shape shape;
  shape.shared = world.chance(0.4);
  shape.first_broker_only = shape.shared && world.chance(0.3);
  shape.catalogs = static_cast<int>(1 + world.one_of(2));
  shape.orders = static_cast<int>(2 + world.one_of(2));
  shape.frontends = static_cast<int>(1 + world.one_of(3));
  shape.clients = static_cast<int>(2 + world.one_of(3));
  if (world.chance(0.7)) shape.snapshot_behind = 5 + world.one_of(100);
  if (world.chance(0.5)) shape.plain_clients = 1;
  if (world.chance(0.5)) shape.pending_age_max = world.some(50ms, 500ms);
  if (world.chance(0.1)) shape.cache_bytes = world.chance(0.5) ? 0 : 2'000;
  shape.rebuilt_lately = world.chance(0.3);
  if (world.chance(0.3)) shape.nodes = static_cast<int>(1 + world.one_of(2));
  return shape;
}

Cluster::Cluster(World& world, Shape shape) : world_(world), shape_(shape), network_(world), judge_(world, disk_) {
  disk_.removing = [this](base::BlockNo up_to) { check_removal(up_to); };
  disk_.trimming = [this](base::Seq begins) { check_trim("broker-1", begins); };
  for (int i = 1; i <= (shape_.shared ? 2 : 1); ++i) add("broker", i);
  for (int i = 1; i <= shape_.catalogs; ++i) add("catalog", i);
  for (int i = 1; i <= shape_.orders; ++i) add("order", i);
  for (int i = 1; i <= shape_.frontends; ++i) add("frontend", i);
  for (int i = 1; i <= shape_.clients + shape_.plain_clients; ++i) add("client", i);
  join_nodes();
  connect();
}

void Cluster::add(const std::string& role, int number) {
  const auto name = fmt::format("{}-{}", role, number);
  auto& machine = machines_[name];
  machine.role = role;
  if (role == "order") machine.orders = std::make_unique<MemoryOrderStore>(shape_.forgets_keys);
  if (role == "catalog") machine.items = std::make_unique<MemoryCatalogStore>();
  if (machine.orders) machine.view = machine.orders.get();
  if (machine.items) machine.view = machine.items.get();
  if (machine.view) machine.snapshot = std::make_unique<MemorySnapshotFile>(world_, *machine.view);
  if (role == "broker") {
    machine.archive =
        std::make_unique<MemoryArchive>(world_, [this, name](base::Seq begins) { check_trim(name, begins); });
  }
  if (role == "client") clients_.push_back(name);
  const Node::Life life{.make = [this, name](base::Now now) { return make(name, now); },
                        .gone = [this, name] { gone(name); },
                        .stopped = [this, name](const std::string& reason) { stopped(name, reason); },
                        .failed = [this, name](const std::string& reason) { failed(name, reason); },
                        .settled = [this, &machine] { settled(machine); },
                        .follow = [this, name](const auto& broker) { hear(name, Network::name_of(broker)); }};
  machine.node = std::make_unique<Node>(world_, network_, name, life, shape_.drift_max);
}

void Cluster::connect() {
  for (const auto& [name, machine] : machines_) {
    if (machine.role == "broker" || machine.role == "client") continue;
    for (const auto& broker : known_brokers()) hear(name, Network::name_of(broker));
  }
}

void Cluster::hear(const std::string& name, const std::string& broker) {
  if (!machines_.contains(broker)) return world_.broken(fmt::format("{} follows {}, which is no broker", name, broker));
  const auto to = node(broker).number();
  const auto number = node(name).number();
  network_.subscribe(number, to, machines_.at(name).role == "frontend" ? kEdgeTopics : kReplicaTopics);
  network_.subscribe(to, number, {"H"});
}

// When a process ends, it forgets the brokers that it had learned of.
void Cluster::forget_brokers(const std::string& name) {
  const auto known = known_brokers();
  for (const auto& broker : names("broker")) {
    if (std::find(known.begin(), known.end(), Network::endpoint(broker)) != known.end()) continue;
    network_.subscribe(node(name).number(), node(broker).number(), {});
    network_.subscribe(node(broker).number(), node(name).number(), {});
  }
}

std::vector<base::Endpoint> Cluster::known_brokers() const {
  std::vector<base::Endpoint> known;
  for (const auto& broker : names("broker")) known.push_back(Network::endpoint(broker));
  if (shape_.first_broker_only) known.resize(1);
  return known;
}

bool Cluster::is_plain(const std::string& client) const {
  const auto found = std::find(clients_.begin(), clients_.end(), client);
  return found - clients_.begin() >= shape_.clients;
}

std::string Cluster::frontend_of(const std::string& client) const {
  const auto index = static_cast<std::size_t>(std::find(clients_.begin(), clients_.end(), client) - clients_.begin());
  const auto frontends = names("frontend");
  return frontends[index % frontends.size()];
}

void Cluster::gone(const std::string& name) {
  auto& machine = machines_.at(name);
  count_beat(*machine.node);
  machine.journal.reset();
  machine.shared.reset();
  machine.asks.clear();
  if (machine.archive) machine.archive->crash();
  if (machine.role != "broker" && machine.role != "client") forget_brokers(name);
  if (!machine.view) return;
  machine.snapshots.reset();
  machine.maker.reset();
  machine.view->crash();
  if (std::exchange(machine.fetch, nullptr) && machine.fetched == Fetched::kUnderWay) machine.snapshot->crash();
}

void Cluster::stopped(const std::string& name, const std::string& reason) {
  auto& machine = machines_.at(name);
  if (const auto fetched = std::exchange(machine.fetched, {}); fetched == Fetched::kFetched) {
    return put_in_place(machine) ? serve(machine) : fell(name);
  } else if (fetched == Fetched::kReplay) {
    if (is_far_behind(machine)) world_.count("snapshot: none to be had, replayed");
    return serve(machine);
  }
  if (reason.rfind("this view is to be made anew: ", 0) == 0) {
    world_.count("view made anew by its process");
    wipe(name);  // the real one puts it aside
    machine.rebuilt = machine.node->now().mono;
    return fell(name);
  }
  if (!reason.empty() && machine.archive && machine.archive->is_foreign()) {
    world_.count("archive of another history refused");
    wipe(name);  // the refusal's line asks for this
    return fell(name);
  }
  const bool fenced = shape_.shared && reason.rfind("term ", 0) == 0;
  // The last claim of a broker that died with its disk landed late, after its next process had read the claims.
  const bool doubted = reason == SharedJournal::kNameTaken;
  if (doubted) world_.count("broker stopped: the claim of its lost disk was late");
  // A frontend keeps nothing: it begins anew where the stream is now. One that was cut off may lack what was trimmed.
  const bool cut_off = machine.role == "frontend" && judge_.begins() > base::Seq(1) &&
                       reason.find(fmt::format("begins with seq {} now", judge_.begins())) != std::string::npos;
  if (cut_off) world_.count("frontend stopped: what it follows was trimmed");
  const bool trimmed = machine.view && lacks_what_was_trimmed(machine);
  if (trimmed) world_.count("stopped: what it needs was trimmed");
  const bool kept = went_back_ && reason.find("the journal is an older copy") != std::string::npos;
  if (kept) world_.count("follower stopped by a journal that is an older copy");
  const bool misled = went_back_ && machine.role == "frontend" && reason.find("were trimmed") != std::string::npos;
  if (misled) world_.count("frontend stopped: it had begun where an older copy of the journal ended");
  if (!reason.empty() && !fenced && !doubted && !trimmed && !kept && !misled && !cut_off) {
    return world_.broken(fmt::format("{} stopped itself: {}", name, reason));
  }
  if (fenced) world_.count("broker stopped: its term is over");
  if (reason.empty() && stopping_.count(process_of(name)) > 0) return stop_next(name);
  fell(name);
}

// Returns false if the process was killed in the midst of it, when the old view was gone.
bool Cluster::put_in_place(Machine& machine) {
  if (world_.chance(0.05) && can_spare(machine.node->name())) {
    world_.count("snapshot: killed while it was put in place");
    note_settled(machine);
    machine.view->wipe();
    machine.spoilt = false;
    return false;
  }
  if (lacks_what_was_trimmed(machine)) world_.count("snapshot: fetched since what follows was trimmed");
  const bool installed = machine.snapshot->install(*machine.view);
  if (installed) machine.spoilt = false;
  if (!installed) world_.count("snapshot: refused when it was opened");
  return true;
}

bool Cluster::is_far_behind(const Machine& machine) {
  const auto last = disk_.last().value();
  const auto most = std::max(shape_.snapshot_behind, last / stream::SnapshotFetch::kPartOfStream);
  return leads(leader()) && machine.view->durable().applied.value() + most < last;
}

void Cluster::serve(Machine& machine) {
  machine.snapshot->discard();
  machine.serves = true;
  machine.node->start();
  if (stopping_.count(process_of(machine.node->name())) > 0) stop_next(machine.node->name());
}

void Cluster::failed(const std::string& name, const std::string& reason) {
  if (reason.find("damaged") != std::string::npos) world_.count("damaged journal refused");
  world_.count(machines_.at(name).role + " ended by its disk");
  fell(name);
}

void Cluster::start_all() {
  for (auto& [name, machine] : machines_) start(name);
}

std::string Cluster::leader() {
  if (!shape_.shared || disk_.lead.who.empty()) return "broker-1";
  return disk_.lead.who.substr(0, disk_.lead.who.find(' '));
}

const broker::Core* Cluster::leading(Machine& machine) {
  if (!machine.node->is_up()) return nullptr;
  if (!shape_.shared) return &static_cast<const broker::Core&>(machine.node->core());
  return static_cast<const broker::ClusterCore&>(machine.node->core()).leader();
}

bool Cluster::leads(const std::string& broker) { return leading(machines_.at(broker)) != nullptr; }

void Cluster::take_over() {
  const auto before = leader();
  for (const auto& name : names("broker")) {
    auto& machine = machines_.at(name);
    if (name == before || !machine.shared) continue;
    if (leads(before)) world_.count("takeover from a broker that runs on");
    machine.shared->say_vacant();
  }
}

void Cluster::power_cut() {
  disk_.power_cut(world_);
  for (auto& [name, machine] : machines_) {
    if (machine.archive) machine.archive->power_cut();
    if (!machine.view) continue;
    if (machine.view->settled().applied < machine.view->durable().applied) world_.count("power cut took a view back");
    machine.view->lose_power();
  }
}

void Cluster::go_back(std::size_t blocks) {
  CHECK(!node("broker-1").is_up() && !shape_.shared, "it has its disk");
  old_copy_ = std::make_unique<Disk>();
  old_copy_->rows.assign(disk_.rows.begin(), disk_.rows.begin() + static_cast<std::ptrdiff_t>(blocks));
  old_copy_->control.lease_ms = disk_.control.lease_ms;
  for (const auto& row : old_copy_->rows) {
    const auto block = msg::decode_block(row.bytes).value();
    old_copy_->term = block.term;
    auto seq = block.first;
    const auto events = msg::decode_events(block.events.bytes, block.count).value();
    for (const auto& event : events) {
      const auto at = std::exchange(seq, seq.next());
      const auto control = control_of(event);
      if (control) broker::evolve(old_copy_->control, *control, at);
    }
  }
  went_back_ = true;
}

void Cluster::come_back() {
  CHECK(!node("broker-1").is_up(), "it has its disk");
  old_copy_.reset();
}

void Cluster::replace_archive(const std::string& name, std::size_t keep, std::size_t more) {
  auto& machine = machines_.at(name);
  CHECK(!machine.node->is_up(), "{} is up", name);
  note_archived(machine);
  machine.archive->replace(keep, more);
  disk_.archived[name] = {machine.archive->claim(), ++disk_.revision};
}

void Cluster::fill(const std::string& name, bool full) {
  auto& machine = machines_.at(name);
  if (!machine.view) return;
  if (!full && machine.view->put_off() && machine.node->is_up()) world_.count("view without room went on");
  machine.view->fill(full, full && world_.chance(0.5));
}

std::optional<MemoryView::Spoilt> Cluster::spoil_row(const std::string& name) {
  auto& machine = machines_.at(name);
  auto what = machine.view->spoil_row(world_);
  if (what) machine.spoilt = true;
  return what;
}

void Cluster::lose_order(const std::string& name, base::OrderNo no) {
  machines_.at(name).spoilt = true;
  machines_.at(name).orders->lose_order(no);
}

bool Cluster::is_replica_up(const std::string& name) {
  const auto& machine = machines_.at(name);
  return machine.node->is_up() && machine.view && !machine.fetch;
}

std::optional<std::string> Cluster::diverged(const std::string& name) {
  auto& machine = machines_.at(name);
  auto& core = machine.node->core();
  return machine.orders ? static_cast<order::Core&>(core).diverged() : static_cast<catalog::Core&>(core).diverged();
}

bool Cluster::stays_out(const std::string& name) {
  return is_replica_up(name) && diverged(name) && machines_.at(name).rebuilt;
}

std::uint64_t Cluster::passes(const std::string& name) {
  auto& machine = machines_.at(name);
  auto& core = machine.node->core();
  return machine.orders ? static_cast<order::Core&>(core).passes() : static_cast<catalog::Core&>(core).passes();
}

void Cluster::wipe(const std::string& name) {
  auto& machine = machines_.at(name);
  CHECK(!machine.node->is_up(), "{} is up", name);
  machine.spoilt = false;
  if (machine.view) {
    note_settled(machine);
    machine.view->wipe();
  }
  if (machine.snapshot) machine.snapshot->discard();
  if (machine.archive) {
    note_archived(machine);
    machine.archive->wipe();
  }
}

void Cluster::heal() {
  world_.tell("all heals");
  network_.heal_all();
  disk_.slow = disk_.full = disk_.sync_fails = disk_.unsure = false;
  disk_.stalled_until = {};
  disk_.damage.clear();
  disk_.unreachable.clear();
  disk_.at_next_commit = {};
  lease_ = std::nullopt;
  for (auto& [name, machine] : machines_) machine.node->deafen(false);
  snapshot_faults_ = {};
  for (const auto& name : names()) fill(name, false);
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

// A deposed writer may not know yet that it is deposed, so this takes the one with the latest view.
std::string Cluster::writer() {
  std::string found;
  base::Seq applied;
  for (const auto& name : names("order")) {
    if (!node(name).is_up() || machines_.at(name).fetch) continue;
    const auto& core = static_cast<order::Core&>(node(name).core());
    if (!core.is_writer() || core.position().applied < applied) continue;
    found = name;
    applied = core.position().applied;
  }
  return found;
}

void Cluster::ask(const std::string& client, Request request, client::Options options, Done done) {
  if (!node(client).is_up()) return;
  const auto number = ++asks_;
  auto operation = std::make_shared<Operation>();
  operation->client = client;
  operation->request = std::move(request);
  operation->options = options;
  operation->plain = is_plain(client);
  auto& asks = machines_.at(client).asks;
  asks[number] = operation;
  node(client).act([this, client, &asks, number, operation, done](base::Core& core, base::Turn turn) {
    judge_.invoked(*operation);
    const auto ended = [this, client, &asks, number, operation, done](const client::Answer& answer) {
      asks.erase(number);
      if (!operation->plain) slowest_ = std::max(slowest_, answer.took);
      judge_.answered(*operation, answer, node(client).reply_sent());
      if (done) done(answer);
    };
    std::visit(
        [&](const auto& what) {
          if (operation->plain) return static_cast<PlainClient&>(core).submit(what, operation->options, turn, ended);
          static_cast<client::Core&>(core).submit(what, operation->options, turn, ended);
        },
        operation->request);
  });
}

}  // namespace sim
