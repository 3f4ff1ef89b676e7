// The options of `pygmy up`.
#pragma once

#include <cstdint>
#include <string>

#include "process/bridge.h"
#include "process/etcd_options.h"
#include "process/process.h"

namespace up {

constexpr unsigned kNodesOfACluster = 3;

struct UpOptions {
  unsigned brokers = 0;  // 0: one with the SQLite journal, two with etcd
  unsigned catalogs = 2;
  unsigned orders = 3;
  unsigned frontends = 2;
  unsigned port_base = 7400;
  std::string bind = "127.0.0.1";
  std::string data = "./data";
  std::string catalogue;  // CSV file; empty: none
  bool no_restart = false;
  std::uint64_t cache_bytes = 64 * 1024 * 1024;
  std::uint64_t cache_items = 0;   // number of answers; 0: only `cache_bytes` bounds them
  std::string anonymous = "auto";  // as of process::FrontendOptions
  process::ClientLimits clients;   // of the frontends
  bool secure = false;             // makes the keys of the store, in the data directory, if it has none
  process::KeyOptions keys;        // empty: those in the data directory, if there are some
  unsigned lease_ms = 500;
  std::string currency;  // code of the store's currency; empty: that of the store
  unsigned heartbeat_ms = 50;
  std::string journal = "sqlite";
  bool single = false;               // one process with one core of each role; with `cluster` three of them
  bool cluster = false;              // starts an etcd of three members
  std::string etcd_token = "pygmy";  // by which etcd tells this cluster from others while it is created
  process::EtcdOptions etcd;         // members that run already; of `cluster` only the prefix, and the certificates
  // The members' certificate and key with `cluster`; empty: they have none, and are asked over plain HTTP.
  std::string etcd_member_certificate;
  std::string etcd_member_key;
  std::string http = "8080";  // port of the HTTP bridge, or off
  process::SiteOptions site;  // of the HTTP bridge
  bool demo = false;          // visitors of the HTTP bridge may kill and pause processes
  std::string log_level = "info";
  bool log_json = false;
  std::uint64_t log_bytes = 32 * 1024 * 1024;  // of a child's log; then it is put aside
  unsigned log_files = 3;                      // number of logs of a child that are kept beside the current one
};

}  // namespace up
