// What is believed of a file when a process starts must be on the medium, not in the page cache alone (ADR 21).
//
// After a sync that failed, Linux takes the pages for written: reads still show them, the next sync succeeds, and a
// power cut takes them. Only writing the same bytes once more brings them to the medium.
//
// Errors: std::runtime_error with the file and the system's word. Threads: none. Tests: tests/disk/durable_test.cpp.
#pragma once

#include <filesystem>

namespace disk {

// Syncs a file or a directory. A file system that cannot sync directories is no error.
void sync(const std::filesystem::path& path);

// Writes every byte of the file once more, in its place, and syncs it. Bytes of a file that nobody else changes.
void write_again(const std::filesystem::path& file);

// A SQLite database in WAL mode, before it is opened; only its one writer may do this. The log is written again: it has
// all that was committed since the last checkpoint whose sync succeeded. The database file is synced only: SQLite
// copies the log into it once more at the next checkpoint, and had synced the rest before it gave up an earlier log.
// Files that are not there are left out.
void write_database_again(const std::filesystem::path& database);

}  // namespace disk
