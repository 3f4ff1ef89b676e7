// The options that several commands for processes share, and how such a command is made.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "cli/options_config.h"
#include "process/bridge.h"
#include "process/process.h"

namespace cli {

void add_log_options(CLI::App& command, std::string& level);
void add_heartbeat(CLI::App& command, unsigned& heartbeat_ms);
void add_lease(CLI::App& command, unsigned& lease_ms);
void add_currency(CLI::App& command, std::string& currency);
// `listens`: the process listens for others over ZeroMQ.
void add_keys(CLI::App& command, process::KeyOptions& keys, bool listens = true);
void add_anonymous(CLI::App& command, std::string& anonymous);
void add_client_limits(CLI::App& command, process::ClientLimits& limits);
void add_cache(CLI::App& command, std::uint64_t& bytes, std::uint64_t& items);
void add_snapshot_behind(CLI::App& command, std::uint64_t& snapshot_behind);
void add_members(CLI::App& command, std::vector<std::string>& members);
void add_config_options(CLI::App& command);
void add_process_options(CLI::App& command, process::ProcessOptions& options, const std::string& instance,
                         unsigned port_max);
void add_site(CLI::App& command, process::SiteOptions& site);
void add_brokers(CLI::App& command, std::vector<base::Endpoint>& brokers);
void add_data(CLI::App& command, std::string& data);

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

}  // namespace cli
