// Asks whether a file or directory that holds secrets is private. Threads: any. Tests: tests/base/private_file_test.cpp
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <string>

namespace base {

// Returns whether others than its owner may use a file, or a directory, that this process's user owns. The user of a
// secret can then mend its mode, so the caller refuses it, as ssh does. A file of another user is not refused: a secret
// that root mounts into a container has the mode 0444 and cannot be changed there, and its container guards it.
inline bool is_exposed(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && info.st_uid == ::geteuid() && (info.st_mode & (S_IRWXG | S_IRWXO)) != 0;
}

}  // namespace base
