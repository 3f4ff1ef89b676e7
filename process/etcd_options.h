// Where an etcd is and how it is reached: options that broker, node, up and restore share.
#pragma once

#include <string>
#include <vector>

namespace process {

struct EtcdOptions {
  std::vector<std::string> endpoints{"127.0.0.1:2379"};  // HOST:PORT of the members
  std::string prefix = "pygmy";
  std::string ca;  // `ca`, `certificate` and `key` are files; give all three or none
  std::string certificate;
  std::string key;
};

}  // namespace process
