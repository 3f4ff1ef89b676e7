#include "cli/completion.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <vector>

#include "cli/program.h"

namespace cli {
namespace {

// A command with everything that can follow it. `path`: its words after `pygmy`, each after a space.
struct Place {
  std::string path;
  const CLI::App* command;
};

void collect(const CLI::App& command, const std::string& path, std::vector<Place>& places) {
  places.push_back({path, &command});
  for (const auto* sub : command.get_subcommands([](const CLI::App*) { return true; })) {
    collect(*sub, path + " " + sub->get_name(), places);
  }
}

std::vector<Place> places_of(const CLI::App& app) {
  std::vector<Place> places;
  collect(app, "", places);
  return places;
}

// The words that an option or an argument can have, as its check describes them: "{debug,info,warn,error}".
std::string choices(const CLI::Option& option) {
  const auto type = option.get_type_name();
  const auto begin = type.find('{');
  const auto end = type.find('}');
  if (begin == std::string::npos || end == std::string::npos) return {};
  auto words = type.substr(begin + 1, end - begin - 1);
  for (char& c : words) c = c == ',' ? ' ' : c;
  return words;
}

// The words after a command, with those that its first argument can have.
std::string words_of(const Place& place) {
  auto words = fmt::format("{}", fmt::join(words_after(*place.command), " "));
  for (const auto* option : place.command->get_options()) {
    if (option->get_positional() && !choices(*option).empty()) words += " " + choices(*option);
  }
  return words;
}

// One line for people, as a shell's single-quoted string.
std::string quoted(const std::string& text, const char* apostrophe) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string(apostrophe) : std::string(1, c);
  return out + "'";
}

// The cases of a shell's `case "$so_far" in`.
std::string word_cases(const std::vector<Place>& places) {
  std::string cases;
  for (const auto& place : places) cases += fmt::format("    \"{}\") all=\"{}\" ;;\n", place.path, words_of(place));
  return cases;
}

std::string choice_cases(const std::vector<Place>& places) {
  std::string cases;
  for (const auto& place : places) {
    for (const auto* option : place.command->get_options()) {
      if (option->get_positional() || option->get_items_expected_max() == 0) continue;
      cases += fmt::format("    \"{} --{}\") all=\"{}\"; value=1 ;;\n", place.path, option->get_lnames().front(),
                           choices(*option));
    }
  }
  return cases;
}

std::string path_patterns(const std::vector<Place>& places) {
  std::string patterns;
  for (const auto& place : places) {
    if (!place.path.empty()) patterns += fmt::format("{}\"{}\"", patterns.empty() ? "" : "|", place.path);
  }
  return patterns;
}

std::string bash(const CLI::App& app) {
  const auto places = places_of(app);
  return fmt::format(R"(# Completes pygmy in bash: source <(pygmy completion bash)
_pygmy() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} so_far= all= value= i
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case "$so_far ${{COMP_WORDS[i]}}" in
      {}) so_far+=" ${{COMP_WORDS[i]}}" ;;
    esac
  done
  case "$so_far" in
{}  esac
  case "$so_far ${{COMP_WORDS[COMP_CWORD-1]}}" in
{}  esac
  COMPREPLY=($(compgen -W "$all" -- "$word"))
}}
complete -o default -F _pygmy pygmy
)",
                     path_patterns(places), word_cases(places), choice_cases(places));
}

std::string zsh(const CLI::App& app) {
  const auto places = places_of(app);
  return fmt::format(R"(#compdef pygmy
# Completes pygmy in zsh: save it as _pygmy in a directory of fpath, or: source <(pygmy completion zsh)
_pygmy() {{
  local so_far= all= value= word
  for word in ${{words[2,CURRENT-1]}}; do
    case "$so_far $word" in
      {}) so_far+=" $word" ;;
    esac
  done
  case "$so_far" in
{}  esac
  case "$so_far ${{words[CURRENT-1]}}" in
{}  esac
  [[ -n $all ]] && compadd -- ${{=all}}
  [[ -n $value && -n $all ]] || _files
}}
if [[ $funcstack[1] == _pygmy ]]; then _pygmy "$@"; else compdef _pygmy pygmy; fi
)",
                     path_patterns(places), word_cases(places), choice_cases(places));
}

std::string fish_condition(const std::string& path) {
  if (path.empty()) return "__fish_use_subcommand";
  std::string condition;
  for (std::size_t begin = 0; begin < path.size();) {
    const auto end = std::min(path.find(' ', begin + 1), path.size());
    condition += fmt::format("{}__fish_seen_subcommand_from{}", condition.empty() ? "" : "; and ",
                             path.substr(begin, end - begin));
    begin = end;
  }
  return condition;
}

std::string fish(const CLI::App& app) {
  std::string script = "# Completes pygmy in fish: pygmy completion fish | source\n";
  for (const auto& place : places_of(app)) {
    const auto head = fmt::format("complete -c pygmy -n '{}'", fish_condition(place.path));
    for (const auto* sub : place.command->get_subcommands([](const CLI::App*) { return true; })) {
      script += fmt::format("{} -a {} -d {}\n", head, sub->get_name(), quoted(sub->get_description(), "\\'"));
    }
    for (const auto* option : place.command->get_options()) {
      const auto words = choices(*option);
      const auto what = quoted(option->get_description(), "\\'");
      if (option->get_positional()) {
        if (!words.empty()) script += fmt::format("{} -a '{}'\n", head, words);
        continue;
      }
      const auto* takes = option->get_items_expected_max() > 0 ? " -r" : "";
      const auto given = words.empty() ? std::string() : fmt::format(" -f -a '{}'", words);
      script += fmt::format("{} -l {}{}{} -d {}\n", head, option->get_lnames().front(), takes, given, what);
    }
  }
  return script;
}

}  // namespace

std::string completion(const CLI::App& app, const std::string& shell) {
  if (shell == "bash") return bash(app);
  return shell == "zsh" ? zsh(app) : fish(app);
}

}  // namespace cli
