// The data directories of the etcd of `up --cluster`: may a member be started with what is in its own?
//
// A member whose directory is lost has forgotten what it acknowledged and whom it voted for. Started as if nothing had
// been, it votes with an empty log, and together with a member that lags it elects that one, over the member that has
// everything: acknowledged orders are gone. So it comes back as a new member only, once a majority of the others has
// taken it off the cluster and added it anew; from then on every majority holds one of them (ADR 25).
// Pure. Tests: tests/cli/etcd_directories_test.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cli {

struct EtcdDirectory {
  std::string instance;
  std::string path;
  std::uint64_t member = 0;  // whose log is there, and of which cluster; 0: none is
  std::uint64_t cluster = 0;
  std::string damage;  // of the log; empty: none
};
using EtcdDirectories = std::vector<EtcdDirectory>;  // of all members

// A member may be started as it is; only as a new one; or not at all, and why.
struct EtcdVerdict {
  enum class Start { kAsItIs, kAnew, kNot };
  Start start = Start::kNot;
  std::string why;
};
EtcdVerdict verdict(const EtcdDirectories& all, const std::string& instance, std::uint64_t cluster);

// Whether enough members have their data to go on.
bool has_majority(const EtcdDirectories& all, std::uint64_t cluster);

// The cluster that most logs are of. Nothing if there is no log at all, or if two clusters have as many.
std::optional<std::uint64_t> cluster_of(const EtcdDirectories& all);

// Those without data of this cluster, for people.
std::string lost(const EtcdDirectories& all, std::uint64_t cluster);

}  // namespace cli
