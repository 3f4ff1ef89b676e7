// Cluster: look-ups of threads in the process of an edge (frontend/mirror.h).
#include "tests/sim/cluster.h"

namespace sim {

using frontend::Mirror;

// A look-up between two of its steps. It holds the mirror of the life in which it began.
struct Cluster::Looking {
  std::shared_ptr<Mirror> mirror;
  std::shared_ptr<Mirror::Look> look;
  std::shared_ptr<Operation> operation;
};

// Mostly a thread goes on at once. Now and then it does not run for a while, at times for longer than a lease.
Duration Cluster::some_step() { return world_.chance(0.8) ? world_.some(0us, 5us) : world_.some(0ms, 900ms); }

void Cluster::look_up(const std::string& frontend, const msg::Lookup& lookup) {
  const auto& machine = machines_.at(frontend);
  if (!machine.node->is_up()) return;
  auto operation = std::make_shared<Operation>();
  operation->client = "a thread at " + frontend;
  operation->request = lookup;
  judge_.invoked(*operation);
  const Looking looking{machine.mirror, std::make_shared<Mirror::Look>(*machine.mirror), operation};
  world_.after(some_step(), [this, frontend, looking] { take(frontend, looking); });
}

void Cluster::take(const std::string& frontend, const Looking& looking) {
  const auto& machine = machines_.at(frontend);
  if (!machine.node->is_up() || machine.mirror != looking.mirror) return;  // its process has died
  const auto body = msg::encoded(std::get<msg::Lookup>(looking.operation->request));
  if (!looking.look->take(frontend::cache_key(msg::Lookup::kType, msg::Header{}.v, body))) return;
  world_.after(some_step(), [this, frontend, looking] { finish(frontend, looking); });
}

void Cluster::finish(const std::string& frontend, const Looking& looking) {
  const auto& machine = machines_.at(frontend);
  if (!machine.node->is_up() || machine.mirror != looking.mirror) return;
  const auto kept = looking.look->answer(machine.node->now().mono);
  world_.count(kept ? "look-up of a thread, answered" : "look-up of a thread, not covered");
  if (!kept) return;
  client::Answer answer;
  answer.header.seq = kept->seq;
  answer.body = kept->body;
  answer.frontend = Network::endpoint(frontend);
  judge_.answered(*looking.operation, answer, world_.now());
}

}  // namespace sim
