// Checks that the full-text index in a catalog.db agrees with the titles in it. The replica may be writing the file.
//
// It makes a new index of the same titles in SQLite's temporary storage, which takes about as much room as the index in
// the file. Then it compares the two indexes: every word of every title with its place, and, for each beginning of a
// word (which has an index of its own), the items that it finds.
// Threads: none. Tests: tests/catalog/integrity_test.cpp.
#pragma once

#include <optional>
#include <string>

namespace catalog {

// Returns the first fault of the file (storage/integrity.h) or of its full-text index, or nothing. Throws
// std::runtime_error if the file is not a catalog.db.
std::optional<std::string> fault_of_file(const std::string& path);

}  // namespace catalog
