#include "tests/sim/local_journal.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace sim {

LocalJournal::LocalJournal(World& world, Disk& disk, Told told)
    : world_(world), disk_(disk), told_(std::move(told)), tail_(tail_of(disk, world)) {
  if (disk_.full) throw std::runtime_error("the journal cannot be written: the disk is full");
  tail_.term = disk_.term = disk_.term.next();
}

LocalJournal::~LocalJournal() {
  *alive_ = false;
  if (!in_flight_) return;
  world_.count("crash during a commit");
  const auto drawn = world_.one_of(4);
  if (drawn == 0) disk_.append(*in_flight_);
  if (drawn == 1) disk_.append_unsynced(*in_flight_);
  if (drawn == 2) disk_.torn = in_flight_->bytes.substr(0, world_.one_of(in_flight_->bytes.size()));
}

void LocalJournal::commit(broker::Commit block) {
  if (in_flight_) return world_.broken("the broker began a commit while another was in flight");
  const auto wanted = disk_.rows.empty() ? base::BlockNo(1) : disk_.rows.back().no.next();
  if (block.no != wanted || block.first != disk_.last().next()) {
    return world_.broken(fmt::format("the broker commits block {} from seq {} where block {} from seq {} is next",
                                     block.no, block.first, wanted, disk_.last().next()));
  }
  in_flight_ = std::move(block);
  auto takes = disk_.slow ? world_.some(1ms, kSlowest) : world_.some(100us, 2ms);
  if (disk_.at_next_commit) world_.after(world_.some(0ns, takes), std::exchange(disk_.at_next_commit, {}));
  takes = std::max(takes, disk_.stalled_until - world_.now());
  write_after(takes);
}

void LocalJournal::write_after(Duration takes) {
  world_.after(takes, [this, alive = alive_] {
    if (!*alive) return;
    waits_ = disk_.full && disk_.full_is_told;
    if (waits_) {
      world_.count("commit waited for room on the disk");
      return write_after(kTryAgain);
    }
    if (disk_.full || disk_.sync_fails) return fail();
    const auto no = in_flight_->no;
    disk_.append(*std::exchange(in_flight_, std::nullopt));
    tell(no);
  });
}

void LocalJournal::tell(base::BlockNo no) {
  world_.after(world_.some(0ns, 500us), [this, alive = alive_, no] {
    if (*alive) told_.committed(no);
  });
}

void LocalJournal::fail() {
  const bool full = disk_.full;
  disk_.sync_fails = false;
  world_.count(full ? "broker stopped by a full disk" : "broker stopped by a failing fsync");
  if (!full) disk_.append_unsynced(*in_flight_);
  in_flight_.reset();
  told_.failed(full ? "no room on the disk" : "fsync failed");  // this ends the journal, too
}

}  // namespace sim
