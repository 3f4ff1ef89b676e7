#include "cli/options_shared.h"

#include "cli/options_checks.h"
#include "cli/options_lists.h"

namespace cli {
namespace {

CLI::Option* add_limit(CLI::App& command, const char* name, std::uint32_t& limit, const char* what) {
  return command.add_option(name, limit, what)->check(CLI::Range(1u, 1'000'000u))->type_name("N");
}

}  // namespace

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

void add_keys(CLI::App& command, process::KeyOptions& keys, bool listens) {
  auto* directory = command.add_option("--keys", keys.directory,
                                       "Directory with the keys of this process, and the list of the keys that may "
                                       "connect: see `pygmy keys`");
  directory->type_name("DIR");
  if (!listens) return;
  command
      .add_flag("--insecure", keys.insecure,
                "Without keys, listen also where other machines reach this process: they may do everything")
      ->excludes(directory);
}

void add_anonymous(CLI::App& command, std::string& anonymous) {
  command
      .add_option("--anonymous", anonymous,
                  "Rights of clients without a token: none, those of a reader or a buyer, or all; auto: reader in a "
                  "store with keys, else all")
      ->check(CLI::IsMember({"auto", "none", "reader", "buyer", "all"}))
      ->type_name("auto|none|reader|buyer|all")
      ->capture_default_str();
}

void add_client_limits(CLI::App& command, process::ClientLimits& limits) {
  auto* rate =
      add_limit(command, "--client-rate", limits.rate,
                "Requests a second that each client may send to a frontend: each token or key or, without one, "
                "each connection");
  add_limit(command, "--client-burst", limits.burst,
            "Requests that a client may send to a frontend at once (default: as --client-rate)")
      ->needs(rate);
  add_limit(command, "--client-connections", limits.connections, "Connections of one address to a frontend")
      ->capture_default_str();
}

void add_cache(CLI::App& command, std::uint64_t& bytes, std::uint64_t& items) {
  command.add_option("--cache-bytes", bytes, "Size of a frontend's cache, like 64mb; 0: no cache")
      ->transform(CLI::AsSizeValue(false))
      ->capture_default_str();
  command
      .add_option("--cache-items", items,
                  "Number of answers that a frontend's cache holds at most; 0: only --cache-bytes bounds them")
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
  add_keys(command, options.keys);
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
  auto* rate = add_limit(command, "--rate", site.rate, "HTTP requests a second that each address may make");
  add_limit(command, "--burst", site.burst, "HTTP requests that an address may make at once (default: as --rate)")
      ->needs(rate);
  add_limit(command, "--connections", site.connections, "HTTP connections that each address may have");
  command
      .add_option(
          "--bridge-token", site.bridge_token,
          "file with the bridge's own token, that of an operator, for events and figures (default: PYGMY_TOKEN)")
      ->type_name("FILE");
  command
      .add_option(
          "--webhooks", site.webhooks,
          "JSON file that names the webhooks of the HTTP bridge: receivers of events, and the files of their keys")
      ->type_name("FILE");
  auto* otlp = command
                   .add_option("--otlp", site.otlp,
                               "Send traces of HTTP requests to this collector of OpenTelemetry, as OTLP in JSON")
                   ->type_name("URL");
  command
      .add_option("--trace-sample", site.trace_sample,
                  "The part of the HTTP requests to trace that no caller traces; 0: only those of callers that trace")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("0..1")
      ->needs(otlp)
      ->capture_default_str();
  auto* token_rate = add_limit(command, "--token-rate", site.token_rate,
                               "HTTP requests a second with one token, from all addresses together");
  add_limit(command, "--token-burst", site.token_burst,
            "HTTP requests with one token at once (default: as --token-rate)")
      ->needs(token_rate);
  add_limit(command, "--token-requests", site.token_requests, "HTTP requests with one token that may be under way");
  add_limit(command, "--token-streams", site.token_streams, "Streams of events that one token may have open");
  add_list(command, "--trusted-proxy", site.trusted_proxies, web_network(),
           "Proxies whose X-Forwarded-For names the address that asks, like 10.0.0.0/8")
      ->type_name("ADDR[/BITS][,...]");
  auto* certificate =
      command.add_option("--tls-cert", site.tls_certificate,
                         "Serve HTTPS with the certificate in this PEM file, which holds its whole chain");
  auto* key = command.add_option("--tls-key", site.tls_key, "PEM file of the certificate's private key");
  certificate->check(CLI::ExistingFile)->type_name("FILE")->needs(key);
  key->check(CLI::ExistingFile)->type_name("FILE")->needs(certificate);
}

void add_brokers(CLI::App& command, std::vector<base::Endpoint>& brokers) {
  add_list(command, "--brokers", brokers, broker_endpoint(), "All brokers of the store")->required();
}

void add_data(CLI::App& command, std::string& data) {
  command.add_option("--data", data, "Directory for the data of this process; it must exist")
      ->required()
      ->type_name("DIR");
}

}  // namespace cli
