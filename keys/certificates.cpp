#include "keys/certificates.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include "base/file_lock.h"
#include "disk/durable.h"
#include "process/host.h"

namespace keys {
namespace {

namespace fs = std::filesystem;

constexpr long kClockBackS = 24 * 60 * 60;  // a clock that is set back a little finds them valid
constexpr int kSerialBits = 127;

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* one) const {
    Free(one);
  }
};
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;
using Memory = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

// OpenSSL returns null or 0 where it fails.
template <class T>
T require(T done) {
  if (done) return done;
  std::array<char, 256> why{};
  ::ERR_error_string_n(::ERR_get_error(), why.data(), why.size());
  throw std::runtime_error(fmt::format("OpenSSL makes no certificates for etcd: {}", why.data()));
}

struct Signed {
  PrivateKey key;
  Certificate certificate;
};

struct Wish {
  const char* name;
  const char* basic;  // constraints
  const char* usage;
  std::string extended;  // usage; empty: any
  std::string addresses;
};

void extend(X509& certificate, X509& issuer, int what, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  ::X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
  const Extension extension(require(::X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str())));
  require(::X509_add_ext(&certificate, extension.get(), -1));
}

void number(X509& certificate) {
  const Number serial(require(::BN_new()));
  require(::BN_rand(serial.get(), kSerialBits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY));
  require(::BN_to_ASN1_INTEGER(serial.get(), ::X509_get_serialNumber(&certificate)));
}

// `by`: who signs; null: the certificate signs itself.
Signed make(const Wish& wish, const Signed* by) {
  Signed made{PrivateKey(require(EVP_EC_gen("P-256"))), Certificate(require(::X509_new()))};
  auto& certificate = *made.certificate;
  auto& issuer = by == nullptr ? certificate : *by->certificate;
  require(::X509_set_version(&certificate, X509_VERSION_3));
  number(certificate);
  require(::X509_gmtime_adj(::X509_getm_notBefore(&certificate), -kClockBackS));
  require(::X509_time_adj_ex(::X509_getm_notAfter(&certificate), kCertificateDays, 0, nullptr));
  auto* subject = ::X509_get_subject_name(&certificate);
  require(::X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(wish.name),
                                       -1, -1, 0));
  require(::X509_set_issuer_name(&certificate, ::X509_get_subject_name(&issuer)));
  require(::X509_set_pubkey(&certificate, made.key.get()));
  extend(certificate, issuer, NID_basic_constraints, wish.basic);
  extend(certificate, issuer, NID_key_usage, wish.usage);
  extend(certificate, issuer, NID_subject_key_identifier, "hash");
  if (by != nullptr) extend(certificate, issuer, NID_authority_key_identifier, "keyid:always");
  if (!wish.extended.empty()) extend(certificate, issuer, NID_ext_key_usage, wish.extended);
  if (!wish.addresses.empty()) extend(certificate, issuer, NID_subject_alt_name, wish.addresses);
  require(::X509_sign(&certificate, by == nullptr ? made.key.get() : by->key.get(), ::EVP_sha256()));
  return made;
}

template <class Write>
std::string text(Write write) {
  const Memory memory(require(::BIO_new(::BIO_s_mem())));
  require(write(memory.get()));
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(memory.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

std::string text_of(X509& certificate) {
  return text([&](BIO* to) { return ::PEM_write_bio_X509(to, &certificate); });
}

std::string text_of(EVP_PKEY& key) {
  return text(
      [&](BIO* to) { return ::PEM_write_bio_PKCS8PrivateKey(to, &key, nullptr, nullptr, 0, nullptr, nullptr); });
}

std::string place(const std::string& directory) { return directory + "/etcd"; }

EtcdFiles files_in(const std::string& place) {
  return {place + "/ca.pem", place + "/member.pem", place + "/member.key", place + "/broker.pem",
          place + "/broker.key"};
}

// OpenSSL reads commas and colons in it as its own.
std::string alternative_name(const std::string& address) {
  const bool is_name = !address.empty() && address.find_first_not_of(
                                               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                               "0123456789.-") == std::string::npos;
  in_addr ignored4{};
  in6_addr ignored6{};
  if (::inet_pton(AF_INET, address.c_str(), &ignored4) == 1 || ::inet_pton(AF_INET6, address.c_str(), &ignored6) == 1)
    return "IP:" + address;
  if (!is_name) throw std::runtime_error(fmt::format("'{}' is not a name or an address of a machine", address));
  return "DNS:" + address;
}

void write_all(const EtcdFiles& files, const std::vector<std::string>& addresses) {
  std::string names;
  for (const auto& address : addresses) names += (names.empty() ? "" : ",") + alternative_name(address);
  const auto ca = make({"pygmy etcd CA", "critical,CA:TRUE,pathlen:0", "critical,keyCertSign", "", ""}, nullptr);
  const auto leaf = [&](const char* name, const char* extended, const std::string& at) {
    return make({name, "critical,CA:FALSE", "critical,digitalSignature", extended, at}, &ca);
  };
  const auto member = leaf(kMemberName, "serverAuth,clientAuth", names);
  const auto broker = leaf("broker", "clientAuth", "");
  process::write_durably(files.ca, text_of(*ca.certificate));
  process::write_durably(files.member, text_of(*member.certificate));
  process::write_durably(files.member_key, text_of(*member.key));
  process::write_durably(files.broker, text_of(*broker.certificate));
  process::write_durably(files.broker_key, text_of(*broker.key));
}

}  // namespace

EtcdFiles etcd_files(const std::string& directory) { return files_in(place(directory)); }

bool has_etcd_certificates(const std::string& directory) { return fs::exists(place(directory)); }

// The directory gets its name last, so that it has all files or is not there.
void make_etcd_certificates(const std::string& directory, const std::vector<std::string>& addresses) {
  process::keep_files_private();
  const base::FileLock lock(directory + "/lock");
  if (has_etcd_certificates(directory)) return;
  const auto making = place(directory) + ".new";
  fs::remove_all(making);  // an earlier start that was killed may have left it
  process::make_directory(making);
  write_all(files_in(making), addresses);
  fs::rename(making, place(directory));
  disk::sync(directory);
}

}  // namespace keys
