// Every message of the language from any bytes: what decodes is the same after a way out and back, whatever comes after
// it is left alone, and the beginning of it is refused.
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
  CHECK(again, "what was read cannot be read again: {}", again.error().message);
  CHECK(msg::encoded(*again) == once, "a way out and back changes it");
  CHECK(!msg::decode<T>(bytes.substr(0, cut % used)), "the first {} bytes of {} are enough", cut % used, used);
  CHECK(msg::skip_value(bytes) && msg::skip_value(bytes)->size() == used, "skipping and reading disagree");
}

}  // namespace

// The first byte chooses the type, the second where to cut.
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
