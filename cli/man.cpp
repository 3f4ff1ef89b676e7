#include "cli/man.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <memory>
#include <vector>

#include "cli/help.h"
#include "process/release.h"

namespace cli {
namespace {

// A line that begins with a dot or an apostrophe is a request of roff, and a bare dash may become another character.
std::string escaped(const std::string& text) {
  std::string out;
  bool begins_line = true;
  for (const char c : text) {
    if (begins_line && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
    begins_line = c == '\n';
  }
  return out;
}

// A list of words may be longer than a line, which may end between two words.
std::string breakable(const std::string& list) {
  std::string out;
  for (const char c : escaped(list)) {
    out += c;
    if (c == ',' || c == '|') out += "\\:";
  }
  return out;
}

std::string bold(const std::string& text) { return "\\fB" + escaped(text) + "\\fR"; }

std::string page_name(std::string words) {
  for (char& c : words) c = c == ' ' ? '-' : c;
  return words;
}

std::string in_capitals(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

// The description is one line in the list of all pages.
std::string in_short(const std::string& description) { return description.substr(0, description.find(". ")); }

std::vector<const CLI::App*> commands_of(const CLI::App& command) {
  return command.get_subcommands([](const CLI::App*) { return true; });
}

const CLI::Formatter& formatter_of(const CLI::App& command) {
  return dynamic_cast<const CLI::Formatter&>(*command.get_formatter());
}

std::string synopsis(const CLI::App& command, const std::string& words) {
  std::string line = bold(words) + " [OPTIONS]";
  for (const auto* option : command.get_options()) {
    if (option->get_positional()) line += " " + escaped(formatter_of(command).make_option_usage(option));
  }
  if (!commands_of(command).empty()) line += " COMMAND";
  return line + "\n";
}

// Options, or arguments.
std::string options_of(const CLI::App& command, bool positional, const std::string& heading) {
  std::string section;
  for (const auto* option : command.get_options()) {
    if (option->get_positional() != positional || option->get_group().empty()) continue;
    section +=
        fmt::format(".TP\n{}{}\n{}\n", bold(option->get_name(positional, !positional)),
                    breakable(formatter_of(command).make_option_opts(option)), escaped(option->get_description()));
  }
  return section.empty() ? section : ".SH " + heading + "\n" + section;
}

// Returns the purposes of the commands, each once, in the order in which the help has them.
std::vector<std::string> groups_of(const std::vector<const CLI::App*>& commands) {
  std::vector<std::string> groups;
  for (const auto* command : commands) {
    if (std::find(groups.begin(), groups.end(), command->get_group()) == groups.end())
      groups.push_back(command->get_group());
  }
  return groups;
}

std::string list_of_commands(const CLI::App& command, const std::string& words) {
  const auto all = commands_of(command);
  std::string section = all.empty() ? "" : ".SH COMMANDS\n";
  for (const auto& group : groups_of(all)) {
    section += ".SS " + escaped(group) + "\n";
    for (const auto* one : all) {
      if (one->get_group() != group) continue;
      section += fmt::format(".TP\n.BR {} (1)\n{}\n", escaped(page_name(words + " " + one->get_name())),
                             escaped(one->get_description()));
    }
  }
  return section;
}

std::string exit_status() {
  std::string section = ".SH EXIT STATUS\n";
  for (const auto& [code, what] : exit_statuses()) section += fmt::format(".TP\n.B {}\n{}\n", code, escaped(what));
  return section;
}

// The page of the program has the variables of all commands.
std::string environment(const CLI::App& command) {
  std::string section;
  const auto add = [&](const std::string& name, const std::string& what) {
    section += fmt::format(".TP\n{}\n{}\n", bold(name), escaped(what));
  };
  if (!command.get_parent()) {
    for (const auto& [name, what] : variables()) add(name, what);
  } else {
    for (const auto& [name, what] : variables_of(command)) add(name, what);
  }
  return section.empty() ? section : ".SH ENVIRONMENT\n" + section;
}

}  // namespace

// As pod2man does: a line is not stretched, and a word is not broken, which a search would miss.
std::string man_page(const CLI::App& command, const std::string& words) {
  const auto name = page_name(words);
  auto page = fmt::format(".TH {} 1 \"\" \"Pygmy {}\" \"Pygmy\"\n.nh\n.ad l\n", escaped(in_capitals(name)),
                          escaped(process::kVersion));
  page += fmt::format(".SH NAME\n{} \\- {}\n", escaped(name), escaped(in_short(command.get_description())));
  page += ".SH SYNOPSIS\n" + synopsis(command, words);
  page += ".SH DESCRIPTION\n" + escaped(command.get_description()) + "\n";
  page += list_of_commands(command, words);
  page += options_of(command, true, "ARGUMENTS");
  page += options_of(command, false, "OPTIONS");
  if (!command.get_footer().empty()) page += ".SH EXAMPLES\n.EX\n" + escaped(command.get_footer()) + "\n.EE\n";
  page += exit_status();
  page += environment(command);
  if (command.get_parent()) page += ".SH SEE ALSO\n.BR pygmy (1)\n";
  return page;
}

}  // namespace cli
