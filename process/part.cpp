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
#include "process/keys.h"
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
          .known_as = {tcp_of(options)},
          .key = key_of(options.keys, options.instance)};
}

namespace {

// How a run of the parts ended. `damaged`: the view of this part is to be made anew.
struct End {
  std::string reason;
  Part* damaged = nullptr;
  std::string damage;
};

Report report_of(const Parts& parts, bool stops) {
  Report report{.serves = true, .stops = stops, .lives = true, .status = stops ? "stopping" : ""};
  for (const auto& part : parts) {
    const auto [serves, text, lives] = part->standing();
    report.serves &= serves;
    report.lives &= lives;
    if (!stops) report.status += (report.status.empty() ? "" : "; ") + text;
  }
  return report;
}

// Runs the loop to its end. In every round it may tell the service manager how the parts are.
std::string run_on(net::Loop& loop, const Parts& parts, const Part*& building, ServiceManager& manager) {
  const auto run_until = [&](const auto& done) {
    const auto tell_and_ask = [&] {
      const auto now = base::now().mono;
      const bool stops = loop.is_stopping();
      if (manager.is_due(stops, now)) manager.tell(report_of(parts, stops), now);
      return done();
    };
    loop.run_until(tell_and_ask, base::Mono::max());
  };
  for (const auto& part : parts) {
    building = part.get();
    part->prepare(loop);
  }
  building = nullptr;
  run_until(
      [&] { return std::all_of(parts.begin(), parts.end(), [](const auto& part) { return part->is_prepared(); }); });
  for (const auto& part : parts) {
    if (loop.is_stopping()) break;
    building = part.get();
    part->start(loop);
  }
  building = nullptr;
  run_until([] { return false; });
  return loop.run();
}

End run_once(const Parts& parts, int stop_signals, const std::optional<net::StoreKeys>& keys, ServiceManager& manager) {
  net::Loop loop(stop_signals, keys);
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

std::string run_parts(const MakeParts& make, int stop_signals, const std::optional<net::StoreKeys>& keys,
                      ServiceManager& manager) {
  for (;;) {
    const auto parts = make();
    auto end = run_once(parts, stop_signals, keys, manager);
    if (!end.damaged) return end.reason;
    end.damaged->put_aside(end.damage);
  }
}

}  // namespace process
