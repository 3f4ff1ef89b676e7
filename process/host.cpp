#include "process/host.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "base/host.h"
#include "disk/durable.h"

namespace process {
namespace {

namespace fs = std::filesystem;

}  // namespace

base::Endpoint advertised(const base::Endpoint& listen) {
  const auto colon = listen.rfind(':');
  for (const char* any : {"tcp://*", "tcp://0.0.0.0"}) {
    if (listen.substr(0, colon) == any) return "tcp://" + base::host_name() + listen.substr(colon);
  }
  return listen;
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// The kernel pipes a dump to a program such as systemd-coredump whatever the limit is, unless it is 1 byte (core(5)).
void leave_no_core_dumps() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_CORE, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(1, limit.rlim_max);
  ::setrlimit(RLIMIT_CORE, &limit);
}

void keep_files_private() { ::umask(S_IRWXG | S_IRWXO); }

void require_directory(const std::string& path) {
  std::error_code error;
  if (!fs::exists(path, error)) {
    throw std::runtime_error(fmt::format("directory {} does not exist; create it first: mkdir -p {}", path, path));
  }
  if (!fs::is_directory(path, error)) throw std::runtime_error(fmt::format("{} is not a directory", path));
  if (::access(path.c_str(), W_OK | X_OK) != 0) {
    throw std::runtime_error(fmt::format("directory {} is not writable for this user; change its owner", path));
  }
}

void write_durably(const std::string& path, const std::string& text) { disk::write_whole(path, text, true); }

void print_line(int fd, std::string line) {
  line += '\n';
  pollfd writable{fd, POLLOUT, 0};
  if (::poll(&writable, 1, 0) != 1) return;
  [[maybe_unused]] const auto written = ::write(fd, line.data(), line.size());
}

void make_directory(const std::string& path) {
  std::error_code error;
  if (!fs::exists(path, error)) {
    const auto parent = fs::absolute(fs::path(path) / "").parent_path().parent_path();
    require_directory(parent.string());
    if (!fs::create_directory(path, error) && error) {
      throw std::runtime_error(fmt::format("cannot create directory {}: {}", path, error.message()));
    }
    disk::sync(parent);
  }
  require_directory(path);
}

}  // namespace process
