// The file of SqliteJournal and of SqliteArchive: its tables, and the checks before a broker may use it.
//
// Errors: std::runtime_error with a line that says what to do.
// Threads: see sqlite_journal.h.
#pragma once

#include <SQLiteCpp/Database.h>

#include <filesystem>

#include "broker/journal.h"

namespace broker {

constexpr int kJournalId = 0x50594a4c;  // the file's application id: "PYJL"
constexpr int kJournalFormat = 1;

// 4 MiB at a time are moved while commits go on.
constexpr int kCheckpointPages = 1000;
// The length of the log from the beginning: kCheckpointPages pages, and those that come during a checkpoint.
constexpr std::size_t kLogBytes = 5 * 1024 * 1024;

// Opens the database for writing. Creates it if it does not exist, and refuses it if another program or a newer release
// wrote it. All its content is on the medium then: what an earlier process left in the log is written again (ADR 21).
// disk::Checkpoints moves the log into the file.
SQLite::Database open_journal(const std::filesystem::path& file);

// Reads the tail after checking the last `verify_blocks` blocks. The term is that of the last opening.
Tail check_journal(SQLite::Database& database, const std::filesystem::path& file, int verify_blocks);

// The same for an archive, which has no term, and only the store of the control record.
Tail check_blocks(SQLite::Database& database, const std::filesystem::path& file, int verify_blocks);

// Puts the control record into the open transaction. Throws SQLite::Exception.
void keep_control(SQLite::Database& database, const msg::Control& control);

// The random id of an archive. It is made durably at the first call. A copy of the file has the same id, a new file
// another one. `file` is for the error.
std::string disk_of(SQLite::Database& database, const std::filesystem::path& file);

// Raises the term by one, durably.
base::Term raise_term(SQLite::Database& database, const std::filesystem::path& file, base::Term last);

}  // namespace broker
