// FileState: tells one state of a file from another one, so that a file is read again only if it has changed. Private
// to bridge/. Threads: any. Tests: tests/bridge/certificate_test.cpp, tests/bridge/courier_test.cpp
#pragma once

#include <sys/stat.h>

#include <string>

namespace bridge {

struct FileState {
  timespec changed{};
  ino_t inode = 0;
  off_t bytes = 0;
  friend bool operator==(const FileState& a, const FileState& b) {
    return a.changed.tv_sec == b.changed.tv_sec && a.changed.tv_nsec == b.changed.tv_nsec && a.inode == b.inode &&
           a.bytes == b.bytes;
  }
};

// All 0 if there is no such file. Take the state before the file is read, so that a change meanwhile is seen later.
inline FileState file_state(const std::string& file) {
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0) return {};
  return {found.st_mtim, found.st_ino, found.st_size};
}

}  // namespace bridge
