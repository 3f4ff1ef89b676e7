#include "bridge/certificate.h"

#include <gmock/gmock.h>
#include <openssl/ssl.h>

#include <ctime>
#include <filesystem>
#include <fstream>

#include "tests/support/certificates.h"
#include "tests/support/directory.h"

namespace bridge {
namespace {

using testing::HasSubstr;

class CertificateTest : public testing::Test {
 protected:
  void write(const support::SelfSigned& made) const {
    made.write_certificate(files_.certificate);
    made.write_key(files_.key);
  }
  std::string fault() const {
    try {
      Certificate certificate(files_);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "none";
  }
  static std::string name_in(Certificate& certificate) {
    char name[64] = {};
    const auto* made = ::SSL_CTX_get0_certificate(certificate.context().native_handle());
    ::X509_NAME_get_text_by_NID(::X509_get_subject_name(made), NID_commonName, name, sizeof name);
    return name;
  }

  support::Directory directory_;
  TlsFiles files_{directory_ / "cert.pem", directory_ / "key.pem"};
};

TEST_F(CertificateTest, ItIsTakenFromTwoFiles) {
  write(support::SelfSigned("shop.example", 30));
  Certificate certificate(files_);
  EXPECT_EQ(name_in(certificate), "shop.example");
  EXPECT_NEAR(static_cast<double>(certificate.expires() - std::time(nullptr)), 30 * 86'400, 3600);
}

TEST_F(CertificateTest, AFaultNamesTheFile) {
  const support::SelfSigned one("one"), other("other");
  EXPECT_THAT(fault(), testing::AllOf(HasSubstr("the certificate " + files_.certificate), HasSubstr("No such file")));
  one.write_certificate(files_.certificate);
  EXPECT_THAT(fault(), testing::AllOf(HasSubstr("the key " + files_.key), HasSubstr("No such file")));
  other.write_key(files_.key);
  EXPECT_THAT(fault(), testing::AllOf(HasSubstr("the key " + files_.key), HasSubstr("mismatch")));
  std::ofstream(files_.certificate) << "no certificate";
  EXPECT_THAT(fault(), testing::AllOf(HasSubstr("the certificate " + files_.certificate), HasSubstr("no start line")));
}

// OpenSSL would ask for the password on the terminal, and a service would wait for ever.
TEST_F(CertificateTest, AnEncryptedKeyIsRefused) {
  const support::SelfSigned made("shop");
  made.write_certificate(files_.certificate);
  made.write_key(files_.key, "secret");
  EXPECT_THAT(fault(), HasSubstr("the key " + files_.key));
}

TEST_F(CertificateTest, AnExpiredOneIsServedAllTheSame) {
  write(support::SelfSigned("shop", -1));
  EXPECT_LT(Certificate(files_).expires(), std::time(nullptr));
}

TEST_F(CertificateTest, ARenewedPairIsTakenOnceBothFilesFitTogether) {
  write(support::SelfSigned("old"));
  Certificate certificate(files_);
  const support::SelfSigned renewed("new name");
  renewed.write_certificate(files_.certificate);
  certificate.look();
  EXPECT_EQ(name_in(certificate), "old");
  renewed.write_key(files_.key);
  certificate.look();
  EXPECT_EQ(name_in(certificate), "new name");
}

TEST_F(CertificateTest, FilesThatVanishOrAreFaultyLeaveTheOldPair) {
  write(support::SelfSigned("old"));
  Certificate certificate(files_);
  std::filesystem::remove(files_.key);
  certificate.look();
  EXPECT_EQ(name_in(certificate), "old");
  std::ofstream(files_.key) << "half a ke";
  certificate.look();
  EXPECT_EQ(name_in(certificate), "old");
}

}  // namespace
}  // namespace bridge
