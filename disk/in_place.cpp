#include "disk/in_place.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace disk {

InPlace::InPlace(const std::filesystem::path& database) {
  for (const auto* end : {"", "-wal", "-shm"}) {
    const auto path = std::filesystem::absolute(database).string() + end;
    if (const auto id = base::file_id(path)) files_.push_back({path, *id});
  }
}

std::optional<std::string> InPlace::fault() const {
  for (const auto& file : files_) {
    const auto id = base::file_id(file.path);
    if (!id) return fmt::format("{}: {}", file.path, std::strerror(errno));
    if (*id != file.id) return fmt::format("{}: another file is in its place", file.path);
  }
  return std::nullopt;
}

}  // namespace disk
