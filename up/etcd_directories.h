// Decides whether a member of the etcd of `up --cluster` may start with the data in its directory.
//
// A member that has lost its directory has forgotten what it acknowledged and for which member it voted. If it started
// with an empty log, it could vote for a member that lags, and the two would elect that member instead of the one that
// has everything. Acknowledged orders would be lost. So it comes back only as a new member, after a majority of the
// others has removed it from the cluster and added it anew. From then on every majority contains one of them (ADR 25).
// Pure functions. Tests: tests/up/etcd_directories_test.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace up {

struct EtcdDirectory {
  std::string instance;
  std::string path;
  std::uint64_t member = 0;   // id of the member whose log is there; 0: there is no log
  std::uint64_t cluster = 0;  // id of the cluster of that log
  std::string damage;         // why the log cannot be read; empty: it can
};
using EtcdDirectories = std::vector<EtcdDirectory>;  // of all members

struct EtcdVerdict {
  enum class Start {
    kAsItIs,  // with its own data
    kAnew,    // as a new member
    kNot,     // not at all
  };
  Start start = Start::kNot;
  std::string why;  // empty for kAsItIs
};
EtcdVerdict verdict(const EtcdDirectories& all, const std::string& instance, std::uint64_t cluster);

// Returns whether a majority of the members have their data.
bool has_majority(const EtcdDirectories& all, std::uint64_t cluster);

// Returns the cluster that most logs are of. Returns nothing if there is no log, or if two clusters have equally many.
std::optional<std::uint64_t> cluster_of(const EtcdDirectories& all);

// Lists the paths of the members that do not have their data of this cluster.
std::string lost(const EtcdDirectories& all, std::uint64_t cluster);

}  // namespace up
