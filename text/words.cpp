#include "text/words.h"

#include <unicode/uchar.h>
#include <unicode/uscript.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <utility>

#include "text/icu.h"

namespace text {
namespace {

struct Character {
  UChar32 code;
  std::string_view bytes;
};

// The first character of a text that is UTF-8 and not empty.
Character first_of(std::string_view text) {
  UChar32 code = 0;
  std::int32_t at = 0;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  U8_NEXT_OR_FFFD(bytes, at, static_cast<std::int32_t>(text.size()), code);
  return {code, text.substr(0, static_cast<std::size_t>(at))};
}

bool is_of_a_word(UChar32 code) {
  return (U_MASK(u_charType(code)) & (U_GC_L_MASK | U_GC_M_MASK | U_GC_N_MASK | U_GC_CO_MASK)) != 0;
}

// Marks that a reader may leave out: overlays, Hebrew points and Arabic vowels, and what stands around a letter. Vowel
// signs and tone marks of South and South-East Asia, and the voicing marks of kana, have other classes.
bool is_diacritical(UChar32 code) {
  const auto combining = u_getCombiningClass(code);
  return combining == 1 || (combining >= 10 && combining <= 35) || combining >= 200;
}

bool is_left_out(UChar32 code) {
  return is_diacritical(code) || u_hasBinaryProperty(code, UCHAR_DEFAULT_IGNORABLE_CODE_POINT);
}

bool is_unspaced(UChar32 code) {
  if (code < 0x80) return false;
  if (u_getIntPropertyValue(code, UCHAR_LINE_BREAK) == U_LB_COMPLEX_CONTEXT) return true;
  constexpr UScriptCode kScripts[] = {USCRIPT_HAN,    USCRIPT_HIRAGANA, USCRIPT_KATAKANA,
                                      USCRIPT_HANGUL, USCRIPT_BOPOMOFO, USCRIPT_YI};
  return std::any_of(std::begin(kScripts), std::end(kScripts),
                     [&](UScriptCode script) { return uscript_hasScript(code, script) != 0; });
}

// The text in the form in which its words are compared.
std::string plain(std::string_view text) {
  if (is_ascii(text)) return case_folded(text);
  constexpr auto kApart = &icu::Normalizer2::getNFKDInstance;
  const auto apart = normalized(kApart, case_folded(normalized(kApart, text)));
  std::string out;
  for (std::string_view rest = apart; !rest.empty();) {
    const auto [code, bytes] = first_of(rest);
    if (!is_left_out(code)) out += bytes;
    rest.remove_prefix(bytes.size());
  }
  return normalized(&icu::Normalizer2::getNFCInstance, out);
}

// Collects the terms of one word, character by character.
class Word {
 public:
  void add(const Character& character) {
    if (is_unspaced(character.code)) {
      if (is_open_) terms_.back() += character.bytes;
      terms_.emplace_back(character.bytes);
      is_open_ = true;
      ++unspaced_;
    } else {
      if (terms_.empty() || unspaced_ > 0) terms_.emplace_back();
      terms_.back() += character.bytes;
      is_open_ = false;
      unspaced_ = 0;
    }
  }
  bool empty() const { return terms_.empty(); }
  Terms take_all() {
    is_open_ = false;
    unspaced_ = 0;
    return std::exchange(terms_, {});
  }
  // Leaves out the last character's own term, if the term before it has this character, too.
  Terms take_phrase() {
    if (unspaced_ > 1) terms_.pop_back();
    return take_all();
  }

 private:
  Terms terms_;
  bool is_open_ = false;      // the last term waits for a second character
  std::size_t unspaced_ = 0;  // characters of the run at the end
};

template <class Close>
void each_word(std::string_view text, Close close) {
  const auto characters = plain(text);
  Word word;
  for (std::string_view rest = characters; !rest.empty();) {
    const auto character = first_of(rest);
    rest.remove_prefix(character.bytes.size());
    if (is_of_a_word(character.code)) {
      word.add(character);
    } else if (!word.empty()) {
      close(word);
    }
  }
  if (!word.empty()) close(word);
}

}  // namespace

Terms terms_of(std::string_view title) {
  Terms all;
  each_word(title, [&](Word& word) {
    for (auto& term : word.take_all()) all.push_back(std::move(term));
  });
  return all;
}

std::vector<Terms> phrases_of(std::string_view search) {
  std::vector<Terms> all;
  each_word(search, [&](Word& word) { all.push_back(word.take_phrase()); });
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

}  // namespace text
