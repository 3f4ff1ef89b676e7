// Room: says whether a disk still has room for what is about to be written.
//
// SQLite rolls a transaction back if its commit finds no room. So an owner that wants to keep an open transaction
// checks first. The check does not see a quota or a limit of the process, and others may fill the disk between the
// check and the write. Threads: none. Tests: tests/disk/room_test.cpp.
#pragma once

#include <cstdint>
#include <filesystem>

namespace disk {

// Returns true if the file system of `directory` has `bytes` free for this process's user, or if that is unknown.
bool has_room(const std::filesystem::path& directory, std::uint64_t bytes);

}  // namespace disk
