#include "tests/sim/memory_archive.h"

#include <utility>

#include "msg/codec.h"

namespace sim {

void MemoryArchive::append(base::BlockNo no, base::Seq first, base::Seq last, base::Bytes bytes) {
  const auto& before = waiting_.empty() ? disk_.rows : waiting_;
  const auto next = before.empty() ? no : before.back().no.next();
  if (before.empty()) disk_.begins = first;  // earlier events were trimmed
  if (no != next) return world_.broken(fmt::format("a broker archives block {} where block {} is next", no, next));
  waiting_.push_back({no, first, last, std::move(bytes)});
  if (waiting_.size() == 1) write_later();
}

// Group commit: writes everything that waits by then.
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
  renew();
  foreign_ = false;
  id_ = new_id();
}

void MemoryArchive::renew() {
  disk_ = {};
  disk_.trimming = trimming_;
}

broker::Claim MemoryArchive::claim() const {
  if (disk_.rows.empty()) return {{}, {}, id_};
  return {disk_.rows.back().no, msg::hash_of(disk_.rows.back().bytes), id_};
}

void MemoryArchive::replace(std::size_t keep, std::size_t more) {
  foreign_ = true;
  const auto rows = std::move(disk_.rows);
  const auto begins = disk_.begins;
  renew();
  if (!rows.empty()) disk_.begins = begins;
  if (keep >= rows.size()) more = std::max<std::size_t>(more, 1);
  for (std::size_t i = 0; i < rows.size() + more; ++i) {
    if (i < std::min(keep, rows.size())) {
      disk_.rows.push_back(rows[i]);
    } else if (i < rows.size()) {
      add_another(msg::decode_block(rows[i].bytes).value());
    } else {
      add_another({});
    }
  }
}

// Adds a block like `block`, but with another hash, behind the last one. If `block` is empty, it gets an event.
void MemoryArchive::add_another(msg::Block block) {
  ++block.at;
  if (!disk_.rows.empty()) {
    block.no = disk_.rows.back().no.next();
    block.first = disk_.last().next();
    block.prev.bytes = msg::hash_of(disk_.rows.back().bytes);
  } else if (!block.no) {
    block.no = base::BlockNo(1);
    block.first = base::Seq(1);
    block.prev.bytes = msg::no_hash();
  }
  if (block.count == 0) block.events.bytes = msg::encoded(msg::Event{block.at, msg::KeyVoided{"of-another-history"}});
  block.count = std::max(block.count, 1U);
  auto bytes = msg::encode_block(block);
  disk_.rows.push_back({block.no, block.first, block.last(), std::move(bytes)});
}

}  // namespace sim
