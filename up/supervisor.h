// Supervisor: starts the children of `up`, restarts those that end, and stops them in order.
//
// One loop waits for a signalfd (SIGCHLD and the stop signals) and for the next restart that is due. It prints each
// event and keeps DATA/up.json. If a child ends early with exit code 1 or 2 three times in a row while `up` starts, a
// further start will not help: the supervisor prints the child's last line and stops everything.
//
// The loop does not end because the disk is full or the system has no processes or descriptors left, and it never waits
// for the reader of its output. It reports such a failure once, tries again, and leaves the running processes alone
// (TRAPS 37).
//
// Threads: none, and no ZeroMQ: it forks at any time. Tests: tests/process/test_up_life.py,
// tests/process/test_up_without.py.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "process/service_manager.h"
#include "up/child.h"
#include "up/etcd_cluster.h"
#include "up/options.h"

namespace up {

class Supervisor {
 public:
  static constexpr unsigned kRefusalsMax = 3;
  static constexpr base::Duration kStopWait = std::chrono::seconds(5);  // for each group, before SIGKILL
  // When all members stop at once, etcd's leader tries for so long to hand over to one of them.
  static constexpr base::Duration kStopWaitEtcd = std::chrono::seconds(15);
  static constexpr base::Duration kStopAgain = std::chrono::milliseconds(100);
  static constexpr base::Duration kSaveAgain = std::chrono::seconds(1);
  static constexpr base::Duration kWrapAgain = std::chrono::minutes(1);

  // `etcd`: the cluster whose members are among the children; null: no children are members of etcd.
  Supervisor(const UpOptions& options, std::string data, std::vector<ChildPlan> plans, const EtcdCluster* etcd,
             process::ServiceManager& manager);
  int run();  // returns when all children have ended; the result is the exit code of `up`

 private:
  enum class Phase { kStarting, kReady, kStopping };

  void start(Child& child);
  void make_directory_again(const ChildPlan& plan) const;
  bool may_start(Child& child, ChildStart& how);
  void start_due();
  void start_ready_check();
  void say(const std::string& text) const;
  void reopen_logs() const;
  void wrap_logs();
  base::Duration until_next() const;
  void on_signal();
  void reap();
  void on_child_end(Child& child, int status);
  void on_check_end(int status);
  void fail(const std::string& why);
  void begin_stop();
  void stop_next_group();
  void drive_stop();
  bool any_running(const std::string& role) const;
  bool any_running() const;
  void save();
  process::Report report() const;

  const UpOptions& options_;
  process::ServiceManager& manager_;  // of `up` itself
  std::string data_;
  std::vector<ChildPlan> plans_;
  const EtcdCluster* etcd_;
  std::map<std::string, std::string> held_;  // why a member of etcd is not started as it is, by instance
  std::vector<Child> children_;
  Phase phase_ = Phase::kStarting;
  int exit_code_ = 0;
  int signals_ = -1;
  bool hangup_stops_ = true;
  pid_t check_ = 0;  // the child that runs check_ready
  Restart check_restart_;
  bool no_process_ = false;  // the last fork failed
  bool saved_ = true;        // up.json is up to date
  base::Mono save_at_{};
  base::Mono wrap_at_{};
  std::size_t stop_group_ = 0;
  base::Mono kill_at_{};
  base::Mono ask_again_at_{};
};

}  // namespace up
