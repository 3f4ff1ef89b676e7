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
  // Starts them, on the ports of an `up` with this base: each with its data in directory/INSTANCE, as `up` has it, and
  // its log beside that.
  EtcdMembers(unsigned port_base, const std::string& directory);
  // Those that still run are killed: their data are of no use.
  ~EtcdMembers();
  EtcdMembers(const EtcdMembers&) = delete;
  EtcdMembers& operator=(const EtcdMembers&) = delete;

  std::vector<std::string> endpoints() const;  // HOST:PORT
  void require_running();
  // Cleanly; their logs are gone then.
  void stop();

 private:
  bool reap();
  void signal(int number) const;

  std::vector<Child> children_;
};

}  // namespace cli
