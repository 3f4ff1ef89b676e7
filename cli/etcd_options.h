// How etcd is reached: options that broker, up and restore have alike.
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
  std::string ca;  // files; all three or none
  std::string certificate;
  std::string key;
};

// --journal sqlite|etcd
CLI::Option* add_journal(CLI::App& command, std::string& journal);
// --etcd, which is returned, and all that begin with it
CLI::Option* add_etcd(CLI::App& command, EtcdOptions& etcd);

}  // namespace cli
