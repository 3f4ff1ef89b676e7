// Relay: takes the heartbeats of the other processes and publishes them again, so that through the brokers every
// process hears every other.
//
// Threads: none; owned by a broker's core.
#pragma once

#include <string>

#include "base/core.h"
#include "base/counters.h"
#include "base/log.h"
#include "broker/membership.h"

namespace broker {

class Relay {
 public:
  Relay(Membership& membership, base::Counters& counters) : membership_(membership), counters_(counters) {}

  // Another broker announces itself. `store` is ours.
  void announced(const msg::Announce& announce, const std::string& store, base::Turn turn);
  // `store` is ours; `commit` is the end of the stream.
  void take(std::string_view topic, base::BytesView payload, const std::string& store, base::Seq commit,
            base::Turn turn);

 private:
  void warn(base::Mono now, std::string_view what);

  Membership& membership_;
  base::Counters& counters_;
  base::log::Throttle log_;
};

}  // namespace broker
