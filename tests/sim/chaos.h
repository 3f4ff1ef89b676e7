// Chaos: what goes wrong, and when, drawn from the seed.
//
// In an unruly run any of the chosen kinds of fault may come at any time, several at once. In an orderly run one comes
// after the other, each heals, and the shop gets time to mend: then no client may see an error (G6).
// Every fault heals by itself; nothing starts after stop().
// Threads: none.
#pragma once

#include <string>
#include <vector>

#include "tests/sim/cluster.h"

namespace sim {

enum class Fault {
  kKill,
  kPause,
  kCut,
  kIsolate,
  kStop,
  kWipe,
  kSlowLink,
  kLossyPub,
  kSlowDisk,
  kWallJump,
  kLateGrants
};

struct Plan {
  bool orderly = false;
  bool spares_broker = false;  // the only process there is one of
  std::vector<Fault> faults;
  Duration gap_min = 50ms;  // between two faults
  Duration gap_max = 500ms;
  double published_loss = 0;  // all the time

  // Most runs are unruly, with some kinds of faults each.
  static Plan drawn(World& world);
};

class Chaos {
 public:
  static constexpr Duration kMend = 1500ms;  // in an orderly run: lease, membership and replay are done by then

  Chaos(Cluster& cluster, Plan plan) : cluster_(cluster), world_(cluster.world()), plan_(std::move(plan)) {}

  void start();
  void stop() { running_ = false; }
  // Until all that has begun has healed, this long at most.
  Duration longest() const { return 2s; }
  // Does one; returns how long it lasts.
  Duration strike(Fault fault);

 private:
  void next();
  Duration kill(const std::string& name);
  Duration pause(const std::string& name);
  Duration cut(const std::string& a, const std::string& b, bool both_ways);
  Duration isolate(const std::string& name);
  Duration stop_process(const std::string& name);
  Duration wipe();
  Duration slow_link();
  Duration lossy_pub();
  Duration late_grants();
  Duration slow_disk();
  Duration wall_jump();

  std::string some_process();
  std::string some_peer(const std::string& other_than);
  Cut some_cut();

  Cluster& cluster_;
  World& world_;
  Plan plan_;
  bool running_ = false;
};

}  // namespace sim
