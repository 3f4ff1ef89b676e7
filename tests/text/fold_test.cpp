#include "text/fold.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace text {
namespace {

void expect_equal(std::string_view a, std::string_view b) { EXPECT_EQ(folded(a), folded(b)) << a << " and " << b; }
void expect_different(std::string_view a, std::string_view b) { EXPECT_NE(folded(a), folded(b)) << a << " and " << b; }

TEST(Folded, AsciiIsInLowerCase) {
  EXPECT_EQ(folded("RPCs for Dummies [@`{] 09"), "rpcs for dummies [@`{] 09");
  EXPECT_EQ(folded("AZ"), "az");
  EXPECT_EQ(folded(""), "");
}

TEST(Folded, EveryScriptIsWithoutCase) {
  expect_equal("Éléments de cuisine", "ÉLÉMENTS DE CUISINE");
  expect_equal("Война и мир", "ВОЙНА И МИР");
  expect_equal("ΒΙΒΛΊΑ", "βιβλία");
  expect_equal("Ärzte", "ärzte");
  expect_equal("ՀԱՅ", "հայ");
  expect_equal("Ⴀ", "ⴀ");
  expect_equal("ＡＢＣ", "ａｂｃ");
  expect_equal("𐐀", "𐐨");
}

TEST(Folded, OneLetterMayBeEqualToTwo) {
  expect_equal("Straße", "STRASSE");
  expect_equal("STRAẞE", "strasse");
  expect_equal("ﬁn", "FIN");
  expect_equal("ŉ", "ʼN");
}

TEST(Folded, AFinalSigmaIsASigma) {
  expect_equal("ΟΔΥΣΣΕΥΣ", "Οδυσσευς");
  expect_equal("Οδυσσευς", "οδυσσευσ");
}

TEST(Folded, NoLanguageHasRulesOfItsOwn) {
  expect_equal("TITLE", "title");
  expect_equal("İ", "i\u0307");
  expect_different("ı", "i");
  expect_different("İ", "i");
}

TEST(Folded, ComposedAndDecomposedCharactersAreEqual) {
  expect_equal("Caf\u00e9", "Cafe\u0301");
  expect_equal("TI\u1ebeNG VI\u1ec6T", "tie\u0302\u0301ng vie\u0323\u0302t");
  expect_equal("vi\u1ec7t", "vie\u0302\u0323t");  // the order of marks does not matter
  expect_equal("\ud55c\uad6d", "\u1112\u1161\u11ab\u1100\u116e\u11a8");
  expect_equal("\u304c", "\u304b\u3099");
  expect_equal("\u1fb4", "\u03b1\u0345\u0301");
  expect_equal("\u0391\u0345\u0301", "\u1fb4");
  expect_equal("\u212b", "\u00e5");  // the sign of the angstrom
}

TEST(Folded, OtherTextsAreDifferent) {
  expect_different("cafe", "café");
  expect_different("ｋ", "k");
  expect_different("a", "а");  // Latin and Cyrillic
  expect_different("x²", "x2");
  expect_different("ph", "pH ");
}

TEST(Folded, FoldingAgainChangesNothing) {
  for (const std::string text : {"Straße", "İı", "\u1fb4\u0345", "ΟΔΥΣΣΕΥΣ", "vie\u0302\u0323t", "\u0149\u01f0"}) {
    EXPECT_EQ(folded(folded(text)), folded(text)) << text;
  }
}

TEST(Folded, AnyBytesAreTaken) {
  for (const std::string bytes : {"a\xff", "\xe2\x82", "\xed\xa0\x80"})
    EXPECT_EQ(folded("B" + bytes), folded("b" + bytes));
  EXPECT_NO_THROW(folded(std::string(100'000, '\xc3')));
}

TEST(Rules, NameUnicode) { EXPECT_NE(rules().find("Unicode 1"), std::string::npos) << rules(); }

}  // namespace
}  // namespace text
