#include "process/node.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "process/host.h"
#include "process/keys.h"
#include "process/places.h"

namespace process {
namespace {

class Layout {
 public:
  Layout(const NodeOptions& options, const std::string& data) : options_(options), data_(data) {}

  bool has(const std::string& role) const {
    return std::find(options_.roles.begin(), options_.roles.end(), role) != options_.roles.end();
  }
  std::string instance(const std::string& role) const { return role + "-" + options_.name; }
  std::string directory(const std::string& role) const { return data_ + "/" + instance(role); }

  ProcessOptions process(const std::string& role, unsigned offset) const {
    ProcessOptions process;
    const auto port = options_.port_base + offset;
    process.instance = instance(role);
    process.listen = tcp_at(options_.bind, port);
    if (has_ipc(data_)) process.ipc = ipc_at(data_, process.instance);
    if (!options_.advertise.empty()) process.advertise = tcp_at(options_.advertise, port);
    process.heartbeat_ms = options_.heartbeat_ms;
    process.keys = options_.keys;
    return process;
  }

  // Returns the endpoint at which the other parts of this node reach the one of this role.
  base::Endpoint own(const std::string& role, unsigned offset) const {
    const auto options = process(role, offset);
    return options.ipc.empty() ? tcp_at(reachable(options_.bind), options_.port_base + offset) : options.ipc;
  }

  std::vector<base::Endpoint> brokers() const {
    auto all = options_.brokers;
    if (has("broker")) all.insert(all.begin(), own("broker", 0));
    if (all.empty()) throw std::runtime_error("a node without the role broker needs --brokers");
    return all;
  }

  std::vector<base::Endpoint> frontends() const {
    auto all = options_.frontends;
    if (has("frontend")) all.insert(all.begin(), own("frontend", kFrontendPorts));
    if (all.empty()) throw std::runtime_error("a node with the role bridge and without frontend needs --frontend");
    return all;
  }

 private:
  const NodeOptions& options_;
  const std::string& data_;
};

ReplicaOptions replica(const Layout& layout, const NodeOptions& options, const std::string& role, unsigned offset) {
  return {layout.process(role, offset), layout.brokers(), layout.directory(role), options.snapshot_behind};
}

BridgeOptions bridge_options(const Layout& layout, const NodeOptions& options, const std::string& data) {
  const auto host = options.bind == "*" ? "0.0.0.0" : options.bind;
  BridgeOptions bridge;
  bridge.instance = layout.instance("bridge");
  bridge.listen = fmt::format("{}:{}", host, options.http);
  bridge.frontends = layout.frontends();
  bridge.site = options.site;
  bridge.demo = options.demo;
  bridge.keys = options.keys;
  bridge.data = data;
  return bridge;
}

void make_if_missing(const std::string& directory) {
  if (!std::filesystem::exists(directory)) make_directory(directory);
}

}  // namespace

NodeRoles node_roles(const NodeOptions& options, const std::string& data) {
  const Layout layout(options, data);
  NodeRoles roles;
  if (layout.has("broker")) {
    if (options.journal == "etcd") require_certificates(options.etcd, options.keys);
    const auto all = options.journal == "etcd" ? layout.brokers() : std::vector<base::Endpoint>{};
    roles.broker = {layout.process("broker", 0),
                    layout.directory("broker"),
                    options.journal,
                    all,
                    options.etcd,
                    options.members,
                    options.lease_ms,
                    options.currency};
  }
  if (layout.has("catalog")) roles.catalog = replica(layout, options, "catalog", kCatalogPorts);
  if (layout.has("order")) roles.order = replica(layout, options, "order", kOrderPorts);
  if (layout.has("frontend")) {
    roles.frontend = {layout.process("frontend", kFrontendPorts),
                      layout.brokers(),
                      options.cache_bytes,
                      options.cache_items,
                      options.anonymous,
                      options.clients};
  }
  if (layout.has("bridge")) roles.bridge = bridge_options(layout, options, data);
  return roles;
}

void make_directories(const NodeRoles& roles, const std::string& data) {
  require_directory(data);
  make_if_missing(data + "/run");
  const auto is_there = [](const auto& replica) { return replica && std::filesystem::exists(replica->data); };
  if (roles.broker && !is_there(roles.catalog) && !is_there(roles.order)) make_if_missing(roles.broker->data);
  if (roles.catalog) make_if_missing(roles.catalog->data);
  if (roles.order) make_if_missing(roles.order->data);
}

}  // namespace process
