#include "tests/sim/chaos.h"

#include <algorithm>

#include "broker/trim.h"

namespace sim {

Plan Plan::drawn(World& world, const Shape& shape) {
  Plan plan;
  plan.orderly = world.chance(0.25);
  if (plan.orderly) {
    plan.faults = {Fault::kKill,     Fault::kPause,     Fault::kIsolate,   Fault::kStop,
                   Fault::kWallJump, Fault::kClockLeap, Fault::kClocksBack};
    plan.spares_broker = world.chance(0.5) && !(shape.shared && shape.nodes > 1);  // then all may be with a broker
    if (!plan.spares_broker) plan.faults.push_back(shape.shared ? Fault::kTakeover : Fault::kOldJournal);
    return plan;
  }
  const auto local_only = [](Fault fault) { return fault >= Fault::kFullDisk && fault <= Fault::kOldJournal; };
  const auto of_snapshots = [](Fault fault) { return fault >= Fault::kBrokenSnapshot && fault <= Fault::kTrim; };
  for (int each = 0; each <= static_cast<int>(Fault::kForeignArchive); ++each) {
    const auto fault = static_cast<Fault>(each);
    if (shape.shared ? local_only(fault) : fault >= Fault::kTakeover) continue;
    if (fault == Fault::kOldJournal) continue;
    if (of_snapshots(fault) && shape.snapshot_behind == 0) continue;
    if (fault == Fault::kTrim && shape.catalogs < broker::kViewsMin) continue;
    if (world.chance(fault == Fault::kFlood ? 0.03 : 0.4)) plan.faults.push_back(fault);
    if (fault == Fault::kTrim && world.chance(0.4))
      plan.faults.insert(plan.faults.end(), 3, fault);  // most trims are refused
  }
  if (plan.faults.empty()) plan.faults.push_back(Fault::kPause);
  plan.gap_max = world.chance(0.5) ? 200ms : 1000ms;
  if (world.chance(0.3)) plan.published_loss = world.chance(0.5) ? 0.01 : 0.2;
  if (world.chance(0.2)) plan.doubled = world.chance(0.5) ? 0.01 : 0.2;
  return plan;
}

void Chaos::start() {
  running_ = true;
  cluster_.network().lose_published(plan_.published_loss);
  cluster_.network().double_messages(plan_.doubled);
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
    case Fault::kKillAll:
      return kill_all();
    case Fault::kPause:
      return pause(some_process());
    case Fault::kStop:
      return stop_process(some_process());
    case Fault::kClientCrash:
      return client_crash();
    case Fault::kFlood:
      return flood();
    case Fault::kWallJump:
      return wall_jump();
    case Fault::kClockLeap:
      return clock_leap();
    case Fault::kClocksBack:
      return clocks_back();
    case Fault::kCut: {
      const auto a = some_process();
      return cut(a, some_peer(a), world_.chance(0.5));
    }
    case Fault::kIsolate:
      return isolate(some_process());
    case Fault::kPartition:
      return partition();
    case Fault::kSlowLink:
      return slow_link();
    case Fault::kNarrowLink:
      return narrow_link();
    case Fault::kLossyPub:
      return lossy_pub();
    case Fault::kDoubled:
      return doubled();
    case Fault::kLateGrants:
      return late_grants();
    case Fault::kWipe:
      return wipe(some_replica());
    case Fault::kFullView:
      return full_view();
    case Fault::kSlowDisk:
      return slow_disk();
    case Fault::kStalledDisk:
      return stalled_disk();
    case Fault::kLostAppointment:
      return lost_appointment();
    case Fault::kSpoiltRow:
      return spoilt_row(some_replica());
    case Fault::kBrokenSnapshot:
      return broken_snapshot();
    case Fault::kBadSnapshot:
      return bad_snapshot();
    case Fault::kTrim:
      return trim();
    case Fault::kFullDisk:
      return full_disk();
    case Fault::kFailedSync:
      return failed_sync();
    case Fault::kShorterLease:
      return shorter_lease();
    case Fault::kDamage:
      return damage();
    case Fault::kOldJournal:
      return old_journal();
    case Fault::kTakeover:
      return takeover();
    case Fault::kUnsureJournal:
      return unsure_journal();
    case Fault::kWipeBroker:
      return wipe_broker();
    case Fault::kCutFromJournal:
      return cut_from_journal();
    case Fault::kForeignArchive:
      return foreign_archive();
  }
  return {};
}

// Faults of the writer and the broker matter most, so they are chosen more often than other processes.
std::string Chaos::some_process() {
  const auto spared = [this](const auto& name) { return plan_.spares_broker && has_broker(name); };
  if (world_.chance(0.25)) {
    if (const auto writer = cluster_.writer(); !writer.empty() && !spared(writer)) return writer;
  }
  if (!plan_.spares_broker && world_.chance(0.15)) return cluster_.leader();
  auto all = cluster_.names();
  std::erase_if(all, spared);
  return all[world_.one_of(all.size())];
}

std::string Chaos::some_peer(const std::string& other_than) {
  auto all = everybody();
  std::erase_if(all, [&](const auto& name) { return share_process(name, other_than); });
  return world_.chance(0.5) && !has_broker(other_than) ? cluster_.leader() : all[world_.one_of(all.size())];
}

bool Chaos::has_broker(const std::string& name) const {
  const auto cores = cluster_.cores_with(name);
  return std::any_of(cores.begin(), cores.end(), is_broker);
}

bool Chaos::share_process(const std::string& a, const std::string& b) const {
  const auto cores = cluster_.cores_with(a);
  return std::find(cores.begin(), cores.end(), b) != cores.end();
}

void Chaos::count_node(const std::string& name, const char* fault) {
  if (cluster_.cores_with(name).size() > 1) world_.count(fault);
}

std::vector<std::string> Chaos::everybody() {
  auto all = cluster_.names();
  all.insert(all.end(), cluster_.clients().begin(), cluster_.clients().end());
  return all;
}

Cut Chaos::some_cut() {
  static constexpr Cut kHow[] = {Cut::kBreak, Cut::kHold, Cut::kDrop};
  return kHow[world_.one_of(3)];
}

}  // namespace sim
