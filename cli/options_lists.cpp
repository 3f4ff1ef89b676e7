#include "cli/options_lists.h"

#include <cstring>
#include <utility>

namespace cli {
namespace {

bool begins_with(const std::string& text, std::size_t at, const char* what) {
  return text.compare(at, std::strlen(what), what) == 0;
}

bool is_endpoint(const std::string& text, std::size_t at) {
  return begins_with(text, at, "tcp://") || begins_with(text, at, "ipc://");
}

// Returns the end of the entry that begins at `begin`.
std::size_t end_of_entry(const std::string& text, std::size_t begin) {
  const bool path = begins_with(text, begin, "ipc://");
  for (auto at = begin; at < text.size(); ++at) {
    if (text[at] == kListSeparator || (text[at] == ',' && (!path || is_endpoint(text, at + 1)))) return at;
  }
  return text.size();
}

}  // namespace

std::vector<std::string> split_list(const std::string& text) {
  std::vector<std::string> entries;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = end_of_entry(text, begin);
    if (end > begin) entries.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return entries;
}

std::vector<std::string> split_lists(const std::vector<std::string>& texts) {
  std::vector<std::string> entries;
  for (const auto& text : texts) {
    for (auto& entry : split_list(text)) entries.push_back(std::move(entry));
  }
  return entries;
}

CLI::Option* add_list(CLI::App& command, const std::string& name, std::vector<std::string>& entries,
                      const CLI::Validator& check, const std::string& what) {
  const auto take = [&entries](const std::vector<std::string>& texts) { entries = split_lists(texts); };
  const auto check_all = [check](std::string& text) {
    auto named = split_list(text);
    std::string wrong = named.empty() ? "names nothing" : "";
    for (auto& entry : named) {
      if (wrong.empty()) wrong = check(entry);
    }
    return wrong;
  };
  return command.add_option_function<std::vector<std::string>>(name, take, what)
      ->allow_extra_args(false)  // one argument for each --name; otherwise CLI11 would also split [...]
      ->check(CLI::Validator(check_all, check.get_description()));
}

bool is_list(const CLI::Option& option) { return option.get_expected_max() > 1; }

}  // namespace cli
