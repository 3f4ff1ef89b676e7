#include "up/secure.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "base/print.h"
#include "keys/certificates.h"
#include "keys/keys.h"
#include "net/key_file.h"
#include "process/host.h"
#include "process/keys.h"
#include "process/places.h"
#include "process/up_state.h"
#include "tasks/tasks.h"

namespace up {
namespace {

std::string operator_key(const UpOptions& options) { return net::key_path(options.keys.directory, kOperator); }
std::string token_path(const UpOptions& options) { return options.keys.directory + "/admin.token"; }

// Grants a token once, and keeps it in the file.
void grant_once(const std::string& path, const base::Endpoint& frontend, const char* role, const char* label) {
  if (std::filesystem::exists(path)) return;
  tasks::Common common;
  common.frontends = {frontend};
  process::write_durably(path, tasks::granted_token(common, {.role = role, .label = label}) + "\n");
}

// A store with keys is never opened, or given other keys, by an option alone. `own`: the keys in its data directory;
// empty: there are none.
void require_kept_keys(const UpOptions& options, const std::string& own, const std::string& data) {
  if (!own.empty() && options.keys.insecure) {
    throw std::runtime_error(fmt::format(
        "this store has keys, in {}: leave --insecure out. To open the store to everybody, first move them away", own));
  }
  if (!own.empty() && options.keys.directory != own) {
    throw std::runtime_error(fmt::format("this store has keys, in {}: leave --keys out, or first move them away", own));
  }
  const auto before = process::read_up_state(data);
  if (!before || before->keys.empty() || !options.keys.directory.empty() || options.keys.insecure) return;
  throw std::runtime_error(fmt::format(
      "this store had keys, in {0}: start it with --keys {0}, or open it to everybody with --insecure", before->keys));
}

}  // namespace

std::string bridge_token_path(const UpOptions& options) {
  if (!options.site.bridge_token.empty()) return options.site.bridge_token;
  return options.keys.directory.empty() ? "" : options.keys.directory + "/bridge.token";
}

void find_keys(UpOptions& options, const std::string& data) {
  if (options.secure && options.keys.insecure) throw std::runtime_error("--secure and --insecure exclude each other");
  const auto own = data + "/keys";
  const bool has_own = std::filesystem::exists(net::store_key_path(own));
  if (options.keys.directory.empty() && (options.secure || has_own)) options.keys.directory = own;
  if (!options.keys.directory.empty()) {
    options.keys.directory = std::filesystem::absolute(options.keys.directory).lexically_normal().string();
  }
  require_kept_keys(options, has_own ? own : "", data);
  process::require_private_token(options.site.bridge_token);
  process::require_webhooks(options.site.webhooks);
  process::require_collector(options.site.otlp);
  if (!options.site.otlp.empty() && options.http == "off") {
    throw std::runtime_error("--otlp: the HTTP bridge sends traces, so there are none with --http off");
  }
  const auto listens = process::tcp_at(options.bind, options.port_base);
  if (options.keys.directory.empty() && !options.keys.insecure && !process::is_of_this_machine(listens)) {
    throw std::runtime_error(fmt::format(
        "other machines reach {}, and this store has no keys: add --secure, which makes them. Or pass --keys DIR with "
        "keys of your own (pygmy keys init DIR), or let everybody in with --insecure",
        listens));
  }
  if (options.journal == "etcd" && !options.cluster) process::require_certificates(options.etcd, options.keys);
}

void use_etcd_certificates(UpOptions& options) {
  const auto files = keys::etcd_files(options.keys.directory);
  options.etcd.ca = files.ca;
  options.etcd.certificate = files.broker;
  options.etcd.key = files.broker_key;
  options.etcd_member_certificate = files.member;
  options.etcd_member_key = files.member_key;
}

bool has_etcd_certificates(const UpOptions& options, const std::string& data) {
  const auto has = [](const std::string& keys) { return !keys.empty() && keys::has_etcd_certificates(keys); };
  return has(options.keys.directory) || has(data + "/keys");
}

void make_keys(const UpOptions& options, const std::vector<ChildPlan>& plans) {
  if (options.keys.directory.empty()) return;
  std::vector<keys::Member> members{{kOperator, kOperator}};
  for (const auto& core : cores_of(plans)) {
    if (core.role != "etcd") members.push_back({core.role, core.instance});
  }
  keys::make_missing(options.keys.directory, members);
  if (!options.etcd_member_certificate.empty()) {
    keys::make_etcd_certificates(options.keys.directory, {kEtcdAddress});
  }
}

void use_operator_key(const UpOptions& options) {
  if (!options.keys.directory.empty()) ::setenv("PYGMY_KEY_FILE", operator_key(options).c_str(), 1);
}

void introduce_keys(const UpOptions& options, const base::Endpoint& frontend) {
  if (options.keys.directory.empty()) return;
  const auto path = token_path(options);
  grant_once(path, frontend, "admin", "up");
  if (options.site.bridge_token.empty()) grant_once(bridge_token_path(options), frontend, "operator", "the bridges");
  if (options.log_json) return;
  base::print("this store has keys, in {}\n", options.keys.directory);
  base::print("  its operator:    export PYGMY_KEY_FILE={}\n", operator_key(options));
  base::print("  an admin's token, for HTTP and for clients: {}\n", path);
  base::print("  another client:  pygmy keys add client NAME --keys {}\n", options.keys.directory);
}

}  // namespace up
