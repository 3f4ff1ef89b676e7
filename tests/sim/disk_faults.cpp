// Chaos: faults of disks and journals.
#include <algorithm>

#include "broker/sqlite_journal.h"
#include "broker/trim.h"
#include "tests/sim/chaos.h"

namespace sim {

std::string Chaos::some_replica() {
  const auto replicas = cluster_.names(world_.chance(0.5) ? "order" : "catalog");
  return replicas[world_.one_of(replicas.size())];
}

Duration Chaos::wipe(const std::string& name) {
  world_.count("fault: replica lost its disk");
  return lose_disk(name);
}

Duration Chaos::lose_disk(const std::string& name) {
  if (!is_broker(name) && !cluster_.can_spare(name)) return {};  // otherwise a backup would have to be restored
  world_.tell("{} loses its disk", name);
  cluster_.kill(name);
  cluster_.wipe(name);
  const auto lasts = world_.some(20ms, 300ms);
  world_.after(lasts, [this, name] { cluster_.start(name); });
  return lasts;
}

// Trims as much as the rule allows, or any amount that one sound view of each role has; can_spare() then protects that
// view.
Duration Chaos::trim() {
  const auto allowed = cluster_.settled(broker::kViewsMin).next();
  const auto most = cluster_.settled(1).next();
  cluster_.trim(world_.chance(0.5) ? allowed : base::Seq(1 + world_.random().below(most.value())));
  return {};
}

Duration Chaos::full_view() {
  const auto name = some_replica();
  world_.count("fault: replica's disk full");
  cluster_.fill(name, true);
  const auto lasts = world_.some(100ms, 1000ms);
  world_.after(lasts, [this, name] { cluster_.fill(name, false); });
  return lasts;
}

Duration Chaos::slow_disk() {
  world_.count("fault: disk slow");
  cluster_.disk().slow = true;
  const auto lasts = world_.some(100ms, 2000ms);
  world_.after(lasts, [this] { cluster_.disk().slow = false; });
  return lasts;
}

Duration Chaos::stalled_disk() {
  world_.count("fault: disk stalled");
  const auto lasts = world_.some(50ms, 1000ms);
  cluster_.disk().stalled_until = world_.now() + lasts;
  return lasts;
}

// The writer is silent for so long that another one is appointed, comes back and learns that. Then the broker is lost
// with the appointment, which was not durable, and the old writer is the writer again. By chance alone this is rare.
Duration Chaos::lost_appointment() {
  const auto writer = cluster_.writer();
  if (writer.empty() || share_process(writer, cluster_.leader())) return {};
  world_.count("fault: appointment lost");
  cluster_.pause(writer, world_.some(320ms, 420ms));
  cluster_.disk().stalled_until = world_.now() + 900ms;
  const auto lasts = world_.some(600ms, 800ms);
  world_.after(lasts, [this] {
    if (!running_) return;
    if (cluster_.shape().shared) return cluster_.take_over();
    replace_leader(200ms);
  });
  return lasts;
}

void Chaos::replace_leader(Duration down_max) {
  cluster_.kill(cluster_.leader());
  world_.after(world_.some(20ms, down_max), [this] { cluster_.start(cluster_.leader()); });
}

// An operator shortens the lease, and the broker starts twice while an edge that hears no broker still has the lease of
// before. The second start finds the length of that lease on record alone. By chance alone this is rare.
Duration Chaos::shorter_lease() {
  constexpr Duration kLasts = 900ms;
  auto edges = cluster_.names("frontend");
  std::erase_if(edges, [this](const auto& name) { return share_process(name, cluster_.leader()); });
  if (edges.empty()) return {};
  const auto edge = cluster_.node(edges[world_.one_of(edges.size())]).number();
  const auto broker = cluster_.node(cluster_.leader()).number();
  world_.count("fault: lease made shorter, and two starts of the broker");
  world_.tell("node {} keeps its lease, the next ones are shorter", edge);
  cluster_.network().cut(edge, broker, Cut::kDrop);
  cluster_.network().cut(broker, edge, Cut::kDrop);
  cluster_.set_lease(world_.some(80ms, 150ms));
  replace_leader(40ms);
  world_.after(world_.some(120ms, 220ms), [this] {
    if (running_) replace_leader(40ms);
  });
  world_.after(kLasts, [this, edge, broker] {
    cluster_.network().heal(edge, broker);
    cluster_.network().heal(broker, edge);
    cluster_.set_lease(std::nullopt);
    if (running_) replace_leader(200ms);
  });
  return kLasts + 200ms;
}

// A row of a view is lost or changed. The replica is cut off until it has had time to check all its rows: its answers
// before that may be wrong, whatever the program does. A replica that has noticed it makes its view anew by itself. If
// it did that before, or had no time for a check, an operator takes its disk away.
Duration Chaos::spoilt_row(const std::string& name) {
  if (!cluster_.is_replica_up(name) || !cluster_.can_spare(name)) return {};
  const auto spoilt = cluster_.spoil_row(name);
  if (!spoilt) return {};
  world_.count("fault: row of a view spoilt");
  world_.tell("{} of {}", spoilt->what, name);
  cluster_.node(name).deafen(true);
  constexpr Duration kLasts = 1650ms;  // the rest of a running pass, the pause, and a whole pass
  world_.after(
      kLasts, [this, name, spoilt = *spoilt, passes = cluster_.passes(name)] { row_was_spoilt(name, spoilt, passes); });
  return kLasts + 300ms;
}

void Chaos::row_was_spoilt(const std::string& name, const MemoryView::Spoilt& spoilt, std::uint64_t passes) {
  cluster_.node(name).deafen(false);
  if (!cluster_.is_spoilt(name)) return;  // made anew
  if (cluster_.is_replica_up(name)) {
    const auto noticed = cluster_.diverged(name);
    if (noticed) world_.count("spoilt row noticed");
    if (noticed && !cluster_.stays_out(name)) return;
    // The diverged view must not count.
    if (noticed && cluster_.shape().snapshot_behind > 0 && world_.chance(0.5)) trim();
    const bool looked = cluster_.passes(name) >= passes + 2;
    if (!noticed && looked && cluster_.is_spoilt(name) && spoilt.still()) {
      return world_.broken(fmt::format("G5: {} of {}, which does not notice it", spoilt.what, name));
    }
  }
  lose_disk(name);
}

// A replica begins without a disk. Once it has got a part of a peer's view, one of the two dies, or the link between
// them breaks. A fetch takes a fraction of a second, so by chance alone this is rare.
Duration Chaos::broken_snapshot() {
  const auto name = some_replica();
  const auto lasts = wipe(name);
  cluster_.snapshot_faults().at_next_part = [this, name](const std::string& giver) {
    if (!running_) return;
    world_.count("fault: snapshot broken off");
    world_.tell("{} gives a snapshot", giver);
    if (world_.chance(0.3)) {
      cut(giver, name, world_.chance(0.5));
      return;
    }
    const auto dies = world_.chance(0.5) ? giver : name;
    cluster_.kill(dies);
    world_.after(world_.chance(0.5) ? world_.some(20ms, 500ms) : 3s, [this, dies] { cluster_.start(dies); });
  };
  return lasts + 3s;
}

// Copies that are made meanwhile are useless; the replica that gets one must find that out.
Duration Chaos::bad_snapshot() {
  static constexpr Spoiled kHow[] = {Spoiled::kForeign, Spoiled::kOtherFormat};
  auto& spoiled = cluster_.snapshot_faults().spoiled;
  spoiled = world_.chance(0.6) ? Spoiled::kDamaged : kHow[world_.one_of(2)];
  const auto lasts = wipe(some_replica()) + world_.some(100ms, 1500ms);
  world_.after(lasts, [&spoiled] { spoiled = Spoiled::kNo; });
  return lasts;
}

Duration Chaos::full_disk() {
  world_.count("fault: broker's disk full");
  cluster_.disk().full = true;
  cluster_.disk().full_is_told = world_.chance(0.5);
  const auto lasts = world_.some(50ms, 1000ms);
  world_.after(lasts, [this] { cluster_.disk().full = false; });
  return lasts;
}

Duration Chaos::failed_sync() {
  world_.count("fault: fsync failed");
  cluster_.disk().sync_fails = true;
  return {};
}

// A bit of a block changes. Near the end, a broker that opens its journal must find it and refuse to open. Further
// back, a follower that gets it in a replay must refuse it. Then the operator restores the block from a backup.
Duration Chaos::damage() {
  auto& disk = cluster_.disk();
  if (disk.rows.empty() || !disk.damage.empty()) return {};
  constexpr auto kLooked = static_cast<std::size_t>(broker::SqliteJournal::kVerifyBlocks);
  const bool deep = disk.rows.size() > kLooked && world_.chance(0.5);
  const auto back = deep ? kLooked + world_.one_of(disk.rows.size() - kLooked) : world_.one_of(kLooked);
  const auto row = disk.rows.size() - 1 - std::min(back, disk.rows.size() - 1);
  auto bytes = disk.rows[row].bytes;
  auto& byte = bytes[world_.one_of(bytes.size())];
  byte = static_cast<char>(byte ^ (1 << world_.one_of(8)));
  world_.count("fault: block damaged");
  world_.tell("block {} is damaged", disk.rows[row].no);
  disk.damage[row] = std::move(bytes);
  if (deep) wipe(some_replica());
  kill(cluster_.leader());
  const auto lasts = world_.some(900ms, 1500ms);
  world_.after(lasts, [&disk] { disk.damage.clear(); });
  return lasts;
}

// An operator's mistake: the journal is an older copy, and a view of each role has more on stable storage. Frontends
// that start now ask to be put on record. Nothing may be written to the copy. Then the newer journal is put back.
Duration Chaos::old_journal() {
  const auto& rows = cluster_.disk().rows;
  const auto unknown = [settled = cluster_.settled(1)](const auto& row) { return row.last >= settled; };
  const auto known = static_cast<std::size_t>(std::find_if(rows.begin(), rows.end(), unknown) - rows.begin());
  if (known < 3 || !cluster_.node("broker-1").is_up()) return {};
  world_.count("fault: journal went back to an older copy");
  cluster_.kill("broker-1");
  const auto kept = known - world_.one_of(std::min<std::size_t>(known - 1, 50));
  cluster_.go_back(kept);
  for (const auto& name : cluster_.names("frontend")) cluster_.kill(name);
  constexpr Duration kFound = 1500ms;
  world_.after(world_.some(20ms, 300ms), [this] {
    cluster_.start("broker-1");
    for (const auto& name : cluster_.names("frontend")) cluster_.start(name);
  });
  world_.after(kFound, [this, kept] {
    if (cluster_.old_copy()->rows.size() != kept) {
      return world_.broken(fmt::format("G2: {} blocks of an older copy of the journal have become {}", kept,
                                       cluster_.old_copy()->rows.size()));
    }
    cluster_.kill("broker-1");
    cluster_.come_back();
    cluster_.start("broker-1");
  });
  return kFound;
}

Duration Chaos::takeover() {
  world_.count("fault: another broker takes over");
  cluster_.take_over();
  return 500ms;
}

Duration Chaos::unsure_journal() {
  world_.count("fault: journal's answers get lost");
  cluster_.disk().unsure = true;
  const auto lasts = world_.some(100ms, 1500ms);
  world_.after(lasts, [this] { cluster_.disk().unsure = false; });
  return lasts;
}

// Between two moments when all is well, only one broker may lose its disk, because blocks that have left the journal
// are only in the archives. If the others know only the first broker at start, it is that one.
const std::string& Chaos::broker_to_wipe() {
  const auto brokers = cluster_.names("broker");
  if (wiped_broker_.empty()) {
    wiped_broker_ = cluster_.shape().first_broker_only ? brokers.front() : brokers[world_.one_of(brokers.size())];
  }
  return wiped_broker_;
}

// An operator's mistake: the data directory is from before a restore, or from another store, and the broker on it has
// claimed its blocks. The broker notices it, and then the operator removes the directory.
Duration Chaos::foreign_archive() {
  if (cluster_.disk().rows.empty()) return {};
  const auto& name = broker_to_wipe();
  world_.count("fault: broker with an archive of another history");
  world_.tell("{} gets an archive of another history", name);
  cluster_.kill(name);
  const auto keep = world_.one_of(cluster_.disk().rows.size());
  cluster_.replace_archive(name, keep, world_.chance(0.3) ? 1 + world_.one_of(50) : 0);
  const auto lasts = world_.some(20ms, 300ms);
  // The stream ends at the same block.
  if (world_.chance(0.5)) cluster_.disk().stalled_until = world_.now() + 2 * lasts;
  world_.after(lasts, [this, name] { cluster_.start(name); });
  return before_it_can_read(lasts);
}

Duration Chaos::wipe_broker() {
  world_.count("fault: broker lost its disk");
  return before_it_can_read(lose_disk(broker_to_wipe()));
}

// The broker may be back before it can reach the journal. It must not take its empty archive for the whole stream.
Duration Chaos::before_it_can_read(Duration lasts) {
  if (world_.chance(0.5)) return lasts;
  auto& unreachable = cluster_.disk().unreachable;
  unreachable.insert(wiped_broker_);
  const auto apart = lasts + world_.some(100ms, 1000ms);
  world_.after(apart, [this, &unreachable] { unreachable.erase(wiped_broker_); });
  return apart;
}

// The leader is cut off from the journal. A takeover may follow.
Duration Chaos::cut_from_journal() {
  const auto leader = cluster_.leader();
  world_.count("fault: broker cut off from the journal");
  world_.tell("{} is cut off from the journal", leader);
  cluster_.disk().unreachable.insert(leader);
  const bool stranded = world_.chance(0.5);
  const auto lasts = stranded ? world_.some(800ms, 1500ms) : world_.some(100ms, 1500ms);
  world_.after(lasts, [this, leader] { cluster_.disk().unreachable.erase(leader); });
  if (stranded) strand_edge(leader, lasts);
  if (stranded || world_.chance(0.7)) world_.after(world_.some(0ms, lasts / 3), [this] { cluster_.take_over(); });
  return lasts;
}

// An edge hears only a leader whose term may have ended. Only the end of its lease keeps it from stale answers.
void Chaos::strand_edge(const std::string& leader, Duration lasts) {
  auto edges = cluster_.names("frontend");
  std::erase_if(edges, [&](const auto& name) { return has_broker(name) && !share_process(name, leader); });
  if (edges.empty()) return;
  const auto edge = cluster_.node(edges[world_.one_of(edges.size())]).number();
  world_.count("fault: edge left with a leader that is cut off");
  world_.tell("node {} hears {} alone", edge, leader);
  for (const auto& name : cluster_.names("broker")) {
    if (name == leader) continue;
    const auto broker = cluster_.node(name).number();
    cluster_.network().cut(edge, broker, Cut::kDrop);
    cluster_.network().cut(broker, edge, Cut::kDrop);
    world_.after(lasts, [this, edge, broker] {
      cluster_.network().heal(edge, broker);
      cluster_.network().heal(broker, edge);
    });
  }
}

}  // namespace sim
