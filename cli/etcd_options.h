// The options for etcd that broker, up and restore share.
#pragma once

#include <string>

#include "process/etcd_options.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace cli {

// Adds --journal sqlite|etcd.
CLI::Option* add_journal(CLI::App& command, std::string& journal);
// Adds --etcd and all options whose names begin with it. Returns --etcd.
CLI::Option* add_etcd(CLI::App& command, process::EtcdOptions& etcd);

}  // namespace cli
