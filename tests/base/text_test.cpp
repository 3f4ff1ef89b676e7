#include "base/text.h"

#include <gtest/gtest.h>

namespace base {
namespace {

TEST(Text, AcceptsUtf8) {
  for (const auto* text : {"", "plain",
                           "Gr\xc3\xbc\xc3\x9f"
                           "e",
                           "\xc2\xa0", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xf0\x90\x80\x80",
                           "\xe2\x82\xac", "\xf0\x9f\x90\x95", "\xef\xbf\xbd", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_FALSE(fault_of_text(text)) << text;
  }
}

TEST(Text, RefusesWhatIsNotUtf8) {
  for (const auto* text : {"\x80", "\xc3", "\xc0\xaf", "\xc1\x81", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf0\x80\x80\x80",
                           "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "a\xff", "\xe2\x28\xa1"}) {
    EXPECT_TRUE(fault_of_text(text)) << testing::PrintToString(text);
  }
}

TEST(Text, RefusesBytesThatBeginNoCharacterWhateverFollows) {
  for (int lead = 0x80; lead <= 0xff; ++lead) {
    const bool begins = lead >= 0xc2 && lead <= 0xf4;
    const std::string alone(1, static_cast<char>(lead));
    EXPECT_TRUE(fault_of_text(alone)) << lead;
    bool taken = false;
    for (const char next : {'\x8f', '\x90', '\xa0', '\xbf'}) {
      for (std::size_t more = 1; more <= 3; ++more) taken = taken || !fault_of_text(alone + std::string(more, next));
    }
    EXPECT_EQ(taken, begins) << lead;
  }
}

TEST(Text, DoesNotLookBeyondItsEnd) {
  const std::string_view character = "\xf0\x9f\x90\x95";
  for (std::size_t size = 1; size < character.size(); ++size) EXPECT_TRUE(fault_of_text(character.substr(0, size)));
}

TEST(Text, ATextOfSeveralLinesHasNoOtherControlCharacter) {
  EXPECT_FALSE(fault_of_lines("a\nb\n"));
  for (const auto* text : {"a\rb", "a\tb",
                           "a\xe2\x80\xa8"
                           "b",
                           "\x7f", "a\xff\n"}) {
    EXPECT_TRUE(fault_of_lines(text)) << testing::PrintToString(text);
  }
}

TEST(Text, RefusesControlCharacters) {
  using namespace std::string_view_literals;
  for (const auto text : {"\0"sv, "a\nb"sv, "\x1b[31m"sv, "\x7f"sv, "\xc2\x80"sv, "\xc2\x9f"sv}) {
    EXPECT_TRUE(fault_of_text(text)) << testing::PrintToString(text);
  }
  EXPECT_FALSE(fault_of_text("\xc2\xa0"));
}

TEST(Text, RefusesWhatChangesTheOrderOrTheLine) {
  for (const auto* text : {"\u061c", "\u200e", "\u200f", "\u2028", "\u2029", "\u202a", "\u202b", "\u202c", "\u202d",
                           "abc\u202edef", "\u2066", "\u2067", "\u2068", "\u2069"}) {
    EXPECT_EQ(fault_of_text(text), "has a control character") << testing::PrintToString(text);
  }
  // Their neighbours; joiners, which Persian, Hindi and emoji need; a space of no width, which Thai uses; a byte order
  // mark.
  for (const auto* text :
       {"\u061b", "\u061d", "\u2010", "\u2027", "\u202f", "\u2065", "\u206a", "\u200b", "\u200c", "\u200d", "\ufeff"}) {
    EXPECT_FALSE(fault_of_text(text)) << testing::PrintToString(text);
  }
}

TEST(Text, TellsASpaceAtAnEnd) {
  for (const auto* text :
       {" ", " ann", "ann ", "\u00a0ann", "ann\u00a0", "\u3000\u96c5", "\u96c5\u3000", "ann\u2009", "\u1680", "a\t"}) {
    EXPECT_TRUE(has_space_at_an_end(text)) << testing::PrintToString(text);
  }
  // A space within; neighbours of spaces; a joiner, and a space of no width.
  for (const auto* text :
       {"", "a", "ann lee", "\u00a1", "\u96c5\u5b50", "a\u3000b", "\u200b", "\u200d", "\U0001f415"}) {
    EXPECT_FALSE(has_space_at_an_end(text)) << testing::PrintToString(text);
  }
}

TEST(Shown, EscapesControlCharacters) {
  using namespace std::string_view_literals;
  EXPECT_EQ(shown("a\n\x1b[2J\x7f\0b"sv), "a\\u000a\\u001b[2J\\u007f\\u0000b");
  EXPECT_EQ(shown("\u009b31m \u202e \u2066 \u2028"), "\\u009b31m \\u202e \\u2066 \\u2028");
  EXPECT_EQ(shown("\x9b"
                  "31m\xe2\x82"),
            "\ufffd"
            "31m\ufffd\ufffd");
}

TEST(Shown, LeavesEverythingElse) {
  for (const auto* text : {"", "plain \\ \"'~", "Gr\u00fc\u00dfe \U0001f415 \u00a0\u200d"})
    EXPECT_EQ(shown(text), text);
}

}  // namespace
}  // namespace base
