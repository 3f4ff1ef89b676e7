// OwnStore: a store of a command's own. It runs in a temporary directory (`pygmy up`), and nothing of it is kept.
//
// The destructor ends the store, waits for the end of its processes, and removes the directory. If the command is
// killed, the store ends by itself, and its directory stays: the next command for the same purpose removes it. Such a
// directory is one of this user's with a file `own.lock` that nobody has locked. The user's variables PYGMY_... do not
// reach the store. Errors: std::runtime_error with a line that says what to do. Threads: one.
// Tests: tests/process/test_lab.py, tests/process/test_demo.py
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/file_lock.h"
#include "process/up_state.h"
#include "up/options.h"

namespace up {

class OwnStore {
 public:
  // `purpose`: a word for the name of the directory and for errors, e.g. "lab". `options`: of the processes, ports,
  // cache, bridge and demo; the others stay as `up` has them. `idle` is called while the store is waited
  // for. It may throw to give up.
  OwnStore(std::string purpose, UpOptions options, std::function<void()> idle);
  ~OwnStore();
  OwnStore(const OwnStore&) = delete;
  OwnStore& operator=(const OwnStore&) = delete;

  // Has the next start load the items of a CSV file.
  void use_catalogue(std::string file) { options_.catalogue = std::move(file); }
  // Starts the store, or starts it again with another cache.
  void start(std::uint64_t cache_bytes, std::uint64_t cache_items);
  const std::string& directory() const { return directory_; }
  std::vector<base::Endpoint> frontends() const;
  std::vector<process::UpProcess> processes() const { return state().processes; }
  // Sends a signal to the process of this instance, which must run.
  void signal(const std::string& instance, int number) const;
  bool has_ended();
  // The reason that `up` gave last; empty: none.
  std::string last_words() const;

 private:
  std::vector<std::string> arguments() const;
  process::UpState state() const;
  void wait_until_ready();
  void stop();

  std::string purpose_;
  UpOptions options_;
  std::function<void()> idle_;
  std::string directory_;
  std::optional<base::FileLock> lock_;
  pid_t up_ = 0;
};

// Returns a first port such that all ports of a store with these options are free, among those that the kernel does not
// give to clients. The bridge gets the port kBridgePort after the first.
constexpr unsigned kBridgePort = 80;
unsigned free_port_base(UpOptions options);

}  // namespace up
