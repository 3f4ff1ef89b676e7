// KeyList: the public keys that a store admits, and whom each of them proves.
//
// Its file has one line for each key: `ROLE NAME KEY`. Lines that begin with '#' are comments. The role of a member is
// that of its process, and its name is the instance; `operator` and `client` are not members. A name has one role, and
// may have several keys. `pygmy keys` writes the file; every process of the store reads it.
//
// The last line, `# end of N keys`, tells a whole list from one that is just being copied. A list that `pygmy keys` has
// written is refused without it. A list without the first line of `pygmy keys`, such as one of a release before, need
// not be counted.
//
// A connection keeps the entry that admitted it. If its key leaves the list, or gets another role or name, the entry
// is revoked, and nothing that the connection sends counts any more.
// Bounds: kBytesMax of a file, kKeysMax keys. Threads: one. Tests: tests/net/key_list_test.cpp,
// tests/fuzz/key_list_fuzz.cpp.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/sender.h"

namespace net {

struct ListedKey {
  base::Sender sender;  // without its key
  std::string key;
};

struct ListedKeys {
  std::vector<ListedKey> keys;
  bool counted = false;  // the last line says how many there are; else the list may have been cut short
};

struct Admitted {
  base::Sender sender;
  bool revoked = false;
};
using AdmittedPtr = std::shared_ptr<const Admitted>;

class KeyList {
 public:
  static constexpr std::size_t kBytesMax = 1024 * 1024;
  static constexpr std::size_t kKeysMax = 8192;

  // Returns the entry of a key, or null.
  AdmittedPtr find(std::string_view key) const;

  // Takes the keys of a new list instead. Returns whether an entry was revoked.
  bool replace(const std::vector<ListedKey>& keys);
  // Returns whether replace() would revoke an entry.
  bool revokes(const std::vector<ListedKey>& keys) const;

  std::size_t size() const { return entries_.size(); }

 private:
  std::map<std::string, std::shared_ptr<Admitted>, std::less<>> entries_;
};

// The error names the line.
base::Result<ListedKeys> parse_key_list(std::string_view text);
std::string text_of(const std::vector<ListedKey>& keys);

// Reads the list in a directory of keys.
base::Result<ListedKeys> read_key_list(const std::string& directory);

}  // namespace net
