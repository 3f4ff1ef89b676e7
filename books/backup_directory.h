// The directory of a backup: a manifest, and the archive that it describes.
//
// A manifest alone proves nothing: its archive may have been lost, cut short or exchanged. So open_backup() opens both,
// and fails unless the archive has the very block that the manifest names as its end. The hash of that block covers all
// blocks before it. The caller must check that those blocks are there and sound, as it reads them.
// Tests: tests/books/backup_directory_test.cpp.
#pragma once

#include <memory>
#include <string>

#include "backup/archive.h"
#include "base/result.h"
#include "books/manifest.h"
#include "msg/internal.h"

namespace books {

struct Backup {
  Manifest manifest;
  std::unique_ptr<backup::Archive> archive;
};

inline std::string blocks_file(const std::string& directory) { return directory + "/blocks.db"; }

// The error says what is wrong with the backup. Throws std::runtime_error if the archive cannot be opened.
base::Result<Backup> open_backup(const std::string& directory);

// Syncs the files of a backup, its directory and the directory above, because the backup may be a copy that was never
// synced. Throws std::runtime_error if a sync fails.
void sync_backup(const std::string& directory);

// Checks that the stream of a broker has the last block of the backup; then both have the same blocks before it.
// `reply`: the broker's answer to a replay from `end.last`.
base::Result<void> check_same_stream(const backup::End& end, const msg::ReplayReply& reply);

}  // namespace books
