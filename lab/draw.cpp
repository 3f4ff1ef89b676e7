// The run of gnuplot.
#include <sys/wait.h>
#include <unistd.h>

#include "lab/plots.h"
#include "up/child.h"

namespace lab {
namespace {

constexpr int kNotFound = 127;

}  // namespace

Drawn draw(const std::string& directory) {
  const pid_t pid = up::fork_child();
  if (pid == 0) {
    if (::chdir(directory.c_str()) != 0) ::_exit(1);
    ::execlp("gnuplot", "gnuplot", kScript, static_cast<char*>(nullptr));
    ::_exit(kNotFound);
  }
  int status = 0;
  if (pid < 0 || ::waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) return Drawn::kFailed;
  if (WEXITSTATUS(status) == kNotFound) return Drawn::kNoGnuplot;
  return WEXITSTATUS(status) == 0 ? Drawn::kDone : Drawn::kFailed;
}

}  // namespace lab
