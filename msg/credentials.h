// Credentials: who a client is, and which requests it may send (PROTOCOL 4, ADR 46).
//
// A client proves itself with a token, or with its key of the transport. The store knows only the token's SHA-256. A
// credential gives the token or the key a role; each request of a client names the roles that may send it (kFor), so a
// request that is added does not compile without its roles. Threads: none. Tests: tests/msg/credentials_test.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "msg/roles.h"
#include "msg/types.h"

namespace msg {

constexpr std::size_t kTokenBytesMax = 512;  // of a token; a longer one is refused before it is hashed
constexpr std::size_t kTokenHashBytes = 32;
constexpr std::size_t kLabelBytesMax = 100;
// Every credential that was ever granted is kept in memory, also after it was revoked.
constexpr std::size_t kCredentialsMax = 100'000;

enum class ClientRole : std::uint8_t { kReader, kBuyer, kClerk, kOperator, kAdmin };
template <>
struct Words<ClientRole> {
  static constexpr std::string_view of(ClientRole role) {
    switch (role) {
      case ClientRole::kReader:
        return "reader";
      case ClientRole::kBuyer:
        return "buyer";
      case ClientRole::kClerk:
        return "clerk";
      case ClientRole::kOperator:
        return "operator";
      case ClientRole::kAdmin:
        return "admin";
    }
    return {};
  }
};

using ClientRoles = base::RoleSet<ClientRole>;

// An admin could grant itself any role, so it has all rights.
constexpr ClientRoles kForEverybody(ClientRole::kReader, ClientRole::kBuyer, ClientRole::kClerk, ClientRole::kOperator,
                                    ClientRole::kAdmin);
constexpr ClientRoles kForBuyers(ClientRole::kBuyer, ClientRole::kClerk, ClientRole::kAdmin);
// Everybody who may send a write may ask for its outcome.
constexpr ClientRoles kForWriters(ClientRole::kBuyer, ClientRole::kClerk, ClientRole::kOperator, ClientRole::kAdmin);
constexpr ClientRoles kForClerks(ClientRole::kClerk, ClientRole::kAdmin);
// The status, and the stream as it is, show everything. A buyer gets a part of the stream.
constexpr ClientRoles kForStaff(ClientRole::kClerk, ClientRole::kOperator, ClientRole::kAdmin);
constexpr ClientRoles kForOperators(ClientRole::kOperator, ClientRole::kAdmin);
constexpr ClientRoles kForAdmins(ClientRole::kAdmin);
// Frontends ask for themselves; no client may.
constexpr ClientRoles kForNobody{};

// The rights of a client without a token.
enum class Anonymous : std::uint8_t { kNone, kReader, kBuyer, kAll };
template <>
struct Words<Anonymous> {
  static constexpr std::string_view of(Anonymous value) {
    switch (value) {
      case Anonymous::kNone:
        return "none";
      case Anonymous::kReader:
        return "reader";
      case Anonymous::kBuyer:
        return "buyer";
      case Anonymous::kAll:
        return "all";
    }
    return {};
  }
};

struct Credential {
  Seq id;     // of the event that granted it
  Blob hash;  // SHA-256 of the token, or client_key_hash()
  ClientRole role = ClientRole::kReader;
  std::string customer;  // of a buyer; otherwise empty
  std::string label;     // for people
  std::int64_t at = 0;   // when it was granted, in milliseconds since 1970 UTC
  std::optional<std::int64_t> expires;
  std::optional<Seq> revoked;  // the event that revoked it
  static constexpr auto fields() {
    return std::tuple(field("id", &Credential::id), field("hash", &Credential::hash), field("role", &Credential::role),
                      field("customer", &Credential::customer), field("label", &Credential::label),
                      field("at", &Credential::at), field("expires", &Credential::expires),
                      field("revoked", &Credential::revoked));
  }
  friend bool operator==(const Credential&, const Credential&) = default;
};

// Returns the hash of the credential of a client's key. `key`: the public key, in Z85. The text that is hashed is
// longer than a token may be, so nobody can send it as a token.
std::string client_key_hash(std::string_view key);

// Returns true if the credential is valid at this time.
constexpr bool is_valid_at(const Credential& credential, std::int64_t at) {
  return !credential.revoked && (!credential.expires || at < *credential.expires);
}

struct CredentialReply {
  Credential credential;
  static constexpr auto fields() { return std::tuple(field("credential", &CredentialReply::credential)); }
};
struct CredentialsReply {
  std::vector<Credential> credentials;
  std::optional<Seq> next;
  static constexpr auto fields() {
    return std::tuple(field("credentials", &CredentialsReply::credentials), field("next", &CredentialsReply::next));
  }
};

struct Grant {
  static constexpr std::string_view kType = "grant";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForAdmins;
  using Reply = CredentialReply;
  std::string key;
  Blob hash;
  ClientRole role = ClientRole::kReader;
  std::optional<std::string> customer;
  std::optional<std::string> label;
  std::optional<std::int64_t> expires;
  static constexpr auto fields() {
    return std::tuple(field("key", &Grant::key), field("hash", &Grant::hash), field("role", &Grant::role),
                      field("customer", &Grant::customer), field("label", &Grant::label),
                      field("expires", &Grant::expires));
  }
};

struct Revoke {
  static constexpr std::string_view kType = "revoke";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForAdmins;
  using Reply = CredentialReply;
  std::string key;
  Seq id;
  static constexpr auto fields() { return std::tuple(field("key", &Revoke::key), field("id", &Revoke::id)); }
};

// All credentials, also revoked ones, ascending by id.
struct ListCredentials {
  static constexpr std::string_view kType = "credentials";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForAdmins;
  using Reply = CredentialsReply;
  std::optional<Seq> after;
  std::optional<std::uint32_t> limit;
  static constexpr auto fields() {
    return std::tuple(field("after", &ListCredentials::after), field("limit", &ListCredentials::limit));
  }
};

// Tells a client who it is. Like `status`, the answer needs no lease.
struct WhoAmIReply {
  Anonymous anonymous = Anonymous::kNone;  // the rights of this client without a credential
  bool leased = false;                   // the frontend has a lease, so `credential` was not revoked before the request
  std::optional<Credential> credential;  // that of the client's token or, without a token, of its key
  static constexpr auto fields() {
    return std::tuple(field("anonymous", &WhoAmIReply::anonymous), field("leased", &WhoAmIReply::leased),
                      field("credential", &WhoAmIReply::credential));
  }
};
struct WhoAmI {
  static constexpr std::string_view kType = "whoami";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForEverybody;
  using Reply = WhoAmIReply;
  static constexpr auto fields() { return std::tuple(); }
};

// A frontend asks an order replica for the credential of a token or a key; `unknown_credential` if there is none. The
// answer reveals everything that the replica has applied.
struct FindCredential {
  static constexpr std::string_view kType = "credential";
  static constexpr auto kFrom = kByEdges;
  static constexpr auto kFor = kForNobody;
  using Reply = CredentialReply;
  Blob hash;
  static constexpr auto fields() { return std::tuple(field("hash", &FindCredential::hash)); }
};

}  // namespace msg
