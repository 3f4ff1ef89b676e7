// Checks the file of a view, while a replica may be writing it: pages, tables, and indexes against tables.
//
// The digests of a view are sums over its rows (ADR 20). They do not show an index that lacks rows, or a damaged page
// that nobody has read. During a check the file's log cannot be moved into it, so the log grows.
// Threads: none. Tests: tests/catalog/integrity_test.cpp.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <memory>
#include <optional>
#include <string>

namespace storage {

// Opens the file for reading only. Throws std::runtime_error if it is not a view of this kind
// (FileKind::application_id).
std::unique_ptr<SQLite::Database> open_to_look(const std::string& path, std::int32_t application_id);

// The first fault that PRAGMA integrity_check finds; nothing if there is none. It does not check full-text indexes.
std::optional<std::string> fault_of(SQLite::Database& db);

}  // namespace storage
