// The topics and attributes of an item (msg::Topics, msg::Attributes) for people, and as cells of a CSV file.
//
// In a cell, `;` is between two of them, and `=` between a name and its value. A backslash stands before such a
// character, or before a backslash, that is part of a text.
//
// Threads: none. Tests: tests/tasks/details_test.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "msg/types.h"

namespace tasks {

// The threshold; empty for none.
std::string low_cell(const msg::Item& item);
// "travel;maps"; empty for none.
std::string topics_cell(const std::optional<msg::Topics>& topics);
// "colour=red;size=a \= b"; empty for none.
std::string attributes_cell(const std::optional<msg::Attributes>& attributes);

// Both read such a cell. An empty cell means none. The cell may still tell what is invalid: msg::fault_of.
std::optional<msg::Topics> read_topics(std::string_view cell);
base::Result<std::optional<msg::Attributes>> read_attributes(std::string_view cell);

// Reads NAME=VALUE of a command line. The first `=` ends the name; nothing is escaped.
base::Result<std::pair<std::string, std::string>> read_attribute(const std::string& text);

// The request's changes that make `wanted` of `now`; nothing if they are equal.
std::optional<msg::AttributeChanges> changes_of(const std::optional<msg::Attributes>& wanted,
                                                const std::optional<msg::Attributes>& now);

// Prints the topics, the threshold, the attributes and the description below the line of an item, each in lines of its
// own.
void print_details(const msg::Item& item);

}  // namespace tasks
