// Certificate: the certificate and the private key with which the bridge speaks TLS 1.2 and 1.3.
//
// A renewal of a certificate replaces two files, one after the other. So look() reads them again when one of them has
// changed, and keeps the old pair until both fit together. A connection keeps the pair that it began with.
// Private to bridge/. Threads: the server's. Tests: tests/bridge/certificate_test.cpp
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "bridge/file_state.h"
#include "bridge/server.h"

namespace bridge {

class Certificate {
 public:
  // Throws std::runtime_error with a line that names the file and its fault.
  explicit Certificate(TlsFiles files);

  boost::asio::ssl::context& context() { return *context_; }
  // When the certificate expires: seconds since 1970 UTC.
  std::int64_t expires() const { return expires_; }
  // Reads the files again if one of them has changed. A fault is logged once for each change.
  void look();

 private:
  void load();

  TlsFiles files_;
  FileState certificate_;  // when the files were last read
  FileState key_;
  std::unique_ptr<boost::asio::ssl::context> context_;
  std::int64_t expires_ = 0;
};

}  // namespace bridge
