#include "base/host.h"

#include <fmt/format.h>
#include <unistd.h>

#include <climits>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace base {
namespace {

std::string first_line(const char* path) {
  std::string line;
  std::getline(std::ifstream(path), line);
  return line;
}

// FNV-1a: the same text gives the same hash in every process. It protects no secret.
std::uint64_t hashed(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

}  // namespace

std::string host_name() {
  char name[HOST_NAME_MAX + 1] = {};
  ::gethostname(name, HOST_NAME_MAX);
  return name;
}

std::string host_id() {
  std::error_code ignored;
  const auto mounts = std::filesystem::read_symlink("/proc/self/ns/mnt", ignored).string();
  return fmt::format("{:016x}", hashed(first_line("/etc/machine-id") + first_line("/proc/sys/kernel/random/boot_id") +
                                       host_name() + mounts));
}

}  // namespace base
