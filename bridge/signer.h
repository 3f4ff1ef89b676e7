// Signer: signs what a webhook sends, in the form of Standard Webhooks (standardwebhooks.com): the headers webhook-id,
// webhook-timestamp and webhook-signature.
//
// A file has one key in a line, at most kKeysMax; empty lines and those that begin with # are left out. A receiver
// takes a message if one of its signatures is right, so a key is replaced in three steps: add the new one, give it to
// the receiver, remove the old one.
//
//   whsec_BASE64  24 to 64 bytes that both sides know: the signature is v1, HMAC-SHA256
//   whsk_BASE64   an Ed25519 key, 32 bytes, or 64 with its public key behind it: the signature is v1a
//
// No message, no error and no log shows a key. Threads: none. Tests: tests/bridge/signer_test.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace bridge {

class Signer {
 public:
  static constexpr std::size_t kKeysMax = 8;
  static constexpr std::size_t kSecretBytesMin = 24;
  static constexpr std::size_t kSecretBytesMax = 64;

  // `text`: the contents of a file of keys. The error names the line and not what it has.
  static base::Result<Signer> read(std::string_view text);

  // The value of webhook-signature: a signature of each key, in the order of the file. `timestamp`: seconds since 1970
  // UTC, the value of webhook-timestamp.
  std::string signatures(std::string_view id, std::int64_t timestamp, std::string_view body) const;

 private:
  enum class Kind : std::uint8_t { kShared, kOwn };
  struct Key {
    Kind kind = Kind::kShared;
    std::string bytes;
  };

  static base::Result<Key> read_key(std::string_view line);

  std::vector<Key> keys_;
};

}  // namespace bridge
