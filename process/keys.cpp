#include "process/keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <string_view>

#include "base/log.h"
#include "base/private_file.h"

namespace process {
namespace {

constexpr std::string_view kTcp = "tcp://";

// A name other than localhost may become any address.
bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "[::1]" ||
         (host.substr(0, 4) == "127." && host.find_first_not_of("0123456789.") == std::string_view::npos);
}

}  // namespace

bool is_of_this_machine(const base::Endpoint& endpoint) {
  if (endpoint.rfind(kTcp, 0) != 0) return true;
  return is_loopback(std::string_view(endpoint).substr(kTcp.size(), endpoint.rfind(':') - kTcp.size()));
}

void require_private_keys(const std::string& directory) {
  if (!base::is_exposed(directory)) return;
  throw std::runtime_error(fmt::format("others may use the directory of keys {0}: chmod 700 {0}", directory));
}

void require_private_token(const std::string& file) {
  if (!base::is_exposed(file)) return;
  throw std::runtime_error(fmt::format(
      "others may read the token in {0}: chmod 600 {0}. If it may have been read, grant another one, and end this one "
      "with pygmy revoke",
      file));
}

std::optional<net::Key> key_of(const KeyOptions& keys, const std::string& instance) {
  if (keys.directory.empty()) return std::nullopt;
  require_private_keys(keys.directory);
  return net::require_key(net::key_path(keys.directory, instance));
}

void require_keys(const KeyOptions& keys, const std::vector<base::Endpoint>& listens) {
  if (!keys.directory.empty() || keys.insecure) return;
  const auto open = std::find_if_not(listens.begin(), listens.end(), is_of_this_machine);
  if (open == listens.end()) return;
  throw std::runtime_error(fmt::format(
      "other machines reach {}, and there are no keys: make them (pygmy keys init DIR) and pass --keys DIR, "
      "or let everybody in with --insecure",
      *open));
}

void require_certificates(const EtcdOptions& etcd, const KeyOptions& keys) {
  const bool has_all = !etcd.ca.empty() && !etcd.certificate.empty() && !etcd.key.empty();
  if (has_all || keys.insecure) return;
  const auto is_here = [](const std::string& member) { return is_of_this_machine(fmt::format("{}{}", kTcp, member)); };
  const auto open = std::find_if_not(etcd.endpoints.begin(), etcd.endpoints.end(), is_here);
  if (open == etcd.endpoints.end()) return;
  throw std::runtime_error(
      fmt::format("other machines reach the etcd at {}, and there are no certificates for it: pass --etcd-ca, "
                  "--etcd-cert and --etcd-key{}",
                  *open, keys.directory.empty() ? ", or let everybody who reaches it in with --insecure" : ""));
}

std::optional<net::StoreKeys> keys_to_listen(const KeyOptions& keys, const std::vector<base::Endpoint>& listens) {
  if (listens.empty()) return std::nullopt;
  if (!keys.directory.empty()) {
    require_private_keys(keys.directory);
    return net::require_store_keys(keys.directory);
  }
  require_keys(keys, listens);
  return std::nullopt;
}

void tell_if_open(const KeyOptions& keys, const std::vector<base::Endpoint>& listens) {
  if (listens.empty() || !keys.directory.empty()) return;
  base::log::info("without keys: every program that reaches {} may do everything; pygmy keys init makes keys",
                  fmt::join(listens, ", "));
}

}  // namespace process
