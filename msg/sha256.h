// SHA-256: of blocks and snapshots. The only door to OpenSSL's.
#pragma once

#include <memory>
#include <string_view>

#include "msg/block.h"

namespace msg {

Hash sha256(std::string_view bytes);

// Of what comes in parts.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void add(std::string_view bytes);
  Hash finish();  // once

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace msg
