#include "cli/commands_shared.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iomanip>

#include "cli/options_checks.h"
#include "cli/options_lists.h"
#include "process/keys.h"

namespace cli {

void add_item(CLI::App& command, tasks::LookupTask& task) {
  auto* what = command.add_option("what", task.what, "id or title of the item")->type_name("ID|TITLE");
  command.add_option("--title", task.title, "title of the item, also one that is a number")->excludes(what);
}

void add_key(CLI::App& command, std::string& key) {
  command.add_option("--key", key, "key of the request; a key takes effect once (default: a random key)");
}

CLI::Option* as_duration(CLI::Option* option, std::uint64_t least_ms, std::uint64_t most_ms) {
  static const Units units{{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"min", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
  return option->transform(duration(units, least_ms, most_ms));
}

std::string token_of(const std::string& file) {
  process::require_private_token(file);
  std::string token;
  std::ifstream input(file);
  input >> std::setw(msg::kTokenBytesMax + 1) >> token;
  if (!std::filesystem::exists(file)) throw CLI::ValidationError("--token-file", file + " does not exist");
  if (token.empty()) throw CLI::ValidationError("--token-file", file + " has no token that can be read");
  if (token.size() > msg::kTokenBytesMax) {
    throw CLI::ValidationError("--token-file", fmt::format("a token has at most {} bytes", msg::kTokenBytesMax));
  }
  return token;
}

tasks::Common Shared::common() const {
  auto token = token_file.empty() ? client::token_of_environment() : token_of(token_file);
  return {frontends, std::chrono::milliseconds(timeout_ms), json, std::move(token)};
}

CLI::Option* add_frontends(CLI::App& command, Shared& shared, const char* what) {
  shared.frontends = {"tcp://127.0.0.1:7410", "tcp://127.0.0.1:7412"};
  return add_list(command, "--frontend", shared.frontends, broker_endpoint(), what)
      ->default_str("tcp://127.0.0.1:7410,tcp://127.0.0.1:7412")
      ->type_name("tcp://HOST:PORT[,...]");
}

void add_token_file(CLI::App& command, Shared& shared) {
  command
      .add_option("--token-file", shared.token_file, "file with the token of your credential (default: PYGMY_TOKEN)")
      ->type_name("FILE");
}

void add_shared_options(CLI::App& command, Shared& shared) {
  add_frontends(command, shared, "the frontends to ask, in this order");
  as_duration(command.add_option("--timeout", shared.timeout_ms, "how long to keep trying (5s, 500ms)"))
      ->default_str("5s");
  command.add_flag("--json", shared.json, "print JSON");
  add_token_file(command, shared);
}

}  // namespace cli
