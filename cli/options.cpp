#include "cli/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/etcd_options.h"
#include "cli/options_checks.h"
#include "cli/options_lists.h"
#include "cli/options_shared.h"
#include "process/bridge.h"
#include "process/node.h"
#include "process/process.h"
#include "tasks/health.h"

namespace cli {
namespace {

void add_broker(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<process::BrokerOptions>();
  auto& command =
      add_command(app, exit_code, "broker", "Run a broker: the stream and its journal", options, process::run_broker);
  add_process_options(command, options->process, "broker-1", 65533);
  add_data(command, options->data);
  add_journal(command, options->journal);
  add_list(command, "--brokers", options->brokers, broker_endpoint(),
           "With --journal etcd: all brokers of the store; this one may be among them");
  add_members(command, options->members);
  add_etcd(command, options->etcd);
  add_lease(command, options->lease_ms);
  add_currency(command, options->currency);
  command.footer(
      "A broker uses three ports: that of --listen and the next two.\n"
      "Example: pygmy broker --data /var/lib/pygmy/broker-1 --listen tcp://127.0.0.1:7400\n"
      "Example: pygmy broker --journal etcd --etcd etcd-1:2379,etcd-2:2379,etcd-3:2379 --instance broker-2 \\\n"
      "         --brokers tcp://host-1:7400,tcp://host-2:7400 --listen tcp://0.0.0.0:7400 \\\n"
      "         --keys /var/lib/pygmy/keys --data /var/lib/pygmy/broker");
  name_environment(command);
}

void add_replica(CLI::App& app, int& exit_code, const std::string& role, const std::string& what, const char* port,
                 int (*run)(const process::ReplicaOptions&)) {
  const auto options = std::make_shared<process::ReplicaOptions>();
  auto& command = add_command(app, exit_code, role, what, options, run);
  add_process_options(command, options->process, role + "-1", 65535);
  add_brokers(command, options->brokers);
  add_data(command, options->data);
  add_snapshot_behind(command, options->snapshot_behind);
  command.footer(
      fmt::format("Example: pygmy {0} --instance {0}-1 --brokers tcp://127.0.0.1:7400 --listen tcp://127.0.0.1:{1} "
                  "--data /var/lib/pygmy/{0}-1",
                  role, port));
  name_environment(command);
}

void add_frontend(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<process::FrontendOptions>();
  auto& command = add_command(app, exit_code, "frontend", "Run a frontend: the edge that clients talk to", options,
                              process::run_frontend);
  add_process_options(command, options->process, "frontend-1", 65535);
  add_brokers(command, options->brokers);
  add_cache(command, options->cache_bytes, options->cache_items);
  add_anonymous(command, options->anonymous);
  add_client_limits(command, options->clients);
  command.footer(
      "Example: pygmy frontend --brokers tcp://127.0.0.1:7400 --listen tcp://127.0.0.1:7410 --cache-bytes 64mb");
  name_environment(command);
}

void add_node(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<process::NodeOptions>();
  auto& command = add_command(app, exit_code, "node", "Run several roles in one process", options, process::run_node);
  command.add_option("--name", options->name, "End of the instance names: broker-NAME, catalog-NAME and so on")
      ->transform(instance_name())
      ->capture_default_str();
  add_list(command, "--roles", options->roles, CLI::IsMember(process::kNodeRoles),
           "The roles that it runs; all if missing")
      ->type_name("ROLE[,ROLE...]")
      ->default_str("broker,catalog,order,frontend,bridge");
  command.add_option("--data", options->data, "Directory for the data of its roles, laid out as by `up`")
      ->required()
      ->type_name("DIR");
  command.add_option("--bind", options->bind, "Address to listen on")->capture_default_str();
  command.add_option("--advertise", options->advertise, "Host that others are told instead of --bind")
      ->type_name("HOST");
  command.add_option("--port-base", options->port_base, "First of its ports, which are laid out as those of `up`")
      ->check(CLI::Range(1024u, 65460u))
      ->capture_default_str();
  add_list(command, "--brokers", options->brokers, broker_endpoint(), "The brokers of other nodes");
  add_list(command, "--frontend", options->frontends, broker_endpoint(), "Frontends of other nodes, for the bridge")
      ->type_name("tcp://HOST:PORT[,...]");
  command.add_option("--http", options->http, "Port of the HTTP bridge")
      ->check(port_number())
      ->type_name("PORT")
      ->capture_default_str();
  add_site(command, options->site);
  command.add_flag("--demo", options->demo,
                   "Let everybody who reaches the HTTP bridge kill this node, if `up` runs it");
  add_cache(command, options->cache_bytes, options->cache_items);
  add_anonymous(command, options->anonymous);
  add_client_limits(command, options->clients);
  add_snapshot_behind(command, options->snapshot_behind);
  add_lease(command, options->lease_ms);
  add_currency(command, options->currency);
  add_heartbeat(command, options->heartbeat_ms);
  add_keys(command, options->keys);
  add_journal(command, options->journal);
  add_etcd(command, options->etcd);
  add_members(command, options->members);
  add_log_options(command, options->log_level);
  command.add_flag("--log-json", options->log_json, "Log one JSON object per line");
  add_config_options(command);
  command.footer(
      "Example: pygmy node --data /var/lib/pygmy\n"
      "Example: pygmy node --roles order,frontend --name 2 --brokers tcp://host-1:7400 --bind 0.0.0.0 \\\n"
      "         --keys /var/lib/pygmy/keys --data /var/lib/pygmy");
  name_environment(command);
}

void add_bridge(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<process::BridgeOptions>();
  auto& command = add_command(app, exit_code, "bridge", "Run an HTTP bridge: the shop for browsers and programs",
                              options, process::run_bridge);
  command.add_option("--instance", options->instance, "Name of this process")
      ->transform(instance_name())
      ->capture_default_str();
  command.add_option("--listen", options->listen, "Address for HTTP requests")
      ->check(http_address())
      ->type_name("HOST:PORT")
      ->capture_default_str();
  add_list(command, "--brokers", options->brokers, broker_endpoint(),
           "All brokers of the store: then the bridge holds an edge, and needs no frontend");
  add_list(command, "--frontend", options->frontends, broker_endpoint(),
           "The frontends to ask, in this order; with --brokers, if the bridge's own edge cannot answer")
      ->default_str("tcp://127.0.0.1:7410,tcp://127.0.0.1:7412 without --brokers")
      ->type_name("tcp://HOST:PORT[,...]");
  add_cache(command, options->cache_bytes, options->cache_items);
  add_anonymous(command, options->anonymous);
  add_site(command, options->site);
  add_keys(command, options->keys, false);
  command.add_flag("--demo", options->demo, "Let every visitor kill and pause the processes of the `up` on --data");
  command.add_option("--data", options->data, "Data directory of that `up`, and for --webhooks")
      ->type_name("DIR")
      ->capture_default_str();
  add_log_options(command, options->log_level);
  command.add_flag("--log-json", options->log_json, "Log one JSON object per line");
  add_config_options(command);
  command.footer(
      "Example: pygmy bridge --listen 127.0.0.1:8080 --brokers tcp://127.0.0.1:7400\n"
      "Example: pygmy bridge --listen 127.0.0.1:8080 --frontend tcp://127.0.0.1:7410");
  name_environment(command);
}

void add_health(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<tasks::HealthOptions>();
  auto& command =
      add_command(app, exit_code, "health", "Ask one process whether it is healthy, for a container's health check",
                  options, tasks::run_health);
  command
      .add_option("--of,--url", options->of,
                  "The process to ask: HOST:PORT or URL of a bridge, or tcp://HOST:PORT of another process")
      ->envname("PYGMY_LISTEN")
      ->capture_default_str();
  command
      .add_option("--tls-cert", options->tls_certificate,
                  "Ask HOST:PORT over HTTPS, because the bridge has this certificate, which is not checked")
      ->envname("PYGMY_TLS_CERT")
      ->type_name("FILE");
  command.footer(
      "A bridge is healthy when a write and a read work, a frontend when it holds a lease, another process when it\n"
      "answers. Exit code 0: healthy; 1: not.\n"
      "Example: pygmy health --of tcp://127.0.0.1:7410\n"
      "Example: pygmy health --of https://127.0.0.1:8443/readyz");
}

}  // namespace

void add_process_commands(CLI::App& app, int& exit_code) {
  add_broker(app, exit_code);
  add_replica(app, exit_code, "catalog", "Run a catalog replica: the view of the items", "7430", process::run_catalog);
  add_replica(app, exit_code, "order",
              "Run an order replica: the view of the orders; one of them is the writer. With a number: show that order",
              "7450", process::run_order);
  add_frontend(app, exit_code);
  add_bridge(app, exit_code);
  add_node(app, exit_code);
  add_health(app, exit_code);
}

}  // namespace cli
