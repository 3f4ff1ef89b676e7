#include "tasks/details.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <sstream>
#include <vector>

#include "base/print.h"
#include "base/text.h"
#include "tasks/cells.h"

namespace tasks {
std::string low_cell(const msg::Item& item) { return item.low ? fmt::format("{}", *item.low) : std::string(); }

std::string topics_cell(const std::optional<msg::Topics>& topics) {
  std::string cell;
  for (const auto& topic : topics.value_or(msg::Topics())) cell += (cell.empty() ? "" : ";") + escaped(topic, ";");
  return cell;
}

std::string attributes_cell(const std::optional<msg::Attributes>& attributes) {
  std::string cell;
  for (const auto& [name, value] : attributes.value_or(msg::Attributes())) {
    cell += (cell.empty() ? "" : ";") + escaped(name, ";=") + "=" + escaped(value, ";=");
  }
  return cell;
}

std::optional<msg::Topics> read_topics(std::string_view cell) {
  if (cell.empty()) return std::nullopt;
  msg::Topics topics;
  char end = ';';
  while (end == ';') topics.push_back(take_until(cell, ";", end));
  return topics;
}

base::Result<std::optional<msg::Attributes>> read_attributes(std::string_view cell) {
  if (cell.empty()) return std::optional<msg::Attributes>();
  msg::Attributes attributes;
  char end = ';';
  while (end == ';') {
    auto name = take_until(cell, "=;", end);
    if (end != '=') return base::fail(fmt::format("'{}' has no value: write NAME=VALUE", base::shown(name)));
    auto value = take_until(cell, ";", end);
    if (!attributes.emplace(name, std::move(value)).second) {
      return base::fail(fmt::format("'{}' comes twice", base::shown(name)));
    }
  }
  return std::optional(std::move(attributes));
}

base::Result<std::pair<std::string, std::string>> read_attribute(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    return base::fail(fmt::format("'{}' is not an attribute: write NAME=VALUE", base::shown(text)));
  }
  return std::pair(text.substr(0, equals), text.substr(equals + 1));
}

std::optional<msg::AttributeChanges> changes_of(const std::optional<msg::Attributes>& wanted,
                                                const std::optional<msg::Attributes>& now) {
  if (wanted == now) return std::nullopt;
  msg::AttributeChanges changes;
  const auto there = now.value_or(msg::Attributes());
  for (const auto& [name, value] : there) changes[name] = std::nullopt;
  for (const auto& [name, value] : wanted.value_or(msg::Attributes())) {
    const auto found = there.find(name);
    if (found != there.end() && found->second == value) {
      changes.erase(name);
    } else {
      changes[name] = value;
    }
  }
  return changes;
}

void print_details(const msg::Item& item) {
  if (item.topics) {
    base::print("         topics: {}", item.topic);
    for (const auto& topic : *item.topics) base::print(", {}", topic);
    base::print("\n");
  }
  if (item.low) base::print("         low at {} pieces or fewer\n", *item.low);
  for (const auto& [name, value] : item.attributes.value_or(msg::Attributes())) {
    base::print("         {}: {}\n", name, value);
  }
  std::istringstream lines(item.description.value_or(""));
  for (std::string line; std::getline(lines, line);) base::print("         {}\n", line);
}

}  // namespace tasks
