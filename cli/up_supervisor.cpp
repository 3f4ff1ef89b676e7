#include "cli/up_supervisor.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <filesystem>

#include "cli/up_ready.h"
#include "cli/up_state.h"

namespace cli {
namespace {

// Nobody loses what it stands on before it has finished.
constexpr std::array<const char*, 6> kStopOrder{"bridge", "frontend", "order", "catalog", "broker", "etcd"};

int take_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, number);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  return ::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

base::Mono clock_now() { return base::now().mono; }

template <class... Args>
void say(fmt::format_string<Args...> format, Args&&... args) {
  fmt::print("{}\n", fmt::format(format, std::forward<Args>(args)...));
  std::fflush(stdout);
}

}  // namespace

Supervisor::Supervisor(const UpOptions& options, std::string data, std::vector<ChildPlan> plans,
                       const EtcdCluster* etcd)
    : options_(options), data_(std::move(data)), plans_(std::move(plans)), etcd_(etcd) {
  for (const auto& child : plans_) children_.emplace_back(child, data_ + "/log/" + child.instance + ".log");
}

int Supervisor::run() {
  signals_ = take_signals();
  say("pygmy up: data in {}, logs in {}/log; Ctrl-C stops", options_.data, options_.data);
  for (auto& child : children_) start(child);
  start_ready_check();
  while (phase_ != Phase::kStopping || any_running()) {
    pollfd readable{signals_, POLLIN, 0};
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(until_next());
    ::poll(&readable, 1, static_cast<int>(wait.count()));
    on_signal();
    if (phase_ == Phase::kStopping) {
      drive_stop();
    } else {
      start_due();
      for (const auto& child : children_) wrap_log(child.log());
    }
  }
  std::remove(up_state_path(data_).c_str());
  if (exit_code_ == 0) say("stopped; start again with the same --data to go on");
  return exit_code_;
}

void Supervisor::start(Child& child) {
  ChildStart how;
  if (!may_start(child, how)) return child.hold(clock_now());
  make_directory_again(child.plan());
  child.start(clock_now(), how);
  say("{:<12} pid {:<8} {:<28} {}", child.plan().instance, child.pid(), child.plan().endpoint,
      child.restarts() > 0 ? "started again" : "started");
  save();
}

// A process whose directory is gone fetches what it had from the others. Not a broker that has the only journal.
void Supervisor::make_directory_again(const ChildPlan& plan) const {
  const bool is_the_only_one = plan.role == "broker" && options_.journal == "sqlite";
  if (plan.directory.empty() || plan.role == "etcd" || is_the_only_one) return;
  std::error_code ignored;  // the process says what is wrong with it
  std::filesystem::create_directory(plan.directory, ignored);
}

// A member of etcd starts with its own data, or as a new one; what is in the way is said once.
bool Supervisor::may_start(Child& child, ChildStart& how) {
  using Start = EtcdVerdict::Start;
  if (etcd_ == nullptr || child.plan().role != "etcd") return true;
  const auto verdict = etcd_->verdict(child.plan());
  auto& said = held_[child.plan().instance];
  if (said != verdict.why && !verdict.why.empty()) say("{:<12} {}", child.plan().instance, verdict.why);
  said = verdict.why;
  if (verdict.start == Start::kAnew) {
    how.more = {"--initial-cluster-state", "existing"};
    how.first = [this, &child] { etcd_->rejoin(child.plan()); };
  }
  return verdict.start != Start::kNot;
}

void Supervisor::start_due() {
  if (options_.no_restart) return;
  for (auto& child : children_) {
    if (!child.running() && clock_now() >= child.restart_at()) start(child);
  }
}

void Supervisor::start_ready_check() {
  const pid_t parent = ::getpid();
  std::fflush(stdout);
  check_ = ::fork();
  if (check_ < 0) return fail("cannot start a process for the check");
  if (check_ != 0) return;
  become_child(parent);
  ::_exit(make_ready(options_, plans_));
}

base::Duration Supervisor::until_next() const {
  const auto now = clock_now();
  auto next = now + std::chrono::seconds(1);
  if (phase_ == Phase::kStopping) {
    next = std::min(kill_at_, ask_again_at_);
  } else if (!options_.no_restart) {
    for (const auto& child : children_) {
      if (!child.running()) next = std::min(next, child.restart_at());
    }
  }
  return std::max<base::Duration>(next - now, base::Duration::zero());
}

void Supervisor::on_signal() {
  for (signalfd_siginfo info{}; ::read(signals_, &info, sizeof info) == sizeof info;) {
    if (info.ssi_signo == SIGCHLD) continue;
    if (phase_ == Phase::kStopping) {
      say("stopping at once");
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
  say("{:<12} {}{}", child.plan().instance, describe_end(status), words);
  const unsigned allowed = options_.no_restart ? 1 : kRefusalsMax;
  if (phase_ == Phase::kStarting && child.refusals() >= allowed) {
    return fail(fmt::format("{} does not start: {} (log: {})", child.plan().instance, child.last_words(), child.log()));
  }
  if (options_.no_restart && !any_running()) fail("no process is left");
}

void Supervisor::on_check_end(int status) {
  check_ = 0;
  if (phase_ == Phase::kStopping) return;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return fail("the store could not be made ready, see the line above");
  phase_ = Phase::kReady;
  save();
  say("ready");
}

void Supervisor::fail(const std::string& why) {
  fmt::print(stderr, "pygmy up: {}\n", why);
  exit_code_ = 1;
  begin_stop();
}

void Supervisor::begin_stop() {
  if (phase_ == Phase::kStopping) return;
  phase_ = Phase::kStopping;
  if (check_ > 0) ::kill(check_, SIGTERM);
  if (exit_code_ == 0) say("stopping");
  stop_group_ = 0;
  stop_next_group();
}

void Supervisor::stop_next_group() {
  while (stop_group_ < kStopOrder.size() && !any_running(kStopOrder[stop_group_])) ++stop_group_;
  kill_at_ = clock_now() + (stop_group_ + 1 < kStopOrder.size() ? kStopWait : kStopWaitEtcd);
  ask_again_at_ = clock_now();
}

// SIGTERM more than once tells a writer that nobody is left to hand over to, see order/core.cpp.
void Supervisor::drive_stop() {
  if (stop_group_ < kStopOrder.size() && !any_running(kStopOrder[stop_group_])) stop_next_group();
  if (stop_group_ >= kStopOrder.size()) return;
  const auto now = clock_now();
  for (const auto& child : children_) {
    if (child.plan().role != kStopOrder[stop_group_] || !child.running()) continue;
    if (now >= kill_at_) {
      say("{:<12} does not stop: killed", child.plan().instance);
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

void Supervisor::save() const {
  UpState state;
  state.up = ::getpid();
  state.ready = phase_ == Phase::kReady;
  for (const auto& child : children_) {
    state.processes.push_back(
        {child.plan().role, child.plan().instance, child.plan().endpoint, child.pid(), child.restarts()});
  }
  write_up_state(data_, state);
}

}  // namespace cli
