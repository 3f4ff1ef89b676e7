#include "net/key_list.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "msg/roles.h"
#include "net/key_file.h"

namespace net {
namespace {

// A release before had another first line, and no last one.
constexpr std::string_view kFirstLineOfList =
    "# The keys that this store admits: ROLE NAME KEY. `pygmy keys` writes this file and counts them in its last line; "
    "all processes read it.";

std::string last_line(std::size_t keys) { return fmt::format("# end of {} keys", keys); }

// Returns how many keys there are if `line` is a last line.
std::optional<std::size_t> count_in(std::string_view line) {
  constexpr std::string_view kBefore = "# end of ";
  if (line.substr(0, kBefore.size()) != kBefore) return std::nullopt;
  std::size_t count = 0;
  std::from_chars(line.data() + kBefore.size(), line.data() + line.size(), count);
  return line == last_line(count) ? std::optional(count) : std::nullopt;
}

// Takes the next word off `line`. Words are separated by one space.
std::string_view take_word(std::string_view& line) {
  const auto end = std::min(line.find(' '), line.size());
  const auto word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

std::string fault_of(std::string_view line, ListedKey& key) {
  const auto role = msg::from_word<base::KeyRole>(take_word(line));
  if (!role)
    return "a line is ROLE NAME KEY, with a role of broker, catalog, order, frontend, bridge, operator, client";
  key.sender.role = *role;
  key.sender.name = take_word(line);
  if (!is_key_name(key.sender.name)) return "the name is not one: letters, digits, '-', '_', '.'";
  key.key = line;
  if (!is_key(key.key)) return "the key does not have 40 characters of Z85";
  return {};
}

}  // namespace

AdmittedPtr KeyList::find(std::string_view key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : found->second;
}

bool KeyList::replace(const std::vector<ListedKey>& keys) {
  auto before = std::exchange(entries_, {});
  for (const auto& [sender, key] : keys) {
    auto& entry = entries_[key];
    const base::Sender proved{sender.role, sender.name, key};
    const auto found = before.find(key);
    if (found != before.end() && found->second->sender == proved) {
      entry = std::move(found->second);
      before.erase(found);
    } else {
      entry = std::make_shared<Admitted>(Admitted{proved});
    }
  }
  for (const auto& [key, entry] : before) entry->revoked = true;
  return !before.empty();
}

bool KeyList::revokes(const std::vector<ListedKey>& keys) const {
  KeyList after;
  after.replace(keys);
  return std::any_of(entries_.begin(), entries_.end(), [&](const auto& entry) {
    const auto found = after.find(entry.first);
    return !found || found->sender != entry.second->sender;
  });
}

base::Result<ListedKeys> parse_key_list(std::string_view text) {
  if (text.size() > KeyList::kBytesMax) return base::fail(fmt::format("more than {} bytes", KeyList::kBytesMax));
  if (text.empty()) return base::fail("it is empty: the file was cut short, copy it again");
  const bool must_be_counted = text.substr(0, kFirstLineOfList.size()) == kFirstLineOfList;
  ListedKeys listed;
  std::map<std::string_view, std::size_t> places;           // of keys
  std::map<std::string, base::KeyRole, std::less<>> roles;  // of names
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    const auto fail = [&](std::string_view why) { return base::fail(fmt::format("line {}: {}", number, why)); };
    if (end == std::string_view::npos) return fail("it has no end: the file was cut short, copy it again");
    if (listed.counted) return fail("it is after the last line: `pygmy keys` writes this file");
    const auto line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (const auto count = count_in(line)) {
      if (*count != listed.keys.size()) {
        return fail(
            fmt::format("this is not the end of {} keys but of {}: copy the list again", *count, listed.keys.size()));
      }
      listed.counted = true;
    }
    if (line.empty() || line.front() == '#') continue;
    ListedKey key;
    if (const auto fault = fault_of(line, key); !fault.empty()) return fail(fault);
    if (!places.emplace(line.substr(line.size() - kKeyChars), number).second) return fail("the key is there twice");
    const auto role = roles.emplace(key.sender.name, key.sender.role).first->second;
    if (role != key.sender.role) return fail("the name has another role in an earlier line");
    if (listed.keys.size() == KeyList::kKeysMax) return fail(fmt::format("more than {} keys", KeyList::kKeysMax));
    listed.keys.push_back(std::move(key));
  }
  if (must_be_counted && !listed.counted) {
    return base::fail("the last line (# end of N keys) is missing: the file was cut short, copy it again");
  }
  return listed;
}

std::string text_of(const std::vector<ListedKey>& keys) {
  auto text = fmt::format("{}\n", kFirstLineOfList);
  for (const auto& [sender, key] : keys) text += fmt::format("{} {} {}\n", msg::word(sender.role), sender.name, key);
  return text + last_line(keys.size()) + '\n';
}

base::Result<ListedKeys> read_key_list(const std::string& directory) {
  const auto path = key_list_path(directory);
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0 && (info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return base::fail(fmt::format("others can write {}: chmod 600 {}, and see pygmy keys list", path, path));
  }
  const auto text = read_small_file(path, KeyList::kBytesMax);
  if (!text) return base::fail(text.error().message);
  auto keys = parse_key_list(*text);
  if (!keys) return base::fail(fmt::format("{}: {}", path, keys.error().message));
  return keys;
}

}  // namespace net
