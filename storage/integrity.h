// Looks at the file of a view as it is, while a replica may be writing it: pages, tables, and indexes against tables.
//
// The digests of a view are sums over its rows (ADR 20). They do not show an index that leaves rows out, or a page that
// is damaged and was not read yet.
// A look keeps the log of the file from being moved into it, so the log grows for as long as the look takes.
// Threads: none. Tests: tests/catalog/integrity_test.cpp.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <memory>
#include <optional>
#include <string>

namespace storage {

// Read only. Throws std::runtime_error if it is not a file of this kind of view (FileKind::application_id).
std::unique_ptr<SQLite::Database> open_to_look(const std::string& path, std::int32_t application_id);

// The first fault that PRAGMA integrity_check finds; nothing: there is none. Full-text indexes are not looked into.
std::optional<std::string> fault_of(SQLite::Database& db);

}  // namespace storage
