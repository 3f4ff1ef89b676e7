// The keys of the store of `up` (docs/adr/0045-keys-of-the-transport.md): in the directory that --keys names, or in
// DATA/keys. A store that has keys there has them for good: `up` uses them without --secure, too.
//
// Errors: std::runtime_error with a line that says what to do. Tests: tests/up/secure_test.cpp,
// tests/process/test_secure.py
#pragma once

#include <string>
#include <vector>

#include "up/options.h"
#include "up/plan.h"

namespace up {

// The name of the key with which `up` and its operator ask the store.
constexpr auto kOperator = "operator";

// Fills in where the keys are. Throws if the store has none and other machines reach it, unless --insecure is given.
// Throws, too, if the options would open a store that has keys, or give it others.
void find_keys(UpOptions& options, const std::string& data);

// Fills in where the certificates of the etcd of `up --cluster` are: beside the keys. The plan needs it.
void use_etcd_certificates(UpOptions& options);
// Returns whether an etcd of its own was given certificates: beside the keys, or in DATA/keys by `restore`.
bool has_etcd_certificates(const UpOptions& options, const std::string& data);

// Makes the keys that the processes of the plan and the operator lack, and the certificates of etcd if they are used.
void make_keys(const UpOptions& options, const std::vector<ChildPlan>& plans);

// Has this process and its children ask the store with the operator's key.
void use_operator_key(const UpOptions& options);

// The file with the token of the bridges; empty if there is none.
std::string bridge_token_path(const UpOptions& options);

// The first time: grants the rights of an admin to a new token, for HTTP and for clients, and those of an operator to a
// token of the bridges, and puts them into files beside the keys. Then prints how to use the keys. Throws
// std::runtime_error if the store does not grant.
void introduce_keys(const UpOptions& options, const base::Endpoint& frontend);

}  // namespace up
