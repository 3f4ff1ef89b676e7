// The options of the commands that run a whole store, or look at one: up, ps and logs.
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/etcd_options.h"
#include "cli/options.h"
#include "cli/options_checks.h"
#include "cli/options_shared.h"
#include "up/logs.h"
#include "up/ps.h"
#include "up/up.h"

namespace cli {
namespace {

void add_up_counts(CLI::App& command, up::UpOptions& options, CLI::Option& single) {
  const auto count = [&](const char* name, unsigned& value, const char* what) {
    command.add_option(name, value, what)->check(CLI::Range(1u, 10u))->capture_default_str()->excludes(&single);
  };
  command
      .add_option("--brokers,--broker-count", options.brokers,
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
  add_cache(command, options->cache_bytes, options->cache_items);
  add_anonymous(command, options->anonymous);
  add_client_limits(command, options->clients);
  add_keys(command, options->keys);
  command.add_flag("--secure", options->secure,
                   "Make keys for the store, in keys/ of its data directory, and the token of an admin; with --cluster "
                   "certificates for its etcd, too");
  add_lease(command, options->lease_ms);
  add_currency(command, options->currency);
  add_heartbeat(command, options->heartbeat_ms);
  auto* journal = add_journal(command, options->journal);
  auto* etcd = add_etcd(command, options->etcd)->needs(journal);
  command.add_flag("--cluster", options->cluster, "Also start an etcd of three members, which keeps the stream")
      ->excludes(etcd)
      ->excludes(journal);
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
      "Example: pygmy up --cluster --single\n"
      "Example: pygmy up --secure");
  name_environment(command);
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

}  // namespace cli
