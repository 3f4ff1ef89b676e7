// Looks at a catalog.db as it is, while its replica may be writing it: does a search find what a new index would find?
//
// A full-text index of the titles that are there is made beside the file, in SQLite's temporary storage (about as large
// as the index in the file), and the two are compared: every word of every title with its place, and the items that
// each beginning of a word finds, which has an index of its own.
// Threads: none. Tests: tests/catalog/integrity_test.cpp.
#pragma once

#include <optional>
#include <string>

namespace catalog {

// The first fault of the file (storage/integrity.h) or of its full-text index; nothing: there is none. Throws
// std::runtime_error if it is not a catalog.db.
std::optional<std::string> fault_of_file(const std::string& path);

}  // namespace catalog
