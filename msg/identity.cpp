#include "msg/identity.h"

#include <fmt/format.h>

namespace msg {

std::optional<std::string> clock_trouble(const std::optional<std::chrono::milliseconds>& ahead) {
  if (!ahead) return std::nullopt;
  return fmt::format(
      "the clock of this host is ahead by about {} minutes and is not followed: events get the time that the monotonic "
      "clock or the other processes show. Set the clock. If it is right, stop the whole store and start it again",
      std::chrono::duration_cast<std::chrono::minutes>(*ahead).count());
}

Heartbeat heartbeat_of(const Identity& identity, std::string store, State state, Seq applied) {
  Heartbeat beat;
  beat.role = identity.role;
  beat.instance = identity.instance;
  beat.incarnation = identity.incarnation;
  beat.store = std::move(store);
  beat.host = identity.host;
  beat.tcp = identity.tcp;
  beat.ipc = identity.ipc;
  beat.pid = identity.pid;
  if (!identity.release.empty()) beat.release = identity.release;
  beat.state = state;
  beat.applied = applied;
  return beat;
}

void tell_counters(Heartbeat& beat, const base::Counters& counters, const base::Counters& loop) {
  const auto add = [&](std::string_view name, std::uint64_t value) {
    beat.counters.push_back({std::string(name), value});
  };
  counters.each(add);
  loop.each(add);
}

}  // namespace msg
