#include "up/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "process/host.h"
#include "process/process_id.h"

namespace up {
namespace {

constexpr const char* kSelf = "/proc/self/exe";
constexpr std::streamoff kTailBytes = 4096;

// The C library keeps up to this many freed pieces of each size at hand for each thread, instead of 7. A round of a
// loop frees the requests of hundreds of clients at once, so this saves 4 to 8 % of the processor time of an order,
// for at most 32 MB of memory. It can be set only before a program starts.
constexpr const char* kTunables = "GLIBC_TUNABLES";
constexpr const char* kKeptAtHand = "glibc.malloc.tcache_count=1000";

// The path of this program when it started. Another release may have replaced the file since.
const std::string& own_path() {
  static const std::string path = [] {
    std::error_code error;
    const auto file = std::filesystem::read_symlink(kSelf, error);
    return error ? std::string(kSelf) : file.string();
  }();
  return path;
}

void redirect(const char* log) {
  const int nothing = ::open("/dev/null", O_RDONLY);
  const int file = ::open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);
  if (nothing >= 0) ::dup2(nothing, STDIN_FILENO);
  if (file >= 0) {
    ::dup2(file, STDOUT_FILENO);
    ::dup2(file, STDERR_FILENO);
  }
  if (nothing > STDERR_FILENO) ::close(nothing);
  if (file > STDERR_FILENO) ::close(file);
}

// The message in a line of the log (base/log.h). A line that is no such line is all message.
std::string message_of(const std::string& line) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (json.is_object() && json.contains("message") && json["message"].is_string()) return json["message"];
  const auto bar = line.find(" | ");
  return bar == std::string::npos ? line : line.substr(bar + 3);
}

void run_first(const std::function<void()>& first) {
  try {
    first();
  } catch (const std::exception& error) {
    process::print_line(STDERR_FILENO, error.what());
    ::_exit(1);
  }
}

// Runs `program`, or `otherwise` if that fails. `otherwise` may be null.
[[noreturn]] void exec_child(const char* program, const char* otherwise, char* const* arguments) {
  ::execvp(program, arguments);
  if (otherwise) ::execv(otherwise, arguments);
  ::_exit(127);
}

// An ignored SIGHUP stays so, as nohup wants it.
void forget_handlers() {
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction action {};
    const bool has_handler = ::sigaction(number, nullptr, &action) == 0 && action.sa_handler != SIG_IGN;
    if (has_handler || number == SIGPIPE) ::signal(number, SIG_DFL);
  }
}

void become_child(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(1);  // the parent died before the line above
  ::setpgid(0, 0);
  ::signal(SIGTTOU, SIG_IGN);  // it is in the background now, and `stty tostop` would stop it when it prints
  forget_handlers();
}

}  // namespace

pid_t fork_child() {
  sigset_t all, before;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) {
    become_child(parent);
    sigemptyset(&before);
  }
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  return pid;
}

int Child::start(base::Mono now, const ChildStart& how) {
  const bool own = plan_.program.empty();
  const char* program = own ? own_path().c_str() : plan_.program.c_str();
  std::vector<char*> arguments{const_cast<char*>(own ? "pygmy" : program)};
  for (const auto& argument : plan_.arguments) arguments.push_back(const_cast<char*>(argument.c_str()));
  for (const auto& argument : how.more) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const pid_t pid = fork_child();
  if (pid < 0) {
    restart_.hold(Restart::kNoProcess, now);
    return errno;
  }
  if (pid == 0) {  // it may allocate here, because the parent has a single thread
    redirect(log_.c_str());
    ::setenv(kTunables, kKeptAtHand, 0);  // those of the operator stay
    ::unsetenv("PYGMY_BROKERS");          // may be of another store; the plan names those of this one
    if (how.first) run_first(how.first);
    exec_child(program, own ? kSelf : nullptr, arguments.data());
  }
  pid_ = pid;
  started_ = process::process_start(pid);
  restart_.started(now);
  if (started_before_) ++restarts_;
  started_before_ = true;
  return 0;
}

void Child::died(int status, base::Mono now) {
  restart_.ended(end_of(status, plan_.program.empty()), now);
  pid_ = 0;
}

void Child::signal(int number) const {
  if (running()) ::kill(pid_, number);
}

std::string Child::last_words() const {
  std::ifstream file(log_, std::ios::ate);
  const std::streamoff size = file.tellg();
  file.seekg(std::max<std::streamoff>(0, size - kTailBytes));
  std::string last;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty()) last = line;
  }
  return message_of(last);
}

bool wrap_log(const std::string& log, std::uintmax_t bytes_max, unsigned files) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(log, error);
  if (error || bytes <= bytes_max) return true;
  const auto copy = log + ".new";
  const auto old = [&](unsigned number) { return fmt::format("{}.{}", log, number); };
  std::filesystem::copy_file(log, copy, std::filesystem::copy_options::overwrite_existing, error);
  for (auto number = files; number > 1 && !error; --number) {
    if (std::filesystem::exists(old(number - 1), error)) std::filesystem::rename(old(number - 1), old(number), error);
  }
  if (!error) std::filesystem::rename(copy, old(1), error);
  if (!error) std::filesystem::resize_file(log, 0, error);
  const bool done = !error;
  if (!done) std::filesystem::remove(copy, error);  // half a copy must not fill the disk
  return done;
}

std::string describe_end(int status) {
  if (WIFSIGNALED(status))
    return fmt::format("killed by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
  return fmt::format("ended with exit code {}", WEXITSTATUS(status));
}

}  // namespace up
