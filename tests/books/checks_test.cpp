// Faults of a check, and how the checks are printed.
#include "books/checks.h"

#include <gmock/gmock.h>

namespace books {
namespace {

std::string printed(const std::vector<Check>& checks, bool json) {
  ::testing::internal::CaptureStdout();
  print_checks(checks, json);
  return ::testing::internal::GetCapturedStdout();
}

TEST(Checks, AreShownAsLinesOrAsOneDocument) {
  const std::vector<Check> checks{{"chain", true, "as it is"}, {"rows", false, "one is lost"}};
  EXPECT_EQ(printed(checks, false), "ok      chain     as it is\nFAILED  rows      one is lost\n");
  EXPECT_EQ(printed({{"chain", true, "fine"}}, true),
            "{\"checks\":[{\"name\":\"chain\",\"ok\":true,\"detail\":\"fine\"}],\"ok\":true}\n");
  EXPECT_THAT(printed(checks, true), testing::HasSubstr("],\"ok\":false}\n"));
}

TEST(Checks, ACheckThatCouldNotBeMadeIsNoFault) {
  const std::vector<Check> checks{{"rows", false, "not checked", false}};
  EXPECT_EQ(printed(checks, false), "UNSEEN  rows      not checked\n");
  EXPECT_THAT(printed(checks, true), testing::HasSubstr("\"looked\":false"));
  EXPECT_THAT(printed({{"rows", false, "one is lost"}}, true), testing::Not(testing::HasSubstr("looked")));
}

TEST(Checks, NoTextOfTheStreamCommandsTheTerminal) {
  EXPECT_EQ(printed({{"items", false, "title 'a\x1b[2J\u202e'"}}, false),
            "FAILED  items     title 'a\\u001b[2J\\u202e'\n");
}

TEST(Checks, TheFirstFaultIsTheExample) {
  Faults faults;
  EXPECT_TRUE(faults.check("rows", "4 rows").ok);
  EXPECT_EQ(faults.check("rows", "4 rows").detail, "4 rows");
  faults.add("row 1");
  EXPECT_FALSE(faults.check("rows", "4 rows").ok);
  EXPECT_EQ(faults.check("rows", "4 rows").detail, "row 1");
  faults.add("row 2");
  EXPECT_EQ(faults.check("rows", "4 rows").detail, "2 faults; the first: row 1");
}

}  // namespace
}  // namespace books
