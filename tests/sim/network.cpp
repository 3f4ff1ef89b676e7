#include "tests/sim/network.h"

#include <algorithm>

#include "base/check.h"
#include "msg/roles.h"

namespace sim {
namespace {

base::Sender key_of(const std::string& name) {
  const auto role = msg::from_word<base::KeyRole>(name.substr(0, name.find('-')));
  return {role.value_or(base::KeyRole::kClient), name};
}

}  // namespace

NodeNo Network::join(const std::string& name, Receiver& receiver, std::optional<base::Sender> key) {
  const auto node = places_.size();
  if (!key) key = key_of(name);
  places_.push_back({name, node, &receiver, false, std::make_shared<const base::Sender>(std::move(*key))});
  CHECK(by_endpoint_.emplace(endpoint(name), node).second, "two processes named {}", name);
  return node;
}

void Network::subscribe(NodeNo subscriber, NodeNo publisher, std::vector<std::string> topics) {
  subscriptions_[{publisher, subscriber}].topics = std::move(topics);
}

Network::Link& Network::link(NodeNo from, NodeNo to) {
  const auto [entry, is_new] = links_.try_emplace({from, to});
  if (is_new && !local(from, to)) entry->second.latency = world_.some(50us, 2ms);
  return entry->second;
}

void Network::void_wire(Wire& wire) {
  ++wire.life;
  wire.held.clear();
}

void Network::disconnect(Connection& connection) {
  by_routing_.erase(connection.routing);
  connection.routing.clear();
  void_wire(connection.there);
  void_wire(connection.back);
}

void Network::up(NodeNo node) {
  places_[node].up = true;
  for (auto& [pair, subscription] : subscriptions_) {
    if (local(pair.first, pair.second)) continue;  // it hears all from the first message on
    if (pair.first == node || pair.second == node) subscription.ready = world_.now() + world_.some(1ms, 50ms);
  }
  for (auto& [pair, connection] : connections_) {
    if (pair.second == node) reconnect_later(pair.first, pair.second);
  }
}

void Network::down(NodeNo node) {
  places_[node].up = false;
  for (auto& [pair, subscription] : subscriptions_) {
    if (pair.first == node || pair.second == node) void_wire(subscription.wire);
  }
  for (auto& [pair, connection] : connections_) {
    if (pair.first == node) connection.unsent.clear();
    if (pair.first == node || pair.second == node) disconnect(connection);
  }
}

void Network::reconnect_later(NodeNo dialler, NodeNo server) {
  auto& connection = connections_[{dialler, server}];
  if (!local(dialler, server)) connection.ready = world_.now() + world_.some(1ms, 100ms);
}

bool Network::passable(NodeNo a, NodeNo b) { return link(a, b).cut != Cut::kBreak && link(b, a).cut != Cut::kBreak; }

void Network::send(NodeNo from, const base::Endpoint& to, base::Bytes bytes) {
  const auto server = by_endpoint_.find(to);
  if (server == by_endpoint_.end()) return world_.count("sent to nowhere");
  connections_[{from, server->second}].unsent.push_back({world_.now(), std::move(bytes)});
  flush(from, server->second);
}

void Network::flush(NodeNo dialler, NodeNo server) {
  auto& connection = connections_[{dialler, server}];
  auto& unsent = connection.unsent;
  while (!unsent.empty() && unsent.front().at + kUnsentAge < world_.now()) {
    unsent.pop_front();
    world_.count("frames given up");
  }
  if (unsent.empty()) return;
  const bool connected = !connection.routing.empty();
  if (!connected && (!places_[server].up || !passable(dialler, server) || connection.ready > world_.now())) {
    if (connection.flush_due) return;
    connection.flush_due = true;
    return world_.after(20ms, [this, dialler, server] {
      connections_[{dialler, server}].flush_due = false;
      flush(dialler, server);
    });
  }
  if (!connected) {
    connection.routing = fmt::format("r{}", ++last_routing_);
    by_routing_[connection.routing] = {dialler, server};
  }
  for (; !unsent.empty(); unsent.pop_front()) {
    Arrival arrival{.kind = Arrival::Kind::kRequest, .from = {connection.routing, false}};
    arrival.bytes = std::make_shared<const base::Bytes>(std::move(unsent.front().bytes));
    carry(dialler, server, connection.there, std::move(arrival));
  }
}

void Network::reply(NodeNo from, const base::ClientId& to, base::Bytes bytes) {
  const auto found = by_routing_.find(to.routing);
  if (found == by_routing_.end() || found->second.second != from) return world_.count("replies to nobody");
  Arrival arrival{.kind = Arrival::Kind::kReply, .endpoint = endpoint(places_[from].name), .sent = world_.now()};
  arrival.bytes = std::make_shared<const base::Bytes>(std::move(bytes));
  carry(from, found->second.first, connections_[found->second].back, std::move(arrival));
}

void Network::publish(NodeNo from, base::Publication publication) {
  const auto bytes = std::make_shared<const base::Bytes>(std::move(publication.payload));
  for (auto entry = subscriptions_.lower_bound({from, 0}); entry != subscriptions_.end(); ++entry) {
    auto& [pair, subscription] = *entry;
    if (pair.first != from) break;
    const auto& topics = subscription.topics;
    if (std::find(topics.begin(), topics.end(), publication.topic) == topics.end()) continue;
    if (!places_[pair.second].up || subscription.ready > world_.now() || !passable(from, pair.second)) continue;
    if (loss_ > 0 && !local(from, pair.second) && world_.chance(loss_)) {
      world_.count("fault: published message lost");
      continue;
    }
    Arrival arrival{.kind = Arrival::Kind::kPublished, .topic = publication.topic, .bytes = bytes};
    carry(from, pair.second, subscription.wire, std::move(arrival));
  }
}

void Network::carry(NodeNo from, NodeNo to, Wire& wire, Arrival arrival) {
  if (!local(from, to)) arrival.sender = places_[from].key;
  auto& path = link(from, to);
  if (path.cut == Cut::kHold) return wire.held.push_back(std::move(arrival));
  if (path.cut == Cut::kDrop) return world_.count("frames dropped by a cut");
  if (path.bandwidth > 0 && path.free_at > world_.now() + kUnsentAge)
    return world_.count("frames beyond a narrow link");
  const auto at = std::max(due(from, to, arrival), wire.last_due + 1ns);
  wire.last_due = at;
  if (may_double(from, to, arrival) && world_.chance(double_)) {
    world_.count("fault: message doubled");
    deliver(from, to, wire, at + world_.some(0ms, world_.chance(0.1) ? 300ms : 5ms), arrival);
  }
  deliver(from, to, wire, at, std::move(arrival));
}

// A second copy of a write that its sender does not know of could take effect after the refusal of the first (ADR 9).
// So only publications, answers, and requests to a broker are doubled.
bool Network::may_double(NodeNo from, NodeNo to, const Arrival& arrival) const {
  if (double_ == 0 || local(from, to)) return false;
  return arrival.kind != Arrival::Kind::kRequest || places_[to].name.rfind("broker", 0) == 0;
}

Duration Network::due(NodeNo from, NodeNo to, const Arrival& arrival) {
  if (local(from, to)) return world_.now();
  auto& path = link(from, to);
  const auto jitter = world_.chance(0.05) ? world_.some(0us, 3ms) : world_.some(0us, 50us);
  auto leaves = world_.now();
  if (path.bandwidth > 0) {
    const auto takes = Duration(1s) * static_cast<std::int64_t>(arrival.bytes->size()) / path.bandwidth;
    leaves = path.free_at = std::max(leaves, path.free_at) + takes;
  }
  return leaves + path.latency + path.extra + jitter;
}

void Network::deliver(NodeNo from, NodeNo to, Wire& wire, Duration at, Arrival arrival) {
  world_.after(at - world_.now(), [this, from, to, &wire, life = wire.life, moved = std::move(arrival)]() mutable {
    if (wire.life != life || link(from, to).cut == Cut::kDrop) return world_.count("frames lost in flight");
    places_[to].receiver->arrive(std::move(moved));
  });
}

void Network::hang_up(NodeNo from, const base::Endpoint& to) {
  const auto server = by_endpoint_.find(to);
  if (server == by_endpoint_.end()) return;
  auto& connection = connections_[{from, server->second}];
  connection.unsent.clear();
  disconnect(connection);
}

void Network::slow(NodeNo from, NodeNo to, Duration extra) {
  if (!local(from, to)) link(from, to).extra = extra;
}

void Network::narrow(NodeNo from, NodeNo to, std::int64_t bytes_per_second) {
  if (!local(from, to)) link(from, to).bandwidth = bytes_per_second;
}

void Network::cut(NodeNo from, NodeNo to, Cut how) {
  if (local(from, to)) return;
  auto& path = link(from, to);
  const auto was = std::exchange(path.cut, how);
  if (was == how) return;
  if (was == Cut::kHold) release(from, to);
  // Both ends noticed the cut, so the connections after it are new.
  if (how == Cut::kBreak || was == Cut::kBreak || was == Cut::kDrop) break_between(from, to);
}

void Network::release(NodeNo from, NodeNo to) {
  const auto let_go = [&](Wire& wire) {
    for (auto held = std::exchange(wire.held, {}); !held.empty(); held.pop_front()) {
      carry(from, to, wire, std::move(held.front()));
    }
  };
  if (const auto c = connections_.find({from, to}); c != connections_.end()) let_go(c->second.there);
  if (const auto c = connections_.find({to, from}); c != connections_.end()) let_go(c->second.back);
  if (const auto s = subscriptions_.find({from, to}); s != subscriptions_.end()) let_go(s->second.wire);
}

void Network::break_between(NodeNo a, NodeNo b) {
  for (const Pair& pair : {Pair{a, b}, Pair{b, a}}) {
    if (const auto found = connections_.find(pair); found != connections_.end()) {
      disconnect(found->second);
      reconnect_later(pair.first, pair.second);
    }
    if (const auto found = subscriptions_.find(pair); found != subscriptions_.end()) {
      void_wire(found->second.wire);
      found->second.ready = world_.now() + world_.some(1ms, 50ms);
    }
  }
}

void Network::heal_all() {
  std::vector<Pair> pairs;
  for (const auto& [pair, path] : links_) pairs.push_back(pair);
  for (const auto& pair : pairs) {
    slow(pair.first, pair.second, {});
    narrow(pair.first, pair.second, 0);
    heal(pair.first, pair.second);
  }
  loss_ = double_ = 0;
}

}  // namespace sim
