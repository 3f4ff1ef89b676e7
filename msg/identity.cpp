#include "msg/identity.h"

namespace msg {

Heartbeat heartbeat_of(const Identity& identity, std::string store, State state, Seq applied, const Counters& counters,
                       const Counters& loop) {
  Heartbeat beat;
  beat.role = identity.role;
  beat.instance = identity.instance;
  beat.incarnation = identity.incarnation;
  beat.store = std::move(store);
  beat.host = identity.host;
  beat.tcp = identity.tcp;
  beat.ipc = identity.ipc;
  beat.pid = identity.pid;
  beat.state = state;
  beat.applied = applied;
  beat.counters.reserve(counters.size() + loop.size());
  for (const auto* all : {&counters, &loop}) {
    for (const auto& [name, value] : *all) beat.counters.push_back({name, value});
  }
  return beat;
}

}  // namespace msg
