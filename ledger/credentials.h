// Credentials: all credentials of the store as of one seq, also revoked and expired ones. An order replica keeps them
// in memory.
//
// Invariants (CHECKed): a token has one credential, for ever; a credential is revoked once. The digest is the sum,
// modulo 2^64, of the hashes of all credentials (G5); without credentials it is 0. Bounds: msg::kCredentialsMax.
// Threads: none. Tests: tests/ledger/credentials_test.cpp.
#pragma once

#include <map>
#include <string>
#include <unordered_map>

#include "msg/events.h"

namespace ledger {

class Credentials {
 public:
  // The pointers are valid until the credential is put again or evolve changes it.
  const msg::Credential* find(base::Seq id) const;
  const msg::Credential* find(const msg::Blob& hash) const;

  // Loads a credential of a stored view.
  void put(msg::Credential credential);
  // Applies one event. Returns the credential that it made or changed; null for an event about something else.
  const msg::Credential* evolve(const msg::Event& event, base::Seq seq);

  std::size_t size() const { return all_.size(); }
  std::uint64_t digest() const { return digest_; }

  // Visits the credentials with ids greater than `after`, ascending, until `visit` returns false.
  template <class Visit>
  void each_after(base::Seq after, Visit&& visit) const {
    for (auto at = all_.upper_bound(after); at != all_.end(); ++at) {
      if (!visit(at->second)) return;
    }
  }

 private:
  std::map<base::Seq, msg::Credential> all_;
  std::unordered_map<std::string, base::Seq> by_hash_;
  std::uint64_t digest_ = 0;
};

// The part of a credential in the digest. It covers every field. It is a stored format: tests/ledger pins its values.
std::uint64_t row_digest(const msg::Credential& credential);

}  // namespace ledger
