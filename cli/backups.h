// What backup, verify, rescue, restore, stream trim and at do, free of how they are called.
//
// A backup is a directory:
//   blocks.db      the stream's blocks, the very bytes (backup/archive.h)
//   manifest.json  what of them is a whole backup, and what it has to be (cli/manifest.h); written last
//   lock           one backup at a time
//
// Each prints its result on standard output, complaints on standard error, and returns an exit code of cli/tasks.h.
// Tests: tests/process/test_backup.py.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/etcd_options.h"
#include "cli/tasks.h"

namespace cli {

// Copies what is new in a running store, and goes over all of it.
struct BackupTask {
  std::string directory;  // made if it is not there
  std::vector<base::Endpoint> brokers;
  base::Duration patience{};  // with a broker that does not answer
  bool json = false;
};
int backup(const BackupTask& task);

// 0: whole and sound; 1: it is not, and where.
struct VerifyTask {
  std::string directory;
  bool json = false;
};
int verify(const VerifyTask& task);

// Makes a backup out of what brokers have archived.
struct RescueTask {
  std::string directory;          // made if it is not there; must be empty
  std::vector<std::string> from;  // data directories of brokers, and backups
  bool json = false;
};
int rescue(const RescueTask& task);

// Makes the data directory of an `up` out of a backup; with the journal in etcd, what belongs there, too.
struct RestoreTask {
  std::string directory;
  std::string data;  // made if it is not there; must be empty
  std::optional<std::uint64_t> to_seq;
  std::string to_time;  // empty: none
  std::string journal = "sqlite";
  EtcdOptions etcd;
  bool cluster = false;  // an etcd of its own, as `up --cluster` has it, on the ports from `port_base`
  unsigned port_base = 7400;
  bool json = false;
};
int restore(const RestoreTask& task);

// Has the brokers keep what holds seq `before` and what follows it, no more.
struct TrimTask {
  std::uint64_t before = 0;
  std::vector<base::Endpoint> brokers;  // all
  base::Duration timeout{};
  std::string backup;  // that has what goes; empty with `without_backup`
  bool without_backup = false;
  bool dry_run = false;
  bool json = false;
};
int trim(const TrimTask& task);

// The store as it was at a seq, out of a backup or, if none is named, out of the stream of a running store.
struct Past {
  std::uint64_t seq = 0;
  std::string backup;
};
int lookup_at(const Common& common, const Past& past, const std::string& what);
int search_at(const Common& common, const Past& past, const SearchTask& task);
int order_at(const Common& common, const Past& past, std::uint64_t no);

}  // namespace cli
