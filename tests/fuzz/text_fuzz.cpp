// Takes any bytes for a text. It must be equal to itself in capital letters, and each of its words must be found in it.
#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "tests/fuzz/fuzz.h"
#include "text/fold.h"
#include "text/words.h"

namespace {

bool has(const text::Terms& title, const text::Terms& phrase) {
  const auto last = phrase.size() - 1;
  for (std::size_t at = 0; at + phrase.size() <= title.size(); ++at) {
    const auto* from = &title[at];
    if (std::equal(phrase.begin(), phrase.end() - 1, from) && from[last].starts_with(phrase[last])) return true;
  }
  return false;
}

bool is_of_a_term(char c) {
  return static_cast<unsigned char>(c) >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  auto capitals = bytes;
  for (auto& c : capitals) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  CHECK(text::folded(capitals) == text::folded(bytes));
  CHECK(!base::fault_of_text(base::shown(bytes)));

  const auto terms = text::terms_of(bytes);
  for (const auto& term : terms) CHECK(!term.empty() && std::all_of(term.begin(), term.end(), is_of_a_term));
  const auto phrases = text::phrases_of(bytes);
  CHECK(phrases.empty() == terms.empty());
  for (const auto& phrase : phrases) CHECK(!phrase.empty() && has(terms, phrase), "a word of the title is not found");
  return 0;
}
