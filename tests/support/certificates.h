// Certificates for tests: self-signed, made when they are needed, so that no key lies in the tree.
#pragma once

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <memory>
#include <string>

namespace support {

class SelfSigned {
 public:
  // `days`: until it expires; negative: it has expired.
  explicit SelfSigned(const std::string& name, int days = 30) {
    ::X509_set_version(certificate_.get(), 2);
    ::X509_gmtime_adj(::X509_getm_notBefore(certificate_.get()), -60L * 60 * 24 * 365);
    ::X509_gmtime_adj(::X509_getm_notAfter(certificate_.get()), 60L * 60 * 24 * days);
    ::X509_set_pubkey(certificate_.get(), key_.get());
    auto* subject = ::X509_get_subject_name(certificate_.get());
    ::X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1,
                                 -1, 0);
    ::X509_set_issuer_name(certificate_.get(), subject);
    EXPECT_GT(::X509_sign(certificate_.get(), key_.get(), ::EVP_sha256()), 0);
  }

  void write_certificate(const std::string& file) const {
    const File out(std::fopen(file.c_str(), "w"), std::fclose);
    EXPECT_EQ(::PEM_write_X509(out.get(), certificate_.get()), 1);
  }
  // With a `password` the key is encrypted.
  void write_key(const std::string& file, const char* password = nullptr) const {
    const File out(std::fopen(file.c_str(), "w"), std::fclose);
    EXPECT_EQ(::PEM_write_PKCS8PrivateKey(out.get(), key_.get(), password ? ::EVP_aes_256_cbc() : nullptr, nullptr, 0,
                                          nullptr, const_cast<char*>(password)),
              1);
  }

 private:
  using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;
  std::unique_ptr<EVP_PKEY, decltype(&::EVP_PKEY_free)> key_{::EVP_EC_gen("P-256"), ::EVP_PKEY_free};
  std::unique_ptr<X509, decltype(&::X509_free)> certificate_{::X509_new(), ::X509_free};
};

}  // namespace support
