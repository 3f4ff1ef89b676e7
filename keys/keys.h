// The keys of a store: `pygmy keys`, and what `pygmy up --secure` makes (docs/adr/0045-keys-of-the-transport.md).
//
// A directory of keys (0700) holds the key of the store, the list of the keys that it admits, and a key file for each
// name (net/key_file.h, net/key_list.h). The commands change the list as a whole, one command at a time.
// Errors: std::runtime_error with a line that says what to do next. Secrets go into files of mode 0600, and nowhere
// else. Threads: none. Tests: tests/keys/keys_test.cpp, tests/process/test_secure.py
#pragma once

#include <string>
#include <vector>

namespace keys {

struct Member {
  std::string role;  // of the list: broker, catalog, order, frontend, bridge, operator or client
  std::string name;  // of a process: its instance
};

// Makes the directory, the key of the store, and an empty list.
void make_store(const std::string& directory);
// Makes the store's key and those of the members, as far as they are missing. Returns whether the store is new.
bool make_missing(const std::string& directory, const std::vector<Member>& members);

// Each returns the path of the key file that it made.
std::string add(const std::string& directory, const Member& member);
std::string rotate(const std::string& directory, const std::string& name);
void revoke(const std::string& directory, const std::string& name);

// Returns the public key of a client, for a credential. `what`: a client's key file, or the public key itself.
std::string client_key(const std::string& what);

// The commands. Each prints its result and returns the exit code.
struct KeysTask {
  std::string directory = "./data/keys";
  Member member;
  std::vector<std::string> addresses;  // of members of etcd
  bool json = false;
};
int run_init(const KeysTask& task);
int run_add(const KeysTask& task);
int run_revoke(const KeysTask& task);
int run_rotate(const KeysTask& task);
int run_list(const KeysTask& task);
int run_etcd(const KeysTask& task);

}  // namespace keys
