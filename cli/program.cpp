#include "cli/program.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>

#include "base/log.h"
#include "base/print.h"
#include "cli/backup_commands.h"
#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/demo_command.h"
#include "cli/help.h"
#include "cli/keys_command.h"
#include "cli/lab_command.h"
#include "cli/man.h"
#include "cli/options.h"
#include "cli/options_checks.h"
#include "cli/options_config.h"
#include "cli/suggest.h"

namespace cli {
namespace {

// The purposes of the commands.
struct Purpose {
  const char* name;
  std::vector<std::string> commands;
};
const std::vector<Purpose>& purposes() {
  static const std::vector<Purpose> all{
      {"Run a store", {"up", "ps", "logs", "demo"}},
      {"Look", {"lookup", "search", "show-order", "orders", "show-hold", "holds", "movements", "history", "report"}},
      {"Buy and sell", {"buy", "sell", "cancel", "hold", "confirm", "extend", "release", "outcome"}},
      {"Keep the shop", {"add", "price", "edit", "terms", "restock", "count", "transfer", "import", "export"}},
      {"Let clients in", {"grant", "revoke", "credentials", "whoami", "keys"}},
      {"Watch a store",
       {"status", "top", "forget", "events", "subscribe", "subscriptions", "acknowledge", "unsubscribe", "audit",
        "trace", "at"}},
      {"Measure", {"bench", "check", "lab"}},
      {"Back up", {"backup", "verify", "restore", "rescue", "stream"}},
      {"Run single processes", {"broker", "catalog", "order", "frontend", "bridge", "node", "health"}},
      {"This program", {"help", "completion"}}};
  return all;
}

void name_purposes(CLI::App& app) {
  for (const auto& purpose : purposes()) {
    for (const auto& command : purpose.commands) app.get_subcommand(command)->group(purpose.name);
  }
}

bool all(const CLI::App*) { return true; }

template <class Visit>
void for_each_command(CLI::App& app, Visit visit) {
  visit(app);
  for (auto* command : app.get_subcommands(all)) for_each_command(*command, visit);
}

constexpr const char* kEmpty = "must not be empty";

void refuse_empty_values(CLI::App& command) {
  const auto not_empty = [](std::string& text) { return std::string(text.empty() ? kEmpty : ""); };
  for (auto* option : command.get_options()) {
    if (option->get_items_expected_max() > 0) option->check(CLI::Validator(not_empty, ""));
  }
}

bool has_number(const CLI::Option& option) {
  static const std::vector<std::string> types{"UINT", "INT", "N", "SEQ"};
  const auto type = option.get_type_name();
  return std::find(types.begin(), types.end(), type.substr(0, type.find_first_of(":["))) != types.end();
}

// People write digits. CLI11 would take 010 for 8.
void take_decimal_numbers(CLI::App& command) {
  for (auto* option : command.get_options()) {
    if (!has_number(*option)) continue;
    const auto type = option->get_type_name();
    const bool has_unit = type.find(":SIZE") != std::string::npos || type.find(":DURATION") != std::string::npos;
    option->transform(decimal_number(type.rfind("INT", 0) == 0, has_unit));
  }
}

// Everything in this process that asks a store finds the file in PYGMY_KEY_FILE, and so do the processes that it
// starts.
void add_key_file(CLI::App& command) {
  static const std::vector<std::string> others{"health", "lab", "ps"};
  const bool asks = command.get_option_no_throw("--frontend") || command.get_option_no_throw("--brokers") ||
                    std::find(others.begin(), others.end(), command.get_name()) != others.end();
  if (!asks) return;
  command
      .add_option_function<std::string>(
          "--key-file", [](const std::string& path) { ::setenv("PYGMY_KEY_FILE", path.c_str(), 1); },
          "file with the key of this client, if the store has keys")
      ->check(CLI::ExistingFile)
      ->type_name("FILE");
}

// The commands other than processes. The forms of `at` take the options of `at`.
void add_general_options(CLI::App& command) {
  const bool is_leaf = command.get_subcommands(all).empty() || command.get_option_no_throw("--frontend") != nullptr;
  if (command.get_parent() == nullptr || !is_leaf || command.get_fallthrough() || takes_config(command)) return;
  command.add_option(kConfig, "TOML file with options")->type_name("FILE");
  const auto level = std::make_shared<std::string>("warn");
  command
      .add_option_function<std::string>(
          "--log-level", [](const std::string& word) { base::log::start(base::log::level_of(word), "pygmy"); },
          "log messages of this level and of more important ones")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}))
      ->default_str("warn");
  add_key_file(command);
  const auto name = command.get_name();
  const bool is_of_up = name == "ps" || name == "logs";
  const bool has_own_store = name == "lab" || name == "demo";  // unless the command line of lab names another
  name_environment(command, {has_own_store ? "--log-level" : "--frontend", "--brokers", "--timeout", "--log-level",
                             "--key-file", is_of_up ? "--data" : "--log-level"});
}

std::string suggestion(const std::string& word, const CLI::App& command) {
  auto meant = std::string(command.get_parent() == nullptr ? meant_by(word) : std::string_view());
  if (meant.empty()) meant = nearest(word, words_after(command));
  return meant.empty() ? std::string() : fmt::format("; did you mean '{}'?", meant);
}

CLI::App* command_at(CLI::App& app, const std::vector<std::string>& path) {
  auto* command = &app;
  for (const auto& word : path) {
    auto* next = command_named(*command, word);
    if (next == nullptr) {
      throw CLI::ValidationError(fmt::format("there is no command '{}'{}", word, suggestion(word, *command)));
    }
    command = next;
  }
  return command;
}

std::string full_name(const CLI::App& command) {
  const auto* parent = command.get_parent();
  return parent == nullptr ? command.get_name() : full_name(*parent) + " " + command.get_name();
}

void add_help(CLI::App& app) {
  auto* command = app.add_subcommand("help", "show the commands, or the options of one command");
  auto path = std::make_shared<std::vector<std::string>>();
  command->add_option("command", *path, "the command")->type_name("COMMAND");
  auto man = std::make_shared<bool>(false);
  command->add_flag("--man", *man, "print a manual page (roff)");
  command->footer(
      "Example: pygmy help buy\n"
      "Example: pygmy help --man buy | man -l -");
  command->callback([&app, path, man] {
    auto* of = command_at(app, *path);
    if (*man) return base::print_exact(man_page(*of, full_name(*of)));
    // App::help() would show the help of the command that was parsed, which is `help`.
    base::print_exact(of->get_formatter()->make_help(of, full_name(*of), CLI::AppFormatMode::Normal));
  });
}

void add_completion(CLI::App& app) {
  auto* command = app.add_subcommand("completion", "print a script that completes words after `pygmy` in a shell");
  auto shell = std::make_shared<std::string>();
  command->add_option("shell", *shell, "the shell")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->footer(
      "Example: source <(pygmy completion bash)\n"
      "Example: pygmy completion zsh > ~/.zfunc/_pygmy    (a directory of fpath)\n"
      "Example: pygmy completion fish > ~/.config/fish/completions/pygmy.fish");
  command->callback([&app, shell] { base::print_exact(completion(app, *shell)); });
}

const CLI::App& chosen_in(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : chosen_in(*chosen.front());
}

// Names an argument that is missing, and its meaning; empty if the error is another one.
std::string missing_argument(const CLI::App& command, const CLI::ParseError& error) {
  for (const auto* option : command.get_options()) {
    const auto name = option->get_name(true, false);
    if (!option->get_positional() || error.what() != name + " is required") continue;
    return fmt::format("the argument '{}' is missing: {}", name, option->get_description());
  }
  return {};
}

// CLI11 says "Could not convert: no = x" of a number and of a switch.
std::string in_plain_words(const CLI::App& command, const std::string& what) {
  const auto colon = what.find(": ");
  const auto equals = what.find(" = ", colon);
  if (what.rfind("Could not convert", 0) != 0 || equals == std::string::npos) return what;
  const auto name = what.substr(colon + 2, equals - colon - 2);
  const auto* option = command.get_option_no_throw(name);
  const bool is_switch = option && option->get_expected_max() == 0;
  return fmt::format("{}: '{}' is not {}", name, what.substr(equals + 3), is_switch ? "true or false" : "a number");
}

// `pygmy order` runs a replica. Somebody who gives it none of its options means an order.
bool asks_for_an_order(const CLI::App& command, const std::vector<std::string>& arguments) {
  const auto* listen = command.get_option_no_throw("--listen");
  return listen && listen->count() == 0 && arguments.front() == "order" &&
         std::all_of(arguments.begin() + 1, arguments.end(),
                     [](const std::string& word) { return word == "--json" || word.rfind('-', 0) != 0; });
}

// The first word that no command on the way took.
std::string unexpected(const CLI::App& app) {
  const auto left = app.remaining(true);
  return left.empty() ? std::string() : left.front();
}

}  // namespace

std::vector<std::string> words_after(const CLI::App& command) {
  std::vector<std::string> words;
  for (const auto* sub : command.get_subcommands(all)) words.push_back(sub->get_name());
  for (const auto* option : command.get_options()) {
    for (const auto& name : option->get_lnames()) words.push_back("--" + name);
  }
  if (command.get_fallthrough()) {
    const auto more = words_after(*command.get_parent());
    for (const auto& word : more) {
      if (word.rfind("--", 0) == 0 && word != "--help") words.push_back(word);
    }
  }
  return words;
}

void refuse_empty_assignments(const std::vector<std::string>& arguments) {
  for (const auto& argument : arguments) {
    if (argument == "--") return;
    if (argument.rfind("--", 0) == 0 && argument.find('=') == argument.size() - 1) {
      throw CLI::ValidationError(argument.substr(0, argument.size() - 1), kEmpty);
    }
  }
}

std::string complaint_about(const CLI::App& app, const CLI::ParseError& error,
                            const std::vector<std::string>& arguments) {
  const auto& command = chosen_in(app);
  const auto word = unexpected(app);
  const auto code = static_cast<CLI::ExitCodes>(error.get_exit_code());
  const bool about_word = code == CLI::ExitCodes::ExtrasError || code == CLI::ExitCodes::RequiredError;
  const bool lacks_command = !command.get_subcommands(all).empty() && code == CLI::ExitCodes::RequiredError;
  if (word.empty() && lacks_command && app.get_subcommands().empty()) return "name a command";
  if (about_word && asks_for_an_order(command, arguments)) {
    return "name the number of an order, like `pygmy order 17`: `pygmy orders` lists the orders with their numbers. To "
           "run an order replica, name at least --listen";
  }
  if (const auto missing = missing_argument(command, error); word.empty() && !missing.empty()) return missing;
  if (word.empty() || !about_word) {
    return with_variables_named(command, arguments, in_plain_words(command, error.what()));
  }
  const auto name = word.substr(0, word.find('='));
  if (word.front() == '-') return fmt::format("there is no option '{}'{}", name, suggestion(name, command));
  if (command.get_subcommands(all).empty()) return fmt::format("'{}' is one argument too many", word);
  return fmt::format("there is no command '{}'{}", word, suggestion(word, command));
}

void build(CLI::App& app, int& exit_code) {
  add_help_format(app);
  add_store_commands(app, exit_code);  // help lists the purposes in this order
  add_client_commands(app, exit_code);
  add_lab(app, exit_code);
  add_demo(app, exit_code);
  add_backup_commands(app, exit_code);
  add_keys_command(app, exit_code);
  add_process_commands(app, exit_code);
  add_help(app);
  add_completion(app);
  name_purposes(app);
  for_each_command(app, add_general_options);
  for_each_command(app, refuse_empty_values);
  for_each_command(app, take_decimal_numbers);
  for_each_command(app, name_types);
}

}  // namespace cli
