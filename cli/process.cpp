#include "cli/process.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <exception>
#include <filesystem>
#include <stdexcept>

#include "base/file_lock.h"
#include "base/log.h"
#include "base/random.h"
#include "broker/cluster_core.h"
#include "broker/core.h"
#ifdef PYGMY_ETCD
#include "broker/etcd/journal.h"
#endif
#include "broker/sqlite_archive.h"
#include "broker/sqlite_journal.h"
#include "catalog/core.h"
#include "catalog/sqlite_store.h"
#include "cli/fetch_view.h"
#include "cli/own_directory.h"
#include "cli/process_host.h"
#include "frontend/core.h"
#include "net/reactor.h"
#include "order/core.h"
#include "order/pass.h"
#include "order/sqlite_store.h"
#include "storage/aside.h"
#include "storage/snapshot_maker.h"
#include "storage/view.h"

namespace cli {
namespace {

using std::chrono::milliseconds;

base::log::Level level_of(const std::string& word) {
  if (word == "debug") return base::log::Level::kDebug;
  if (word == "warn") return base::log::Level::kWarn;
  if (word == "error") return base::log::Level::kError;
  return base::log::Level::kInfo;
}

void announce(const ProcessOptions& options, const std::string& data, base::Seq applied) {
  base::log::info("started: pid {}, listening on {}{}{}{}, applied seq {}", ::getpid(), options.listen,
                  options.ipc.empty() ? "" : " and ", options.ipc, data.empty() ? "" : ", data in " + data, applied);
}

std::optional<base::Endpoint> ipc_of(const ProcessOptions& options) {
  if (options.ipc.empty()) return std::nullopt;
  return options.ipc;
}

base::Endpoint tcp_of(const ProcessOptions& options) {
  return options.advertise.empty() ? advertised(options.listen) : options.advertise;
}

std::vector<base::Endpoint> listening(const ProcessOptions& options) {
  std::vector<base::Endpoint> endpoints{options.listen};
  if (!options.ipc.empty()) endpoints.push_back(options.ipc);
  return endpoints;
}

template <class Derive>
std::vector<base::Endpoint> each(const std::vector<base::Endpoint>& endpoints, Derive derive) {
  std::vector<base::Endpoint> derived;
  for (const auto& endpoint : endpoints) derived.push_back(derive(endpoint));
  return derived;
}

msg::Identity identity(const ProcessOptions& options, msg::Role role) {
  return {role,
          options.instance,
          base::Incarnation(base::entropy()),
          host_id(),
          tcp_of(options),
          ipc_of(options),
          static_cast<std::uint64_t>(::getpid())};
}

// A service listens for requests, subscribes to the brokers and sends them its heartbeats.
net::Sockets service_sockets(const ProcessOptions& options, const std::vector<base::Endpoint>& brokers,
                             std::vector<std::string> topics) {
  return {.serve = listening(options),
          .publish_bind = {},
          .publish_connect = each(brokers, net::heartbeat_endpoint),
          .subscribe_bind = {},
          .subscribe_connect = each(brokers, net::publish_endpoint),
          .topics = std::move(topics)};
}

// How a replica ended, and why its view is to be made anew, if so.
struct ReplicaEnd {
  std::string reason;
  std::optional<std::string> damage;
};

// Both kinds of replica are put together alike. `rebuilds_from`: as stream::ReplicaConfig.
template <class Store, class Core, class Config>
ReplicaEnd live(const ReplicaOptions& options, msg::Role role, const std::string& view, base::Mono rebuilds_from) {
  const auto me = identity(options.process, role);
  const auto beat = milliseconds(options.process.heartbeat_ms);
  const auto sockets = service_sockets(
      options.process, options.brokers,
      {std::string(msg::kBlockTopic), std::string(msg::kHeartbeatTopic), std::string(msg::kAnnounceTopic)});
  const auto open = [](const std::string& path) { return Store(path).position(); };
  const auto fault = [](const std::string& path) {
    Store snapshot(path);
    return fault_of(snapshot);
  };
  const stream::FetchConfig fetch{me,
                                  static_cast<std::uint32_t>(Store::format()),
                                  Store::kFirstFormat,
                                  options.snapshot_behind,
                                  beat,
                                  options.brokers};
  if (!fetch_view(fetch, sockets, {options.data, view, open, fault})) return {};
  Store store(view);
  storage::SnapshotMaker maker(view, options.data);
  stream::SnapshotServer snapshots(me.instance, maker);
  Config config;
  config.replica = {me, options.brokers, beat, &snapshots, rebuilds_from};
  Core core(config, store);
  net::Reactor reactor(sockets, core);
  announce(options.process, options.data, core.position().applied);
  auto reason = reactor.run();
  return {std::move(reason), core.rebuilds() ? core.diverged() : std::nullopt};
}

template <class Store, class Core, class Config>
ReplicaEnd live_or_damaged(const ReplicaOptions& options, msg::Role role, const std::string& view, base::Mono from) {
  try {
    return live<Store, Core, Config>(options, role, view, from);
  } catch (const std::exception& error) {
    auto damage = storage::damage_in(error);
    if (!damage) throw;
    return {error.what(), std::move(damage)};
  }
}

// A view that diverges or is damaged is put aside, and made anew at once (ADR 27); not twice within a short while.
template <class Store, class Core, class Config>
int run_replica(const ReplicaOptions& options, msg::Role role, const char* file) {
  return run_process(options.process, [&]() -> std::string {
    require_directory(options.data);
    require_own(options.data, {file, "lock"}, fmt::format("a replica of this role ({})", file));
    base::FileLock lock(options.data + "/lock");
    const auto view = options.data + "/" + file;
    storage::Aside aside(view);
    for (;;) {
      const auto from = aside.again_from(base::now());
      const auto end = live_or_damaged<Store, Core, Config>(options, role, view, from);
      if (!end.damage) return end.reason;
      if (base::now().mono < from) {
        return fmt::format(
            "{}; it was made anew less than {} minutes ago, so it is left as it is: is the disk or the "
            "memory of this machine failing? Remove {}.aside-* to have it made anew now",
            *end.damage, std::chrono::duration_cast<std::chrono::minutes>(aside.kStay).count(), view);
      }
      const auto position = storage::position_in(view);
      const auto kept = aside.put(position ? position->applied : base::Seq(), base::now().wall);
      base::log::error("{}; it was put aside as {}, and is made anew", *end.damage, kept);
    }
  });
}

broker::Config broker_config(const BrokerOptions& options) {
  broker::Config config;
  config.identity = identity(options.process, msg::Role::kBroker);
  config.new_store = base::new_key().substr(9);
  config.scrubs = true;
  config.members = {options.members.begin(), options.members.end()};
  config.heartbeat = milliseconds(options.process.heartbeat_ms);
  config.lease = milliseconds(options.lease_ms);
  // A few heartbeats may be late: the timeout grows with the heartbeat, so that a slow heartbeat is not a dead writer.
  config.writer_timeout = std::max<base::Duration>(config.writer_timeout, 6 * config.heartbeat);
  return config;
}

net::Sockets broker_sockets(const ProcessOptions& options) {
  const auto endpoints = listening(options);
  return {.serve = endpoints,
          .publish_bind = each(endpoints, net::publish_endpoint),
          .publish_connect = {},
          .subscribe_bind = each(endpoints, net::heartbeat_endpoint),
          .subscribe_connect = {},
          .topics = {std::string(msg::kHeartbeatTopic)}};
}

// Throws std::runtime_error unless a broker with this journal may use the data directory.
void require_directory_of(const BrokerOptions& options) {
  require_directory(options.data);
  require_own(options.data, kBrokerMarks, "a broker");
  require_journal(options.data, options.journal);
}

#ifdef PYGMY_ETCD
broker::ClusterConfig cluster_config(const BrokerOptions& options) {
  broker::ClusterConfig config;
  config.broker = broker_config(options);
  for (const auto& broker : options.brokers) {
    if (broker != tcp_of(options.process) && broker != options.process.ipc) config.peers.push_back(broker);
  }
  return config;
}

std::string run_cluster_broker(const BrokerOptions& options) {
  require_directory_of(options);
  broker::SqliteArchive archive(options.data + "/archive.db");
  const auto& etcd = options.etcd;
  broker::etcd::Journal journal({etcd.endpoints, etcd.prefix, etcd.ca, etcd.certificate, etcd.key},
                                options.process.instance, archive.tail().block, [&] { return archive.claim(); });
  broker::ClusterCore core(cluster_config(options), archive, journal, base::now());
  net::Reactor reactor(broker_sockets(options.process), core);
  reactor.watch(journal.fd(), [&](base::Now now, base::Outbox& out) {
    while (auto event = journal.next()) core.on_journal(std::move(*event), now, out);
  });
  announce(options.process, options.data, core.commit_seq());
  return reactor.run();
}
#else
std::string run_cluster_broker(const BrokerOptions&) {
  return "this program was built without etcd: use --journal sqlite, or build with PYGMY_ETCD=ON";
}
#endif

std::string run_lone_broker(const BrokerOptions& options) {
  require_directory_of(options);
  broker::SqliteJournal journal(options.data + "/journal.db");
  broker::Core core(broker_config(options), journal, base::now());
  net::Reactor reactor(broker_sockets(options.process), core);
  reactor.watch(journal.fd(), [&](base::Now now, base::Outbox& out) {
    while (const auto no = journal.completed()) core.on_committed(*no, now, out);
  });
  announce(options.process, options.data, core.commit_seq());
  return reactor.run();
}

}  // namespace

int run_process(const ProcessOptions& options, const std::function<std::string()>& body) {
  base::log::start(level_of(options.log_level), options.instance, options.log_json);
  keep_files_private();
  std::string reason;
  try {
    net::block_stop_signals();  // before the first thread starts, because threads inherit the mask
    reason = body();
  } catch (const std::exception& error) {
    reason = error.what();
  }
  if (reason.empty()) {
    base::log::info("stopped");
    return 0;
  }
  print_line(STDERR_FILENO, fmt::format("pygmy {}: {}", options.instance, reason));
  return 1;
}

int run_broker(const BrokerOptions& options) {
  return run_process(options.process, [&] {
    return options.journal == "etcd" ? run_cluster_broker(options) : run_lone_broker(options);
  });
}

int run_catalog(const ReplicaOptions& options) {
  return run_replica<catalog::SqliteStore, catalog::Core, catalog::Config>(options, msg::Role::kCatalog, "catalog.db");
}

int run_order(const ReplicaOptions& options) {
  return run_replica<order::SqliteStore, order::Core, order::Config>(options, msg::Role::kOrder, "order.db");
}

int run_frontend(const FrontendOptions& options) {
  return run_process(options.process, [&] {
    frontend::Config config;
    config.identity = identity(options.process, msg::Role::kFrontend);
    config.brokers = options.brokers;
    config.heartbeat = milliseconds(options.process.heartbeat_ms);
    config.cache_bytes = options.cache_bytes;
    frontend::Core core(config);
    net::Reactor reactor(service_sockets(options.process, options.brokers,
                                         {std::string(msg::kBlockTopic), std::string(msg::kMarkTopic),
                                          std::string(msg::kHeartbeatTopic), std::string(msg::kAnnounceTopic)}),
                         core);
    announce(options.process, "", base::Seq(0));
    return reactor.run();
  });
}

}  // namespace cli
