// Ports for one test. No other test of this machine gets them: they are below the ports that the kernel gives to
// clients, and a lock is held on their block, as tests/process/store.py does it. The destructor gives them back.
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>

#include "base/file_lock.h"
#include "base/random.h"

namespace support {

class Ports {
 public:
  static constexpr int kFirst = 10'000;  // the constants are those of tests/process/store.py
  static constexpr int kEnd = 32'000;
  static constexpr int kBlock = 72;

  Ports() {
    do {
      first_ = kFirst + kBlock * static_cast<int>(base::entropy() % ((kEnd - kFirst) / kBlock));
    } while (!take());
  }
  int at(int index) const { return first_ + index; }  // 0 <= index < kBlock

 private:
  bool take() {
    try {
      lock_.emplace(std::filesystem::temp_directory_path() / ("pygmy-ports-" + std::to_string(first_)));
    } catch (const std::runtime_error&) {
      return false;  // another test has them
    }
    for (int port = first_; port < first_ + kBlock; ++port) {
      if (!is_free(port)) return false;
    }
    return true;
  }
  static bool is_free(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool free = ::bind(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(probe);
    return free;
  }

  int first_ = 0;
  std::optional<base::FileLock> lock_;
};

}  // namespace support
