// What `restore` puts into etcd (broker/etcd/seed.h): one that runs already, or one of its own for `up --cluster`.
//
// Errors: std::runtime_error with a line that says what to do. Threads: none.
#pragma once

#include <memory>
#include <string>

#include "backup/new_journal.h"
#include "cli/backups.h"

namespace cli {

class RestoreEtcd {
 public:
  // Throws if nothing could be put there. `directory`: for the data of members of its own, those of a cluster.
  RestoreEtcd(const RestoreTask& task, const std::string& directory);
  ~RestoreEtcd();

  // Durable when it returns; members of its own are stopped then.
  void put(const backup::Ending& ending);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// How `up` is told to go on with what was restored, beside its data.
std::string options_of_up(const RestoreTask& task);

}  // namespace cli
