#include "msg/sha256.h"

#include <openssl/evp.h>

#include "base/check.h"

namespace msg {

struct Sha256::Context {
  // OpenSSL looks the algorithm up only once for each context: that takes longer than hashing a short request.
  Context() { CHECK(EVP_DigestInit_ex(evp.get(), EVP_sha256(), nullptr) == 1); }
  void begin() const { CHECK(EVP_DigestInit_ex(evp.get(), nullptr, nullptr) == 1); }
  void add(std::string_view bytes) const { CHECK(EVP_DigestUpdate(evp.get(), bytes.data(), bytes.size()) == 1); }
  Hash finish() const {
    Hash hash(kHashBytes, '\0');
    CHECK(EVP_DigestFinal_ex(evp.get(), reinterpret_cast<unsigned char*>(hash.data()), nullptr) == 1);
    return hash;
  }

  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> evp{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {}
Sha256::~Sha256() = default;
void Sha256::add(std::string_view bytes) { context_->add(bytes); }
Hash Sha256::finish() { return context_->finish(); }

Hash Sha256::of(std::string_view bytes) {
  thread_local const Context context;
  context.begin();
  context.add(bytes);
  return context.finish();
}

Hash sha256(std::string_view bytes) { return Sha256::of(bytes); }

}  // namespace msg
