// Checks the file of a view, while a replica may be writing it: pages, tables, and indexes against tables.
//
// The digests of a view are sums over its rows (ADR 20). They do not show an index that lacks rows, or a damaged page
// that nobody has read. During a check the file's log cannot be moved into it, so the log grows.
// Threads: none. Tests: tests/catalog/integrity_test.cpp.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <optional>
#include <string>

namespace storage {

// Returns the first fault that PRAGMA integrity_check finds or, if there is none, the fault of `rows`. The pragma does
// not check full-text indexes. Throws std::runtime_error if the file is not a view of this kind
// (FileKind::application_id).
std::optional<std::string> fault_of_file(const std::string& path, std::int32_t application_id,
                                         std::optional<std::string> (*rows)(SQLite::Database& db));

}  // namespace storage
