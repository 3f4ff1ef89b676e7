// The file of SqliteJournal and of SqliteArchive: its tables, and what has to be true of it before a broker may go on.
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

// A checkpoint delays the commit that sets it off: 4 MiB at a time is some milliseconds every second under full load.
constexpr int kCheckpointPages = 1000;

// Opens the database for writing, made if it is not there, refused if it is somebody else's or a newer program's. All
// that it holds is on the medium then: what an earlier process left in the log is written again (ADR 21). Its log is
// moved into it by disk::Checkpoints.
SQLite::Database open_journal(const std::filesystem::path& file);

// What the journal holds, after checking its last `verify_blocks` blocks; the term is that of the last opening.
Tail check_journal(SQLite::Database& database, const std::filesystem::path& file, int verify_blocks);

// The same of an archive, which has no term, and of the control record the store alone.
Tail check_blocks(SQLite::Database& database, const std::filesystem::path& file, int verify_blocks);

// In the transaction that is open. Throws SQLite::Exception.
void keep_control(SQLite::Database& database, const msg::Control& control);

// The random id of an archive, made durably when it is first asked for: a copy of the file has the same, a file that
// was made anew another one. `file` is for the error.
std::string disk_of(SQLite::Database& database, const std::filesystem::path& file);

// One more, durably.
base::Term raise_term(SQLite::Database& database, const std::filesystem::path& file, base::Term last);

}  // namespace broker
