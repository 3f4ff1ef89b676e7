#include "base/event_fd.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <stdexcept>

#include "base/check.h"

namespace base {

EventFd::EventFd() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (fd_ < 0) throw std::runtime_error(fmt::format("cannot make an eventfd: {}", std::strerror(errno)));
}

EventFd::~EventFd() { ::close(fd_); }

// EAGAIN means that the counter is full, so the eventfd is readable already.
void EventFd::raise() {
  const std::uint64_t once = 1;
  CHECK(::write(fd_, &once, sizeof once) == sizeof once || errno == EAGAIN, "eventfd: {}", std::strerror(errno));
}

void EventFd::clear() {
  std::uint64_t times = 0;
  CHECK(::read(fd_, &times, sizeof times) == sizeof times || errno == EAGAIN || errno == EINTR, "eventfd: {}",
        std::strerror(errno));
}

}  // namespace base
