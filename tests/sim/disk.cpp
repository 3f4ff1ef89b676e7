#include "tests/sim/disk.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace sim {

SimJournal::SimJournal(World& world, Disk& disk, Told told) : world_(world), disk_(disk), told_(std::move(told)) {
  disk_.term = disk_.term.next();
  tail_.term = disk_.term;
  tail_.control = disk_.control;
  if (disk_.rows.empty()) return;
  const auto block = msg::decode_block(disk_.rows.back().bytes);
  CHECK(block.has_value(), "the disk never damages a block");
  tail_.block = block->no;
  tail_.last = block->last();
  tail_.hash = block->hash.bytes;
  tail_.at = block->at;
  tail_.producer = block->producer;
}

SimJournal::~SimJournal() {
  *alive_ = false;
  if (!in_flight_) return;
  world_.count("crash during a commit");
  if (world_.chance(0.5)) write();
}

void SimJournal::commit(broker::Commit block) {
  if (in_flight_) return world_.broken("the broker began a commit while another was in flight");
  const auto wanted = disk_.rows.empty() ? base::BlockNo(1) : disk_.rows.back().no.next();
  if (block.no != wanted || block.first != disk_.last().next()) {
    return world_.broken(fmt::format("the broker commits block {} from seq {} where block {} from seq {} is next",
                                     block.no, block.first, wanted, disk_.last().next()));
  }
  in_flight_ = std::move(block);
  const auto takes = disk_.slow ? world_.some(1ms, kSlowest) : world_.some(100us, 2ms);
  if (disk_.at_next_commit) world_.after(world_.some(0ns, takes), std::exchange(disk_.at_next_commit, {}));
  world_.after(takes, [this, alive = alive_] {
    if (!*alive) return;
    const auto no = in_flight_->no;
    write();
    world_.after(world_.some(0ns, 500us), [this, alive, no] {
      if (*alive) told_(no);
    });
  });
}

void SimJournal::write() {
  if (in_flight_->control) disk_.control = *in_flight_->control;
  disk_.rows.push_back({in_flight_->no, in_flight_->first, in_flight_->last, std::move(in_flight_->bytes)});
  in_flight_.reset();
}

std::vector<base::Bytes> SimJournal::read(base::Seq from, base::Seq to, std::size_t bytes_max) {
  std::vector<base::Bytes> blocks;
  std::size_t bytes = 0;
  const auto ends_before = [](const Disk::Row& row, base::Seq seq) { return row.last < seq; };
  auto row = std::lower_bound(disk_.rows.begin(), disk_.rows.end(), from, ends_before);
  for (; row != disk_.rows.end() && row->first <= to; ++row) {
    if (!blocks.empty() && bytes + row->bytes.size() > bytes_max) break;
    bytes += row->bytes.size();
    blocks.push_back(row->bytes);
  }
  return blocks;
}

}  // namespace sim
