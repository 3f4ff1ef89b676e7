// Fills etcd for `restore` (broker/etcd/seed.h): an etcd that runs already, or a new one for `up --cluster`.
//
// Errors: std::runtime_error with a line that says what to do. Threads: none.
#pragma once

#include <memory>
#include <string>

#include "backup/new_journal.h"
#include "books/books.h"

namespace books {

class RestoreEtcd {
 public:
  // With `task.cluster` it starts the members of a new etcd, with their data in `directory`. Throws if etcd cannot take
  // the store.
  RestoreEtcd(const RestoreTask& task, const std::string& directory);
  ~RestoreEtcd();

  // Writes the end of the stream to etcd, durably. Then it stops the members that it has started.
  void put(const backup::Ending& ending);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// The options with which `up` continues the restored store, besides --data.
std::string options_of_up(const RestoreTask& task);

}  // namespace books
