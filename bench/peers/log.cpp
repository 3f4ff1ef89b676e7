// A bare log with group commit: as little as a durable buy can cost on this disk. Each round appends the records of all
// clients and makes them durable with one fdatasync. There are no clients, no network and no decisions. The file is
// allocated before and written again from its beginning, so that no flush writes the file's size. Prints one JSON line.
//
//   log_bench FILE INFLIGHT SECONDS BYTES
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "bench/peers/times.h"

namespace {

constexpr std::size_t kFileBytes = 64 * 1024 * 1024;

int open_log(const char* file) {
  const int fd = ::open(file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  const std::string zeros(1024 * 1024, '\0');
  for (std::size_t done = 0; done < kFileBytes; done += zeros.size()) {
    if (::write(fd, zeros.data(), zeros.size()) != static_cast<ssize_t>(zeros.size())) return -1;
  }
  return ::fsync(fd) == 0 ? fd : -1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: %s FILE INFLIGHT SECONDS BYTES\n", argv[0]);
    return 2;
  }
  const auto inflight = std::strtoul(argv[2], nullptr, 10);
  const std::string records(inflight * std::strtoul(argv[4], nullptr, 10), 'x');
  const int fd = open_log(argv[1]);
  peers::Times times;
  std::size_t at = 0;
  const auto begin = peers::Clock::now();
  const auto end = begin + std::chrono::duration<double>(std::atof(argv[3]));
  while (peers::Clock::now() < end) {
    const auto sent = peers::Clock::now();
    if (at + records.size() > kFileBytes) at = 0;
    if (::pwrite(fd, records.data(), records.size(), static_cast<off_t>(at)) != static_cast<ssize_t>(records.size()) ||
        ::fdatasync(fd) != 0) {
      std::perror(argv[1]);
      return 1;
    }
    at += records.size();
    for (std::size_t i = 0; i < inflight; ++i) times.add(sent);
  }
  times.print(std::chrono::duration<double>(peers::Clock::now() - begin).count());
  return 0;
}
