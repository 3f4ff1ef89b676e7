#include "up/plan.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "keys/certificates.h"
#include "process/places.h"
#include "up/secure.h"

namespace up {
namespace {

constexpr unsigned kEtcdMembers = 3;

unsigned brokers_of(const UpOptions& options) {
  if (options.brokers > 0) return options.brokers;
  return options.journal == "etcd" ? 2 : 1;
}

class Planner {
 public:
  Planner(const UpOptions& options, const std::string& data)
      : options_(options), data_(data), ipc_(process::has_ipc(data)) {}

  void add(const std::string& role, unsigned number, unsigned port, unsigned port_count, bool keeps_data) {
    ChildPlan child;
    child.role = role;
    child.instance = fmt::format("{}-{}", role, number);
    child.bind = bind_;
    child.endpoint = process::tcp_at(process::reachable(bind_), port);
    for (unsigned i = 0; i < port_count; ++i) child.ports.push_back(port + i);
    child.arguments = {role,
                       "--instance",
                       child.instance,
                       "--listen",
                       process::tcp_at(bind_, port),
                       "--heartbeat-ms",
                       fmt::format("{}", options_.heartbeat_ms),
                       "--log-level",
                       options_.log_level};
    if (options_.log_json) child.arguments.emplace_back("--log-json");
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
      all += fmt::format("{}etcd-{}={}", i > 1 ? "," : "", i,
                         etcd_url(options_, base + process::kEtcdMemberPorts - 1 + i));
    for (unsigned i = 1; i <= kEtcdMembers; ++i) {
      ChildPlan child;
      child.role = "etcd";
      child.program = "etcd";
      child.instance = fmt::format("etcd-{}", i);
      const auto for_clients = etcd_url(options_, base + process::kEtcdPorts - 1 + i),
                 for_members = etcd_url(options_, base + process::kEtcdMemberPorts - 1 + i);
      child.endpoint = for_clients;
      child.bind = kEtcdAddress;
      child.ports = {base + process::kEtcdPorts - 1 + i, base + process::kEtcdMemberPorts - 1 + i};
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
      member_certificates(child);
      etcd_.push_back(fmt::format("{}:{}", kEtcdAddress, base + process::kEtcdPorts - 1 + i));
      children_.push_back(std::move(child));
    }
  }

  // A bridge holds an edge of its own (ADR 43), and asks the frontends if that edge cannot answer. It has no ipc
  // endpoint and no data.
  void add_bridge(unsigned number, unsigned port, const std::vector<base::Endpoint>& frontends) {
    ChildPlan child;
    child.role = "bridge";
    child.instance = fmt::format("bridge-{}", number);
    child.bind = bind_;
    child.endpoint = fmt::format("{}://{}:{}", options_.site.tls_certificate.empty() ? "http" : "https",
                                 process::reachable(bind_), port);
    child.ports = {port};
    child.arguments = {"bridge", "--instance", child.instance, "--log-level", options_.log_level};
    if (options_.log_json) child.arguments.emplace_back("--log-json");
    more(child, "--listen", fmt::format("{}:{}", bind_ == "*" ? "0.0.0.0" : bind_, port));
    more(child, "--brokers", brokers());
    more(child, "--frontend", frontends);
    cache_options(child);
    key_options(child);
    site_options(child);
    if (options_.demo) child.arguments.emplace_back("--demo");
    if (options_.demo || !options_.site.webhooks.empty()) more(child, "--data", data_);
    children_.push_back(std::move(child));
  }

  std::vector<base::Endpoint> frontends() const {
    std::vector<base::Endpoint> all;
    for (const auto& child : children_) {
      if (child.role == "frontend") all.push_back(ipc_ ? ipc(child.instance) : child.endpoint);
    }
    return all;
  }

  // One process with a core of each role.
  void add_node(unsigned number) {
    auto others = std::exchange(children_, {});
    bind_ = bind_of(number);
    const auto base = options_.port_base;
    add("broker", number, base, 3, true);
    add("catalog", number, base + process::kCatalogPorts, 1, true);
    add("order", number, base + process::kOrderPorts, 1, true);
    add("frontend", number, base + process::kFrontendPorts, 1, false);
    if (options_.http != "off") add_bridge(number, static_cast<unsigned>(std::stoul(options_.http)), frontends());
    auto cores = std::exchange(children_, std::move(others));
    children_.push_back(node_of(number, std::move(cores)));
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

  ChildPlan node_of(unsigned number, std::vector<ChildPlan> cores) const {
    ChildPlan node;
    node.role = "node";
    node.instance = fmt::format("node-{}", number);
    node.bind = bind_;
    node.arguments = {"node", "--name", fmt::format("{}", number)};
    for (const auto& core : cores) {
      node.ports.insert(node.ports.end(), core.ports.begin(), core.ports.end());
      if (core.role == "frontend") node.endpoint = core.endpoint;
      more(node, "--roles", core.role);
    }
    node.cores = std::move(cores);
    node_options(node, number);
    return node;
  }

  // The nodes of a cluster have the same ports, each at an address of its own.
  std::string bind_of(unsigned node) const {
    return options_.cluster ? fmt::format("127.0.0.{}", node) : options_.bind;
  }

  base::Endpoint broker(unsigned number) const {
    if (ipc_) return ipc(fmt::format("broker-{}", number));
    if (options_.single) return process::tcp_at(process::reachable(bind_of(number)), options_.port_base);
    return process::tcp_at(process::reachable(options_.bind), options_.port_base + 3 * (number - 1));
  }

  base::Endpoint ipc(const std::string& instance) const { return process::ipc_at(data_, instance); }

  // `except`: the number of a broker that is left out; 0: none.
  std::vector<base::Endpoint> brokers(unsigned except = 0) const {
    std::vector<base::Endpoint> all;
    for (unsigned i = 1; i <= brokers_of(options_); ++i) {
      if (i != except) all.push_back(broker(i));
    }
    return all;
  }

  std::string members() const {
    std::vector<std::string> all;
    for (unsigned i = 1; i <= options_.catalogs; ++i) all.push_back(fmt::format("catalog-{}", i));
    for (unsigned i = 1; i <= options_.orders; ++i) all.push_back(fmt::format("order-{}", i));
    return fmt::format("{}", fmt::join(all, ","));
  }

  void key_options(ChildPlan& child) const {
    if (!options_.keys.directory.empty()) more(child, "--keys", options_.keys.directory);
    if (options_.keys.insecure && child.role != "bridge") child.arguments.emplace_back("--insecure");
  }

  void role_options(ChildPlan& child) const {
    key_options(child);
    if (child.role == "broker") {
      more(child, "--journal", options_.journal);
      more(child, "--lease-ms", fmt::format("{}", options_.lease_ms));
      if (!options_.currency.empty()) more(child, "--currency", options_.currency);
      more(child, "--members", members());
      if (options_.journal == "sqlite") return;
      etcd_options(child);
    }
    more(child, "--brokers", brokers());
    if (child.role != "frontend") return;
    cache_options(child);
    client_limits(child);
  }

  void node_options(ChildPlan& node, unsigned number) const {
    more(node, "--data", data_);
    more(node, "--bind", node.bind);
    more(node, "--brokers", brokers(number));
    more(node, "--port-base", fmt::format("{}", options_.port_base));
    more(node, "--journal", options_.journal);
    more(node, "--lease-ms", fmt::format("{}", options_.lease_ms));
    if (!options_.currency.empty()) more(node, "--currency", options_.currency);
    more(node, "--members", members());
    more(node, "--heartbeat-ms", fmt::format("{}", options_.heartbeat_ms));
    cache_options(node);
    client_limits(node);
    key_options(node);
    more(node, "--log-level", options_.log_level);
    if (options_.log_json) node.arguments.emplace_back("--log-json");
    if (options_.journal == "etcd") etcd_options(node);
    if (options_.http != "off") more(node, "--http", options_.http);
    site_options(node);
    if (options_.demo) node.arguments.emplace_back("--demo");
  }

  void cache_options(ChildPlan& child) const {
    more(child, "--cache-bytes", fmt::format("{}", options_.cache_bytes));
    more(child, "--cache-items", fmt::format("{}", options_.cache_items));
    if (options_.anonymous != "auto") more(child, "--anonymous", options_.anonymous);
  }

  static void limit(ChildPlan& child, const char* name, std::uint32_t value) {
    if (value > 0) more(child, name, fmt::format("{}", value));
  }

  void client_limits(ChildPlan& child) const {
    limit(child, "--client-rate", options_.clients.rate);
    limit(child, "--client-burst", options_.clients.burst);
    limit(child, "--client-connections", options_.clients.connections);
  }

  void site_options(ChildPlan& child) const {
    more(child, "--host", options_.site.hosts);
    more(child, "--cors", options_.site.origins);
    if (!options_.site.tls_certificate.empty()) {
      more(child, "--tls-cert", options_.site.tls_certificate);
      more(child, "--tls-key", options_.site.tls_key);
    }
    if (const auto token = bridge_token_path(options_); !token.empty()) more(child, "--bridge-token", token);
    if (!options_.site.webhooks.empty()) more(child, "--webhooks", options_.site.webhooks);
    if (!options_.site.otlp.empty()) {
      more(child, "--otlp", options_.site.otlp);
      more(child, "--trace-sample", fmt::format("{}", options_.site.trace_sample));
    }
    limit(child, "--rate", options_.site.rate);
    limit(child, "--burst", options_.site.burst);
    limit(child, "--connections", options_.site.connections);
    limit(child, "--token-rate", options_.site.token_rate);
    limit(child, "--token-burst", options_.site.token_burst);
    limit(child, "--token-requests", options_.site.token_requests);
    limit(child, "--token-streams", options_.site.token_streams);
    more(child, "--trusted-proxy", options_.site.trusted_proxies);
    if (options_.site.labs != "auto") more(child, "--labs", options_.site.labs);
  }

  // Clients and other members need a certificate of the same authority, and members have a name of their own, so that a
  // broker cannot pose as one.
  void member_certificates(ChildPlan& child) const {
    if (options_.etcd_member_certificate.empty()) return;
    for (const std::string kind : {"--", "--peer-"}) {
      child.arguments.push_back(kind + "client-cert-auth=true");
      more(child, (kind + "trusted-ca-file").c_str(), options_.etcd.ca);
      more(child, (kind + "cert-file").c_str(), options_.etcd_member_certificate);
      more(child, (kind + "key-file").c_str(), options_.etcd_member_key);
    }
    more(child, "--peer-cert-allowed-cn", keys::kMemberName);
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
  std::string bind_ = options_.bind;  // of the processes that are added
  std::vector<std::string> etcd_;
  std::vector<ChildPlan> children_;
};

}  // namespace

std::vector<ChildPlan> plan(const UpOptions& options, const std::string& data) {
  Planner planner(options, data);
  const auto base = options.port_base;
  if (options.cluster) planner.add_etcd_members(base);
  if (options.single) {
    for (unsigned i = 1; i <= brokers_of(options); ++i) planner.add_node(i);
    return planner.take();
  }
  for (unsigned i = 0; i < brokers_of(options); ++i) planner.add("broker", i + 1, base + 3 * i, 3, true);
  for (unsigned i = 0; i < options.catalogs; ++i)
    planner.add("catalog", i + 1, base + process::kCatalogPorts + i, 1, true);
  for (unsigned i = 0; i < options.orders; ++i) planner.add("order", i + 1, base + process::kOrderPorts + i, 1, true);
  for (unsigned i = 0; i < options.frontends; ++i)
    planner.add("frontend", i + 1, base + process::kFrontendPorts + 2 * i, 1, false);
  if (options.http != "off")
    planner.add_bridge(1, static_cast<unsigned>(std::stoul(options.http)), planner.frontends());
  return planner.take();
}

std::string etcd_url(const UpOptions& options, unsigned port) {
  return fmt::format("{}://{}:{}", options.etcd_member_certificate.empty() ? "http" : "https", kEtcdAddress, port);
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

}  // namespace up
