// The members of an etcd cluster, for the program that starts them (cli/etcd_cluster.h).
//
// Threads: one. Tests: tests/etcd/members_test.cpp.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "broker/etcd/client.h"

namespace broker::etcd {

struct MemberIdentity {
  std::uint64_t member = 0;
  std::uint64_t cluster = 0;
  friend bool operator==(const MemberIdentity&, const MemberIdentity&) = default;
};

// The member whose data directory this is, as its log says: etcd writes that before anything else, and gives the log
// its name only then. Nothing if there is no log, and so no member. An error if the log cannot be read.
base::Result<std::optional<MemberIdentity>> identity_of(const std::filesystem::path& directory);

class Members {
 public:
  // As Client's.
  explicit Members(const Settings& settings) : client_(settings) {}

  // Takes the member `name` off the cluster and adds it anew, as one that has nothing yet: it is to be started with
  // `--initial-cluster-state existing`. Whatever it acknowledged under its old id counts no more. `others` are the
  // names of all other members. An error: it is not done, or not known to be; it may be tried again.
  base::Result<void> replace(const std::string& name, const std::string& peer_url,
                             const std::vector<std::string>& others);

 private:
  Client client_;
};

}  // namespace broker::etcd
