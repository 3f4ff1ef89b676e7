#include "tests/sim/disk.h"

#include <algorithm>
#include <stdexcept>

#include "broker/sqlite_journal.h"

namespace sim {
namespace {

[[noreturn]] void refuse(const std::string& why) { throw std::runtime_error("the journal is damaged: " + why); }

// Checks one row. `after` is the next block, which was checked before.
msg::Block check(const Disk& disk, std::size_t index, const std::optional<msg::Block>& after) {
  const auto& row = disk.rows[index];
  auto block = msg::decode_block(disk.seen(index));
  if (!block) refuse(fmt::format("block {}: {}", row.no, block.error().message));
  if (block->no != row.no || block->first != row.first || block->last() != row.last) {
    refuse(fmt::format("block {} is not where it belongs", row.no));
  }
  const bool joins = !after || (after->no == block->no.next() && after->first == block->last().next() &&
                                after->prev.bytes == block->hash.bytes);
  if (!joins) refuse(fmt::format("block {} does not follow block {}", after->no, row.no));
  return std::move(*block);
}

}  // namespace

void Disk::append(const broker::Commit& block) {
  if (block.control) control = *block.control;
  rows.push_back({block.no, block.first, block.last, block.bytes});
}

void Disk::append_unsynced(const broker::Commit& block) {
  if (!unsynced) synced_control = control;
  unsynced = durable();
  append(block);
}

void Disk::power_cut(World& world) {
  if (!unsynced) return;
  world.count("power cut took what was not synced");
  rows.resize(*unsynced);
  control = synced_control;
  damage.erase(damage.lower_bound(*unsynced), damage.end());
  unsynced.reset();
}

void Disk::trim(World& world, base::Seq to, const std::function<bool()>& alive) {
  if (trimming && to > let_go) trimming(to);
  let_go = std::max(let_go, to);
  const auto row_of = [this](base::Seq seq) {
    return std::lower_bound(rows.begin(), rows.end(), seq, [](const Row& row, base::Seq s) { return row.last < s; });
  };
  if (rows.empty()) return;
  const auto half_way = row_of(begins) + (row_of(to) - row_of(begins)) / 2;
  for (const auto& [delay, until] : {std::pair(world.some(0ms, 100ms), half_way->first), {200ms, to}}) {
    world.after(delay, [this, alive, until = until] {
      if (alive()) begins = std::max(begins, until);
    });
  }
}

void Disk::alive() {
  lead.alive_at = ++revision;
  for (const auto& [broker, look] : watching) look();
}

const base::Bytes& Disk::seen(std::size_t row) const {
  const auto found = damage.find(row);
  return found == damage.end() ? rows[row].bytes : found->second;
}

std::vector<base::Bytes> Disk::read(base::Seq from, base::Seq to, std::size_t bytes_max, World& world) const {
  std::vector<base::Bytes> blocks;
  std::size_t bytes = 0;
  const auto ends_before = [](const Row& row, base::Seq seq) { return row.last < seq; };
  auto row = std::lower_bound(rows.begin(), rows.end(), std::max(from, begins), ends_before);
  for (; row != rows.end() && row->first <= to; ++row) {
    if (!blocks.empty() && bytes + row->bytes.size() > bytes_max) break;
    const auto index = static_cast<std::size_t>(row - rows.begin());
    if (damage.count(index) != 0) world.count("damaged block read by a follower");
    bytes += row->bytes.size();
    blocks.push_back(seen(index));
  }
  return blocks;
}

broker::Tail tail_of(Disk& disk, World& world) {
  if (disk.torn) {
    if (msg::decode_block(*disk.torn)) world.broken("a torn block passes its checks");
    world.count("torn tail dropped");
    disk.torn.reset();
  }
  if (disk.unsynced) {
    world.count("what was not synced was written again");
    disk.unsynced.reset();
  }
  broker::Tail tail;
  std::optional<msg::Block> after;
  const auto most = static_cast<std::size_t>(broker::SqliteJournal::kVerifyBlocks);
  for (auto index = disk.rows.size(); index > 0 && disk.rows.size() - index < most; --index) {
    auto block = check(disk, index - 1, after);
    if (!after) tail = broker::tail_at(block);
    after = std::move(block);
  }
  tail.term = disk.term;
  tail.control = disk.control;
  if (!disk.rows.empty()) tail.begins = disk.begins;
  return tail;
}

}  // namespace sim
