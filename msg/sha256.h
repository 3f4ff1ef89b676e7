// SHA-256 of blocks, snapshots and requests. Only this file uses OpenSSL's SHA-256.
#pragma once

#include <memory>
#include <string_view>

#include "msg/block.h"

namespace msg {

Hash sha256(std::string_view bytes);

// The hash of bytes that come in parts.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void add(std::string_view bytes);
  Hash finish();  // call it once
  static Hash of(std::string_view bytes);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace msg
