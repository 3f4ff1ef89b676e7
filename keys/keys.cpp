#include "keys/keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <stdexcept>

#include "base/article.h"
#include "base/file_lock.h"
#include "msg/roles.h"
#include "net/key_file.h"
#include "net/key_list.h"
#include "process/host.h"
#include "process/keys.h"

namespace keys {
namespace {

namespace fs = std::filesystem;

using Listed = std::vector<net::ListedKey>;

base::KeyRole role_of(const std::string& word) {
  const auto role = msg::from_word<base::KeyRole>(word);
  if (!role) throw std::runtime_error(fmt::format("'{}' is not a role of a key", word));
  return *role;
}

bool has_store(const std::string& directory) { return fs::exists(net::store_key_path(directory)); }

// A directory of keys that one command at a time changes.
class Directory {
 public:
  explicit Directory(const std::string& path) : path_(path) {
    process::keep_files_private();
    if (!has_store(path)) {
      throw std::runtime_error(
          fmt::format("{} has no keys: `pygmy keys init {}` makes them, and --keys DIR names "
                      "another directory",
                      path, path));
    }
    process::require_private_keys(path);
    lock_.emplace(path + "/lock");
    store_ = net::require_key(net::store_key_path(path)).store;
    auto listed = net::read_key_list(path);
    if (!listed) throw std::runtime_error(listed.error().message);
    listed_ = std::move(listed->keys);
  }

  bool has(const std::string& name) const {
    return std::any_of(listed_.begin(), listed_.end(), [&](const auto& key) { return key.sender.name == name; });
  }
  base::KeyRole role_of_name(const std::string& name) const {
    const auto found =
        std::find_if(listed_.begin(), listed_.end(), [&](const auto& key) { return key.sender.name == name; });
    if (found == listed_.end()) {
      throw std::runtime_error(fmt::format("no key has the name {}: see pygmy keys list --keys {}", name, path_));
    }
    return found->sender.role;
  }

  // The file comes first: a key is on the list only if somebody has it.
  std::string add(base::KeyRole role, const std::string& name) {
    const auto file = net::key_path(path_, name);
    const auto pair = net::new_key_pair();
    process::write_durably(file, net::text_of(net::Key{std::string(msg::word(role)), name, store_, pair}));
    listed_.push_back({{role, name}, pair.open});
    save();
    return file;
  }

  // A new key replaces those of the name, in one change of the list.
  std::string replace(const std::string& name) {
    const auto role = role_of_name(name);
    forget(name);
    return add(role, name);
  }

  void remove(const std::string& name) {
    role_of_name(name);
    forget(name);
    save();
    std::error_code ignored;
    fs::remove(net::key_path(path_, name), ignored);
  }

 private:
  void forget(const std::string& name) {
    std::erase_if(listed_, [&](const auto& key) { return key.sender.name == name; });
  }
  void save() { process::write_durably(net::key_list_path(path_), net::text_of(listed_)); }

  std::string path_;
  std::optional<base::FileLock> lock_;
  std::string store_;
  Listed listed_;
};

}  // namespace

void make_store(const std::string& directory) {
  process::keep_files_private();
  if (has_store(directory)) {
    throw std::runtime_error(
        fmt::format("{} has keys: `pygmy keys add ROLE NAME --keys {}` adds one", directory, directory));
  }
  process::make_directory(directory);
  if (!fs::is_empty(directory))
    throw std::runtime_error(fmt::format("{} is not empty: name a new directory", directory));
  fs::permissions(directory, fs::perms::owner_all);
  const auto pair = net::new_key_pair();
  const std::string store(net::kStoreRole);
  process::write_durably(net::key_list_path(directory), net::text_of(Listed{}));
  process::write_durably(net::store_key_path(directory), net::text_of(net::Key{store, store, pair.open, pair}));
}

bool make_missing(const std::string& directory, const std::vector<Member>& members) {
  const bool is_new = !has_store(directory);
  if (is_new) make_store(directory);
  Directory keys(directory);
  for (const auto& [role, name] : members) {
    if (!keys.has(name)) keys.add(role_of(role), name);
  }
  return is_new;
}

std::string add(const std::string& directory, const Member& member) {
  const auto role = role_of(member.role);
  if (!net::is_key_name(member.name) || member.name == net::kStoreRole) {
    throw std::runtime_error(
        fmt::format("'{}' is not a name for a key: 1 to 64 letters, digits, '-', '_', '.'", member.name));
  }
  Directory keys(directory);
  if (keys.has(member.name)) {
    throw std::runtime_error(fmt::format("{} has a key: `pygmy keys rotate {} --keys {}` makes a new one instead",
                                         member.name, member.name, directory));
  }
  return keys.add(role, member.name);
}

std::string rotate(const std::string& directory, const std::string& name) { return Directory(directory).replace(name); }

void revoke(const std::string& directory, const std::string& name) { Directory(directory).remove(name); }

std::string client_key(const std::string& what) {
  std::error_code ignored;
  if (net::is_key(what) && !fs::exists(what, ignored)) return what;  // a path can look like a key
  const auto key = net::require_key(what);
  if (key.role != msg::word(base::KeyRole::kClient)) {
    throw std::runtime_error(fmt::format(
        "{} is the key of {}: only a client's key has the rights of a credential (pygmy keys add client NAME)", what,
        base::with_article(key.role)));
  }
  return key.pair.open;
}

}  // namespace keys
