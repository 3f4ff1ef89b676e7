// The options about the keys of a process (docs/adr/0045-keys-of-the-transport.md).
#pragma once

#include <string>

namespace process {

struct KeyOptions {
  std::string directory;  // with the process's own key, the key of its store, and the list; empty: no keys
  bool insecure = false;  // without keys, listen also where other machines reach the process
};

}  // namespace process
