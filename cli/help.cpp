#include "cli/help.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "cli/options_config.h"

namespace cli {
namespace {

class Help : public CLI::Formatter {
 public:
  // The page of the program has the sections that hold for all commands.
  std::string make_footer(const CLI::App* app) const override {
    const auto own = CLI::Formatter::make_footer(app);
    if (app->get_parent() != nullptr) return own;
    std::string more = "\nExit status:\n";
    for (const auto& [code, what] : exit_statuses()) more += fmt::format("  {:<27} {}\n", code, what);
    more += "\nEnvironment:\n";
    for (const auto& [name, what] : variables()) more += fmt::format("  {:<27} {}\n", name, what);
    return own + more + "Each option --some-name of a process, and of `up`, has a variable PYGMY_SOME_NAME.\n";
  }
};

// The descriptions of the checks of an option. CLI11 shows them after its type, each after a colon.
std::vector<std::string> checks_of(CLI::Option& option) {
  std::vector<std::string> checks;
  try {
    for (int i = 0;; ++i) {
      const auto what = option.get_validator(i)->get_description();
      if (!what.empty()) checks.push_back(what);
    }
  } catch (const CLI::OptionNotFound&) {
    return checks;  // CLI11 does not tell their number
  }
}

// "UINT in [1 - 10]" becomes "(1 to 10)".
std::optional<std::string> range_of(const std::string& check) {
  if (check == "POSITIVE") return "(above 0)";
  if (check == "NONNEGATIVE") return "(0 or more)";
  const auto begin = check.find(" in [");
  const auto dash = check.find(" - ", begin);
  if (begin == std::string::npos || dash == std::string::npos) return std::nullopt;
  const auto least = check.substr(begin + 5, dash - begin - 5);
  return fmt::format("({} to {})", least, check.substr(dash + 3, check.size() - dash - 4));
}

// "{a,b}" becomes "a|b", "SIZE [b, kb(=1024b), ...]" becomes "SIZE", and other words stay.
std::string word_of(std::string check) {
  if (check.front() != '{') return check.substr(0, check.find(" ["));
  for (char& c : check) c = c == ',' ? '|' : c;
  return check.substr(1, check.size() - 2);
}

std::string plain(const std::string& type, const std::vector<std::string>& checks) {
  auto own = type;
  for (const auto& check : checks) own.resize(own.size() - check.size() - 1);
  const bool is_number = own == "UINT" || own == "INT" || own == "FLOAT";
  const bool says_little = is_number || own == "TEXT";
  auto word = is_number ? "N" : own;
  std::string range;
  for (const auto& check : checks) {
    if (const auto found = range_of(check)) {
      if (word != "DURATION") range = *found;  // it is in milliseconds
    } else if (says_little) {
      word = word_of(check);
    }
  }
  return word + range;
}

}  // namespace

const std::vector<ExitStatus>& exit_statuses() {
  static const std::vector<ExitStatus> all{
      {0, "The command has done its work."},
      {1, "The store refused it, also for want of rights, or it failed. audit, verify, check: there is a fault."},
      {2, "The command line or the configuration is wrong."},
      {3, "There is no definite answer, the store is not available, or not everything could be checked."},
      {4, "A backup ends before a block that is not sound."},
      {5, "The command has done its work, but its output could not be written."},
      {70, "The disk of a broker failed during a write."},
      {141, "The reader of the output closed the pipe before its end."}};
  return all;
}

const std::vector<Variable>& variables() {
  static const std::vector<Variable> all{
      {"PYGMY_FRONTEND", "the frontends to ask; --frontend"},
      {"PYGMY_BROKERS", "all brokers of the store, for backup, stream trim and processes; --brokers"},
      {"PYGMY_KEY_FILE", "file with the key of the client, if the store has keys; --key-file"},
      {"PYGMY_TOKEN", "token of the client's credential; --token-file and --bridge-token go before it"},
      {"PYGMY_KEYS", "directory of keys: all of a store for `pygmy keys`, those of one process for a process; --keys"},
      {"PYGMY_TIMEOUT", "how long a command keeps trying, like 30s; --timeout"},
      {"PYGMY_DATA", "data directory of a process, and of the `up` that ps and logs show; --data"},
      {"PYGMY_LISTEN", "where a process listens, and the process that health asks; --listen, --of"},
      {"PYGMY_TLS_CERT", "certificate of the HTTP bridge; health then asks over HTTPS; --tls-cert"},
      {"PYGMY_LOG_LEVEL", "debug, info, warn or error; --log-level"},
      {"PYGMY_CONFIG", "TOML file with options; --config"}};
  return all;
}

std::vector<std::pair<std::string, std::string>> variables_of(const CLI::App& command) {
  std::vector<std::pair<std::string, std::string>> all;
  for (const auto* option : command.get_options()) {
    const auto variable = variable_of(command, *option);
    if (!variable.empty()) all.emplace_back(variable, "As --" + option->get_lnames().front() + ".");
  }
  if (command.get_option_no_throw("--key-file"))
    all.emplace_back("PYGMY_TOKEN", "The token of the client's credential.");
  return all;
}

void add_help_format(CLI::App& app) { app.formatter(std::make_shared<Help>()); }

// CLI11 would show "UINT:UINT in [1 - 10]".
void name_types(CLI::App& command) {
  for (auto* option : command.get_options()) {
    const auto type = option->get_type_name();
    if (!type.empty()) command.get_formatter()->label(type, plain(type, checks_of(*option)));
  }
}

}  // namespace cli
