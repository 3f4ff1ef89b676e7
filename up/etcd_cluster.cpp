#include "up/etcd_cluster.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

#include "base/log.h"
#include "base/notice.h"
#include "base/random.h"
#include "base/time.h"
#include "disk/durable.h"
#include "process/host.h"
#include "tasks/health.h"
#include "up/etcd_members.h"
#include "up/secure.h"
#ifdef PYGMY_ETCD
#include "broker/etcd/members.h"
#endif

namespace up {
namespace {

using Json = nlohmann::json;

constexpr int kRecordFormat = 1;
constexpr base::Duration kMakeWait = std::chrono::seconds(60);
constexpr base::Duration kLogsAgain = std::chrono::milliseconds(20);
#ifdef PYGMY_ETCD
constexpr base::Duration kReplaceAgain = std::chrono::milliseconds(500);
#endif

EtcdDirectory look_at(const ChildPlan& member) {
  EtcdDirectory found{.instance = member.instance, .path = member.directory};
#ifdef PYGMY_ETCD
  const auto identity = broker::etcd::identity_of(member.directory);
  if (!identity) {
    found.damage = identity.error().message;
  } else if (*identity) {
    found.member = (*identity)->member;
    found.cluster = (*identity)->cluster;
  }
#endif
  return found;
}

std::vector<ChildPlan> members_of(std::vector<ChildPlan> plans) {
  std::erase_if(plans, [](const ChildPlan& child) { return child.role != "etcd"; });
  return plans;
}

bool any_log(const EtcdDirectories& all) {
  return std::any_of(all.begin(), all.end(), [](const auto& one) { return one.member != 0 || !one.damage.empty(); });
}

// Renames a directory that no member can use. Its contents may belong to the user, so they are not removed.
void put_aside(const std::string& directory) {
  namespace fs = std::filesystem;
  if (!fs::exists(directory) || fs::is_empty(directory)) return;
  fs::rename(directory, directory + ".lost-" + base::new_key());
}

}  // namespace

EtcdCluster::EtcdCluster(const std::string& data) : data_(data), file_(data + "/etcd.json") {
#ifndef PYGMY_ETCD
  throw std::runtime_error("this program was built without etcd: build with PYGMY_ETCD=ON");
#endif
  read();
  if (!record_.cluster) record_.token = "pygmy-" + base::new_key();
}

void EtcdCluster::read() {
  std::ifstream file(file_);
  if (!file) return;
  const auto text = Json::parse(file, nullptr, false);
  try {
    if (text.at("format").get<int>() != kRecordFormat) throw std::runtime_error("");
    text.at("token").get_to(record_.token);
    if (text.contains("cluster")) record_.cluster = std::stoull(text.at("cluster").get<std::string>(), nullptr, 16);
    if (text.contains("port_base")) record_.port_base = text.at("port_base").get<unsigned>();
    record_.certificates = text.value("certificates", false);
  } catch (const std::exception&) {
    throw std::runtime_error(fmt::format(
        "{} cannot be read; if the directories of all members of etcd are in place, remove this file and start again",
        file_));
  }
  known_ = true;
}

void EtcdCluster::write() const {
  Json text{{"format", kRecordFormat}, {"token", record_.token}};
  if (record_.cluster) text["cluster"] = fmt::format("{:016x}", *record_.cluster);
  if (record_.port_base) text["port_base"] = *record_.port_base;
  if (record_.certificates) text["certificates"] = true;
  process::write_durably(file_, text.dump(2) + "\n");
}

EtcdDirectories EtcdCluster::look() const {
  EtcdDirectories all;
  for (const auto& member : members_) all.push_back(look_at(member));
  return all;
}

bool EtcdCluster::is_new(const EtcdDirectories& found) const { return !record_.cluster && (known_ || !any_log(found)); }

bool EtcdCluster::has_certificates(const UpOptions& options) const {
  if (record_.cluster) return record_.certificates;
  return is_new(look()) ? !options.keys.directory.empty() : has_etcd_certificates(options, data_);
}

void EtcdCluster::fill_in(UpOptions& options) {
  options.etcd_token = record_.token;
  members_ = members_of(plan(options, data_));
  record_.certificates = has_certificates(options);
  const bool has_keys = !options.keys.directory.empty();
  if (record_.certificates && !has_keys) {
    throw std::runtime_error(
        fmt::format("the etcd in {} was created with certificates, which are beside the keys of the store: start it "
                    "with --secure, or with --keys DIR",
                    data_));
  }
  if (record_.certificates) {
    use_etcd_certificates(options);
  } else if (has_keys) {
    base::log::warn(
        "the etcd in {} was created without certificates: every program of this machine can read and write the stream. "
        "To change that: pygmy backup, then pygmy restore into a new directory with --cluster --secure",
        data_);
  }
  options_ = options;
}

void EtcdCluster::prepare(const UpOptions& options, const std::vector<ChildPlan>& plans) {
  members_ = members_of(plans);
  auto found = look();
  if (is_new(found)) return make(options);
  require_same_ports(options);
  if (!record_.cluster) {
    record_.cluster = cluster_of(found);
    if (!record_.cluster) {
      throw std::runtime_error(
          fmt::format("the members of etcd in {} are of different clusters: leave only the directories in place that "
                      "belong together",
                      data_));
    }
    write();
  }
  if (has_majority(found, *record_.cluster)) return;
  throw std::runtime_error(
      fmt::format("too few members of etcd have their data; at least two of three must have them: put back {}. If the "
                  "data are lost, restore them from the brokers' archives: pygmy rescue NEWBACKUP --from {}/broker-1 "
                  "--from {}/broker-2; pygmy restore NEWBACKUP --data NEWDIR --cluster",
                  lost(found, *record_.cluster), data_, data_));
}

// The members know each other by their ports. With other ports they would look for each other for ever.
void EtcdCluster::require_same_ports(const UpOptions& options) const {
  if (!record_.port_base || *record_.port_base == options.port_base) return;
  throw std::runtime_error(
      fmt::format("the members of etcd in {} find each other at the ports of --port-base {}, where they were created: "
                  "start them with it, and not with {}",
                  data_, *record_.port_base, options.port_base));
}

// Starts the members, and kills them once each of them works. After that, `up` starts them as at any later time. A
// member that is killed before it has saved the list of members has a log, but never works. So make() moves away
// whatever an interrupted first start has left, and begins anew.
void EtcdCluster::make(const UpOptions& options) {
  for (const auto& member : members_) put_aside(member.directory);
  record_.port_base = options.port_base;
  write();
  try {
    begin(options);
  } catch (const std::exception&) {
    forget();
    throw;
  }
}

// Removes a cluster whose first start failed. It cannot have acknowledged anything. The record is removed last: without
// a record, `up` would trust a log.
void EtcdCluster::forget() const {
  std::error_code error;
  for (const auto& member : members_) {
    std::filesystem::remove_all(member.directory, error);
    if (error) return;
  }
  std::filesystem::remove(file_, error);
}

void EtcdCluster::begin(const UpOptions& options) {
  EtcdMembers members(options, data_, data_ + "/log");
  const auto give_up = base::now().mono + kMakeWait;
  const tasks::TlsFiles files{options.etcd.ca, options.etcd.certificate, options.etcd.key};
  const auto works = [&](const ChildPlan& member) { return !tasks::unhealthy(member.endpoint + "/health", files); };
  while (!std::all_of(members_.begin(), members_.end(), works)) {
    members.require_running();
    if (base::now().mono >= give_up) {
      throw std::runtime_error(fmt::format("the members of etcd do not start to work: {}", members.last_words()));
    }
    std::this_thread::sleep_for(kLogsAgain);
  }
  record_.cluster = cluster_of(look());
  if (!record_.cluster) throw std::runtime_error(fmt::format("the members of etcd in {} have no log", data_));
  for (const auto& member : members_) disk::sync(member.directory);
  disk::sync(data_);
  write();
}

EtcdVerdict EtcdCluster::verdict(const ChildPlan& member) const {
  return up::verdict(look(), member.instance, *record_.cluster);
}

#ifdef PYGMY_ETCD
void EtcdCluster::rejoin(const ChildPlan& member) const {
  put_aside(member.directory);
  const auto& etcd = options_.etcd;
  broker::etcd::Settings settings{{}, etcd.prefix, etcd.ca, etcd.certificate, etcd.key};
  std::vector<std::string> others;
  for (const auto& other : members_) {
    if (other.instance == member.instance) continue;
    others.push_back(other.instance);
    settings.endpoints.push_back(fmt::format("{}:{}", kEtcdAddress, other.ports.front()));
  }
  const auto peer_url = etcd_url(options_, member.ports.back());
  broker::etcd::Members cluster(settings);
  for (std::string said;; std::this_thread::sleep_for(kReplaceAgain)) {
    const auto replaced = cluster.replace(member.instance, peer_url, others);
    if (replaced) break;
    if (replaced.error().message != said)
      base::notice("the cluster has not added it anew yet: {}\n", replaced.error().message);
    said = replaced.error().message;
  }
  base::notice("{} was taken off the cluster and added anew\n", member.instance);
}
#else
void EtcdCluster::rejoin(const ChildPlan&) const {}
#endif

}  // namespace up
