// Identifies and replaces members of an etcd cluster, for the program that starts them (up/etcd_cluster.h).
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

// Returns the member to which a data directory belongs, from the first record of its log. etcd gives the log its name
// only after it has written that record. Returns nothing if there is no log, and an error if the log cannot be read.
base::Result<std::optional<MemberIdentity>> identity_of(const std::filesystem::path& directory);

class Members {
 public:
  // Throws like the constructor of Client.
  explicit Members(const Settings& settings) : client_(settings) {}

  // Removes the member `name` from the cluster and adds it anew, as a member without data. Start it with
  // `--initial-cluster-state existing`. Writes that it acknowledged under its old id no longer count. `others`: the
  // names of all other members. After an error the member may or may not have been replaced; call it again.
  base::Result<void> replace(const std::string& name, const std::string& peer_url,
                             const std::vector<std::string>& others);

 private:
  Client client_;
};

}  // namespace broker::etcd
