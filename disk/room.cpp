#include "disk/room.h"

#include <sys/statvfs.h>
#include <unistd.h>

namespace disk {

bool has_room(const std::filesystem::path& directory, std::uint64_t bytes) {
  struct statvfs state {};
  if (::statvfs(directory.c_str(), &state) != 0) return true;
  const auto blocks = ::geteuid() == 0 ? state.f_bfree : state.f_bavail;
  return blocks >= bytes / state.f_frsize + 1;
}

}  // namespace disk
