#include "ledger/credentials.h"

#include <utility>

#include "base/check.h"
#include "ledger/hash.h"

namespace ledger {
namespace {

constexpr std::uint64_t kCredentialRow = 3;

}  // namespace

std::uint64_t row_digest(const msg::Credential& credential) {
  Hasher hasher(kCredentialRow);
  hasher.add(credential.id.value()).add(credential.hash.bytes).add(static_cast<std::uint64_t>(credential.role));
  hasher.add(credential.customer).add(credential.label).add(credential.at);
  hasher.add(std::uint64_t{credential.expires.has_value()}).add(credential.expires.value_or(0));
  return hasher.add(credential.revoked.value_or(base::Seq()).value()).value();
}

const msg::Credential* Credentials::find(base::Seq id) const {
  const auto found = all_.find(id);
  return found == all_.end() ? nullptr : &found->second;
}

const msg::Credential* Credentials::find(const msg::Blob& hash) const {
  const auto found = by_hash_.find(hash.bytes);
  return found == by_hash_.end() ? nullptr : find(found->second);
}

void Credentials::put(msg::Credential credential) {
  const auto id = credential.id;
  CHECK(by_hash_.emplace(credential.hash.bytes, id).second, "seq={} grants a token again", id);
  digest_ += row_digest(credential);
  CHECK(all_.emplace(id, std::move(credential)).second, "seq={} grants twice", id);
}

const msg::Credential* Credentials::evolve(const msg::Event& event, base::Seq seq) {
  if (const auto* granted = std::get_if<msg::CredentialGranted>(&event.what)) {
    put({seq, granted->hash, granted->role, granted->customer, granted->label, event.at, granted->expires, {}});
    return &all_.at(seq);
  }
  const auto* revoked = std::get_if<msg::CredentialRevoked>(&event.what);
  if (!revoked) return nullptr;
  const auto found = all_.find(revoked->id);
  CHECK(found != all_.end() && !found->second.revoked, "seq={} revokes credential={}", seq, revoked->id);
  digest_ -= row_digest(found->second);
  found->second.revoked = seq;
  digest_ += row_digest(found->second);
  return &found->second;
}

}  // namespace ledger
