// The keys of a process: which it has, where it may listen without any, and which etcd it may use without certificates
// (docs/adr/0045-keys-of-the-transport.md). Errors: std::runtime_error with a line that says what to do.
// Tests: tests/process/keys_test.cpp
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/core.h"
#include "net/key_file.h"
#include "process/etcd_options.h"
#include "process/key_options.h"

namespace process {

// Returns whether only processes of this machine reach an endpoint.
bool is_of_this_machine(const base::Endpoint& endpoint);

// Throws if others may use a directory of keys that belongs to our user.
void require_private_keys(const std::string& directory);

// Throws if others may read a file with a token that belongs to our user. `file`: empty or missing: there is nothing to
// read.
void require_private_token(const std::string& file);

// The key with which an instance dials the others; none without keys.
std::optional<net::Key> key_of(const KeyOptions& keys, const std::string& instance);

// Throws unless the process may listen at these endpoints: only with keys, or with --insecure, where other machines
// reach them.
void require_keys(const KeyOptions& keys, const std::vector<base::Endpoint>& listens);

// The keys for a process that listens at these endpoints; none without keys, or if it listens nowhere. Throws as
// require_keys() does.
std::optional<net::StoreKeys> keys_to_listen(const KeyOptions& keys, const std::vector<base::Endpoint>& listens);

// Throws unless the process may use this etcd: only with certificates, or with --insecure, where other machines reach
// its members. Without them everybody who reaches a member could write the stream.
void require_certificates(const EtcdOptions& etcd, const KeyOptions& keys);

// Logs that the process is open to all who reach it, if it is.
void tell_if_open(const KeyOptions& keys, const std::vector<base::Endpoint>& listens);

}  // namespace process
