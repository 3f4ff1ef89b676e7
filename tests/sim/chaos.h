// Chaos: draws the faults and their times from the seed.
//
// In an unruly run any of the chosen kinds of fault may come at any time, several at once. In an orderly run one comes
// after another: each heals, and the store gets time to recover. Then no client may see an error (G6). The journal goes
// back to an older copy only in orderly runs, because the broker has to hear the members that are ahead of it. Every
// fault heals by itself, and none starts after stop(). chaos.cpp draws the faults; faults.cpp has the faults of
// processes and links, and disk_faults.cpp has those of disks and journals.
#pragma once

#include <string>
#include <vector>

#include "tests/sim/cluster.h"

namespace sim {

enum class Fault {
  kKill,
  kKillAll,
  kPause,
  kStop,
  kClientCrash,
  kFlood,
  kWallJump,
  kClockLeap,
  kClocksBack,
  // links
  kCut,
  kIsolate,
  kPartition,
  kSlowLink,
  kNarrowLink,
  kLossyPub,
  kDoubled,
  kLateGrants,
  // disks
  kWipe,
  kFullView,
  kSlowDisk,
  kStalledDisk,
  kLostAppointment,
  kSpoiltRow,
  // of replicas that fetch snapshots
  kBrokenSnapshot,
  kBadSnapshot,
  kTrim,
  // of a broker with a disk of its own
  kFullDisk,
  kFailedSync,
  kShorterLease,
  kDamage,
  kOldJournal,
  // of brokers with a shared journal
  kTakeover,
  kUnsureJournal,
  kWipeBroker,
  kCutFromJournal,
  kForeignArchive
};

struct Plan {
  bool orderly = false;
  bool spares_broker = false;
  std::vector<Fault> faults;
  Duration gap_min = 50ms;  // between two faults
  Duration gap_max = 500ms;
  double published_loss = 0;  // during the whole run
  double doubled = 0;         // probability that a message comes twice, during the whole run

  // Most runs are unruly, each with some kinds of faults.
  static Plan drawn(World& world, const Shape& shape);
};

class Chaos {
 public:
  static constexpr Duration kLongest = 2s;   // every fault has healed after this time
  static constexpr Duration kMend = 1500ms;  // in an orderly run: time for leases, membership and replays to recover

  Chaos(Cluster& cluster, Plan plan) : cluster_(cluster), world_(cluster.world()), plan_(std::move(plan)) {}

  void start();
  void stop() { running_ = false; }
  // Causes a fault; returns how long it lasts.
  Duration strike(Fault fault);

 private:
  void next();
  std::string some_process();
  std::string some_peer(const std::string& other_than);
  std::vector<std::string> everybody();  // with the clients
  Cut some_cut();
  static bool is_broker(const std::string& name) { return name.rfind("broker", 0) == 0; }
  bool has_broker(const std::string& name) const;  // in its process
  bool share_process(const std::string& a, const std::string& b) const;
  void count_node(const std::string& name, const char* fault);

  // faults.cpp
  Duration kill(const std::string& name);
  Duration kill_all();
  Duration pause(const std::string& name);
  Duration stop_process(const std::string& name);
  Duration client_crash();
  Duration flood();
  Duration wall_jump();
  Duration clock_leap();
  Duration clocks_back();
  Duration cut(const std::string& a, const std::string& b, bool both_ways);
  Duration separate(const std::vector<std::string>& some, const std::vector<std::string>& others);
  Duration isolate(const std::string& name);
  Duration partition();
  Duration slow_link();
  Duration narrow_link();
  Duration lossy_pub();
  Duration doubled();
  Duration late_grants();

  // disk_faults.cpp
  std::string some_replica();
  Duration wipe(const std::string& name);
  Duration lose_disk(const std::string& name);
  Duration full_view();
  Duration slow_disk();
  Duration stalled_disk();
  Duration lost_appointment();
  Duration spoilt_row(const std::string& name);
  void row_was_spoilt(const std::string& name, const MemoryView::Spoilt& spoilt, std::uint64_t passes);
  Duration broken_snapshot();
  Duration bad_snapshot();
  Duration trim();
  Duration full_disk();
  Duration failed_sync();
  Duration shorter_lease();
  void replace_leader(Duration down_max);
  Duration damage();
  Duration old_journal();
  Duration takeover();
  Duration unsure_journal();
  const std::string& broker_to_wipe();
  Duration wipe_broker();
  Duration foreign_archive();
  Duration before_it_can_read(Duration lasts);
  Duration cut_from_journal();
  void strand_edge(const std::string& leader, Duration lasts);

  Cluster& cluster_;
  World& world_;
  Plan plan_;
  bool running_ = false;
  std::string wiped_broker_;  // the only broker that may lose its disk
};

}  // namespace sim
