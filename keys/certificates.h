// Certificates for the etcd of a store with keys (`pygmy up --cluster`, `pygmy keys etcd`): the members prove
// themselves to each other and to the brokers, and the brokers to the members (docs/adr/0045-keys-of-the-transport.md).
//
// They are in etcd/ beside the keys, all made at once. The private key of their authority is dropped as soon as it has
// signed: no further certificate will be needed, because new ones come with a new authority, and so no thief finds it.
// Errors: std::runtime_error with a line that says what to do. Secrets go into files of mode 0600, and nowhere else.
// Threads: none. Tests: tests/keys/certificates_test.cpp, tests/process/test_secure_cluster.py
#pragma once

#include <string>
#include <vector>

namespace keys {

constexpr int kCertificateDays = 3650;
// The name in the members' certificate. Members admit no other name among themselves.
constexpr auto kMemberName = "etcd";

// Paths of PEM files.
struct EtcdFiles {
  std::string ca;
  std::string member;  // for servers and clients, because members dial each other
  std::string member_key;
  std::string broker;  // for clients
  std::string broker_key;
};
// `directory`: of the keys.
EtcdFiles etcd_files(const std::string& directory);

bool has_etcd_certificates(const std::string& directory);

// Makes the certificates unless they are there. `addresses`: the IP addresses or names at which members listen.
void make_etcd_certificates(const std::string& directory, const std::vector<std::string>& addresses);

}  // namespace keys
