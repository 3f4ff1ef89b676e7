// The tasks of backup, verify, rescue, restore, stream trim and at, without their command lines.
//
// A backup is a directory with these files:
//   blocks.db      the stream's blocks, byte for byte (backup/archive.h)
//   manifest.json  the end of the backup, and the state of the shop there (books/manifest.h); written last
//   lock           locked by the one `backup` that may write
//
// Each function prints its result on standard output and complaints on standard error, and returns an exit code of
// tasks/tasks.h.
// Tests: tests/process/test_backup.py.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "process/etcd_options.h"
#include "tasks/tasks.h"

namespace books {

// Copies the new blocks of a running store, and verifies the whole backup.
struct BackupTask {
  std::string directory;  // created if missing
  std::vector<base::Endpoint> brokers;
  base::Duration patience{};  // how long to wait for a broker that does not answer
  tasks::Common noted_by;     // the frontends that note the act; none: it is not noted
  bool json = false;
};
int backup(const BackupTask& task);

// Returns 0 if the backup is whole and sound, otherwise 1; prints the faults.
struct VerifyTask {
  std::string directory;
  bool json = false;
};
int verify(const VerifyTask& task);

// Makes a backup from the archives of brokers.
struct RescueTask {
  std::string directory;          // created if missing; must be empty
  std::vector<std::string> from;  // data directories of brokers, and backups
  bool json = false;
};
int rescue(const RescueTask& task);

// Makes the data directory of an `up` from a backup. If the journal is etcd, it also fills etcd.
struct RestoreTask {
  std::string directory;
  std::string data;  // created if missing; must be empty
  std::optional<std::uint64_t> to_seq;
  std::string to_time;  // empty: none
  std::string journal = "sqlite";
  process::EtcdOptions etcd;
  bool insecure = false;  // an etcd that runs may be asked without certificates, also where other machines reach it
  bool cluster = false;   // with an etcd of its own, like that of `up --cluster`, on the ports from `port_base`
  bool secure = false;    // the etcd of its own is that of a store with keys, which are made
  unsigned port_base = 7400;
  bool json = false;
};
int restore(const RestoreTask& task);

// Has the brokers remove all blocks that end before seq `before`.
struct TrimTask {
  std::uint64_t before = 0;
  std::vector<base::Endpoint> brokers;  // all brokers of the store
  base::Duration timeout{};
  tasks::Common noted_by;  // as of BackupTask
  std::string backup;      // a backup that has the removed events; empty with `without_backup`
  bool without_backup = false;
  bool dry_run = false;
  bool json = false;
};
int trim(const TrimTask& task);

// Show the store as it was at a seq.
struct Past {
  std::uint64_t seq = 0;
  std::string backup;  // empty: the stream of a running store is used
};
int lookup_at(const tasks::Common& common, const Past& past, const tasks::LookupTask& task);
int search_at(const tasks::Common& common, const Past& past, const tasks::SearchTask& task);
int order_at(const tasks::Common& common, const Past& past, std::uint64_t no);
int movements_at(const tasks::Common& common, const Past& past, const tasks::MovementsTask& task);
int holds_at(const tasks::Common& common, const Past& past, const tasks::HoldsTask& task);

// Checks the books of a running store from outside, through its frontends.
struct AuditTask {
  std::string data;    // directory whose views' files are checked; empty: none
  std::string backup;  // a backup that has the trimmed events; empty: none
};
int audit(const tasks::Common& common, const AuditTask& task);

}  // namespace books
