#include "process/part.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "base/host.h"
#include "base/log.h"
#include "base/random.h"
#include "process/host.h"
#include "process/release.h"
#include "process/service_manager.h"
#include "storage/view_file.h"

namespace process {

void announce(const ProcessOptions& options, const std::string& data, base::Seq applied) {
  base::log::info("{} started: pid {}, listening on {}{}{}{}, applied seq {}", options.instance, ::getpid(),
                  options.listen, options.ipc.empty() ? "" : " and ", options.ipc,
                  data.empty() ? "" : ", data in " + data, applied);
}

base::Endpoint tcp_of(const ProcessOptions& options) {
  return options.advertise.empty() ? advertised(options.listen) : options.advertise;
}

std::vector<base::Endpoint> listening(const ProcessOptions& options) {
  std::vector<base::Endpoint> endpoints;
  if (!options.listen.empty()) endpoints.push_back(options.listen);
  if (!options.ipc.empty()) endpoints.push_back(options.ipc);
  return endpoints;
}

std::vector<base::Endpoint> each(const std::vector<base::Endpoint>& endpoints,
                                 base::Endpoint (*derive)(const base::Endpoint&)) {
  std::vector<base::Endpoint> derived;
  derived.reserve(endpoints.size());
  for (const auto& endpoint : endpoints) derived.push_back(derive(endpoint));
  return derived;
}

msg::Identity identity(const ProcessOptions& options, msg::Role role) {
  return {role,
          options.instance,
          base::Incarnation(base::entropy()),
          base::host_id(),
          tcp_of(options),
          options.ipc.empty() ? std::nullopt : std::optional(options.ipc),
          static_cast<std::uint64_t>(::getpid()),
          kRelease};
}

net::Sockets service_sockets(const ProcessOptions& options, const std::vector<base::Endpoint>& brokers,
                             std::vector<std::string> topics) {
  return {.serve = listening(options),
          .publish_bind = {},
          .publish_connect = each(brokers, net::heartbeat_endpoint),
          .subscribe_bind = {},
          .subscribe_connect = each(brokers, net::publish_endpoint),
          .topics = std::move(topics),
          .known_as = {tcp_of(options)}};
}

namespace {

// How a run of the parts ended. `damaged`: the view of this part is to be made anew.
struct End {
  std::string reason;
  Part* damaged = nullptr;
  std::string damage;
};

// Runs the loop to its end. If a service manager listens, it is told in every round how the parts are.
std::string run(net::Loop& loop, const Parts& parts, ServiceManager& manager) {
  const auto tell = [&] {
    const bool serve = std::all_of(parts.begin(), parts.end(), [](const auto& part) { return part->serves(); });
    manager.tell(serve, loop.is_stopping(), base::now().mono);
    return false;
  };
  if (manager.listens()) loop.run_until(tell, base::Mono::max());
  return loop.run();
}

std::string run_on(net::Loop& loop, const Parts& parts, const Part*& building, ServiceManager& manager) {
  for (const auto& part : parts) {
    building = part.get();
    part->prepare(loop);
  }
  building = nullptr;
  const auto all_prepared = [&] {
    return std::all_of(parts.begin(), parts.end(), [](const auto& part) { return part->is_prepared(); });
  };
  loop.run_until(all_prepared, base::Mono::max());
  if (loop.is_stopping()) return loop.run();
  for (const auto& part : parts) {
    building = part.get();
    part->start(loop);
  }
  building = nullptr;
  return run(loop, parts, manager);
}

End run_once(const Parts& parts, int stop_signals, ServiceManager& manager) {
  net::Loop loop(stop_signals);
  const Part* building = nullptr;
  try {
    End end{run_on(loop, parts, building, manager)};
    for (const auto& part : parts) {
      if (auto damage = part->damage()) end = {std::move(end.reason), part.get(), std::move(*damage)};
    }
    return end;
  } catch (const std::exception& error) {
    const auto damage = storage::damage_in(error);
    const auto failed = std::find_if(parts.begin(), parts.end(), [&](const auto& part) {
      return building ? part.get() == building : part->core() && part->core() == loop.failed();
    });
    if (!damage || failed == parts.end()) throw;
    return {error.what(), failed->get(), *damage};
  }
}

}  // namespace

std::string run_parts(const MakeParts& make, int stop_signals, ServiceManager& manager) {
  for (;;) {
    const auto parts = make();
    auto end = run_once(parts, stop_signals, manager);
    if (!end.damaged) return end.reason;
    end.damaged->put_aside(end.damage);
  }
}

}  // namespace process
