// Files that are on the medium, and not only in the page cache: those that this process writes, and those that it
// finds.
//
// A process that starts must not trust the data of an earlier process before they are on the medium. It is not enough
// that they are in the page cache (ADR 21).
//
// After a failed sync, Linux counts the pages as written: reads still show them, the next sync succeeds, and a power
// cut removes them. Only writing the same bytes again brings them to the medium.
//
// Errors: std::runtime_error with the file and the system's message. Threads: none. Tests: tests/disk/durable_test.cpp.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>

namespace disk {

// Syncs a file or a directory. It is no error if a file system cannot sync directories.
void sync(const std::filesystem::path& path);

// Writes PATH.new and renames it, so after a crash `path` holds the old text or the new one, never a part. If `synced`,
// that is so after a power cut, too, and the new text is on the medium afterwards.
void write_whole(const std::filesystem::path& path, std::string_view text, bool synced);

// Writes every byte of the file again, in its place, and syncs the file. Nobody else may change the file meanwhile.
void write_again(const std::filesystem::path& file);

// Writes a SQLite database in WAL mode again, before it is opened; only its one writer may do this. The log is written
// again, because it holds everything committed since the last checkpoint with a successful sync. The database file is
// only synced: SQLite copies the log into it again at the next checkpoint, and had synced the rest before it dropped an
// earlier log. Files that do not exist are skipped.
void write_database_again(const std::filesystem::path& database);

// Fills the log of a SQLite database in WAL mode with zeros up to `bytes`, and syncs it. SQLite takes the zeros for the
// end of the log and writes over them. The sync of a commit is then spared the file system's own records, which a file
// that grows needs (ADR 47). Only the database's one writer may call this, between two commits. Does nothing if there
// is no log, if it is as long already, or if it would take more than a sixteenth of the disk's room.
void lengthen_log(const std::filesystem::path& database, std::size_t bytes);

}  // namespace disk
