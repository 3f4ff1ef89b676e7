// ServiceManager: tells the program that started this process, e.g. systemd, how the process is (sd_notify(3)).
//
// A message is one datagram to the socket that NOTIFY_SOCKET names (docs/adr/0052-a-package-and-units.md says why
// without a library). Without that variable nothing is sent. Messages: READY=1 once, when the process serves; STATUS=
// with a text for people, when the text changes; STOPPING=1 once, when the process stops; WATCHDOG=1 from the loop,
// twice in each period that WATCHDOG_USEC names, so that the manager restarts a process whose loop hangs.
//
// Bounds: a name that is longer than the address of a socket is not used, and a period is between 20 ms and an hour. A
// status has at most kStatusBytesMax. A message that the manager does not take at once is sent again in a later round;
// nothing waits for it.
// Threads: the loop's. Construct it before other threads start and before children are forked: it takes its variables
// out of the environment, so that no child speaks for this process.
// Tests: tests/process/service_manager_test.cpp, tests/process/test_service.py
#pragma once

#include <algorithm>
#include <chrono>
#include <string>

#include "base/time.h"

namespace process {

struct Report {
  bool serves = false;
  bool stops = false;
  bool lives = true;   // false: another thread of the process hangs, so the watchdog is not told
  std::string status;  // one line
};

class ServiceManager {
 public:
  static constexpr std::size_t kStatusBytesMax = 256;
  static constexpr base::Duration kLookEvery = std::chrono::milliseconds(50);

  ServiceManager();
  ~ServiceManager();
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  // Returns whether tell() may have something to send. Ask it in every round of the loop.
  bool is_due(bool stops, base::Mono now) const { return socket_ >= 0 && (now >= look_at_ || (stops && !told_stop_)); }
  // Sends what is due. A process that has served stays ready.
  void tell(const Report& report, base::Mono now);
  // The time of the next WATCHDOG=1, for a loop that would sleep longer; far away if none is expected.
  base::Mono next_ping() const { return pings() ? std::max(ping_at_, look_at_) : base::Mono::max(); }

 private:
  bool pings() const { return ping_every_ > base::Duration{}; }
  bool send(const std::string& message);

  int socket_ = -1;      // -1: nobody is named
  std::string address_;  // as the kernel takes it: an abstract name begins with a zero byte
  base::Duration ping_every_{};
  base::Mono look_at_{};
  base::Mono ping_at_{};
  std::string told_status_;
  bool told_ready_ = false;
  bool told_stop_ = false;
  bool warned_ = false;
};

}  // namespace process
