// ServiceManager: tells the program that started this process, e.g. systemd, how the process is (sd_notify(3)).
//
// A message is one datagram to the socket that NOTIFY_SOCKET names (docs/adr/0052-a-package-and-units.md says why
// without a library). Without that variable nothing is sent. Messages: READY=1 once, when the process serves;
// STOPPING=1 once, when it stops; WATCHDOG=1 from its loop, twice in each period that WATCHDOG_USEC names, so that the
// manager restarts a process whose loop hangs.
//
// Bounds: a message that the manager does not take at once is sent again in a later round; nothing waits for it.
// Threads: the loop's. Construct it before other threads start and before children are forked: it takes its variables
// out of the environment, so that no child speaks for this process. Tests: tests/process/test_service.py
#pragma once

#include <string>

#include "base/time.h"

namespace process {

class ServiceManager {
 public:
  ServiceManager();
  ~ServiceManager();
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  bool listens() const { return socket_ >= 0; }
  // Call it in every round of the loop. It sends what is due. A process that has served stays ready.
  void tell(bool serves, bool stops, base::Mono now);

 private:
  bool send(const std::string& message) const;

  int socket_ = -1;  // connected to the manager's; -1: nobody listens
  base::Duration ping_every_{};
  base::Mono ping_at_{};
  bool told_ready_ = false;
  bool told_stop_ = false;
};

}  // namespace process
