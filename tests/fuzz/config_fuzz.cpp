// Reads any bytes as a configuration file. The result is settings with a name, a value and a place, or a one-line
// error.
#include <sys/mman.h>
#include <unistd.h>

#include "cli/options_file.h"
#include "tests/fuzz/fuzz.h"

namespace {

// A file in memory with a path, so that no disk is written.
std::string file_with(std::string_view text) {
  static const int fd = ::memfd_create("config", 0);
  CHECK(fd >= 0 && ::ftruncate(fd, 0) == 0 && ::pwrite(fd, text.data(), text.size(), 0) >= 0);
  return fmt::format("/proc/self/fd/{}", fd);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto path = file_with({reinterpret_cast<const char*>(data), size});
  const auto settings = cli::read_settings(path);
  if (!settings) {
    CHECK(settings.error().message.find(path) != std::string::npos, "the error names no place: '{}'",
          settings.error().message);
    return 0;
  }
  for (const auto& each : *settings) {
    CHECK(each.place.rfind(path + ":", 0) == 0, "a setting names the wrong place: '{}'", each.place);
    CHECK(each.key.size() + each.value.size() <= 2 * size + 32, "the setting '{}' is longer than its text", each.key);
  }
  return 0;
}
