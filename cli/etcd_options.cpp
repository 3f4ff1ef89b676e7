#include "cli/etcd_options.h"

#include <CLI/CLI.hpp>

#include "cli/options_checks.h"
#include "cli/options_lists.h"

namespace cli {

CLI::Option* add_journal(CLI::App& command, std::string& journal) {
  return command.add_option("--journal", journal, "Where the stream becomes durable: in an SQLite file, or in etcd")
      ->check(CLI::IsMember({"sqlite", "etcd"}))
      ->capture_default_str();
}

CLI::Option* add_etcd(CLI::App& command, process::EtcdOptions& etcd) {
  command.add_option("--etcd-prefix", etcd.prefix, "Prefix of all keys of this store in etcd")
      ->check(CLI::Validator(
          [](std::string& text) {
            const bool fits = !text.empty() && text.size() <= 64 && text.back() != '/';
            return std::string(fits ? "" : "write 1 to 64 characters without '/' at the end");
          },
          "TEXT"))
      ->capture_default_str();
  auto* ca =
      command
          .add_option(
              "--etcd-ca", etcd.ca,
              "CA certificate that signed etcd's certificates; turns TLS on. Needed where other machines reach etcd, "
              "unless --insecure is given")
          ->type_name("FILE");
  auto* certificate =
      command.add_option("--etcd-cert", etcd.certificate, "Client certificate for etcd")->type_name("FILE");
  auto* key = command.add_option("--etcd-key", etcd.key, "Private key of --etcd-cert")->type_name("FILE");
  ca->needs(certificate, key);
  certificate->needs(ca, key);
  key->needs(ca, certificate);
  return add_list(command, "--etcd", etcd.endpoints, http_address(), "Members of the etcd cluster, with --journal etcd")
      ->type_name("HOST:PORT[,...]")
      ->default_str("127.0.0.1:2379");
}

}  // namespace cli
