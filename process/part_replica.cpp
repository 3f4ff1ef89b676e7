#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <stdexcept>

#include "base/file_lock.h"
#include "base/log.h"
#include "catalog/core.h"
#include "catalog/sqlite_store.h"
#include "order/core.h"
#include "order/pass.h"
#include "order/sqlite_store.h"
#include "process/fetch_view.h"
#include "process/host.h"
#include "process/own_directory.h"
#include "process/part.h"
#include "storage/aside.h"
#include "storage/snapshot_maker.h"
#include "storage/view.h"

namespace process {
namespace {

// Throws if the directory is not there, or of something else.
std::string lock_of(const ReplicaOptions& options, const char* file) {
  require_directory(options.data);
  require_own(options.data, {file, "lock"}, fmt::format("a replica of this role ({})", file));
  return options.data + "/lock";
}

// Catalog and order replicas are constructed in the same way.
template <class Store, class Core, class Config>
class ReplicaPart : public Part {
 public:
  ReplicaPart(const ReplicaOptions& options, msg::Role role, const char* file)
      : options_(options),
        lock_(lock_of(options, file)),
        view_(options.data + "/" + file),
        aside_(view_),
        rebuilds_from_(aside_.again_from(base::now())),
        me_(identity(options.process, role)),
        sockets_(service_sockets(
            options.process, options.brokers,
            {std::string(msg::kBlockTopic), std::string(msg::kHeartbeatTopic), std::string(msg::kAnnounceTopic)})) {}

  Standing standing() const override {
    const auto state = core_ ? core_->state() : msg::State::kStarting;
    return {state == msg::State::kLive, fmt::format("{}: {}", msg::word(me_.role), msg::word(state))};
  }
  const base::Core* core() const override { return core_ ? &*core_ : nullptr; }
  std::optional<std::string> damage() const override {
    return core_ && core_->rebuilds() ? core_->diverged() : std::nullopt;
  }

  // Throws if the view was made anew a short while ago: then the disk or the memory may be failing.
  void put_aside(const std::string& damage) override {
    core_.reset();
    snapshots_.reset();
    maker_.reset();
    store_.reset();
    fetch_.reset();
    if (base::now().mono < rebuilds_from_) {
      throw std::runtime_error(
          fmt::format("{}; it was made anew less than {} minutes ago, so it is left as it is: is the disk or the "
                      "memory of this machine failing? Remove {}.aside-* to have it made anew now",
                      damage, std::chrono::duration_cast<std::chrono::minutes>(aside_.kStay).count(), view_));
    }
    const auto position = storage::position_in(view_);
    const auto kept = aside_.put(position ? position->applied : base::Seq(), base::now().wall);
    base::log::error("{}; it was put aside as {}, and is made anew", damage, kept);
  }

  void prepare(net::Loop& loop) override {
    const auto open = [](const std::string& path) { return Store(path).position(); };
    const auto fault = [](const std::string& path) {
      Store snapshot(path);
      return fault_of(snapshot);
    };
    fetch_.emplace(stream::FetchConfig{me_, static_cast<std::uint32_t>(Store::format()), Store::kFirstFormat,
                                       options_.snapshot_behind, pace(), options_.brokers},
                   ViewFile{options_.data, view_, open, fault});
    fetch_->begin(loop, sockets_);
  }

  bool is_prepared() const override { return fetch_->has_ended(); }

  void start(net::Loop& loop) override {
    fetch_->finish();
    fetch_.reset();
    store_.emplace(view_);
    maker_.emplace(view_, options_.data);
    snapshots_.emplace(me_.instance, *maker_);
    Config config;
    config.replica = {me_, options_.brokers, pace(), &*snapshots_, rebuilds_from_};
    core_.emplace(config, *store_);
    loop.add(sockets_, *core_);
    announce(options_.process, options_.data, core_->position().applied);
  }

 private:
  msg::Pace pace() const { return {.heartbeat = std::chrono::milliseconds(options_.process.heartbeat_ms)}; }

  ReplicaOptions options_;
  base::FileLock lock_;
  std::string view_;
  storage::Aside aside_;
  base::Mono rebuilds_from_;
  msg::Identity me_;
  net::Sockets sockets_;
  std::optional<ViewFetch> fetch_;
  std::optional<Store> store_;
  std::optional<storage::SnapshotMaker> maker_;
  std::optional<stream::SnapshotServer> snapshots_;
  std::optional<Core> core_;
};

}  // namespace

std::unique_ptr<Part> catalog_part(const ReplicaOptions& options) {
  return std::make_unique<ReplicaPart<catalog::SqliteStore, catalog::Core, catalog::Config>>(
      options, msg::Role::kCatalog, "catalog.db");
}

std::unique_ptr<Part> order_part(const ReplicaOptions& options) {
  return std::make_unique<ReplicaPart<order::SqliteStore, order::Core, order::Config>>(options, msg::Role::kOrder,
                                                                                       "order.db");
}

}  // namespace process
