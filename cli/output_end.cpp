#include "cli/output_end.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/notice.h"

namespace cli {
namespace {

bool reader_has_left(int error) {
  pollfd pipe{STDOUT_FILENO, POLLOUT, 0};
  return error == EPIPE || (::poll(&pipe, 1, 0) == 1 && (pipe.revents & POLLERR) != 0);
}

}  // namespace

void keep_standard_descriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) != -1) continue;
    // The lowest descriptor that is free is `fd`, because all below it are open.
    [[maybe_unused]] const int opened = ::open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY);
  }
}

int output_failed(int error) {
  if (reader_has_left(error)) return kClosedPipe;
  base::notice("pygmy: standard output cannot be written: {}; a change that the command made has taken effect\n",
               error == 0 ? "its end is lost" : std::strerror(error));
  return kOutputLost;
}

int end_output(int exit_code) {
  errno = 0;
  const bool written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  if (written || exit_code != 0) return exit_code;
  const int failed = output_failed(errno);
  return failed == kClosedPipe ? 0 : failed;
}

}  // namespace cli
