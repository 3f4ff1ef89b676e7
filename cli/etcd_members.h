// EtcdMembers: the etcd of `up --cluster` without the rest, for as long as something is put into it.
//
// Errors: std::runtime_error with a line that says what to do. Threads: none.
#pragma once

#include <string>
#include <vector>

#include "cli/up_child.h"

namespace cli {

class EtcdMembers {
 public:
  // Starts them as an `up` with these options would: each with its data in directory/INSTANCE, and its log in logs.
  EtcdMembers(const UpOptions& options, const std::string& directory, const std::string& logs);
  // Those that still run are killed. What they have acknowledged is on the disk.
  ~EtcdMembers();
  EtcdMembers(const EtcdMembers&) = delete;
  EtcdMembers& operator=(const EtcdMembers&) = delete;

  std::vector<std::string> endpoints() const;  // HOST:PORT
  void require_running();
  std::string last_words() const { return children_.front().last_words(); }
  // Cleanly; their logs are gone then.
  void stop();

 private:
  bool reap();
  void signal(int number) const;

  std::vector<Child> children_;
};

}  // namespace cli
