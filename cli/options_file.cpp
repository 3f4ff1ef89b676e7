#include "cli/options_file.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <filesystem>
#include <fstream>

#include "cli/options_lists.h"

namespace cli {
namespace {

std::string place_of(const std::string& path, const toml::source_region& source) {
  return fmt::format("{}:{}:{}", path, source.begin.line, source.begin.column);
}

base::Result<std::string> text_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return fmt::format("{}", number->get());
  if (const auto* flag = node.as_boolean()) return std::string(flag->get() ? "true" : "false");
  if (const auto* array = node.as_array()) {
    std::string joined;
    for (const auto& entry : *array) {
      auto text = entry.is_array() ? base::fail("an array must not hold an array") : text_of(entry);
      if (!text) return text;
      if (text->find(kListSeparator) != std::string::npos) return base::fail("an entry of an array must be one line");
      if (!joined.empty()) joined += kListSeparator;
      joined += *text;
    }
    return joined;
  }
  return base::fail("a setting must be a string, a whole number, true or false, or an array of them");
}

base::Result<void> read_table(const std::string& path, const std::string& name, const toml::table& table,
                              std::vector<Setting>& settings) {
  for (const auto& [key, node] : table) {
    const std::string word(key.str());
    const auto place = place_of(path, node.source());
    if (name.empty() && node.is_table()) {
      if (auto read = read_table(path, word, *node.as_table(), settings); !read) return read;
      continue;
    }
    auto text = text_of(node);
    if (!text) return base::fail(fmt::format("{}: '{}': {}", place, word, text.error().message));
    settings.push_back({name, word, std::move(*text), place});
  }
  return {};
}

}  // namespace

base::Result<std::vector<Setting>> read_settings(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error) || !std::ifstream(path)) {
    return base::fail(fmt::format("cannot read the configuration file {}", path));
  }
  std::vector<Setting> settings;
  try {
    const auto table = toml::parse_file(path);
    if (auto read = read_table(path, "", table, settings); !read) return tl::unexpected(read.error());
  } catch (const toml::parse_error& wrong) {
    return base::fail(fmt::format("{}: {}", place_of(path, wrong.source()), wrong.description()));
  }
  return settings;
}

}  // namespace cli
