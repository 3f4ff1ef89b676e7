// One child of `up`, and whether it runs. up/restart.h says when it is started again.
//
// A child is started from the path that this program had when `up` started. So after an update of the file a restarted
// child is of the new release. If the file at that path cannot be run, the child is of the release that `up` is.
// No function throws because the disk is full or the system has no processes or descriptors left.
// Threads: none; start() forks and execs.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/time.h"
#include "up/plan.h"
#include "up/restart.h"

namespace up {

// How a start differs from the plan.
struct ChildStart {
  std::vector<std::string> more;  // further arguments, after those of the plan
  std::function<void()> first;    // runs in the child before exec; if it throws, the child ends with exit code 1
};

class Child {
 public:
  Child(ChildPlan plan, std::string log) : plan_(std::move(plan)), log_(std::move(log)) {}

  // Returns 0, or the errno of fork if the system has no process to give. Then try again at restart_at().
  int start(base::Mono now, const ChildStart& how = {});
  // Postpones the start. Try again at restart_at().
  void hold(base::Mono now) { restart_.hold(Restart::kLast, now); }
  void died(int status, base::Mono now);  // `status`: from waitpid
  void signal(int number) const;

  const ChildPlan& plan() const { return plan_; }
  pid_t pid() const { return pid_; }
  std::uint64_t started() const { return started_; }  // start time, as from process_start()
  bool running() const { return pid_ > 0; }
  bool started_before() const { return started_before_; }
  unsigned restarts() const { return restarts_; }
  base::Mono restart_at() const { return restart_.at(); }
  unsigned refusals() const { return restart_.refusals(); }
  std::string last_words() const;  // the message of the last line of its log
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

// Copies a log that exceeds `bytes_max` to LOG.1, and empties the log. LOG.1 becomes LOG.2 and so on; the oldest of
// `files` such logs is removed. The child continues to append to the same file. Lines that it writes between copying
// and emptying are lost. Returns false if the copy was due and failed, e.g. because the disk is full; the log is then
// unchanged.
bool wrap_log(const std::string& log, std::uintmax_t bytes_max, unsigned files);

// Tells a person how a process ended: "killed by signal 9 (Killed)", "ended with exit code 1".
std::string describe_end(int status);

// As fork(). In the child, signals do what they do in a new process, from the first one on: a handler of the parent
// must not take a SIGTERM that is meant for the child. The child has its own process group, because Ctrl-C is for the
// parent, which stops its children in order. The kernel sends it SIGTERM when the parent ends.
pid_t fork_child();

}  // namespace up
