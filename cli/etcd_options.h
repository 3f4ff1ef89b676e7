// The options for etcd that broker, up and restore share.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace cli {

struct EtcdOptions {
  std::vector<std::string> endpoints{"127.0.0.1:2379"};  // HOST:PORT of the members
  std::string prefix = "pygmy";
  std::string ca;  // `ca`, `certificate` and `key` are files; give all three or none
  std::string certificate;
  std::string key;
};

// Adds --journal sqlite|etcd.
CLI::Option* add_journal(CLI::App& command, std::string& journal);
// Adds --etcd and all options whose names begin with it. Returns --etcd.
CLI::Option* add_etcd(CLI::App& command, EtcdOptions& etcd);

}  // namespace cli
