// The places of an item (msg::Places) for people, and as a cell of a CSV file.
//
// Threads: none. Tests: tests/tasks/places_test.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "msg/types.h"

namespace tasks {

// "89 at main, 4 at annex, 7 at north"; empty for an item that has all its pieces at `main`.
std::string text_of(base::Quantity stock, const std::optional<msg::Places>& places);
// "-7 at annex, +7 at north": what moves, or moved, without `main`.
std::string changes_of(const msg::Places& places);

// "annex=4;north=7"; empty if all pieces are at `main`. A backslash precedes each ; and each backslash of a name.
std::string places_cell(const std::optional<msg::Places>& places);
// Reads such a cell, in any order. The places may still be invalid: msg::fault_of.
base::Result<std::optional<msg::Places>> read_places(std::string_view cell);

}  // namespace tasks
