#include "bridge/certificate.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cstring>
#include <ctime>
#include <stdexcept>
#include <utility>

#include "base/log.h"

namespace bridge {
namespace {

namespace ssl = boost::asio::ssl;
using Context = std::unique_ptr<ssl::context>;

// The first reason that OpenSSL gave for the last failed call of this thread; those that follow are less precise.
std::string reason() {
  const auto first = ::ERR_peek_error();
  ::ERR_clear_error();
  if (ERR_SYSTEM_ERROR(first)) return std::strerror(ERR_GET_REASON(first));
  const char* text = ::ERR_reason_error_string(first);
  return text ? text : "it cannot be read";
}

[[noreturn]] void fail(const std::string& what, const std::string& file, const std::string& why) {
  throw std::runtime_error(fmt::format("the {} {}: {}", what, file, why));
}

// Without this, OpenSSL would ask for the password of an encrypted key on the terminal.
int no_password(char*, int, int, void*) { return 0; }

Context make_context(const TlsFiles& files) {
  auto context = std::make_unique<ssl::context>(ssl::context::tls_server);
  SSL_CTX* native = context->native_handle();
  ::SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  ::SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION);
  ::SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);  // an idle connection keeps no buffers
  ::SSL_CTX_set_default_passwd_cb(native, no_password);
  ::ERR_clear_error();
  if (::SSL_CTX_use_certificate_chain_file(native, files.certificate.c_str()) != 1) {
    fail("certificate", files.certificate, reason());
  }
  if (::SSL_CTX_use_PrivateKey_file(native, files.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      ::SSL_CTX_check_private_key(native) != 1) {
    fail("key", files.key, reason());
  }
  return context;
}

std::int64_t expires_at(SSL_CTX* context) {
  std::tm time{};
  ::ASN1_TIME_to_tm(::X509_get0_notAfter(::SSL_CTX_get0_certificate(context)), &time);
  return ::timegm(&time);
}

}  // namespace

Certificate::Certificate(TlsFiles files) : files_(std::move(files)) { load(); }

void Certificate::load() {
  certificate_ = file_state(files_.certificate);
  key_ = file_state(files_.key);
  context_ = make_context(files_);
  expires_ = expires_at(context_->native_handle());
  if (expires_ <= std::time(nullptr)) base::log::warn("the certificate {} has expired: renew it", files_.certificate);
}

void Certificate::look() {
  if (certificate_ == file_state(files_.certificate) && key_ == file_state(files_.key)) return;
  try {
    load();
    base::log::info("the certificate {} was read again: new connections get it", files_.certificate);
  } catch (const std::exception& error) {
    base::log::warn("the certificate was not read again, the old one is kept: {}", error.what());
  }
}

}  // namespace bridge
