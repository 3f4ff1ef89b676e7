// Brokers: the brokers that a process knew at its start, and those that were announced since.
//
// If announced() returns an endpoint, the caller must follow it (base::Outbox::follow). It is known from then on, even
// if the loop cannot dial it: its text would be no better the next time, and the loop logs it. Bounds: kMax; the first
// broker beyond it is logged. Threads: none. Tests: tests/stream/brokers_test.cpp.
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

  // Takes the heartbeat of a broker that another broker announces. If the broker was unknown, returns its endpoint.
  // `host` is our host, for ipc endpoints; `store` is our store, if we know it.
  std::optional<base::Endpoint> announced(base::BytesView heartbeat, const std::string& store, const std::string& host);
  const std::vector<base::Endpoint>& known() const { return known_; }

 private:
  std::vector<base::Endpoint> known_;
  bool told_full_ = false;
};

}  // namespace stream
