#include "process/process_id.h"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace process {
namespace {

struct Stat {
  char state = 0;  // 0: not readable
  std::uint64_t start = 0;
};

// The file holds "PID (NAME) STATE ...". The name may hold any character, also blanks and parentheses.
Stat stat_of(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream rest(text.substr(name_end + 1));
  Stat stat;
  rest >> stat.state;
  constexpr int kBetween = 18;  // fields 4 to 21
  std::string skipped;
  for (int i = 0; i < kBetween; ++i) rest >> skipped;
  rest >> stat.start;
  return rest ? stat : Stat{};
}

}  // namespace

std::uint64_t process_start(pid_t pid) { return stat_of(pid).start; }

bool is_running(pid_t pid, std::uint64_t start) {
  if (pid <= 0 || (::kill(pid, 0) != 0 && errno != EPERM)) return false;
  const auto stat = stat_of(pid);
  if (stat.state == 'Z' || stat.state == 'X') return false;
  return start == 0 || stat.start == 0 || stat.start == start;
}

}  // namespace process
