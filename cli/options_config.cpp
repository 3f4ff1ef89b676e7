#include "cli/options_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>

#include "base/print.h"
#include "cli/options.h"
#include "cli/options_file.h"
#include "cli/options_lists.h"

namespace cli {
namespace {

std::string upper(std::string name) {
  for (char& c : name) c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

bool is_setting(const CLI::Option& option) {
  const auto name = option.get_name(false, true);
  return option.get_configurable() && option.nonpositional() && name.find("--help") == std::string::npos &&
         !option.check_name(kConfig) && !option.check_name(kPrintConfig);
}

// The name of the option in the file and in its variable: the last of its long names.
std::string setting_name(const CLI::Option& option) {
  return option.get_lnames().empty() ? "" : option.get_lnames().back();
}

bool is_given(const CLI::Option& option, const std::vector<std::string>& arguments) {
  const auto names = [&](const std::string& argument) {
    return option.check_name(argument.substr(0, argument.find('=')));
  };
  return std::any_of(arguments.begin(), arguments.end(), names);
}

// Replaces the first `--name` in the text, but no longer name that begins with it.
std::string with_name_replaced(std::string text, const std::string& name, const std::string& other) {
  for (std::size_t at = 0; (at = text.find(name, at)) != std::string::npos; at += name.size()) {
    const auto end = at + name.size();
    const bool is_whole =
        end == text.size() || (text[end] != '-' && !std::isalnum(static_cast<unsigned char>(text[end])));
    if (is_whole) return text.replace(at, name.size(), other);
  }
  return text;
}

std::string toml_value(const CLI::Option& option, const std::string& text) {
  const bool flag = option.get_expected_max() == 0;
  // TOML has no leading zeros, and its numbers end at 2^63.
  const bool number = !text.empty() && text.size() < 19 && std::all_of(text.begin(), text.end(), ::isdigit) &&
                      (text == "0" || text.front() != '0');
  if (flag) return text == "true" || text == "1" ? "true" : "false";
  if (number) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(byte));
      continue;
    }
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

std::string toml_array(const CLI::Option& option, const CLI::results_t& entries) {
  std::string array;
  for (const auto& entry : entries) array += (array.empty() ? "" : ", ") + toml_value(option, entry);
  return "[" + array + "]";
}

// Returns the file that --config or PYGMY_CONFIG names. Empty: neither is given.
std::string config_path(const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == kConfig && i + 1 < arguments.size()) return arguments[i + 1];
    if (arguments[i].rfind("--config=", 0) == 0) return arguments[i].substr(9);
  }
  const char* named = std::getenv("PYGMY_CONFIG");
  return named ? named : "";
}

CLI::Option* option_of(const CLI::App& command, const std::string& key) {
  auto* option = const_cast<CLI::App&>(command).get_option_no_throw("--" + key);
  return option && is_setting(*option) && setting_name(*option) == key ? option : nullptr;
}

using Chosen = std::vector<CLI::App*>;

// The commands with settings that the arguments name: `at` in `at 100 lookup 2`.
Chosen chosen_by(CLI::App& app, const std::vector<std::string>& arguments) {
  Chosen chosen;
  auto* command = &app;
  for (const auto& argument : arguments) {
    auto* next = command_named(*command, argument);
    if (next == nullptr) continue;
    command = next;
    if (takes_config(*command)) chosen.push_back(command);
  }
  return chosen;
}

bool is_known(const CLI::App& app, const Setting& setting) {
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    const bool meant = setting.table.empty() || setting.table == command->get_name();
    if (is_known(*command, setting) || (meant && takes_config(*command) && option_of(*command, setting.key)))
      return true;
  }
  return false;
}

void apply(CLI::Option& option, const Setting& setting) {
  try {
    option.run_callback_for_default()->default_val(setting.value);
    option.required(false);
  } catch (const CLI::ParseError& wrong) {
    throw CLI::ValidationError(setting.place, wrong.what());
  }
}

}  // namespace

// Names the variables only when this command is the one to run: CLI11 reads the variables of all commands, and would
// check values that another command is given.
void name_environment(CLI::App& command) {
  command.preparse_callback([&command](std::size_t) {
    for (auto* option : command.get_options()) {
      if (is_setting(*option)) option->envname(variable_of(command, *option));
    }
  });
}

void name_environment(CLI::App& command, const std::vector<std::string>& names) {
  for (auto* option : command.get_options()) {
    const auto named = [&](const std::string& name) { return option->check_name(name); };
    option->configurable(std::any_of(names.begin(), names.end(), named));
  }
  name_environment(command);
}

// Several commands read the variables of options that cannot be in the file.
std::string variable_of(const CLI::App& command, const CLI::Option& option) {
  if (option.check_name(kConfig)) return "PYGMY_CONFIG";
  if (!option.get_envname().empty()) return option.get_envname();
  return takes_config(command) && is_setting(option) ? "PYGMY_" + upper(setting_name(option)) : "";
}

std::string with_variables_named(const CLI::App& command, const std::vector<std::string>& arguments, std::string text) {
  for (const auto* option : command.get_options()) {
    const auto variable = option->get_envname();
    const char* value = variable.empty() ? nullptr : std::getenv(variable.c_str());
    if (value == nullptr || *value == '\0' || is_given(*option, arguments)) continue;
    for (const auto& name : option->get_lnames()) text = with_name_replaced(std::move(text), "--" + name, variable);
  }
  return command.get_parent() ? with_variables_named(*command.get_parent(), arguments, std::move(text)) : text;
}

CLI::App* command_named(CLI::App& app, const std::string& name) {
  const auto found = app.get_subcommands([&](const CLI::App* command) { return command->get_name() == name; });
  return found.empty() ? nullptr : found.front();
}

bool takes_config(const CLI::App& command) { return command.get_option_no_throw(kConfig) != nullptr; }

void print_config(const CLI::App& command) {
  base::print_exact(fmt::format("[{}]\n", command.get_name()));
  for (const auto* option : command.get_options()) {
    if (!is_setting(*option)) continue;
    auto texts = option->count() > 0 ? option->reduced_results() : CLI::results_t{option->get_default_str()};
    if (is_list(*option)) texts = split_lists(texts);
    if (option->get_expected_max() != 0 && (texts.empty() || texts.front().empty())) continue;
    base::print_exact(fmt::format("{} = {}\n", setting_name(*option),
                                  is_list(*option) ? toml_array(*option, texts) : toml_value(*option, texts.front())));
  }
}

void apply_config_file(CLI::App& app, const std::vector<std::string>& arguments) {
  const auto path = config_path(arguments);
  const auto commands = chosen_by(app, arguments);
  if (path.empty() || commands.empty()) return;
  // The children of `up` read the same file.
  ::setenv("PYGMY_CONFIG", std::filesystem::absolute(path).c_str(), 1);
  const auto settings = read_settings(path);
  if (!settings) throw CLI::FileError(settings.error().message);
  for (const auto& setting : *settings) {
    if (!is_known(app, setting)) {
      const auto name = setting.table.empty() ? setting.key : setting.table + "." + setting.key;
      throw CLI::ValidationError(setting.place, "no command knows the setting '" + name + "'");
    }
    for (const auto* command : commands) {
      if (!setting.table.empty() && setting.table != command->get_name()) continue;
      if (auto* option = option_of(*command, setting.key)) apply(*option, setting);
    }
  }
}

}  // namespace cli
