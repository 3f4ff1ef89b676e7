#include "tests/sim/chaos.h"

#include <algorithm>

namespace sim {

Plan Plan::drawn(World& world) {
  static const std::vector<Fault> kAll{Fault::kKill,     Fault::kPause,    Fault::kCut,       Fault::kIsolate,
                                       Fault::kStop,     Fault::kWipe,     Fault::kSlowLink,  Fault::kLossyPub,
                                       Fault::kSlowDisk, Fault::kWallJump, Fault::kLateGrants};
  Plan plan;
  plan.orderly = world.chance(0.25);
  if (plan.orderly) {
    plan.faults = {Fault::kKill, Fault::kPause, Fault::kIsolate, Fault::kStop, Fault::kWallJump};
    plan.spares_broker = world.chance(0.5);
    return plan;
  }
  for (const auto fault : kAll) {
    if (world.chance(0.5)) plan.faults.push_back(fault);
  }
  if (plan.faults.empty()) plan.faults.push_back(Fault::kPause);
  plan.gap_max = world.chance(0.5) ? 200ms : 1000ms;
  if (world.chance(0.3)) plan.published_loss = world.chance(0.5) ? 0.01 : 0.2;
  return plan;
}

void Chaos::start() {
  running_ = true;
  cluster_.network().lose_published(plan_.published_loss);
  next();
}

void Chaos::next() {
  world_.after(world_.some(plan_.gap_min, plan_.gap_max), [this] {
    if (!running_) return;
    const auto lasts = strike(plan_.faults[world_.one_of(plan_.faults.size())]);
    if (!plan_.orderly) return next();
    world_.after(lasts + kMend, [this] { next(); });
  });
}

Duration Chaos::strike(Fault fault) {
  switch (fault) {
    case Fault::kKill:
      return kill(some_process());
    case Fault::kPause:
      return pause(some_process());
    case Fault::kCut: {
      const auto a = some_process();
      return cut(a, some_peer(a), world_.chance(0.5));
    }
    case Fault::kIsolate:
      return isolate(some_process());
    case Fault::kStop:
      return stop_process(some_process());
    case Fault::kWipe:
      return wipe();
    case Fault::kSlowLink:
      return slow_link();
    case Fault::kLossyPub:
      return lossy_pub();
    case Fault::kSlowDisk:
      return slow_disk();
    case Fault::kLateGrants:
      return late_grants();
    case Fault::kWallJump:
      return wall_jump();
  }
  return {};
}

// The writer and the broker are where it hurts: they are met more often than their number would have it.
std::string Chaos::some_process() {
  if (world_.chance(0.25)) {
    if (const auto writer = cluster_.writer(); !writer.empty()) return writer;
  }
  if (!plan_.spares_broker && world_.chance(0.15)) return "broker-1";
  auto all = cluster_.names();
  if (plan_.spares_broker) all.erase(std::find(all.begin(), all.end(), "broker-1"));
  return all[world_.one_of(all.size())];
}

std::string Chaos::some_peer(const std::string& other_than) {
  auto all = cluster_.names();
  all.insert(all.end(), cluster_.clients().begin(), cluster_.clients().end());
  all.erase(std::find(all.begin(), all.end(), other_than));
  return world_.chance(0.5) && other_than != "broker-1" ? "broker-1" : all[world_.one_of(all.size())];
}

Cut Chaos::some_cut() {
  static constexpr Cut kHow[] = {Cut::kBreak, Cut::kHold, Cut::kDrop};
  return kHow[world_.one_of(3)];
}

Duration Chaos::kill(const std::string& name) {
  if (!cluster_.node(name).is_up()) return {};
  const auto lasts = world_.some(20ms, 800ms);
  const auto kill_now = [this, name, lasts] {
    world_.count(name == "broker-1" ? "fault: broker killed" : "fault: process killed");
    if (name == cluster_.writer()) world_.count("fault: writer killed");
    cluster_.kill(name);
    world_.after(lasts, [this, name] { cluster_.start(name); });
  };
  // A commit takes little time: by chance alone a crash would seldom meet one.
  if (name == "broker-1" && world_.chance(0.5)) {
    cluster_.disk().at_next_commit = kill_now;
  } else {
    kill_now();
  }
  return lasts;
}

Duration Chaos::pause(const std::string& name) {
  if (!cluster_.node(name).is_up()) return {};
  const auto lasts = world_.some(50ms, 1500ms);
  world_.count(lasts > 500ms ? "fault: pause longer than a lease" : "fault: pause");
  cluster_.node(name).pause(lasts);
  return lasts;
}

Duration Chaos::cut(const std::string& a, const std::string& b, bool both_ways) {
  const auto how = some_cut();
  const auto from = cluster_.node(a).number();
  const auto to = cluster_.node(b).number();
  world_.count(both_ways ? "fault: link cut" : "fault: link cut one way");
  world_.tell("cut {} -> {}{} ({})", a, b, both_ways ? " and back" : "", static_cast<int>(how));
  cluster_.network().cut(from, to, how);
  if (both_ways) cluster_.network().cut(to, from, how);
  const auto lasts = world_.some(50ms, 1500ms);
  world_.after(lasts, [this, from, to, a, b] {
    world_.tell("link {} - {} heals", a, b);
    cluster_.network().heal(from, to);
    cluster_.network().heal(to, from);
  });
  return lasts;
}

Duration Chaos::isolate(const std::string& name) {
  world_.count("fault: process cut off");
  world_.tell("{} is cut off", name);
  const auto how = some_cut();
  const auto node = cluster_.node(name).number();
  auto others = cluster_.names();
  others.insert(others.end(), cluster_.clients().begin(), cluster_.clients().end());
  const auto set = [this, others, node](Cut cut) {
    for (const auto& other : others) {
      const auto peer = cluster_.node(other).number();
      if (peer == node) continue;
      cluster_.network().cut(node, peer, cut);
      cluster_.network().cut(peer, node, cut);
    }
  };
  set(how);
  const auto lasts = world_.some(50ms, 1500ms);
  world_.after(lasts, [this, set, name] {
    world_.tell("{} is reachable again", name);
    set(Cut::kNone);
  });
  return lasts;
}

Duration Chaos::stop_process(const std::string& name) {
  if (!cluster_.node(name).is_up()) return {};
  world_.count(name == cluster_.writer() ? "fault: writer stopped" : "fault: process stopped");
  cluster_.stop(name);
  return 2s + Cluster::kRestart;
}

Duration Chaos::wipe() {
  const auto replicas = cluster_.names(world_.chance(0.5) ? "order" : "catalog");
  const auto name = replicas[world_.one_of(replicas.size())];
  world_.count("fault: replica lost its disk");
  world_.tell("{} loses its disk", name);
  cluster_.kill(name);
  cluster_.wipe(name);
  const auto lasts = world_.some(20ms, 300ms);
  world_.after(lasts, [this, name] { cluster_.start(name); });
  return lasts;
}

Duration Chaos::slow_link() {
  const auto a = some_process();
  const auto b = some_peer(a);
  const auto from = cluster_.node(a).number();
  const auto to = cluster_.node(b).number();
  world_.count("fault: link slow");
  cluster_.network().slow(from, to, world_.some(5ms, 300ms));
  const auto lasts = world_.some(100ms, 2000ms);
  world_.after(lasts, [this, from, to] { cluster_.network().slow(from, to, {}); });
  return lasts;
}

Duration Chaos::lossy_pub() {
  world_.count("fault: published messages lost for a while");
  cluster_.network().lose_published(world_.chance(0.5) ? 0.3 : 0.95);
  const auto lasts = world_.some(50ms, 800ms);
  world_.after(lasts, [this] { cluster_.network().lose_published(running_ ? plan_.published_loss : 0); });
  return lasts;
}

// The broker's word reaches a frontend late, and then the frontend's does not reach the broker at all: an edge that
// counts its lease too long goes on answering while the broker has ceased to wait for it. By chance alone this is rare.
Duration Chaos::late_grants() {
  const auto frontends = cluster_.names("frontend");
  const auto edge = cluster_.node(frontends[world_.one_of(frontends.size())]).number();
  const auto broker = cluster_.node("broker-1").number();
  world_.count("fault: grants late, then asked for in vain");
  world_.tell("node {} gets its grants late", edge);
  cluster_.network().slow(broker, edge, world_.some(50ms, 300ms));
  const auto until_cut = world_.some(200ms, 600ms);
  const auto lasts = until_cut + world_.some(500ms, 1200ms);
  world_.after(until_cut, [this, edge, broker, how = world_.chance(0.5) ? Cut::kHold : Cut::kDrop] {
    if (running_) cluster_.network().cut(edge, broker, how);
  });
  world_.after(lasts, [this, edge, broker] {
    cluster_.network().slow(broker, edge, {});
    cluster_.network().heal(edge, broker);
  });
  return lasts;
}

Duration Chaos::slow_disk() {
  world_.count("fault: disk slow");
  cluster_.disk().slow = true;
  const auto lasts = world_.some(100ms, 2000ms);
  world_.after(lasts, [this] { cluster_.disk().slow = false; });
  return lasts;
}

Duration Chaos::wall_jump() {
  world_.count("fault: wall clock jumped");
  const auto by = static_cast<base::WallMs>(world_.random().below(120'000)) - 60'000;
  cluster_.node(some_process()).jump_wall(by);
  return {};
}

}  // namespace sim
