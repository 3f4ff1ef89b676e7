// The directory of a backup: a manifest, and the archive that it describes.
//
// A manifest alone proves nothing: it may lie beside an archive that was lost, cut short or exchanged. So whoever needs
// a backup opens both here, and gets nothing unless the archive has the very block that the manifest names as its end.
// The hash of that block stands for all blocks before it; that they are there and sound is for the reader to check, as
// it goes over them.
// Tests: tests/cli/backup_directory_test.cpp.
#pragma once

#include <memory>
#include <string>

#include "backup/archive.h"
#include "base/result.h"
#include "cli/manifest.h"
#include "msg/internal.h"

namespace cli {

struct Backup {
  Manifest manifest;
  std::unique_ptr<backup::Archive> archive;
};

inline std::string blocks_file(const std::string& directory) { return directory + "/blocks.db"; }

// An error says what is wrong with it. Throws std::runtime_error if the archive cannot be opened at all.
base::Result<Backup> open_backup(const std::string& directory);

// Brings the files of a backup to stable storage, and the entries of its directories: it may be a copy that was never
// synced. Throws std::runtime_error if it cannot.
void sync_backup(const std::string& directory);

// Whether the stream that a broker replays has the block with which the backup ends. Then both have the same blocks
// before it. `reply` is its answer to a replay from that block's last seq.
base::Result<void> check_same_stream(const backup::End& end, const msg::ReplayReply& reply);

}  // namespace cli
