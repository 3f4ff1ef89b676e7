// EtcdCluster: the etcd of `up --cluster`, made once, and its members started with nothing but their own data
// (cli/etcd_directories.h).
//
// DATA/etcd.json says which cluster it is. It is written twice, each time durably: before any member is started for the
// first time, without the cluster's id; and with it when every member has worked. Only then are brokers started. So
// without an id nothing can have been acknowledged, and a first start that was interrupted is begun anew. With an id, a
// member without a log has lost it.
// A data directory from before that file: if there is any log, the cluster is the one that most logs are of.
//
// Errors: std::runtime_error with a line that says what to do. Threads: none.
// Tests: tests/process/test_lost_members.py.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/etcd_directories.h"
#include "cli/up.h"
#include "cli/up_plan.h"

namespace cli {

class EtcdCluster {
 public:
  // Reads what there is. `data` is absolute.
  explicit EtcdCluster(const std::string& data);

  // What tells it from every other cluster while it is made; for the plan.
  const std::string& token() const { return record_.token; }
  // Makes the cluster if there is none. Throws if there is one, and too few of its members have their data.
  void prepare(const UpOptions& options, const std::vector<ChildPlan>& plans);

  EtcdVerdict verdict(const ChildPlan& member) const;
  // Returns when the others have added it anew, however long that takes; what is in its directory is put aside. In the
  // process that becomes the member.
  void rejoin(const ChildPlan& member) const;

 private:
  struct Record {
    std::string token;
    std::optional<std::uint64_t> cluster;
  };
  void read();
  void write() const;
  void make(const UpOptions& options);
  void begin(const UpOptions& options);
  void forget() const;
  EtcdDirectories look() const;

  const std::string data_;
  const std::string file_;
  bool known_ = false;  // there was a record
  Record record_;
  std::vector<ChildPlan> members_;
};

}  // namespace cli
