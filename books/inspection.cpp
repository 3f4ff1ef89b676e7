#include "books/inspection.h"
#include "tasks/hex.h"

#include <fmt/format.h>

#include <algorithm>

namespace books {
namespace {

constexpr std::size_t kNamedMax = 20;  // damaged blocks

std::string text_of(const msg::DigestAt& digest) {
  return fmt::format("items {}, orders {}", tasks::hex(digest.items), tasks::hex(digest.orders));
}

}  // namespace

void Inspection::walk(Progress& progress, base::BlockNo to) {
  while (readable_ && looked_at_ < to) {
    const auto rows = archive_.read(looked_at_, kPageBytes);
    readable_ = rows.has_value();
    if (!readable_) return damaged(rows.error().message);
    if (rows->empty()) return;
    for (const auto& row : *rows) {
      if (looked_at_ < to) look_at(row);
    }
    progress.at(rows->back().last);
  }
}

// After a damaged block only each block by itself is checked: its events mean nothing without the lost ones.
void Inspection::look_at(const backup::Row& row) {
  if (row.no != looked_at_.next()) damaged(fmt::format("block {}: missing", looked_at_.next()));
  looked_at_ = row.no;
  ++blocks_;
  const auto block = msg::decode_block(row.bytes);
  if (!block) return damaged(fmt::format("block {}: {}", row.no, block.error().message));
  if (block->no != row.no || block->first != row.first || block->last() != row.last) {
    return damaged(fmt::format("block {}: its place holds block {}, seq {}..{}, not seq {}..{}", row.no, block->no,
                               block->first, block->last(), row.first, row.last));
  }
  if (damaged_.empty()) walk_.block(row.bytes);
  if (!first_unsound_ && walk_.audit().faults() > 0) first_unsound_ = row.no;
}

void Inspection::damaged(const std::string& what) {
  if (!first_unsound_) first_unsound_ = walk_.audit().block_no().next();
  if (damaged_.empty()) {
    walk_.audit().cannot_go_on(fmt::format("block {} cannot be read; nothing after seq {} was checked",
                                           walk_.audit().block_no().next(), walk_.audit().next().value() - 1));
  }
  damaged_.push_back(what);
}

void Inspection::compare(const Manifest& manifest) {
  compared_ = true;
  if (walk_.audit().faults() > 0) {
    manifest_.add("not compared, because the blocks are not sound");
    return digests_.add("not compared, because the blocks are not sound");
  }
  const auto here = this->manifest();
  if (here.seq != manifest.seq || here.block != manifest.block) {
    manifest_.add(fmt::format("it says that the backup ends with block {}, seq {}; it ends with block {}, seq {}",
                              manifest.block, manifest.seq, here.block, here.seq));
  }
  if (here.hash != manifest.hash) manifest_.add(fmt::format("it names another hash of block {}", here.block));
  if (here.store != manifest.store) {
    manifest_.add(fmt::format("it names store {}, but the blocks are of store {}", manifest.store, here.store));
  }
  if (here.at != manifest.at) manifest_.add(fmt::format("it names another time of seq {}", manifest.seq));
  const bool same = same_shop(here.digest, manifest) && here.items == manifest.items && here.orders == manifest.orders;
  if (!same) {
    digests_.add(fmt::format("at seq {} the blocks make {} items and {} orders, {}; the manifest names {} and {}, {}",
                             manifest.seq, here.items, here.orders, text_of(here.digest), manifest.items,
                             manifest.orders, text_of(manifest.digest)));
  }
}

Manifest Inspection::manifest() const {
  return {.store = walk_.store(),
          .block = walk_.audit().block_no(),
          .seq = walk_.applied(),
          .hash = walk_.audit().block_hash(),
          .at = walk_.at(),
          .digest = walk_.digest(),
          .items = walk_.items().size(),
          .orders = walk_.orders().last().value()};
}

bool Inspection::sound() const {
  const auto all = checks();
  return std::all_of(all.begin(), all.end(), [](const Check& check) { return check.ok; });
}

std::vector<Check> Inspection::checks() const {
  const auto named = std::min(damaged_.size(), kNamedMax);
  auto names = fmt::format("{}", fmt::join(damaged_.begin(), damaged_.begin() + static_cast<long>(named), "; "));
  if (damaged_.size() > named) names += fmt::format("; and {} more", damaged_.size() - named);
  std::vector<Check> all{
      {"blocks", damaged_.empty(), damaged_.empty() ? fmt::format("{} match their hashes", blocks_) : names}};
  const auto books = walk_.audit().books();
  all.insert(all.end(), books.begin(), books.end());
  if (compared_) {
    all.push_back(manifest_.check("manifest", "it describes these blocks"));
    all.push_back(digests_.check("digests", fmt::format("{} at seq {}", text_of(walk_.digest()), walk_.applied())));
  }
  return all;
}

}  // namespace books
