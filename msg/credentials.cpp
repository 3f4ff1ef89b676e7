#include "msg/credentials.h"

#include "msg/sha256.h"

namespace msg {

std::string client_key_hash(std::string_view key) {
  std::string text("pygmy client key");
  text.resize(kTokenBytesMax);
  return sha256(text.append(key));
}

}  // namespace msg
