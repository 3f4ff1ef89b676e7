// Chaos: faults of processes, clocks and links.
#include <algorithm>
#include <utility>

#include "tests/sim/chaos.h"

namespace sim {

Duration Chaos::kill(const std::string& name) {
  if (!cluster_.node(name).is_up()) return {};
  const auto lasts = world_.some(20ms, 800ms);
  const auto kill_now = [this, name, lasts] {
    if (!cluster_.node(name).is_up()) return;
    world_.count(has_broker(name) ? "fault: broker killed" : "fault: process killed");
    if (share_process(name, cluster_.writer())) world_.count("fault: writer killed");
    count_node(name, "fault: node killed");
    cluster_.kill(name);
    world_.after(lasts, [this, name] { cluster_.start(name); });
  };
  // A commit is short, so by chance alone a crash would rarely hit one.
  if (has_broker(name) && world_.chance(0.5)) {
    cluster_.disk().at_next_commit = kill_now;
  } else {
    kill_now();
  }
  return lasts;
}

// The power fails: all data that were not synced are lost everywhere.
Duration Chaos::kill_all() {
  world_.count("fault: everything killed at once");
  const auto kill_now = [this] {
    for (const auto& name : cluster_.names()) {
      cluster_.kill(name);
      world_.after(world_.some(20ms, 800ms), [this, name] { cluster_.start(name); });
    }
    cluster_.power_cut();
  };
  if (world_.chance(0.5)) {
    cluster_.disk().at_next_commit = kill_now;
  } else {
    kill_now();
  }
  return 800ms;
}

Duration Chaos::pause(const std::string& name) {
  if (!cluster_.node(name).is_up()) return {};
  const auto lasts = world_.some(50ms, 1500ms);
  world_.count(lasts > 500ms ? "fault: pause longer than a lease" : "fault: pause");
  count_node(name, "fault: node paused");
  cluster_.pause(name, lasts);
  return lasts;
}

Duration Chaos::stop_process(const std::string& name) {
  if (!cluster_.node(name).is_up()) return {};
  world_.count(share_process(name, cluster_.writer()) ? "fault: writer stopped" : "fault: process stopped");
  count_node(name, "fault: node stopped");
  cluster_.stop(name);
  return 2s + Cluster::kRestart;
}

Duration Chaos::client_crash() {
  const auto& clients = cluster_.clients();
  const auto name = clients[world_.one_of(clients.size())];
  if (!cluster_.node(name).is_up()) return {};
  world_.count("fault: client crashed");
  cluster_.kill(name);
  const auto lasts = world_.some(20ms, 500ms);
  world_.after(lasts, [this, name] { cluster_.start(name); });
  return lasts;
}

// One client sends more requests than a frontend takes from it. The frontend refuses them as busy and serves the
// others.
Duration Chaos::flood() {
  constexpr int kFlood = 2'300;  // frontend/edge.h takes 2,048
  world_.count("fault: client floods");
  const auto& clients = cluster_.clients();
  const auto client = clients[world_.one_of(clients.size())];
  for (int i = 0; i < kFlood; ++i) {
    cluster_.ask(client, msg::Lookup{.item = base::ItemId(1)}, {.fresh = true}, {});
  }
  return 1s;
}

// The clock of one host is years ahead for a while. The clocks of the other hosts are right, so no event may get its
// time.
Duration Chaos::clock_leap() {
  const auto writer = cluster_.writer();
  const auto name = writer.empty() || world_.chance(0.5) ? some_process() : writer;
  if (!std::exchange(cluster_.clocks_are_right, false)) return {};
  world_.count("fault: wall clock leapt ahead by years");
  const auto by = static_cast<base::WallMs>(1 + world_.one_of(40)) * 365 * 24 * 3'600'000;
  world_.tell("the wall clock of {} leaps ahead by {} ms", name, by);
  cluster_.node(name).jump_wall(by);
  const auto lasts = world_.some(200ms, 2000ms);
  world_.after(lasts, [this, name, by] {
    cluster_.node(name).jump_wall(-by);
    cluster_.clocks_are_right = true;
  });
  return lasts;
}

// The clocks were hours ahead, and are set right: the stream has a time that no clock has yet, and will have none
// before the end. Clocks that are behind the stream prove nothing, so none leaps ahead after that. A thief's time of
// tomorrow (thief.cpp) is still far ahead of the stream.
Duration Chaos::clocks_back() {
  if (!std::exchange(cluster_.clocks_are_right, false)) return {};
  world_.count("fault: all wall clocks set back by hours");
  const auto by = static_cast<base::WallMs>(1 + world_.one_of(12)) * 3'600'000;
  world_.tell("all wall clocks are set back by {} ms", by);
  for (const auto& name : cluster_.names()) cluster_.node(name).jump_wall(-by);
  return {};
}

Duration Chaos::wall_jump() {
  world_.count("fault: wall clock jumped");
  const auto by = static_cast<base::WallMs>(world_.random().below(120'000)) - 60'000;
  const auto name = some_process();
  world_.tell("the wall clock of {} jumps by {} ms", name, by);
  cluster_.node(name).jump_wall(by);
  return {};
}

Duration Chaos::cut(const std::string& a, const std::string& b, bool both_ways) {
  const auto how = some_cut();
  world_.count(both_ways ? "fault: link cut" : "fault: link cut one way");
  world_.tell("cut {} -> {}{} ({})", a, b, both_ways ? " and back" : "", static_cast<int>(how));
  const auto set = [this](const std::string& from, const std::string& to, Cut cut) {
    for (const auto& one : cluster_.cores_with(from)) {
      for (const auto& other : cluster_.cores_with(to)) {
        cluster_.network().cut(cluster_.node(one).number(), cluster_.node(other).number(), cut);
      }
    }
  };
  set(a, b, how);
  if (both_ways) set(b, a, how);
  const auto lasts = world_.some(50ms, 1500ms);
  world_.after(lasts, [this, set, a, b] {
    world_.tell("link {} - {} heals", a, b);
    set(a, b, Cut::kNone);
    set(b, a, Cut::kNone);
  });
  return lasts;
}

// Cuts all links between the two groups.
Duration Chaos::separate(const std::vector<std::string>& some, const std::vector<std::string>& others) {
  const auto set = [this, some, others](Cut cut) {
    for (const auto& a : some) {
      for (const auto& b : others) {
        if (a == b) continue;
        cluster_.network().cut(cluster_.node(a).number(), cluster_.node(b).number(), cut);
        cluster_.network().cut(cluster_.node(b).number(), cluster_.node(a).number(), cut);
      }
    }
  };
  set(some_cut());
  const auto lasts = world_.some(50ms, 1500ms);
  world_.after(lasts, [this, set] {
    world_.tell("what was cut off is reachable again");
    set(Cut::kNone);
  });
  return lasts;
}

Duration Chaos::isolate(const std::string& name) {
  world_.count("fault: process cut off");
  world_.tell("{} is cut off", name);
  count_node(name, "fault: node cut off");
  return separate(cluster_.cores_with(name), everybody());
}

Duration Chaos::partition() {
  std::vector<std::string> some;
  std::vector<std::string> others;
  for (const auto& name : everybody()) {
    const auto cores = cluster_.cores_with(name);
    if (name != cores.front()) continue;
    auto& side = world_.chance(0.5) ? some : others;
    side.insert(side.end(), cores.begin(), cores.end());
  }
  world_.count("fault: partition");
  world_.tell("{} processes are parted from {} others", some.size(), others.size());
  return separate(some, others);
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

Duration Chaos::narrow_link() {
  const auto a = some_process();
  const auto b = some_peer(a);
  const auto from = cluster_.node(a).number();
  const auto to = cluster_.node(b).number();
  world_.count("fault: link narrow");
  cluster_.network().narrow(from, to, static_cast<std::int64_t>(20'000 + world_.random().below(200'000)));
  const auto lasts = world_.some(100ms, 1500ms);
  world_.after(lasts, [this, from, to] { cluster_.network().narrow(from, to, 0); });
  return lasts;
}

Duration Chaos::lossy_pub() {
  world_.count("fault: published messages lost for a while");
  cluster_.network().lose_published(world_.chance(0.5) ? 0.3 : 0.95);
  const auto lasts = world_.some(50ms, 800ms);
  world_.after(lasts, [this] { cluster_.network().lose_published(running_ ? plan_.published_loss : 0); });
  return lasts;
}

Duration Chaos::doubled() {
  cluster_.network().double_messages(world_.chance(0.5) ? 0.1 : 1);
  const auto lasts = world_.some(50ms, 800ms);
  world_.after(lasts, [this] { cluster_.network().double_messages(running_ ? plan_.doubled : 0); });
  return lasts;
}

// The broker's grants reach a frontend late; then the frontend's requests do not reach the broker at all. An edge that
// counts its lease too long would go on answering when the broker no longer waits for it. By chance alone this is rare.
Duration Chaos::late_grants() {
  auto frontends = cluster_.names("frontend");
  std::erase_if(frontends, [this](const auto& name) { return share_process(name, cluster_.leader()); });
  if (frontends.empty()) return {};
  const auto edge = cluster_.node(frontends[world_.one_of(frontends.size())]).number();
  const auto broker = cluster_.node(cluster_.leader()).number();
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

}  // namespace sim
