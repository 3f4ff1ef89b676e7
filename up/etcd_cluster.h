// EtcdCluster: creates the etcd of `up --cluster` once, and makes sure that its members start only with their own data
// (up/etcd_directories.h).
//
// DATA/etcd.json names the cluster. It is written durably, twice: without the cluster's id before the members start for
// the first time, and with the id once every member has worked. Brokers start only after that. So if the file has no
// id, nothing can have been acknowledged, and an interrupted first start begins anew. If the file has an id, a member
// without a log has lost it.
// Older releases did not write the file. Then, if any member has a log, the cluster is the one that most logs are of.
//
// Errors: std::runtime_error with a line that says what to do. Threads: none.
// Tests: tests/process/test_lost_members.py.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "up/etcd_directories.h"
#include "up/options.h"
#include "up/plan.h"

namespace up {

class EtcdCluster {
 public:
  // Reads the file if there is one. `data` is an absolute path.
  explicit EtcdCluster(const std::string& data);

  // The token that tells this cluster from every other one while it is created. The plan needs it.
  const std::string& token() const { return record_.token; }
  // Creates the cluster if there is none. Throws if there is one and too few of its members have their data.
  void prepare(const UpOptions& options, const std::vector<ChildPlan>& plans);

  EtcdVerdict verdict(const ChildPlan& member) const;
  // Renames the member's directory and has the other members remove the member and add it anew. Returns once they have,
  // however long it takes. It runs in the process that becomes the member.
  void rejoin(const ChildPlan& member) const;

 private:
  struct Record {
    std::string token;
    std::optional<std::uint64_t> cluster;
    std::optional<unsigned> port_base;  // of the members' ports; they keep it. Older releases did not record it
  };
  void read();
  void write() const;
  void require_same_ports(const UpOptions& options) const;
  void make(const UpOptions& options);
  void begin(const UpOptions& options);
  void forget() const;
  EtcdDirectories look() const;

  const std::string data_;
  const std::string file_;
  bool known_ = false;  // the file was there
  Record record_;
  std::vector<ChildPlan> members_;
};

}  // namespace up
