#include "cli/up_plan.h"

#include <fmt/format.h>

#include <iterator>

#include "cli/places.h"

namespace cli {
namespace {

constexpr unsigned kEtcdMembers = 3;

unsigned brokers_of(const UpOptions& options) {
  if (options.brokers > 0) return options.brokers;
  return options.journal == "etcd" ? 2 : 1;
}

class Planner {
 public:
  Planner(const UpOptions& options, const std::string& data) : options_(options), data_(data), ipc_(has_ipc(data)) {}

  void add(const std::string& role, unsigned number, unsigned port, unsigned port_count, bool keeps_data) {
    ChildPlan child;
    child.role = role;
    child.instance = fmt::format("{}-{}", role, number);
    child.endpoint = tcp_at(reachable(options_.bind), port);
    for (unsigned i = 0; i < port_count; ++i) child.ports.push_back(port + i);
    child.arguments = {role,
                       "--instance",
                       child.instance,
                       "--listen",
                       tcp_at(options_.bind, port),
                       "--heartbeat-ms",
                       fmt::format("{}", options_.heartbeat_ms),
                       "--log-level",
                       options_.log_level};
    if (ipc_) more(child, "--ipc", ipc(child.instance));
    if (keeps_data) {
      child.directory = data_ + "/" + child.instance;
      more(child, "--data", child.directory);
    }
    role_options(child);
    children_.push_back(std::move(child));
  }

  // The three members of an etcd cluster on this machine.
  void add_etcd_members(unsigned base) {
    std::string all;
    for (unsigned i = 1; i <= kEtcdMembers; ++i)
      all += fmt::format("{}etcd-{}={}", i > 1 ? "," : "", i, http(base + kEtcdMemberPorts - 1 + i));
    for (unsigned i = 1; i <= kEtcdMembers; ++i) {
      ChildPlan child;
      child.role = "etcd";
      child.program = "etcd";
      child.instance = fmt::format("etcd-{}", i);
      const auto for_clients = http(base + kEtcdPorts - 1 + i), for_members = http(base + kEtcdMemberPorts - 1 + i);
      child.endpoint = for_clients;
      child.ports = {base + kEtcdPorts - 1 + i, base + kEtcdMemberPorts - 1 + i};
      child.directory = data_ + "/" + child.instance;
      more(child, "--name", child.instance);
      more(child, "--data-dir", child.directory);
      more(child, "--listen-client-urls", for_clients);
      more(child, "--advertise-client-urls", for_clients);
      more(child, "--listen-peer-urls", for_members);
      more(child, "--initial-advertise-peer-urls", for_members);
      more(child, "--initial-cluster", all);
      more(child, "--initial-cluster-token", options_.etcd_token);
      more(child, "--logger", "zap");
      more(child, "--log-level", "warn");
      // docs/OPERATIONS.md recommends these options. On one machine an election need not wait for slow links.
      more(child, "--snapshot-count", "2000");
      child.arguments.emplace_back("--pre-vote=true");
      more(child, "--heartbeat-interval", "50");
      more(child, "--election-timeout", "500");
      etcd_.push_back(fmt::format("127.0.0.1:{}", base + kEtcdPorts - 1 + i));
      children_.push_back(std::move(child));
    }
  }

  // A bridge has no heartbeat, no ipc endpoint and no data; it asks the frontends.
  void add_bridge(unsigned port, const std::vector<base::Endpoint>& frontends) {
    ChildPlan child;
    child.role = "bridge";
    child.instance = "bridge-1";
    child.endpoint = fmt::format("http://{}:{}", reachable(options_.bind), port);
    child.ports = {port};
    child.arguments = {"bridge", "--instance", child.instance, "--log-level", options_.log_level};
    more(child, "--listen", fmt::format("{}:{}", options_.bind == "*" ? "0.0.0.0" : options_.bind, port));
    more(child, "--frontend", frontends);
    if (options_.demo) {
      child.arguments.emplace_back("--demo");
      more(child, "--data", data_);
    }
    children_.push_back(std::move(child));
  }

  std::vector<base::Endpoint> frontends() const {
    std::vector<base::Endpoint> all;
    for (const auto& child : children_) {
      if (child.role == "frontend") all.push_back(ipc_ ? ipc(child.instance) : child.endpoint);
    }
    return all;
  }

  // All that was added becomes one process.
  void join_in_a_node() {
    ChildPlan node;
    node.role = "node";
    node.instance = "node-1";
    node.cores = std::move(children_);
    for (const auto& core : node.cores) {
      node.ports.insert(node.ports.end(), core.ports.begin(), core.ports.end());
      if (core.role == "frontend") node.endpoint = core.endpoint;
      node.arguments.insert(node.arguments.end(), {"--roles", core.role});
    }
    node.arguments.insert(node.arguments.begin(), "node");
    node_options(node);
    children_.clear();
    children_.push_back(std::move(node));
  }

  std::vector<ChildPlan> take() { return std::move(children_); }

 private:
  static void more(ChildPlan& child, const char* name, std::string value) {
    child.arguments.emplace_back(name);
    child.arguments.push_back(std::move(value));
  }

  // Repeats the option for each value, because a path may hold a comma.
  static void more(ChildPlan& child, const char* name, const std::vector<std::string>& values) {
    for (const auto& value : values) more(child, name, value);
  }

  base::Endpoint ipc(const std::string& instance) const { return ipc_at(data_, instance); }

  static std::string http(unsigned port) { return fmt::format("http://127.0.0.1:{}", port); }

  std::vector<base::Endpoint> brokers() const {
    std::vector<base::Endpoint> all;
    for (unsigned i = 0; i < brokers_of(options_); ++i) {
      all.push_back(ipc_ ? ipc(fmt::format("broker-{}", i + 1))
                         : tcp_at(reachable(options_.bind), options_.port_base + 3 * i));
    }
    return all;
  }

  std::string members() const {
    std::vector<std::string> all;
    for (unsigned i = 1; i <= options_.catalogs; ++i) all.push_back(fmt::format("catalog-{}", i));
    for (unsigned i = 1; i <= options_.orders; ++i) all.push_back(fmt::format("order-{}", i));
    return fmt::format("{}", fmt::join(all, ","));
  }

  void role_options(ChildPlan& child) const {
    if (child.role == "broker") {
      more(child, "--journal", options_.journal);
      more(child, "--lease-ms", fmt::format("{}", options_.lease_ms));
      more(child, "--members", members());
      if (options_.journal == "sqlite") return;
      etcd_options(child);
    }
    more(child, "--brokers", brokers());
    if (child.role == "frontend") more(child, "--cache-bytes", fmt::format("{}", options_.cache_bytes));
  }

  void node_options(ChildPlan& node) const {
    more(node, "--data", data_);
    more(node, "--bind", options_.bind);
    more(node, "--port-base", fmt::format("{}", options_.port_base));
    more(node, "--journal", options_.journal);
    more(node, "--lease-ms", fmt::format("{}", options_.lease_ms));
    more(node, "--members", members());
    more(node, "--heartbeat-ms", fmt::format("{}", options_.heartbeat_ms));
    more(node, "--cache-bytes", fmt::format("{}", options_.cache_bytes));
    more(node, "--log-level", options_.log_level);
    if (options_.journal == "etcd") etcd_options(node);
    if (options_.http != "off") more(node, "--http", options_.http);
    if (options_.demo) node.arguments.emplace_back("--demo");
  }

  void etcd_options(ChildPlan& child) const {
    const auto& etcd = options_.etcd;
    more(child, "--etcd", etcd_.empty() ? etcd.endpoints : etcd_);
    more(child, "--etcd-prefix", etcd.prefix);
    if (etcd.ca.empty()) return;
    more(child, "--etcd-ca", etcd.ca);
    more(child, "--etcd-cert", etcd.certificate);
    more(child, "--etcd-key", etcd.key);
  }

  const UpOptions& options_;
  const std::string& data_;
  const bool ipc_;
  std::vector<std::string> etcd_;
  std::vector<ChildPlan> children_;
};

}  // namespace

std::vector<ChildPlan> plan(const UpOptions& options, const std::string& data) {
  Planner planner(options, data);
  const auto base = options.port_base;
  if (options.cluster) planner.add_etcd_members(base);
  for (unsigned i = 0; i < brokers_of(options); ++i) planner.add("broker", i + 1, base + 3 * i, 3, true);
  for (unsigned i = 0; i < options.catalogs; ++i) planner.add("catalog", i + 1, base + kCatalogPorts + i, 1, true);
  for (unsigned i = 0; i < options.orders; ++i) planner.add("order", i + 1, base + kOrderPorts + i, 1, true);
  for (unsigned i = 0; i < options.frontends; ++i)
    planner.add("frontend", i + 1, base + kFrontendPorts + 2 * i, 1, false);
  if (options.http != "off") planner.add_bridge(static_cast<unsigned>(std::stoul(options.http)), planner.frontends());
  if (options.single) planner.join_in_a_node();
  return planner.take();
}

std::vector<ChildPlan> cores_of(const ChildPlan& child) {
  return child.cores.empty() ? std::vector<ChildPlan>{child} : child.cores;
}

std::vector<ChildPlan> cores_of(const std::vector<ChildPlan>& children) {
  std::vector<ChildPlan> all;
  for (const auto& child : children) {
    auto cores = cores_of(child);
    std::move(cores.begin(), cores.end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace cli
