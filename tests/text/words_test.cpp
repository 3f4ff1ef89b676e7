#include "text/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace text {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// As an index would do it, written plainly: the phrase is somewhere in the title.
bool has(const Terms& title, const Terms& phrase) {
  for (std::size_t at = 0; at + phrase.size() <= title.size(); ++at) {
    const auto last = phrase.size() - 1;
    if (std::equal(phrase.begin(), phrase.end() - 1, title.begin() + static_cast<std::ptrdiff_t>(at)) &&
        title[at + last].starts_with(phrase[last])) {
      return true;
    }
  }
  return false;
}

bool finds(std::string_view search, std::string_view title) {
  const auto terms = terms_of(title);
  const auto phrases = phrases_of(search);
  return !phrases.empty() &&
         std::all_of(phrases.begin(), phrases.end(), [&](const Terms& phrase) { return has(terms, phrase); });
}

TEST(Words, AreRunsOfLettersAndDigits) {
  EXPECT_THAT(terms_of("The C++ Book, 2nd edition"), ElementsAre("the", "c", "book", "2nd", "edition"));
  EXPECT_THAT(terms_of("well-known_names"), ElementsAre("well", "known", "names"));
  EXPECT_THAT(terms_of("Kunst\u2014eine Reise"), ElementsAre("kunst", "eine", "reise"));
  EXPECT_THAT(terms_of("\u2014 \u20ac \u2615"), IsEmpty());
  EXPECT_THAT(terms_of(""), IsEmpty());
}

TEST(Words, HaveNeitherCaseNorDiacriticalMarks) {
  EXPECT_TRUE(finds("cafe", "Café"));
  EXPECT_TRUE(finds("CAFÉ", "cafe"));
  EXPECT_TRUE(finds("CAFE\u0301", "Caf\u00e9"));
  EXPECT_TRUE(finds("ВОЙНА", "Война и мир"));
  EXPECT_TRUE(finds("istanbul", "İSTANBUL"));
  EXPECT_TRUE(finds("viet", "Tiếng Việt"));
  EXPECT_TRUE(finds("VIE\u0323\u0302T", "Tiếng Việt"));
  EXPECT_TRUE(finds("βιβλια", "ΒΙΒΛΊΑ"));
  EXPECT_TRUE(finds("οδυσσευσ", "Οδυσσεύς"));
  EXPECT_TRUE(finds("שלום", "שָׁלוֹם"));
  EXPECT_TRUE(finds("שלמה", "ש\u05b0\u05c1ל\u05b9מ\u05b9ה"));  // sheva is the first of the Hebrew points
  EXPECT_TRUE(finds("محمد", "مُحَمَّد"));
  EXPECT_TRUE(finds("هذا", "ه\u0670ذا"));           // the last of the Arabic vowels
  EXPECT_FALSE(finds("smorrebrod", "Smørrebrød"));  // a letter of its own
  EXPECT_FALSE(finds("ܐܠܗܐ", "ܐܠ\u0711ܗܐ"));        // so is the Syriac one above the line
}

TEST(Words, OneLetterMayBeEqualToTwo) {
  EXPECT_TRUE(finds("strasse", "Straße"));
  EXPECT_TRUE(finds("STRAẞE", "Strasse"));
  EXPECT_TRUE(finds("stras", "Straße"));
}

TEST(Words, WideAndNarrowLettersAreEqual) {
  EXPECT_TRUE(finds("rpc", "ＲＰＣ入門"));
  EXPECT_TRUE(finds("ガイド", "ｶﾞｲﾄﾞ"));
  EXPECT_TRUE(finds("2", "２"));
}

TEST(Words, AreFoundByTheirBeginning) {
  EXPECT_TRUE(finds("EDIT the boo", "The C++ Book, 2nd edition"));
  EXPECT_FALSE(finds("ook", "The C++ Book"));
  EXPECT_FALSE(finds("nd", "The 2nd edition"));
  EXPECT_FALSE(finds("ойна", "Война и мир"));
  EXPECT_FALSE(finds("βλι", "Βιβλία"));
  EXPECT_FALSE(finds("book third", "The C++ Book"));
  EXPECT_FALSE(finds("++", "The C++ Book"));
  EXPECT_FALSE(finds("", "The C++ Book"));
}

TEST(Words, InScriptsWithoutSpacesAreFoundWhereverTheyStand) {
  for (const auto* word : {"研究", "生命", "科学", "入門", "門", "の", "研究生命科学の入門", "命科"}) {
    EXPECT_TRUE(finds(word, "研究生命科学の入門")) << word;
  }
  for (const auto* word : {"命生", "究命", "門研", "学入"}) EXPECT_FALSE(finds(word, "研究生命科学の入門")) << word;
  EXPECT_TRUE(finds("교과서", "한국어교과서"));
  EXPECT_TRUE(finds("국어", "한국어교과서"));
  EXPECT_TRUE(finds("\u1100\u116e\u11a8\u110b\u1165", "한국어교과서"));  // 국어, as jamo
  EXPECT_TRUE(finds("ภาษา", "หนังสือภาษาไทย"));
  EXPECT_TRUE(finds("ไทย", "หนังสือภาษาไทย"));
  EXPECT_TRUE(finds("ພາສາ", "ປຶ້ມພາສາລາວ"));
  EXPECT_TRUE(finds("ភាសា", "សៀវភៅភាសាខ្មែរ"));
  EXPECT_TRUE(finds("ဘာသာ", "မြန်မာဘာသာစကား"));
  EXPECT_TRUE(finds("コンピュータ", "図解コンピューター入門"));
  EXPECT_FALSE(finds("ภษา", "หนังสือภาษาไทย"));
}

TEST(Words, MayMixScripts) {
  EXPECT_THAT(terms_of("iPhone手机壳2"), ElementsAre("iphone", "手机", "机壳", "壳", "2"));
  EXPECT_TRUE(finds("iph", "iPhone手机壳"));
  EXPECT_TRUE(finds("iphone手机", "iPhone手机壳"));
  EXPECT_TRUE(finds("机壳2", "iPhone手机壳2"));
  EXPECT_TRUE(finds("3章", "第3章"));
  EXPECT_FALSE(finds("手机2", "iPhone手机壳2"));
}

TEST(Words, OfIndicScriptsKeepTheirVowels) {
  EXPECT_TRUE(finds("हिन्दी", "हिन्दी की किताब"));
  EXPECT_FALSE(finds("हन्दी", "हिन्दी की किताब"));
}

TEST(Words, InvisibleCharactersDoNotCount) {
  EXPECT_TRUE(finds("software", "soft\u00adware"));
  EXPECT_TRUE(finds("ภาษาไทย", "ภาษา\u200bไทย"));
  EXPECT_TRUE(finds("mark", "\ufeffmark"));
}

TEST(Phrases, AreEachDifferentWordOnce) {
  EXPECT_EQ(phrases_of("b a B").size(), 2U);
  EXPECT_THAT(phrases_of("生命"), ElementsAre(ElementsAre("生命")));
  EXPECT_THAT(phrases_of("生"), ElementsAre(ElementsAre("生")));
  EXPECT_THAT(phrases_of("生命科"), ElementsAre(ElementsAre("生命", "命科")));
}

// An index takes ASCII characters other than letters and digits for separators, or for its syntax.
TEST(Terms, HaveNoOtherAsciiThanLettersAndDigits) {
  for (unsigned code = 0; code < 0x3000; ++code) {
    std::string title;
    if (code < 0x80) {
      title = static_cast<char>(code);
    } else if (code < 0x800) {
      title = {static_cast<char>(0xc0 | code >> 6), static_cast<char>(0x80 | (code & 0x3f))};
    } else {
      title = {static_cast<char>(0xe0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 0x3f)),
               static_cast<char>(0x80 | (code & 0x3f))};
    }
    for (const auto& term : terms_of(title)) {
      EXPECT_TRUE(std::all_of(term.begin(), term.end(), [](char c) {
        return static_cast<unsigned char>(c) >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
      })) << code;
    }
  }
}

TEST(Terms, OfAnyBytesCanBeMade) {
  EXPECT_NO_THROW(terms_of("a\xff\xe2\x82"));
  EXPECT_THAT(phrases_of("\xff"), IsEmpty());
}

}  // namespace
}  // namespace text
