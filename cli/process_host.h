// What a process finds out about the machine it runs on, and what it must have there.
#pragma once

#include <string>

#include "base/core.h"

namespace cli {

// Names this host and its file system: two processes with the same host id can meet at an ipc path. Containers and
// `ip netns` share a kernel but not the paths, so the mount namespace is part of it.
std::string host_id();

std::string host_name();

// The endpoint that others are told for one we listen on: a wildcard host becomes this machine's name.
base::Endpoint advertised(const base::Endpoint& listen);

// As many descriptors as the system gives, for this process and those that it starts.
void raise_descriptor_limit();

// Throws std::runtime_error with a line that says what to do.
void require_directory(const std::string& path);

// From here on the files that this process makes are its user's alone (0600, directories 0700): they hold customers'
// names and orders. SQLite gives a database's -wal and -shm the mode of the database.
void keep_files_private();

// Writes a whole file: beside its place, flushed, and renamed, so that it is all there or as it was. Throws
// std::runtime_error.
void write_durably(const std::string& path, const std::string& text);

// One line to a descriptor, for those who must not stop or wait whatever becomes of it: a line for which there is no
// room, on a full disk or in a pipe that nobody reads, is lost.
void print_line(int fd, std::string line);

// Makes the last component if only that is missing, durably: a mistyped path must not grow a tree.
void make_directory(const std::string& path);

}  // namespace cli
