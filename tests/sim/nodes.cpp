// Cluster: cores that share a process (DESIGN 12). They start, die, stop and fall together.
#include "tests/sim/cluster.h"

namespace sim {

std::string Cluster::process_of(const std::string& name) const {
  const auto dash = name.find('-');
  const bool in_a_node = name.substr(0, dash) != "client" && std::stoi(name.substr(dash + 1)) <= shape_.nodes;
  return in_a_node ? "node" + name.substr(dash) : name;
}

// In the order in which they are started; they stop in the opposite order.
std::vector<std::string> Cluster::cores_with(const std::string& name) const {
  std::vector<std::string> cores;
  for (const auto* role : {"broker", "catalog", "order", "frontend", "client"}) {
    for (const auto& each : names(role)) {
      if (process_of(each) == process_of(name)) cores.push_back(each);
    }
  }
  return cores;
}

void Cluster::join_nodes() {
  for (const auto& [name, machine] : machines_) {
    for (const auto& other : cores_with(name)) network_.join_process(machine.node->number(), node(other).number());
  }
}

bool Cluster::any_up(const std::vector<std::string>& cores) {
  return std::any_of(cores.begin(), cores.end(), [this](const auto& core) { return node(core).is_up(); });
}

void Cluster::start(const std::string& name) {
  const auto cores = cores_with(name);
  if (any_up(cores)) return;
  for (const auto& core : cores) {
    node(core).start();
    if (!node(core).is_up()) return;  // its disk did not let it start, so it fell()
    if (machines_.at(core).role == "client" && client_started) client_started(core);
  }
}

void Cluster::kill(const std::string& name) {
  stopping_.erase(process_of(name));
  for (const auto& core : cores_with(name)) node(core).crash();
}

void Cluster::pause(const std::string& name, Duration length) {
  for (const auto& core : cores_with(name)) node(core).pause(length);
}

void Cluster::stop(const std::string& name) {
  stopping_.insert(process_of(name));
  stop_next(name);
}

// Tells the next core of a process to stop. When all have stopped, the process starts again.
void Cluster::stop_next(const std::string& name) {
  const auto cores = cores_with(name);
  const auto next = std::find_if(cores.rbegin(), cores.rend(), [this](const auto& core) { return node(core).is_up(); });
  if (next != cores.rend()) return node(*next).stop();
  stopping_.erase(process_of(name));
  world_.after(kRestart, [this, name] { start(name); });
}

// A process whose core has ended by itself ends, and is started again.
void Cluster::fell(const std::string& name) {
  for (const auto& core : cores_with(name)) {
    if (node(core).is_up()) world_.count("node ended by one of its cores");
  }
  kill(name);
  world_.after(kRestart, [this, name] { start(name); });
}

}  // namespace sim
