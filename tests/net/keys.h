// Keys and a list of keys for tests, in a directory of their own.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <string>
#include <vector>

#include "net/key_file.h"
#include "net/key_list.h"
#include "tests/support/directory.h"

namespace net_test {

inline void write(const std::string& path, const std::string& text) {
  std::ofstream(path + ".new") << text;
  ::chmod((path + ".new").c_str(), S_IRUSR | S_IWUSR);
  ASSERT_EQ(std::rename((path + ".new").c_str(), path.c_str()), 0);
}

// The keys of a store. Each name that is asked for gets a key; it counts once it is listed.
class KeyRing {
 public:
  KeyRing() : store_(net::new_key_pair()) { save(); }

  net::StoreKeys store() const { return {store_, directory_.string()}; }
  std::string directory() const { return directory_.string(); }

  net::Key key(const std::string& role, const std::string& name) const {
    return {role, name, store_.open, net::new_key_pair()};
  }
  void admit(const net::Key& key, base::KeyRole role) {
    listed_.push_back({{role, key.name}, key.pair.open});
    save();
  }
  void revoke(const std::string& name) {
    std::erase_if(listed_, [&](const auto& key) { return key.sender.name == name; });
    save();
  }
  std::string list_path() const { return net::key_list_path(directory_.string()); }
  std::string list() const {
    const auto text = net::text_of(listed_);
    return counts ? text : as_before(text);
  }
  void write_list(const std::string& text) const { write(list_path(), text); }

  bool counts = true;  // false: writes the list as a release before did

 private:
  // Without the first line and the last one.
  static std::string as_before(const std::string& text) {
    const auto begin = text.find('\n') + 1, end = text.rfind('\n', text.size() - 2) + 1;
    return "# all keys\n" + text.substr(begin, end - begin);
  }
  void save() const { write_list(list()); }

  support::Directory directory_;
  net::KeyPair store_;
  std::vector<net::ListedKey> listed_;
};

}  // namespace net_test
