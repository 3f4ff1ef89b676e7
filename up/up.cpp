#include "up/up.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <stdexcept>

#include "base/file_lock.h"
#include "base/log.h"
#include "process/host.h"
#include "process/own_directory.h"
#include "process/service_manager.h"
#include "process/up_state.h"
#include "tasks/tasks.h"
#include "up/etcd_cluster.h"
#include "up/etcd_members.h"
#include "up/journal.h"
#include "up/plan.h"
#include "up/ports.h"
#include "up/ready.h"
#include "up/secure.h"
#include "up/supervisor.h"

namespace up {
namespace {

int complain(int exit_code, const std::string& what) {
  process::print_line(STDERR_FILENO, fmt::format("pygmy up: {}", what));
  return exit_code;
}

void require_catalogue(const std::string& file) {
  if (file.empty()) return;
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error) || ::access(file.c_str(), R_OK) != 0) {
    throw std::runtime_error(fmt::format("cannot read the catalogue {}; see --catalogue", file));
  }
}

int supervise(UpOptions options, process::ServiceManager& manager) {
  require_catalogue(options.catalogue);
  process::require_own(options.data, process::kStoreMarks, "a store");
  std::optional<base::FileLock> lock;
  process::Traces traces;
  const auto make = [&](const std::string& directory) {
    traces.will_make(directory);
    process::make_directory(directory);
  };
  make(options.data);
  const auto data = std::filesystem::canonical(options.data).string();
  traces.will_make(data + "/up.lock");
  lock.emplace(data + "/up.lock");
  make(data + "/log");
  make(data + "/run");
  std::optional<EtcdCluster> etcd;
  if (options.cluster) etcd.emplace(data);
  find_keys(options, data);
  if (const auto& token = options.site.bridge_token; !token.empty() && !std::filesystem::exists(token)) {
    base::log::warn("--bridge-token {}: there is no such file yet; the bridge reads it once it is there", token);
  }
  if (etcd) etcd->fill_in(options);
  const auto plans = plan(options, data);
  require_ports(plans, options, std::filesystem::exists(process::up_state_path(data)));
  const auto cores = cores_of(plans);
  // This check comes first, because on the data of another kind of journal the next one would take the journal for
  // lost.
  for (const auto& core : cores) {
    if (core.role == "broker") process::require_journal(core.directory, options.journal);
  }
  require_newest_journal(cores);
  require_currency(cores, options.currency);
  for (const auto& core : cores) {
    if (!core.directory.empty()) make(core.directory);
  }
  for (const auto& child : plans) {
    // The members of etcd write their logs before prepare() can still refuse.
    traces.will_make(data + "/log/" + child.instance + ".log");
  }
  // The catalogue is checked before anything starts. The check names a bad row by FILE:LINE on standard error.
  if (!options.catalogue.empty()) {
    std::vector<std::string> check{"import", options.catalogue, "--dry-run"};
    if (const auto code = currency_of(cores, options.currency); !code.empty())
      check.insert(check.end(), {"--currency", code});
    if (run_self(check, true) != 0) return 1;
  }
  if (etcd) require_etcd();
  make_keys(options, plans);  // after the last check that needs none, because keys stay
  if (etcd) etcd->prepare(options, plans);
  traces.keep();
  return Supervisor(options, data, plans, etcd ? &*etcd : nullptr, manager).run();
}

}  // namespace

int run_up(const UpOptions& asked) {
  UpOptions options = asked;
  if (options.cluster) options.journal = "etcd";
  if (options.single) {
    options.brokers = options.catalogs = options.orders = options.frontends = options.cluster ? kNodesOfACluster : 1;
  }
  if (options.single && options.cluster && options.bind != UpOptions().bind) {
    return complain(tasks::kUsage, "--single with --cluster listens on 127.0.0.1 to 127.0.0.3: leave --bind out");
  }
  if (options.cluster && !options.etcd.ca.empty()) {
    return complain(tasks::kUsage, "--cluster with --secure makes the certificates of its etcd: leave --etcd-ca out");
  }
  if (options.brokers > 1 && options.journal == "sqlite") {
    return complain(tasks::kUsage,
                    "the sqlite journal has one broker; several brokers need --cluster or --journal etcd");
  }
  if (!is_address(options.bind)) {
    return complain(tasks::kUsage, fmt::format("--bind {}: write an IPv4 address", options.bind));
  }
  if (options.lease_ms < 3 * options.heartbeat_ms) {
    return complain(tasks::kUsage, fmt::format("--lease-ms {} is too short: at least three times --heartbeat-ms {}",
                                               options.lease_ms, options.heartbeat_ms));
  }
  process::keep_files_private();
  base::log::start(base::log::level_of(options.log_level), "up", options.log_json);
  process::ServiceManager manager;  // before the first child
  try {
    return supervise(options, manager);
  } catch (const std::exception& error) {
    return complain(1, error.what());
  }
}

}  // namespace up
