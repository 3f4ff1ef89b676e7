// SignIns: the visitors who are signed in, so that a browser sends a cookie in place of a token (ADR 50).
//
// The cookie holds a random secret. The table knows only the secret's SHA-256, so the time of a look-up tells nothing
// about a secret. The token stays in this table, in memory alone: the store wants it with each request, and checks it
// then. So a sign-in gives no right that its credential does not have at that moment.
//
// A sign-in ends kIdle after its last use and kAgeMax after it began, when the visitor signs out, and when the bridge
// learns that the credential was revoked. The bridge also remembers the revocations themselves, because an answer about
// a credential may be older than the event that revoked it.
//
// Bounds: kMax sign-ins, kPerCredential of one credential, msg::kTokenBytesMax of a token. Beyond kPerCredential the
// oldest of the credential ends, beyond kMax the one that was used least recently. There are at most
// msg::kCredentialsMax revocations. Threads: none; owned by the Api. Tests: tests/bridge/sign_ins_test.cpp
#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>

#include "base/time.h"
#include "msg/credentials.h"

namespace bridge {

class SignIns {
 public:
  static constexpr std::size_t kMax = 8192;
  static constexpr std::size_t kPerCredential = 16;
  static constexpr base::Duration kIdle = std::chrono::hours(1);
  static constexpr base::Duration kAgeMax = std::chrono::hours(12);

  explicit SignIns(std::size_t max = kMax) : max_(max) {}

  // The name of the sign-in with this secret.
  static std::string name_of(const std::string& secret);

  // `secret`: at least 128 random bits that nobody else knows.
  void begin(const std::string& secret, std::string token, msg::Seq credential, base::Mono now);
  // The token of this sign-in; null if there is none. Counts as a use. The pointer is valid until the next call.
  const std::string* use(const std::string& name, base::Mono now);
  void end(const std::string& name) { all_.erase(name); }

  // The event that revokes this credential has been seen.
  void revoke(msg::Seq credential);
  bool is_revoked(msg::Seq credential) const { return revoked_.contains(credential.value()); }

  void forget_ended(base::Mono now);
  std::size_t size() const { return all_.size(); }

 private:
  struct SignIn {
    std::string token;
    msg::Seq credential;
    base::Mono began;
    base::Mono used;
  };
  static bool has_ended(const SignIn& sign_in, base::Mono now) {
    return now >= sign_in.used + kIdle || now >= sign_in.began + kAgeMax;
  }
  void make_room(msg::Seq credential, base::Mono now);

  std::size_t max_;
  std::unordered_map<std::string, SignIn> all_;  // by name
  std::unordered_set<std::uint64_t> revoked_;
};

}  // namespace bridge
