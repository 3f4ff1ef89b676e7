#include "tests/sim/memory_archive.h"

namespace sim {

void MemoryArchive::append(base::BlockNo no, base::Seq first, base::Seq last, base::Bytes bytes) {
  const auto next = base::BlockNo(disk_.rows.size() + waiting_.size() + 1);
  if (no != next) return world_.broken(fmt::format("a broker archives block {} where block {} is next", no, next));
  waiting_.push_back({no, first, last, std::move(bytes)});
  if (waiting_.size() == 1) write_later();
}

// Group commit: all that waits by then.
void MemoryArchive::write_later() {
  world_.after(world_.chance(0.05) ? world_.some(5ms, 300ms) : world_.some(100us, 5ms), [this, life = life_] {
    if (life != life_) return;
    for (auto& row : waiting_) disk_.rows.push_back(std::move(row));
    waiting_.clear();
  });
}

void MemoryArchive::crash() {
  ++life_;
  if (world_.chance(0.5)) {
    for (auto& row : waiting_) disk_.append_unsynced({row.no, row.first, row.last, std::move(row.bytes), {}});
  }
  waiting_.clear();
}

void MemoryArchive::wipe() {
  ++life_;
  waiting_.clear();
  disk_ = {};
}

}  // namespace sim
