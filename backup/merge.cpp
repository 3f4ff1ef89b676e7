#include "backup/merge.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <utility>

namespace backup {
namespace {

constexpr std::size_t kPageBytes = 1024 * 1024;
constexpr auto kHistories = "they are of different histories, or of different stores: leave out what is not meant";

std::string told(const msg::Block& block) {
  return fmt::format("seq {}..{}, term {}, of {:%Y-%m-%d %H:%M:%S} UTC", block.first, block.last(), block.term,
                     fmt::gmtime(static_cast<std::time_t>(block.at / 1000)));
}

void damaged(Merge::Seen& source, std::string what) {
  if (source.damaged++ == 0) source.damage = std::move(what);
}

}  // namespace

Merge::Merge(std::vector<Source> sources) {
  for (auto& source : sources) sources_.push_back({{.name = std::move(source.name)}, std::move(source.archive), {}});
}

base::Result<std::optional<base::Bytes>> Merge::next() {
  const auto no = end_.block.next();
  std::optional<Found> taken;
  std::vector<Reader*> have;
  for (auto& source : sources_) {
    auto found = find(source, no);
    if (!found) continue;
    if (!follows(found->block)) {
      if (source.seen.taken != end_.block) {
        return base::fail(fmt::format("block {} of {} ({}) does not follow block {} of {}: {}", no, source.seen.name,
                                      told(found->block), end_.block, last_taken_from(), kHistories));
      }
      damaged(source.seen, fmt::format("block {} does not follow the one before it", no));
      continue;
    }
    if (taken && taken->block.hash.bytes != found->block.hash.bytes) {
      return base::fail(fmt::format("block {} of {} ({}) is not block {} of {} ({}): {}", no, taken->source->seen.name,
                                    told(taken->block), no, source.seen.name, told(found->block), kHistories));
    }
    have.push_back(&source);
    if (!taken) taken = std::move(found);
  }
  if (!taken) return std::nullopt;
  for (auto* source : have) source->seen.taken = no;
  end_ = {no, taken->block.last(), taken->block.hash.bytes};
  return std::optional(std::move(taken->bytes));
}

// Returns the block `no` of this source, if it exists and agrees with its row.
std::optional<Merge::Found> Merge::find(Reader& source, base::BlockNo no) {
  fill(source, no);
  if (source.page.empty() || source.page.front().no != no) return std::nullopt;
  const auto row = std::move(source.page.front());
  source.page.pop_front();
  auto block = msg::decode_block(row.bytes);
  if (!block) {
    damaged(source.seen, fmt::format("block {}: {}", no, block.error().message));
  } else if (block->no != no || block->first != row.first || block->last() != row.last) {
    damaged(source.seen, fmt::format("block {} is not where it belongs", no));
  } else {
    return Found{std::move(*block), row.bytes, &source};
  }
  return std::nullopt;
}

// Reads the next page if the current one is used up. The page begins with block `no` or the first one after it. If
// block `no` cannot be read, the next call asks for the block after it, because a bad page of the file has only some
// blocks.
void Merge::fill(Reader& source, base::BlockNo no) {
  if (!source.page.empty() || source.over) return;
  auto rows = source.archive->read(base::BlockNo(no.value() - 1), kPageBytes);
  const bool failed_before = std::exchange(source.failed, !rows);
  if (!rows) {
    if (!failed_before) damaged(source.seen, rows.error().message);
    return;
  }
  source.over = rows->empty();
  if (source.over) return;
  if (!source.seen.begins) source.seen.begins = rows->front().no;
  source.page.assign(std::make_move_iterator(rows->begin()), std::make_move_iterator(rows->end()));
}

bool Merge::follows(const msg::Block& block) const {
  return block.first == end_.last.next() && block.prev.bytes == end_.hash;
}

std::string Merge::last_taken_from() const {
  for (const auto& source : sources_) {
    if (source.seen.taken == end_.block) return source.seen.name;
  }
  return "what was taken";
}

std::vector<Merge::Seen> Merge::seen() const {
  std::vector<Seen> all;
  for (const auto& source : sources_) {
    all.push_back(source.seen);
    if (!source.page.empty()) all.back().beyond = source.page.front().no;
  }
  return all;
}

}  // namespace backup
