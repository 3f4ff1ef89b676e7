// OwnStore: a store that the lab starts (`pygmy up`) in a temporary directory, and ends.
//
// The destructor ends the store, waits for the end of its processes, and removes the directory. If the lab is killed,
// the store ends by itself. Errors: std::runtime_error with a line that says what to do. Threads: one.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "process/up_state.h"
#include "up/options.h"

namespace lab {

class OwnStore {
 public:
  // `idle` is called while the store is waited for. It may throw to give up.
  OwnStore(up::UpOptions options, std::function<void()> idle);
  ~OwnStore();
  OwnStore(const OwnStore&) = delete;
  OwnStore& operator=(const OwnStore&) = delete;

  // Starts the store, or starts it again with another cache.
  void start(std::uint64_t cache_bytes, std::uint64_t cache_items);
  std::vector<base::Endpoint> frontends() const;
  // Sends a signal to the process of this instance, which must run.
  void signal(const std::string& instance, int number) const;

 private:
  std::vector<std::string> arguments() const;
  process::UpState state() const;
  void wait_until_ready();
  void stop();
  bool has_ended();
  std::string last_words() const;

  up::UpOptions options_;
  std::function<void()> idle_;
  std::string directory_;
  pid_t up_ = 0;
};

}  // namespace lab
