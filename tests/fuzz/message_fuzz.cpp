// Decodes any bytes as each type of message. A decoded message must be the same after encoding and decoding it. Bytes
// after it must stay untouched, and its first bytes alone must be refused.
#include "tests/fuzz/fuzz.h"
#include "tests/msg/examples.h"

namespace {

template <class T>
void try_type(std::string_view bytes, std::size_t cut) {
  std::size_t used = 0;
  const auto value = msg::decode<T>(bytes, &used);
  if (!value) {
    CHECK(!value.error().message.empty() && !msg::decode<T>(bytes));
    return;
  }
  CHECK(used > 0 && used <= bytes.size());
  CHECK(msg::decode<T>(bytes).has_value() == (used == bytes.size()), "bytes left over are an error");
  const auto once = msg::encoded(*value);
  const auto again = msg::decode<T>(once);
  CHECK(again, "a decoded message cannot be decoded again: {}", again.error().message);
  CHECK(msg::encoded(*again) == once, "encoding and decoding changes the message");
  CHECK(!msg::decode<T>(bytes.substr(0, cut % used)), "the first {} bytes of {} are accepted as a message", cut % used,
        used);
  CHECK(msg::skip_value(bytes) && msg::skip_value(bytes)->size() == used,
        "skip_value and decode disagree about the length");
}

}  // namespace

// The first byte chooses the type, the second the length at which the message is cut.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Steps steps(data, size);
  const std::size_t wanted = steps.byte();
  const std::size_t cut = steps.byte();
  const auto bytes = steps.rest();
  std::size_t index = 0;
  examples::for_each([&](const char*, const auto& example) {
    if (index++ == wanted) try_type<std::decay_t<decltype(example)>>(bytes, cut);
  });
  return 0;
}
