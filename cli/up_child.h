// One child of `up`: started, died, to be started again (cli/up_restart.h says when).
//
// A child is started from where this program was when `up` began. So one that ends after another release was put there
// comes back as that one; if nothing there can be started, it comes back as it was.
// Nothing here throws for want of disk, processes or descriptors.
// Threads: none; fork and exec happen in start().
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/time.h"
#include "cli/up_plan.h"
#include "cli/up_restart.h"

namespace cli {

// How a start differs from the plan.
struct ChildStart {
  std::vector<std::string> more;  // arguments behind those of the plan
  std::function<void()> first;    // run in the child before the program takes its place; if it throws, that is its end
};

class Child {
 public:
  Child(ChildPlan plan, std::string log) : plan_(std::move(plan)), log_(std::move(log)) {}

  // Returns 0, or the errno of fork: the system has no process to give, and it is to be tried again at restart_at().
  int start(base::Mono now, const ChildStart& how = {});
  // It is not started yet; the caller looks at it again at restart_at().
  void hold(base::Mono now) { restart_.hold(Restart::kLast, now); }
  void died(int status, base::Mono now);  // `status` is that of waitpid
  void signal(int number) const;

  const ChildPlan& plan() const { return plan_; }
  pid_t pid() const { return pid_; }
  std::uint64_t started() const { return started_; }  // start time of the process, as process_start() tells it
  bool running() const { return pid_ > 0; }
  bool started_before() const { return started_before_; }
  unsigned restarts() const { return restarts_; }
  base::Mono restart_at() const { return restart_.at(); }
  unsigned refusals() const { return restart_.refusals(); }
  std::string last_words() const;  // last line of its log
  const std::string& log() const { return log_; }

 private:
  ChildPlan plan_;
  std::string log_;
  pid_t pid_ = 0;
  std::uint64_t started_ = 0;
  bool started_before_ = false;
  unsigned restarts_ = 0;
  Restart restart_;
};

constexpr std::uintmax_t kLogBytesMax = 64 * 1024 * 1024;  // of a child's log; as much again of what was before

// A log that has grown beyond `bytes_max` becomes LOG.1, in the place of the one that was there. The child, which
// appends, goes on in the same file, which is empty then; what was written in the moment between is lost. False if that
// was due and did not work, because the disk is full, say: then both files are as they were.
bool wrap_log(const std::string& log, std::uintmax_t bytes_max = kLogBytesMax);

// How a process ended, for a person: "killed by signal 9 (Killed)", "exit code 1".
std::string describe_end(int status);

// Called in a child between fork and whatever follows: signals as a new process expects them, own process group (Ctrl-C
// is for the parent, which stops its children in order), SIGTERM when the parent is gone.
void become_child(pid_t parent);

}  // namespace cli
