// EtcdCluster: creates the etcd of `up --cluster` once, and makes sure that its members start only with their own data
// (up/etcd_directories.h).
//
// DATA/etcd.json names the cluster. It is written durably, twice: without the cluster's id before the members start for
// the first time, and with the id once every member has worked. Brokers start only after that. So if the file has no
// id, nothing can have been acknowledged, and an interrupted first start begins anew. If the file has an id, a member
// without a log has lost it.
// Older releases did not write the file, nor does `restore`. Then, if any member has a log, the cluster is the one that
// most logs are of.
//
// A cluster that is created for a store with keys has certificates (keys/certificates.h), and the file says so. The
// members know each other by URLs of HTTP or of HTTPS, so a cluster stays as it was created.
//
// Errors: std::runtime_error with a line that says what to do. Threads: none.
// Tests: tests/up/secure_test.cpp, tests/process/test_lost_members.py, tests/process/test_secure_cluster.py.
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

  // Fills in the token that tells this cluster from every other one while it is created, and where its certificates are
  // if it has some. The plan needs both. Throws if they would be beside keys that are not used. Call it once the keys
  // are found.
  void fill_in(UpOptions& options);
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
    bool certificates = false;
  };
  void read();
  void write() const;
  void require_same_ports(const UpOptions& options) const;
  void make(const UpOptions& options);
  void begin(const UpOptions& options);
  void forget() const;
  EtcdDirectories look() const;
  bool is_new(const EtcdDirectories& found) const;
  bool has_certificates(const UpOptions& options) const;

  const std::string data_;
  const std::string file_;
  bool known_ = false;  // the file was there
  Record record_;
  UpOptions options_;
  std::vector<ChildPlan> members_;
};

}  // namespace up
