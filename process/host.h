// A process and its machine: names, limits, directories, and files that are written durably.
#pragma once

#include <string>

#include "base/core.h"

namespace process {

// Returns the endpoint that others are told for `listen`: a wildcard host is replaced by this machine's name.
base::Endpoint advertised(const base::Endpoint& listen);

// Raises the descriptor limit to the hard limit, for this process and its children.
void raise_descriptor_limit();

// A crash of this process and of its children leaves no copy of their memory, which holds keys, tokens and customers.
// `prlimit --pid PID --core=unlimited` allows one.
void leave_no_core_dumps();

// Throws std::runtime_error, with a line that says what to do, unless `path` is a directory that this user may write.
void require_directory(const std::string& path);

// From now on only this user may read the files that this process creates (0600, directories 0700), because they hold
// customers' names and orders. SQLite gives the -wal and -shm files the mode of their database.
void keep_files_private();

// Writes a whole file durably: it writes PATH.new, syncs it and renames it. After a crash `path` holds the old text or
// the new one, never a part. Throws std::runtime_error.
void write_durably(const std::string& path, const std::string& text);

// Writes one line to a descriptor, for callers that must neither wait nor fail. If there is no room for the line (a
// full disk, a pipe that nobody reads), the line is lost.
void print_line(int fd, std::string line);

// Creates the directory durably if only the last component of `path` is missing: a mistyped path must not create a
// tree. Throws std::runtime_error.
void make_directory(const std::string& path);

}  // namespace process
