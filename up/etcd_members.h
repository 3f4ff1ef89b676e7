// EtcdMembers: runs the etcd of `up --cluster` without the other processes, while a command fills it.
//
// Errors: std::runtime_error with a line that says what to do. Threads: none.
#pragma once

#include <string>
#include <vector>

#include "up/child.h"

namespace up {

// Throws unless PATH has the program etcd.
void require_etcd();

class EtcdMembers {
 public:
  // Starts the members like an `up` with these options. Their data are in `directory`/INSTANCE, their logs in `logs`.
  EtcdMembers(const UpOptions& options, const std::string& directory, const std::string& logs);
  // Kills the members that still run. This is safe, because acknowledged writes are on the disk.
  ~EtcdMembers();
  EtcdMembers(const EtcdMembers&) = delete;
  EtcdMembers& operator=(const EtcdMembers&) = delete;

  std::vector<std::string> endpoints() const;  // HOST:PORT
  void require_running();                      // throws if a member has ended
  std::string last_words() const { return children_.front().last_words(); }
  // Stops the members cleanly and removes their logs.
  void stop();

 private:
  bool reap();
  void signal(int number) const;

  std::vector<Child> children_;
};

}  // namespace up
