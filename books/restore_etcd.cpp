#include "books/restore_etcd.h"

#include <fmt/format.h>

#include <optional>
#include <stdexcept>

#include "base/random.h"
#include "up/etcd_members.h"
#include "up/secure.h"
#ifdef PYGMY_ETCD
#include "broker/etcd/seed.h"
#endif

namespace books {

#ifdef PYGMY_ETCD
namespace {

constexpr base::Duration kPatience = std::chrono::seconds(10);
constexpr base::Duration kPatienceAtStart = std::chrono::seconds(1);  // after each try: do the members still run?
constexpr int kTriesAtStart = 30;

broker::etcd::Settings settings(const process::EtcdOptions& etcd) {
  return {etcd.endpoints, etcd.prefix, etcd.ca, etcd.certificate, etcd.key};
}

// Of an `up --cluster` whose etcd has its data in `directory`. Makes the keys if there shall be some.
up::UpOptions options_of_cluster(const RestoreTask& task, const std::string& directory) {
  up::UpOptions options{.port_base = task.port_base, .cluster = true, .etcd_token = "pygmy-" + base::new_key()};
  options.etcd.prefix = task.etcd.prefix;
  if (task.secure) {
    options.keys.directory = directory + "/keys";
    up::use_etcd_certificates(options);
    up::make_keys(options, {});
  }
  return options;
}

void require(const base::Result<void>& done) {
  if (!done) throw std::runtime_error(done.error().message);
}

}  // namespace

class RestoreEtcd::Impl {
 public:
  Impl(const RestoreTask& task, const std::string& directory) {
    auto etcd = task.etcd;
    if (task.cluster) {
      const auto options = options_of_cluster(task, directory);
      members_.emplace(options, directory, directory);  // it forks, so it must come before gRPC starts threads
      etcd = options.etcd;
      etcd.endpoints = members_->endpoints();
    }
    seed_.emplace(settings(etcd));
    if (members_) wait_until_they_answer();
    require(seed_->room(kPatience));
  }

  void put(const backup::Ending& ending) {
    require(seed_->put(ending.last, ending.term, kPatience));
    if (members_) members_->stop();
  }

 private:
  void wait_until_they_answer() {
    for (int i = 0; i < kTriesAtStart && !seed_->room(kPatienceAtStart); ++i) members_->require_running();
  }

  std::optional<up::EtcdMembers> members_;
  std::optional<broker::etcd::Seed> seed_;
};
#else
class RestoreEtcd::Impl {
 public:
  Impl(const RestoreTask&, const std::string&) {
    throw std::runtime_error(
        "this program was built without etcd: restore with --journal sqlite, or build with "
        "PYGMY_ETCD=ON");
  }
  void put(const backup::Ending&) {}
};
#endif

RestoreEtcd::RestoreEtcd(const RestoreTask& task, const std::string& directory)
    : impl_(std::make_unique<Impl>(task, directory)) {}
RestoreEtcd::~RestoreEtcd() = default;

void RestoreEtcd::put(const backup::Ending& ending) { impl_->put(ending); }

std::string options_of_up(const RestoreTask& task) {
  if (task.journal != "etcd") return {};
  const auto& etcd = task.etcd;
  std::string options =
      task.cluster ? " --cluster" : fmt::format(" --journal etcd --etcd {}", fmt::join(etcd.endpoints, ","));
  if (task.cluster && task.port_base != RestoreTask().port_base)
    options += fmt::format(" --port-base {}", task.port_base);
  if (etcd.prefix != process::EtcdOptions().prefix) options += fmt::format(" --etcd-prefix {}", etcd.prefix);
  if (!etcd.ca.empty()) {
    options += fmt::format(" --etcd-ca {} --etcd-cert {} --etcd-key {}", etcd.ca, etcd.certificate, etcd.key);
  }
  if (task.insecure) options += " --insecure";
  return options;
}

}  // namespace books
