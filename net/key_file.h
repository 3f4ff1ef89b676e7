// Key files: each holds the key pair of one process or client, and the public key of the store that it talks to.
//
//   pygmy-key 1
//   role client
//   name till-7
//   store KEY
//   public KEY
//   secret KEY
//
// KEY is a key of CURVE in Z85: 40 characters. The lines come in this order. The key of the store itself has the role
// `store`. A file of ours that others can read is refused (base/private_file.h,
// docs/adr/0045-keys-of-the-transport.md). Errors name the file and say what to do; no error shows a secret. Threads:
// any. Tests: tests/net/key_file_test.cpp, tests/fuzz/key_list_fuzz.cpp.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace net {

constexpr std::size_t kKeyChars = 40;

struct KeyPair {
  std::string open;    // the public key
  std::string secret;  // never printed
};

// Whom a process or client is, and the store that it talks to.
struct Key {
  std::string role;
  std::string name;
  std::string store;  // the public key of the store
  KeyPair pair;
};

constexpr std::string_view kStoreRole = "store";

// Draws a new pair. Throws std::runtime_error if this libzmq has no CURVE.
KeyPair new_key_pair();

bool is_key(std::string_view text);
// 1 to 64 letters, digits, '-', '_' and '.', of which the first is a letter or a digit: it is a file's name, too.
bool is_key_name(std::string_view text);

base::Result<Key> parse_key(std::string_view text);
std::string text_of(const Key& key);

base::Result<Key> read_key(const std::string& path);
// The same, but throws std::runtime_error.
Key require_key(const std::string& path);

// A process that listens has the key of its store, and the directory with the list of the keys that it admits
// (net/key_list.h).
struct StoreKeys {
  KeyPair pair;
  std::string directory;
};
// Throws std::runtime_error.
StoreKeys require_store_keys(const std::string& directory);

// The files in a directory of keys.
std::string key_path(const std::string& directory, const std::string& name);
std::string store_key_path(const std::string& directory);
std::string key_list_path(const std::string& directory);

// Reads a file of at most `bytes_max` bytes.
base::Result<std::string> read_small_file(const std::string& path, std::size_t bytes_max);

}  // namespace net
