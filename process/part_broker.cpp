#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "base/random.h"
#include "broker/cluster_core.h"
#include "broker/core.h"
#include "process/part.h"
#ifdef PYGMY_ETCD
#include "broker/etcd/journal.h"
#endif
#include "broker/sqlite_archive.h"
#include "broker/sqlite_journal.h"
#include "msg/currency.h"
#include "process/host.h"
#include "process/keys.h"
#include "process/own_directory.h"

namespace process {
namespace {

using std::chrono::milliseconds;

broker::Config broker_config(const BrokerOptions& options) {
  broker::Config config;
  config.identity = identity(options.process, msg::Role::kBroker);
  config.new_store = base::new_key().substr(9);
  if (!options.currency.empty()) config.currency = msg::currency_of(options.currency);
  config.scrubs = true;
  config.members = {options.members.begin(), options.members.end()};
  config.pace.heartbeat = milliseconds(options.process.heartbeat_ms);
  config.lease = milliseconds(options.lease_ms);
  // A few heartbeats may be late: the timeout grows with the heartbeat, so that a slow heartbeat is not a dead writer.
  config.writer_timeout = std::max<base::Duration>(config.writer_timeout, 6 * config.pace.heartbeat);
  return config;
}

net::Sockets broker_sockets(const ProcessOptions& options) {
  const auto endpoints = listening(options);
  return {.serve = endpoints,
          .publish_bind = each(endpoints, net::publish_endpoint),
          .publish_connect = {},
          .subscribe_bind = each(endpoints, net::heartbeat_endpoint),
          .subscribe_connect = {},
          .topics = {std::string(msg::kHeartbeatTopic)},
          .known_as = {tcp_of(options)},
          .key = key_of(options.keys, options.instance)};
}

// Throws std::runtime_error unless a broker with this journal may use the data directory and etcd.
const BrokerOptions& checked(const BrokerOptions& options) {
  if (options.journal == "etcd") require_certificates(options.etcd, options.process.keys);
  require_directory(options.data);
  require_own(options.data, kBrokerMarks, "a broker");
  require_journal(options.data, options.journal);
  return options;
}

class LoneBroker : public Part {
 public:
  explicit LoneBroker(const BrokerOptions& options)
      : options_(checked(options)),
        journal_(options.data + "/journal.db"),
        config_(broker_config(options)),
        core_(config_, journal_, base::now()) {
    if (const auto wrong = broker::wrong_currency(config_.currency, core_.currency())) throw std::runtime_error(*wrong);
  }

  void prepare(net::Loop& loop) override {
    loop.add(broker_sockets(options_.process), core_);
    loop.watch(core_, journal_.fd(), [this](base::Turn turn) {
      while (const auto no = journal_.completed()) core_.on_committed(*no, turn);
    });
    announce(options_.process, options_.data, core_.commit_seq());
  }

  Standing standing() const override {
    const bool leads = core_.commit_seq() != base::Seq();
    return {leads, leads ? "broker: leads" : "broker: starting"};
  }

 private:
  BrokerOptions options_;
  broker::SqliteJournal journal_;
  const broker::Config config_;
  broker::Core core_;
};

#ifdef PYGMY_ETCD
broker::ClusterConfig cluster_config(const BrokerOptions& options) {
  broker::ClusterConfig config;
  config.broker = broker_config(options);
  for (const auto& broker : options.brokers) {
    if (broker != tcp_of(options.process) && broker != options.process.ipc) config.peers.push_back(broker);
  }
  return config;
}

class ClusterBroker : public Part {
 public:
  explicit ClusterBroker(const BrokerOptions& options)
      : options_(checked(options)),
        archive_(options.data + "/archive.db"),
        journal_(
            {options.etcd.endpoints, options.etcd.prefix, options.etcd.ca, options.etcd.certificate, options.etcd.key},
            options.process.instance, archive_.tail().block, [this] { return archive_.claim(); },
            broker::ClusterConfig().takeover_after),
        core_(cluster_config(options), archive_, journal_, base::now()) {}

  void prepare(net::Loop& loop) override {
    loop.add(broker_sockets(options_.process), core_);
    loop.watch(core_, journal_.fd(), [this](base::Turn turn) {
      while (auto event = journal_.next()) core_.on_journal(std::move(*event), turn);
    });
    announce(options_.process, options_.data, core_.commit_seq());
  }

  Standing standing() const override {
    if (core_.leader()) return {true, "broker: leads"};
    return {core_.is_live(), core_.is_live() ? "broker: follows" : "broker: catching up"};
  }

 private:
  BrokerOptions options_;
  broker::SqliteArchive archive_;
  broker::etcd::Journal journal_;
  broker::ClusterCore core_;
};
#endif

}  // namespace

std::unique_ptr<Part> broker_part(const BrokerOptions& options) {
  if (options.journal != "etcd") return std::make_unique<LoneBroker>(options);
#ifdef PYGMY_ETCD
  return std::make_unique<ClusterBroker>(options);
#else
  throw std::runtime_error("this program was built without etcd: use --journal sqlite, or build with PYGMY_ETCD=ON");
#endif
}

}  // namespace process
