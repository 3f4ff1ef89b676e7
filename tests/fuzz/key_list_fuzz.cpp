// Takes any bytes for a list of keys, and for a key file. A list that is read can be written, and is then read again
// alike.
#include "base/check.h"
#include "net/key_file.h"
#include "net/key_list.h"
#include "tests/fuzz/fuzz.h"

namespace {

void try_list(std::string_view text) {
  const auto keys = net::parse_key_list(text);
  if (!keys) return;
  const auto again = net::parse_key_list(net::text_of(keys->keys));
  CHECK(again && again->counted && again->keys.size() == keys->keys.size());
  net::KeyList list;
  list.replace(keys->keys);
  CHECK(!list.revokes(keys->keys) && list.size() == keys->keys.size(), "a key is on the list twice");
  for (const auto& [sender, key] : keys->keys) {
    CHECK(net::is_key(key) && net::is_key_name(sender.name));
    CHECK(list.find(key)->sender == (base::Sender{sender.role, sender.name, key}));
  }
}

void try_key(std::string_view text) {
  const auto key = net::parse_key(text);
  if (!key) return;
  CHECK(net::text_of(*key) == text, "a key file has more than its key");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  try_list(text);
  try_key(text);
  return 0;
}
