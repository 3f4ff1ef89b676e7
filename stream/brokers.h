// Brokers: those that a process was told of at its start, and those that were announced since.
//
// Who is told of one by announced() has to follow it (base::Outbox::follow). Bounds: kMax.
// Threads: none. Tests: tests/stream/brokers_test.cpp.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/core.h"

namespace stream {

class Brokers {
 public:
  static constexpr std::size_t kMax = 16;

  explicit Brokers(std::vector<base::Endpoint> known) : known_(std::move(known)) {}

  // The heartbeat of a broker that others know. Where to find it if we did not: `host` is ours, for its ipc endpoint;
  // `store` too, if we know it.
  std::optional<base::Endpoint> announced(base::BytesView heartbeat, const std::string& store, const std::string& host);
  const std::vector<base::Endpoint>& known() const { return known_; }

 private:
  std::vector<base::Endpoint> known_;
};

}  // namespace stream
