// FileId: which file it is, whatever names it has. A path may name another file later; a descriptor goes on naming the
// one that was opened.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>

namespace base {

struct FileId {
  dev_t device;
  ino_t inode;
  friend bool operator==(const FileId&, const FileId&) = default;
};

// Nothing, with errno set, if there is no such file.
inline std::optional<FileId> file_id(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 ? std::optional(FileId{found.st_dev, found.st_ino}) : std::nullopt;
}
inline std::optional<FileId> file_id(int fd) {
  struct stat found {};
  return ::fstat(fd, &found) == 0 ? std::optional(FileId{found.st_dev, found.st_ino}) : std::nullopt;
}

}  // namespace base
