#include "cli/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/etcd_options.h"
#include "cli/options_checks.h"
#include "cli/options_config.h"
#include "cli/options_lists.h"
#include "process/bridge.h"
#include "process/node.h"
#include "process/process.h"
#include "tasks/health.h"
#include "up/logs.h"
#include "up/ps.h"
#include "up/up.h"

namespace cli {
namespace {

void add_log_options(CLI::App& command, std::string& level) {
  command.add_option("--log-level", level, "Log messages of this level and of more important ones")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}))
      ->capture_default_str();
}

void add_heartbeat(CLI::App& command, unsigned& heartbeat_ms) {
  command.add_option("--heartbeat-ms", heartbeat_ms, "Milliseconds between two heartbeats")
      ->check(CLI::Range(5u, 2000u))
      ->capture_default_str();
}

void add_lease(CLI::App& command, unsigned& lease_ms) {
  command
      .add_option("--lease-ms", lease_ms,
                  "Milliseconds for which a frontend may answer without hearing from the broker")
      ->check(CLI::Range(50u, 60000u))
      ->capture_default_str();
}

void add_currency(CLI::App& command, std::string& currency) {
  command
      .add_option("--currency", currency,
                  "Currency of the prices, like EUR: a new store gets it for good, and another store must have it")
      ->check(currency_code())
      ->type_name("CODE");
}

void add_cache_bytes(CLI::App& command, std::uint64_t& cache_bytes) {
  command.add_option("--cache-bytes", cache_bytes, "Size of a frontend's cache, like 64mb; 0: no cache")
      ->transform(CLI::AsSizeValue(false))
      ->capture_default_str();
}

void add_snapshot_behind(CLI::App& command, std::uint64_t& snapshot_behind) {
  command
      .add_option(
          "--snapshot-behind", snapshot_behind,
          "Fetch a snapshot of another replica's view first if more events than this must be replayed; 0: never")
      ->capture_default_str();
}

void add_members(CLI::App& command, std::vector<std::string>& members) {
  add_list(command, "--members", members, instance_name(),
           "Instances of all catalog and order replicas; the broker compares the digests of these alone")
      ->type_name("NAME[,NAME...]");
}

void add_config_options(CLI::App& command) {
  command.add_option(kConfig, "TOML file with options")->type_name("FILE")->envname("PYGMY_CONFIG");
  command.add_flag(kPrintConfig)->description("Print the options in force as TOML, and end");
}

void add_process_options(CLI::App& command, process::ProcessOptions& options, const std::string& instance,
                         unsigned port_max) {
  options.instance = instance;
  command
      .add_option("--instance", options.instance,
                  "Name of this process, unique in the store; {host} in it is replaced by this machine's name")
      ->transform(instance_name())
      ->capture_default_str();
  command.add_option("--listen", options.listen, "Endpoint for requests")->required()->check(tcp_endpoint(port_max));
  command.add_option("--ipc", options.ipc, "Second endpoint, for processes on this host")->check(ipc_endpoint());
  command.add_option("--advertise", options.advertise, "Endpoint that other processes are told instead of --listen")
      ->check(tcp_endpoint(port_max));
  add_heartbeat(command, options.heartbeat_ms);
  add_log_options(command, options.log_level);
  command.add_flag("--log-json", options.log_json, "Log one JSON object per line");
  add_config_options(command);
}

void add_site(CLI::App& command, process::SiteOptions& site) {
  add_list(command, "--host", site.hosts, web_host(),
           "Further names of this machine that HTTP requests may have in their Host header")
      ->type_name("NAME[,NAME...]");
  add_list(command, "--cors", site.origins, web_origin(), "Sites whose pages may use the HTTP bridge (CORS)")
      ->type_name("ORIGIN[,ORIGIN...]");
  command
      .add_option("--labs", site.labs,
                  "Serve the paths of the course's labs; auto: only if the bridge listens on a loopback address")
      ->check(CLI::IsMember({"on", "off", "auto"}))
      ->type_name("on|off|auto")
      ->capture_default_str();
}

void add_brokers(CLI::App& command, std::vector<base::Endpoint>& brokers) {
  add_list(command, "--brokers", brokers, broker_endpoint(), "All brokers of the store")->required();
}

void add_data(CLI::App& command, std::string& data) {
  command.add_option("--data", data, "Directory for the data of this process; it must exist")
      ->required()
      ->type_name("DIR");
}

// Adds a command that calls `run` with its options. The options live as long as the command.
template <class Options>
CLI::App& add_command(CLI::App& app, int& exit_code, const std::string& name, const std::string& what,
                      std::shared_ptr<Options> options, int (*run)(const Options&)) {
  auto* command = app.add_subcommand(name, what);
  command->callback([command, options, run, &exit_code] {
    const auto* print = command->get_option_no_throw(kPrintConfig);
    if (print && print->count() > 0) return print_config(*command);
    exit_code = run(*options);
  });
  return *command;
}

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
      "         --brokers tcp://host-1:7400,tcp://host-2:7400 --listen tcp://0.0.0.0:7400 --data "
      "/var/lib/pygmy/broker");
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
  add_cache_bytes(command, options->cache_bytes);
  command.footer(
      "Example: pygmy frontend --brokers tcp://127.0.0.1:7400 --listen tcp://127.0.0.1:7410 --cache-bytes 64mb");
  name_environment(command);
}

void add_up_counts(CLI::App& command, up::UpOptions& options, CLI::Option& single) {
  const auto count = [&](const char* name, unsigned& value, const char* what) {
    command.add_option(name, value, what)->check(CLI::Range(1u, 10u))->capture_default_str()->excludes(&single);
  };
  command
      .add_option("--brokers", options.brokers,
                  "Number of brokers; more than one with --journal etcd or --cluster (default: 1, or 2 on etcd)")
      ->check(CLI::Range(1u, 3u))
      ->excludes(&single);
  count("--catalogs", options.catalogs, "Number of catalog replicas");
  count("--orders", options.orders, "Number of order replicas");
  count("--frontends", options.frontends, "Number of frontends");
}

void add_up(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<up::UpOptions>();
  auto& command = add_command(app, exit_code, "up", "Run a whole store on this machine", options, up::run_up);
  auto* single = command.add_flag("--single", options->single,
                                  "Run the store as one process with one of each role; with --cluster as three");
  add_up_counts(command, *options, *single);
  command.add_option("--port-base", options->port_base, "First of the ports; `up` uses up to 70 ports from here")
      ->check(CLI::Range(1024u, 65460u))
      ->capture_default_str();
  command.add_option("--bind", options->bind, "Address to listen on")->capture_default_str();
  command.add_option("--data", options->data, "Directory for the data of the store; created if missing")
      ->type_name("DIR")
      ->capture_default_str();
  command.add_option("--catalogue", options->catalogue, "CSV file to load into the store if the store is empty")
      ->type_name("FILE");
  command.add_flag("--no-restart", options->no_restart, "Do not restart a process that ends");
  add_cache_bytes(command, options->cache_bytes);
  add_lease(command, options->lease_ms);
  add_currency(command, options->currency);
  add_heartbeat(command, options->heartbeat_ms);
  add_journal(command, options->journal);
  auto* etcd = add_etcd(command, options->etcd);
  command.add_flag("--cluster", options->cluster, "Also start an etcd of three members, which keeps the stream")
      ->excludes(etcd);
  command.add_option("--http", options->http, "Port of the HTTP bridge, or off")
      ->check(port_or_off())
      ->type_name("PORT|off")
      ->capture_default_str();
  add_site(command, options->site);
  command.add_flag("--demo", options->demo,
                   "Let every visitor of the HTTP bridge kill and pause the processes of this store");
  add_log_options(command, options->log_level);
  command.add_flag("--log-json", options->log_json, "All processes log one JSON object per line, and so does `up`");
  command.add_option("--log-bytes", options->log_bytes, "Size at which a log is put aside as LOG.1, like 32mb")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::Range(std::uint64_t{1024}, std::uint64_t{1} << 40))
      ->capture_default_str();
  command.add_option("--log-files", options->log_files, "Number of logs that are kept so for each process")
      ->check(CLI::Range(1u, 100u))
      ->capture_default_str();
  add_config_options(command);
  command.footer(
      "Example: pygmy up --catalogue samples/bookstore.csv\n"
      "Example: pygmy up --single\n"
      "Example: pygmy up --cluster --brokers 3\n"
      "Example: pygmy up --cluster --single");
  name_environment(command);
}

void add_node(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<process::NodeOptions>();
  auto& command = add_command(app, exit_code, "node", "Run several roles in one process", options, process::run_node);
  command.add_option("--name", options->name, "Its part of the instances: broker-NAME, catalog-NAME and so on")
      ->check(instance_name())
      ->capture_default_str();
  add_list(command, "--roles", options->roles, CLI::IsMember(process::kNodeRoles), "What it runs; all roles if missing")
      ->type_name("ROLE[,ROLE...]")
      ->default_str("broker,catalog,order,frontend,bridge");
  command.add_option("--data", options->data, "Directory for what it keeps, laid out as by `up`")
      ->required()
      ->type_name("DIR");
  command.add_option("--bind", options->bind, "Address to listen on")->capture_default_str();
  command.add_option("--advertise", options->advertise, "Host that others are told instead of --bind")
      ->type_name("HOST");
  command.add_option("--port-base", options->port_base, "First of the ports it uses: as those of `up`")
      ->check(CLI::Range(1024u, 65460u))
      ->capture_default_str();
  add_list(command, "--brokers", options->brokers, broker_endpoint(), "The brokers of other nodes");
  add_list(command, "--frontend", options->frontends, broker_endpoint(), "Frontends of other nodes, for the bridge")
      ->type_name("EP[,EP...]");
  command.add_option("--http", options->http, "Port of the HTTP bridge")
      ->check(port_number())
      ->type_name("PORT")
      ->capture_default_str();
  add_site(command, options->site);
  command.add_flag("--demo", options->demo,
                   "Let everybody who reaches the HTTP bridge kill this node, if `up` runs it");
  add_cache_bytes(command, options->cache_bytes);
  add_snapshot_behind(command, options->snapshot_behind);
  add_lease(command, options->lease_ms);
  add_currency(command, options->currency);
  add_heartbeat(command, options->heartbeat_ms);
  add_journal(command, options->journal);
  add_etcd(command, options->etcd);
  add_members(command, options->members);
  add_log_options(command, options->log_level);
  command.add_flag("--log-json", options->log_json, "Log a JSON object a line");
  add_config_options(command);
  command.footer(
      "Example: pygmy node --data /var/lib/pygmy\n"
      "Example: pygmy node --roles order,frontend --name 2 --brokers tcp://host-1:7400 --bind 0.0.0.0 --data "
      "/var/lib/pygmy");
  name_environment(command);
}

void add_bridge(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<process::BridgeOptions>();
  auto& command = add_command(app, exit_code, "bridge", "Run an HTTP bridge: the shop for browsers and programs",
                              options, process::run_bridge);
  command.add_option("--instance", options->instance, "Name of this process")
      ->check(instance_name())
      ->capture_default_str();
  command.add_option("--listen", options->listen, "Address for HTTP requests")
      ->check(http_address())
      ->type_name("HOST:PORT")
      ->capture_default_str();
  add_list(command, "--frontend", options->frontends, broker_endpoint(), "The frontends to ask, in this order")
      ->default_str("tcp://127.0.0.1:7410,tcp://127.0.0.1:7412")
      ->type_name("EP[,EP...]");
  options->frontends = {"tcp://127.0.0.1:7410", "tcp://127.0.0.1:7412"};
  add_site(command, options->site);
  command.add_flag("--demo", options->demo, "Let every visitor kill and pause the processes of the `up` on --data");
  command.add_option("--data", options->data, "Data directory of that `up`")->type_name("DIR")->capture_default_str();
  add_log_options(command, options->log_level);
  command.add_flag("--log-json", options->log_json, "Log one JSON object per line");
  add_config_options(command);
  command.footer("Example: pygmy bridge --listen 127.0.0.1:8080 --frontend tcp://127.0.0.1:7410");
  name_environment(command);
}

void add_health(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<tasks::HealthOptions>();
  auto& command =
      add_command(app, exit_code, "health", "Ask one process whether it is healthy, for a container's health check",
                  options, tasks::run_health);
  command
      .add_option("--of,--url", options->of,
                  "The process to ask: HOST:PORT of a bridge, or tcp://HOST:PORT of another process")
      ->envname("PYGMY_LISTEN")
      ->capture_default_str();
  command.footer(
      "A bridge is healthy when a write and a read work, a frontend when it holds a lease, another process when it\n"
      "answers. Exit code 0: healthy; 1: not.\n"
      "Example: pygmy health --of tcp://127.0.0.1:7410");
}

void add_ps(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<up::PsOptions>();
  auto& command = add_command(app, exit_code, "ps", "List the processes of an `up`", options, up::run_ps);
  command.add_option("--data", options->data, "Data directory of the `up`")
      ->type_name("DIR")
      ->envname("PYGMY_DATA")
      ->capture_default_str();
  command.add_flag("--json", options->json, "Print JSON");
  command.footer(
      "Example: pygmy ps\n"
      "Example: kill -9 $(pygmy ps --json | jq '.[] | select(.writer) | .pid')");
}

void add_logs(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<up::LogsOptions>();
  auto& command = add_command(app, exit_code, "logs", "Show the logs of an `up`, in the order of their times", options,
                              up::run_logs);
  command.add_option("instance", options->instances, "Only the logs of these processes; all if missing");
  command.add_flag("-f,--follow", options->follow, "Wait for new lines until interrupted");
  command.add_option("-n,--lines", options->lines, "Show the last so many lines")->capture_default_str();
  command.add_option("--data", options->data, "Data directory of the `up`")
      ->type_name("DIR")
      ->envname("PYGMY_DATA")
      ->capture_default_str();
  command.footer("Example: pygmy logs -f order-1 order-2");
}

}  // namespace

void add_store_commands(CLI::App& app, int& exit_code) {
  add_up(app, exit_code);
  add_ps(app, exit_code);
  add_logs(app, exit_code);
}

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
