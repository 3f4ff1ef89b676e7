#include "disk/in_place.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace disk {

InPlace::InPlace(const std::filesystem::path& database) {
  for (const auto* end : {"", "-wal", "-shm"}) {
    const auto path = std::filesystem::absolute(database).string() + end;
    struct stat found {};
    if (::stat(path.c_str(), &found) == 0) files_.push_back({path, found.st_dev, found.st_ino});
  }
}

std::optional<std::string> InPlace::fault() const {
  for (const auto& file : files_) {
    struct stat found {};
    if (::stat(file.path.c_str(), &found) != 0) return fmt::format("{}: {}", file.path, std::strerror(errno));
    if (found.st_dev != file.device || found.st_ino != file.inode) {
      return fmt::format("{}: another file is in its place", file.path);
    }
  }
  return std::nullopt;
}

}  // namespace disk
