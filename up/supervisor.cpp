#include "up/supervisor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "base/log.h"
#include "process/host.h"
#include "process/process_id.h"
#include "process/up_state.h"
#include "up/ready.h"

namespace up {
namespace {

// A process stops before the processes that it needs.
constexpr std::array<const char*, 7> kStopOrder{"bridge", "frontend", "order", "catalog", "broker", "node", "etcd"};

// Under nohup SIGHUP is ignored, and this program must survive the end of the terminal. An ignored SIGINT means
// nothing: a shell without job control sets it for every process that it starts in the background.
bool hangup_is_ignored() {
  struct sigaction action {};
  return ::sigaction(SIGHUP, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

bool has_terminal() {
  const int terminal = ::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal >= 0) ::close(terminal);
  return terminal >= 0;
}

int take_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, number);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  const int fd = ::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
  if (fd < 0) throw std::runtime_error(fmt::format("cannot wait for signals: {}", std::strerror(errno)));
  return fd;
}

base::Mono clock_now() { return base::now().mono; }

// A line of the log of `up`.
template <class... Args>
void tell(fmt::format_string<Args...> format, Args&&... args) {
  const auto message = fmt::format(format, std::forward<Args>(args)...);
  process::print_line(STDOUT_FILENO, base::log::line(base::log::Level::kInfo, message));
}

}  // namespace

Supervisor::Supervisor(const UpOptions& options, std::string data, std::vector<ChildPlan> plans,
                       const EtcdCluster* etcd, process::ServiceManager& manager)
    : options_(options), manager_(manager), data_(std::move(data)), plans_(std::move(plans)), etcd_(etcd) {
  for (const auto& child : plans_) children_.emplace_back(child, data_ + "/log/" + child.instance + ".log");
}

int Supervisor::run() {
  hangup_stops_ = has_terminal() && !hangup_is_ignored();
  signals_ = take_signals();
  say(fmt::format("pygmy up: data in {}, logs in {}/log; Ctrl-C stops", options_.data, options_.data));
  for (auto& child : children_) start(child);
  start_ready_check();
  while (phase_ != Phase::kStopping || any_running()) {
    pollfd readable{signals_, POLLIN, 0};
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(until_next());
    ::poll(&readable, 1, static_cast<int>(wait.count()));
    on_signal();
    manager_.tell(report(), clock_now());
    if (phase_ == Phase::kStopping) {
      drive_stop();
    } else {
      start_due();
      if (!saved_ && clock_now() >= save_at_) save();
      wrap_logs();
    }
  }
  std::remove(process::up_state_path(data_).c_str());
  if (exit_code_ == 0) tell("stopped; start again with the same --data to continue");
  return exit_code_;
}

// For people, and for scripts that wait for `ready`: a line without a time, unless all lines are to be JSON.
void Supervisor::say(const std::string& text) const {
  process::print_line(STDOUT_FILENO, options_.log_json ? base::log::line(base::log::Level::kInfo, text) : text);
}

void Supervisor::start(Child& child) {
  ChildStart how;
  if (!may_start(child, how)) return child.hold(clock_now());
  make_directory_again(child.plan());
  if (const int error = child.start(clock_now(), how)) {
    if (std::exchange(no_process_, true)) return;
    return tell("{:<12} cannot be started: {}; `up` keeps trying", child.plan().instance, std::strerror(error));
  }
  no_process_ = false;
  tell("{:<12} pid {:<8} {:<28} {}", child.plan().instance, child.pid(), child.plan().endpoint,
       child.restarts() > 0 ? "started again" : "started");
  save();
}

// A process whose directory is gone fetches its data again from other processes. A broker with the SQLite journal
// cannot do so: it had the only journal.
void Supervisor::make_directory_again(const ChildPlan& plan) const {
  const bool is_the_only_one = plan.role == "broker" && options_.journal == "sqlite";
  if (plan.directory.empty() || plan.role == "etcd" || is_the_only_one) return;
  std::error_code ignored;  // the process itself reports a directory that it cannot use
  std::filesystem::create_directory(plan.directory, ignored);
}

// Decides whether a member of etcd starts with its own data, as a new member, or not at all. Prints a reason once.
bool Supervisor::may_start(Child& child, ChildStart& how) {
  using Start = EtcdVerdict::Start;
  if (etcd_ == nullptr || child.plan().role != "etcd") return true;
  const auto verdict = etcd_->verdict(child.plan());
  auto& said = held_[child.plan().instance];
  if (said != verdict.why && !verdict.why.empty()) tell("{:<12} {}", child.plan().instance, verdict.why);
  said = verdict.why;
  if (verdict.start == Start::kAnew) {
    how.more = {"--initial-cluster-state", "existing"};
    how.first = [this, &child] { etcd_->rejoin(child.plan()); };
  }
  return verdict.start != Start::kNot;
}

void Supervisor::start_due() {
  const auto now = clock_now();
  for (auto& child : children_) {
    const bool wanted = !options_.no_restart || !child.started_before();
    if (!child.running() && wanted && now >= child.restart_at()) start(child);
  }
  if (phase_ == Phase::kStarting && check_ == 0 && check_restart_.due(now)) start_ready_check();
}

void Supervisor::start_ready_check() {
  check_ = fork_child();
  if (check_ < 0) {
    check_ = 0;
    return check_restart_.hold(Restart::kNoProcess, clock_now());
  }
  check_restart_.started(clock_now());
  if (check_ != 0) return;
  ::_exit(check_ready(options_, plans_));
}

// The members of etcd get no SIGHUP, because it would end them.
void Supervisor::reopen_logs() const {
  base::log::reopen();
  for (const auto& child : children_) {
    if (child.plan().role != "etcd") child.signal(SIGHUP);
  }
}

void Supervisor::wrap_logs() {
  const auto now = clock_now();
  if (now < wrap_at_) return;
  for (const auto& child : children_) {
    if (!wrap_log(child.log(), options_.log_bytes, options_.log_files)) wrap_at_ = now + kWrapAgain;
  }
}

base::Duration Supervisor::until_next() const {
  const auto now = clock_now();
  auto next = now + std::chrono::seconds(1);
  if (phase_ == Phase::kStopping) {
    next = std::min(kill_at_, ask_again_at_);
  } else {
    for (const auto& child : children_) {
      if (!child.running() && !(options_.no_restart && child.started_before()))
        next = std::min(next, child.restart_at());
    }
    if (phase_ == Phase::kStarting && check_ == 0) next = std::min(next, check_restart_.at());
  }
  return std::max<base::Duration>(std::min(next, manager_.next_ping()) - now, base::Duration::zero());
}

void Supervisor::on_signal() {
  for (signalfd_siginfo info{}; ::read(signals_, &info, sizeof info) == sizeof info;) {
    if (info.ssi_signo == SIGCHLD) continue;
    if (info.ssi_signo == SIGHUP && !hangup_stops_) {
      reopen_logs();
      continue;
    }
    if (phase_ == Phase::kStopping) {
      tell("stopping at once");
      for (const auto& child : children_) child.signal(SIGKILL);
    } else {
      begin_stop();
    }
  }
  reap();
}

void Supervisor::reap() {
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    if (pid == check_) {
      on_check_end(status);
      continue;
    }
    const auto child = std::find_if(children_.begin(), children_.end(), [&](const Child& c) { return c.pid() == pid; });
    if (child != children_.end()) on_child_end(*child, status);
  }
}

void Supervisor::on_child_end(Child& child, int status) {
  child.died(status, clock_now());
  if (phase_ == Phase::kStopping) return;
  save();
  const auto words = child.refusals() > 0 ? ": " + child.last_words() : std::string();
  tell("{:<12} {}{}", child.plan().instance, describe_end(status), words);
  const unsigned allowed = options_.no_restart ? 1 : kRefusalsMax;
  if (phase_ == Phase::kStarting && child.refusals() >= allowed) {
    return fail(fmt::format("{} does not start: {} (log: {})", child.plan().instance, child.last_words(), child.log()));
  }
  if (options_.no_restart && !any_running()) fail("no process is left");
}

// A check that could not run proves nothing about the store, so it is repeated.
void Supervisor::on_check_end(int status) {
  check_ = 0;
  if (phase_ == Phase::kStopping) return;
  if (!WIFEXITED(status) || WEXITSTATUS(status) == kCheckAgain)
    return check_restart_.ended(End::kByItself, clock_now());
  if (WEXITSTATUS(status) != 0) return fail("the store could not be made ready, see the line above");
  phase_ = Phase::kReady;
  save();
  say("ready");
}

void Supervisor::fail(const std::string& why) {
  process::print_line(STDERR_FILENO, fmt::format("pygmy up: {}", why));
  exit_code_ = 1;
  begin_stop();
}

void Supervisor::begin_stop() {
  if (phase_ == Phase::kStopping) return;
  phase_ = Phase::kStopping;
  if (check_ > 0) ::kill(check_, SIGTERM);
  if (exit_code_ == 0) tell("stopping");
  stop_group_ = 0;
  stop_next_group();
}

void Supervisor::stop_next_group() {
  while (stop_group_ < kStopOrder.size() && !any_running(kStopOrder[stop_group_])) ++stop_group_;
  kill_at_ = clock_now() + (stop_group_ + 1 < kStopOrder.size() ? kStopWait : kStopWaitEtcd);
  ask_again_at_ = clock_now();
}

// Sends SIGTERM repeatedly: the second one tells a writer that no replica is left to hand over to (order/core.cpp).
void Supervisor::drive_stop() {
  if (stop_group_ < kStopOrder.size() && !any_running(kStopOrder[stop_group_])) stop_next_group();
  if (stop_group_ >= kStopOrder.size()) return;
  const auto now = clock_now();
  for (const auto& child : children_) {
    if (child.plan().role != kStopOrder[stop_group_] || !child.running()) continue;
    if (now >= kill_at_) {
      tell("{:<12} does not stop: killed", child.plan().instance);
      child.signal(SIGKILL);
    } else if (now >= ask_again_at_) {
      child.signal(SIGTERM);
    }
  }
  if (now >= kill_at_) kill_at_ = now + kStopWait;
  if (now >= ask_again_at_) ask_again_at_ = now + kStopAgain;
}

bool Supervisor::any_running(const std::string& role) const {
  return std::any_of(children_.begin(), children_.end(),
                     [&](const Child& child) { return child.running() && child.plan().role == role; });
}

bool Supervisor::any_running() const {
  return std::any_of(children_.begin(), children_.end(), [](const Child& child) { return child.running(); });
}

process::Report Supervisor::report() const {
  const auto running =
      std::count_if(children_.begin(), children_.end(), [](const Child& child) { return child.running(); });
  const auto* phase = phase_ == Phase::kStopping ? "stopping" : phase_ == Phase::kReady ? "ready" : "starting";
  return {.serves = phase_ == Phase::kReady,
          .stops = phase_ == Phase::kStopping,
          .lives = true,
          .status = fmt::format("{}; {} of {} processes run", phase, running, children_.size())};
}

void Supervisor::save() {
  process::UpState state{.up = ::getpid(),
                         .start = process::process_start(::getpid()),
                         .ready = phase_ == Phase::kReady,
                         .keys = options_.keys.directory};
  for (const auto& child : children_) {
    for (const auto& core : cores_of(child.plan())) {
      state.processes.push_back(
          {core.role, core.instance, core.endpoint, child.pid(), child.started(), child.restarts()});
    }
  }
  const auto written = process::write_up_state(data_, state);
  if (!written && saved_) {
    tell("{}; the store keeps running; until the file can be written, `pygmy ps` shows an old state",
         written.error().message);
  }
  if (written && !saved_) tell("{} is written again", process::up_state_path(data_));
  saved_ = written.has_value();
  save_at_ = clock_now() + kSaveAgain;
}

}  // namespace up
