// The certificates of an etcd of its own: who is believed by whom, and the modes of the files.
#include "keys/certificates.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

#include "tests/support/directory.h"

namespace {

using Certificate = std::unique_ptr<X509, decltype(&::X509_free)>;

Certificate read(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "r"), std::fclose);
  return {::PEM_read_X509(file.get(), nullptr, nullptr, nullptr), ::X509_free};
}

std::string contents(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

class CertificatesTest : public testing::Test {
 protected:
  static keys::EtcdFiles make(const std::string& place) {
    std::filesystem::create_directory(place);
    keys::make_etcd_certificates(place, {"127.0.0.1", "127.0.0.3"});
    return keys::etcd_files(place);
  }
  // Returns whether a program that trusts `ca` believes the certificate for this purpose. Empty: it does.
  static std::string why_not(const std::string& ca, const std::string& certificate, int purpose) {
    const auto trusted = read(ca), shown = read(certificate);
    const std::unique_ptr<X509_STORE, decltype(&::X509_STORE_free)> store(::X509_STORE_new(), ::X509_STORE_free);
    ::X509_STORE_add_cert(store.get(), trusted.get());
    const std::unique_ptr<X509_STORE_CTX, decltype(&::X509_STORE_CTX_free)> context(::X509_STORE_CTX_new(),
                                                                                    ::X509_STORE_CTX_free);
    ::X509_STORE_CTX_init(context.get(), store.get(), shown.get(), nullptr);
    ::X509_STORE_CTX_set_purpose(context.get(), purpose);
    ::X509_VERIFY_PARAM_set_flags(::X509_STORE_CTX_get0_param(context.get()), X509_V_FLAG_X509_STRICT);
    if (::X509_verify_cert(context.get()) == 1) return {};
    return ::X509_verify_cert_error_string(::X509_STORE_CTX_get_error(context.get()));
  }

  support::Directory directory;
  const std::string place = directory / "keys";
  const keys::EtcdFiles files = make(place);
};

TEST_F(CertificatesTest, MembersAreServersAndClientsAndBrokersAreClientsAlone) {
  EXPECT_EQ(why_not(files.ca, files.member, X509_PURPOSE_SSL_SERVER), "");
  EXPECT_EQ(why_not(files.ca, files.member, X509_PURPOSE_SSL_CLIENT), "");
  EXPECT_EQ(why_not(files.ca, files.broker, X509_PURPOSE_SSL_CLIENT), "");
  EXPECT_NE(why_not(files.ca, files.broker, X509_PURPOSE_SSL_SERVER), "");
}

TEST_F(CertificatesTest, AnotherAuthorityIsNotBelieved) {
  const auto other = make(directory / "other");
  EXPECT_NE(why_not(other.ca, files.member, X509_PURPOSE_SSL_SERVER), "");
  EXPECT_NE(why_not(files.ca, other.broker, X509_PURPOSE_SSL_CLIENT), "");
}

TEST_F(CertificatesTest, AMemberIsBelievedAtItsAddressesAlone) {
  const auto member = read(files.member), broker = read(files.broker);
  EXPECT_EQ(::X509_check_ip_asc(member.get(), "127.0.0.1", 0), 1);
  EXPECT_EQ(::X509_check_ip_asc(member.get(), "127.0.0.3", 0), 1);
  EXPECT_EQ(::X509_check_ip_asc(member.get(), "127.0.0.2", 0), 0);
  EXPECT_EQ(::X509_check_ip_asc(broker.get(), "127.0.0.1", 0), 0);
}

TEST_F(CertificatesTest, AMemberIsBelievedUnderItsNamesAlone) {
  std::filesystem::create_directory(directory / "named");
  keys::make_etcd_certificates(directory / "named", {"etcd-1", "10.0.0.1", "etcd-3.example"});
  const auto member = read(keys::etcd_files(directory / "named").member);
  EXPECT_EQ(::X509_check_host(member.get(), "etcd-1", 0, 0, nullptr), 1);
  EXPECT_EQ(::X509_check_host(member.get(), "etcd-3.example", 0, 0, nullptr), 1);
  EXPECT_EQ(::X509_check_host(member.get(), "etcd-2", 0, 0, nullptr), 0);
  EXPECT_EQ(::X509_check_ip_asc(member.get(), "10.0.0.1", 0), 1);
}

TEST_F(CertificatesTest, OnlyMembersHaveTheNameOfAMember) {
  const auto has_name = [](const std::string& path) {
    const auto certificate = read(path);
    char name[64] = {};
    ::X509_NAME_get_text_by_NID(::X509_get_subject_name(certificate.get()), NID_commonName, name, sizeof name);
    return std::string(name) == keys::kMemberName;
  };
  EXPECT_TRUE(has_name(files.member));
  EXPECT_FALSE(has_name(files.broker));
  EXPECT_FALSE(has_name(files.ca));
}

TEST_F(CertificatesTest, TheyAreGoodForTenYearsAlsoForAClockThatIsSetBackAnHour) {
  for (const auto& path : {files.ca, files.member, files.broker}) {
    const auto certificate = read(path);
    std::time_t before = std::time(nullptr) - 60 * 60,
                late = std::time(nullptr) + (keys::kCertificateDays - 1) * 86400L;
    EXPECT_LT(::X509_cmp_time(::X509_get0_notBefore(certificate.get()), &before), 0);
    EXPECT_GT(::X509_cmp_time(::X509_get0_notAfter(certificate.get()), &late), 0);
  }
}

TEST_F(CertificatesTest, EachKeyIsThatOfItsCertificateAndTheAuthoritysIsNotKept) {
  for (const auto& [path, of] : {std::pair{files.member, files.member_key}, {files.broker, files.broker_key}}) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(of.c_str(), "r"), std::fclose);
    const std::unique_ptr<EVP_PKEY, decltype(&::EVP_PKEY_free)> key(
        ::PEM_read_PrivateKey(file.get(), nullptr, nullptr, nullptr), ::EVP_PKEY_free);
    EXPECT_EQ(::X509_check_private_key(read(path).get(), key.get()), 1) << of;
    EXPECT_EQ(::X509_check_private_key(read(files.ca).get(), key.get()), 0);
  }
  std::ptrdiff_t with_key = 0;
  for (const auto& file : std::filesystem::directory_iterator(place + "/etcd")) {
    with_key += contents(file.path()).find("PRIVATE KEY") != std::string::npos;
  }
  EXPECT_EQ(with_key, 2);
}

TEST_F(CertificatesTest, EverythingIsPrivate) {
  struct stat info {};
  ASSERT_EQ(::stat((place + "/etcd").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700U);
  for (const auto& path : {files.ca, files.member, files.member_key, files.broker, files.broker_key}) {
    ASSERT_EQ(::stat(path.c_str(), &info), 0) << path;
    EXPECT_EQ(info.st_mode & 0777, 0600U) << path;
  }
}

TEST_F(CertificatesTest, TheyAreMadeOnceAndAnewWhenTheyAreRemoved) {
  const auto before = contents(files.member);
  keys::make_etcd_certificates(place, {"127.0.0.1"});
  EXPECT_EQ(contents(files.member), before);
  std::filesystem::remove_all(place + "/etcd");
  EXPECT_FALSE(keys::has_etcd_certificates(place));
  keys::make_etcd_certificates(place, {"127.0.0.1"});
  EXPECT_TRUE(keys::has_etcd_certificates(place));
  EXPECT_NE(contents(files.member), before);
}

TEST_F(CertificatesTest, TheRestOfAnInterruptedStartIsReplaced) {
  const auto other = directory / "interrupted";
  std::filesystem::create_directories(other + "/etcd.new");
  std::ofstream(other + "/etcd.new/ca.pem") << "half";
  EXPECT_EQ(why_not(make(other).ca, keys::etcd_files(other).member, X509_PURPOSE_SSL_SERVER), "");
  EXPECT_FALSE(std::filesystem::exists(other + "/etcd.new"));
}

TEST_F(CertificatesTest, WithoutADirectoryItSaysSo) {
  EXPECT_THROW(keys::make_etcd_certificates(directory / "none", {"127.0.0.1"}), std::runtime_error);
  EXPECT_THROW(keys::make_etcd_certificates(directory.string(), {"not an address"}), std::runtime_error);
  EXPECT_THROW(keys::make_etcd_certificates(directory.string(), {"etcd-1,IP:10.0.0.1"}), std::runtime_error);
  EXPECT_FALSE(keys::has_etcd_certificates(directory.string()));
}

}  // namespace
