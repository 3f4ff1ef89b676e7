// One child of `up`: started, died, to be started again.
//
// Back-off: at once after a long life, else 50 ms, doubled with every early death up to 5 s.
// A child is started from where this program was when `up` began. So one that ends after another release was put there
// comes back as that one; if nothing there can be started, it comes back as it was.
// Threads: none; fork and exec happen in start().
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/time.h"
#include "cli/up_plan.h"

namespace cli {

// How a start differs from the plan.
struct ChildStart {
  std::vector<std::string> more;  // arguments behind those of the plan
  std::function<void()> first;    // run in the child before the program takes its place; if it throws, that is its end
};

class Child {
 public:
  static constexpr base::Duration kRestartFirst = std::chrono::milliseconds(50);
  static constexpr base::Duration kRestartLast = std::chrono::seconds(5);
  static constexpr base::Duration kYoung = std::chrono::seconds(5);  // who dies before is held back longer each time

  Child(ChildPlan plan, std::string log) : plan_(std::move(plan)), log_(std::move(log)) {}

  // Throws std::runtime_error if there can be no more processes.
  void start(base::Mono now, const ChildStart& how = {});
  void hold(base::Mono now) { restart_at_ = now + kRestartLast; }  // it is not started yet; to be looked at again then
  void died(int status, base::Mono now);                           // as waitpid tells it
  void signal(int number) const;

  const ChildPlan& plan() const { return plan_; }
  pid_t pid() const { return pid_; }
  bool running() const { return pid_ > 0; }
  unsigned restarts() const { return restarts_; }
  base::Mono restart_at() const { return restart_at_; }
  unsigned refusals() const { return refusals_; }  // early ends by its own decision (exit code 1 or 2), in a row
  std::string last_words() const;                  // last line of its log
  const std::string& log() const { return log_; }

 private:
  ChildPlan plan_;
  std::string log_;
  pid_t pid_ = 0;
  bool started_before_ = false;
  unsigned restarts_ = 0;
  unsigned refusals_ = 0;
  base::Mono started_{};
  base::Mono restart_at_{};
  base::Duration backoff_ = kRestartFirst;
};

constexpr std::uintmax_t kLogBytesMax = 64 * 1024 * 1024;  // of a child's log; as much again of what was before

// A log that has grown beyond that becomes LOG.1, in the place of the one that was there. Whoever writes (appending)
// goes on in the same file, which is empty then; what was written in the moment between is lost.
void wrap_log(const std::string& log, std::uintmax_t bytes_max = kLogBytesMax);

// How a process ended, for a person: "killed by signal 9 (Killed)", "exit code 1".
std::string describe_end(int status);

// Called in a child between fork and whatever follows: signals as a new process expects them, own process group (Ctrl-C
// is for the parent, which stops its children in order), SIGTERM when the parent is gone.
void become_child(pid_t parent);

}  // namespace cli
