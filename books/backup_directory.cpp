#include "books/backup_directory.h"

#include <fmt/format.h>

#include <filesystem>

#include "disk/durable.h"

namespace books {
namespace {

constexpr auto kOtherStore =
    "the broker is of another store, or its journal is an older copy; back it up into a directory of its own";

// Says what is wrong with the block that the manifest names as its end. Empty: the archive has it.
std::string wrong_with_end(const backup::Archive& archive, const Manifest& manifest) {
  if (!manifest.block) return "is not a block number";
  const auto rows = archive.read(base::BlockNo(manifest.block.value() - 1), 1);
  if (!rows) return fmt::format("cannot be read: {}", rows.error().message);
  if (rows->empty() || rows->front().no != manifest.block) return "is not there";
  const auto block = msg::decode_block(rows->front().bytes);
  if (!block) return fmt::format("cannot be read: {}", block.error().message);
  if (block->no == manifest.block && block->last() == manifest.seq && block->hash.bytes == manifest.hash) return {};
  return "is not the block that the manifest names";
}

}  // namespace

base::Result<Backup> open_backup(const std::string& directory) {
  auto manifest = whole_backup(directory);
  if (!manifest) return base::fail(manifest.error().message);
  auto archive = std::make_unique<backup::Archive>(blocks_file(directory), backup::Archive::Mode::kRead);
  if (const auto wrong = wrong_with_end(*archive, *manifest); !wrong.empty()) {
    return base::fail(
        fmt::format("{} is not a sound backup: block {}, the last one of its manifest, {}; see: pygmy verify {}",
                    directory, manifest->block, wrong, directory));
  }
  return Backup{std::move(*manifest), std::move(archive)};
}

void sync_backup(const std::string& directory) {
  const auto place = std::filesystem::canonical(directory);
  for (const auto& file : std::filesystem::directory_iterator(place)) {
    if (file.is_regular_file()) disk::sync(file.path());
  }
  disk::sync(place);
  disk::sync(place.parent_path());
}

base::Result<void> check_same_stream(const backup::End& end, const msg::ReplayReply& reply) {
  if (reply.blocks.empty()) {
    return base::fail(fmt::format("the broker's stream ends with seq {}, but this backup has seq {}: {}", reply.commit,
                                  end.last, kOtherStore));
  }
  const auto block = msg::decode_block(reply.blocks.front().bytes);
  if (block && block->hash.bytes == end.hash) return {};
  return base::fail(fmt::format("block {} of the broker differs from that of this backup: {}", end.block, kOtherStore));
}

}  // namespace books
