#include "bridge/signer.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <memory>
#include <optional>

#include "base/check.h"

namespace bridge {
namespace {

constexpr std::string_view kSharedPrefix = "whsec_";
constexpr std::string_view kOwnPrefix = "whsk_";
constexpr std::size_t kSeedBytes = 32;
constexpr std::size_t kSignatureBytes = 64;
constexpr std::size_t kTextMax = 2 * Signer::kSecretBytesMax;  // of a key in base64

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::string to_base64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // EVP_EncodeBlock adds a zero byte
  out.resize(
      static_cast<std::size_t>(::EVP_EncodeBlock(bytes_of(out), bytes_of(bytes), static_cast<int>(bytes.size()))));
  return out;
}

// EVP_DecodeBlock takes only whole groups of four characters, and counts the padding as zero bytes.
std::optional<std::string> from_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0 || text.size() > kTextMax) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  if (text.substr(0, text.size() - padding).find_first_of("= \t") != std::string_view::npos) return std::nullopt;
  std::string out(text.size() / 4 * 3, '\0');
  const int size = ::EVP_DecodeBlock(bytes_of(out), bytes_of(text), static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  out.resize(static_cast<std::size_t>(size) - padding);
  return out;
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  const auto* done = ::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(text), text.size(),
                            bytes_of(out), &size);
  CHECK(done, "OpenSSL computes no HMAC");
  out.resize(size);
  return out;
}

std::string ed25519(std::string_view seed, std::string_view text) {
  using KeyPointer = std::unique_ptr<EVP_PKEY, decltype(&::EVP_PKEY_free)>;
  using ContextPointer = std::unique_ptr<EVP_MD_CTX, decltype(&::EVP_MD_CTX_free)>;
  const KeyPointer key(::EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_of(seed), seed.size()),
                       &::EVP_PKEY_free);
  const ContextPointer context(::EVP_MD_CTX_new(), &::EVP_MD_CTX_free);
  std::string out(kSignatureBytes, '\0');
  std::size_t size = out.size();
  const bool done = key && context && ::EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
                    ::EVP_DigestSign(context.get(), bytes_of(out), &size, bytes_of(text), text.size()) == 1;
  CHECK(done && size == kSignatureBytes, "OpenSSL makes no Ed25519 signature");
  return out;
}

}  // namespace

base::Result<Signer::Key> Signer::read_key(std::string_view line) {
  const bool shared = line.starts_with(kSharedPrefix);
  if (!shared && !line.starts_with(kOwnPrefix)) {
    return base::fail(fmt::format("a key begins with {} or {}", kSharedPrefix, kOwnPrefix));
  }
  auto bytes = from_base64(line.substr((shared ? kSharedPrefix : kOwnPrefix).size()));
  if (!bytes) return base::fail("the key is not base64");
  if (shared && (bytes->size() < kSecretBytesMin || bytes->size() > kSecretBytesMax)) {
    return base::fail(fmt::format("a shared key has {} to {} bytes", kSecretBytesMin, kSecretBytesMax));
  }
  if (!shared && bytes->size() != kSeedBytes && bytes->size() != 2 * kSeedBytes) {
    return base::fail(fmt::format("an Ed25519 key has {} or {} bytes", kSeedBytes, 2 * kSeedBytes));
  }
  if (!shared) bytes->resize(kSeedBytes);
  return Key{shared ? Kind::kShared : Kind::kOwn, std::move(*bytes)};
}

base::Result<Signer> Signer::read(std::string_view text) {
  Signer signer;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.front() == '#') continue;
    auto key = read_key(line);
    if (!key) return base::fail(fmt::format("line {}: {}", number, key.error().message));
    signer.keys_.push_back(std::move(*key));
  }
  if (signer.keys_.empty()) return base::fail("there is no key");
  if (signer.keys_.size() > kKeysMax) return base::fail(fmt::format("there are more than {} keys", kKeysMax));
  return signer;
}

std::string Signer::signatures(std::string_view id, std::int64_t timestamp, std::string_view body) const {
  const auto text = fmt::format("{}.{}.{}", id, timestamp, body);
  std::string all;
  for (const auto& key : keys_) {
    if (!all.empty()) all += ' ';
    all += key.kind == Kind::kShared ? "v1," + to_base64(hmac_sha256(key.bytes, text))
                                     : "v1a," + to_base64(ed25519(key.bytes, text));
  }
  return all;
}

}  // namespace bridge
