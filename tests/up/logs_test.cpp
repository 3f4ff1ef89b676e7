#include "up/logs.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "tests/support/directory.h"

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LogReaderTest : public testing::Test {
 protected:
  void append(const std::string& text) { std::ofstream(log, std::ios::app) << text; }

  support::Directory directory;
  const std::string log = directory / "order-1.log";
};

TEST_F(LogReaderTest, GivesEachLineOnceItIsWhole) {
  append("one\ntwo\nthr");
  up::LogReader reader(log);
  EXPECT_THAT(reader.read(), ElementsAre("one", "two"));
  EXPECT_THAT(reader.read(), IsEmpty());
  append("ee\n");
  EXPECT_THAT(reader.read(), ElementsAre("three"));
}

TEST_F(LogReaderTest, GoesOnInALogThatWasEmptied) {
  append("a line that is long\n");
  up::LogReader reader(log);
  EXPECT_THAT(reader.read(), ElementsAre("a line that is long"));
  std::filesystem::resize_file(log, 0);
  append("short\n");
  EXPECT_THAT(reader.read(), ElementsAre("short"));
}

TEST_F(LogReaderTest, GoesOnInTheLogThatReplacesARenamedOne) {
  append("one\n");
  up::LogReader reader(log);
  EXPECT_THAT(reader.read(), ElementsAre("one"));
  append("two\n");
  std::filesystem::rename(log, log + ".1");
  EXPECT_THAT(reader.read(), ElementsAre("two"));
  append("three\n");
  EXPECT_THAT(reader.read(), ElementsAre("three"));
}

TEST_F(LogReaderTest, WaitsForALogThatIsNotThere) {
  up::LogReader reader(log);
  EXPECT_THAT(reader.read(), IsEmpty());
  append("one\n");
  EXPECT_THAT(reader.read(), ElementsAre("one"));
}

TEST_F(LogReaderTest, BeginsALongLogNearItsEndWithAWholeLine) {
  const std::string line = std::string(1000, 'x') + "\n";
  for (std::uint64_t bytes = 0; bytes <= up::LogReader::kTailBytes; bytes += line.size()) append(line);
  append("the last\n");
  const auto lines = up::LogReader(log).read();
  ASSERT_GT(lines.size(), 1U);
  EXPECT_EQ(lines.front(), std::string(1000, 'x'));
  EXPECT_EQ(lines.back(), "the last");
}

TEST(TimeIn, IsThatOfALineOfAnyForm) {
  EXPECT_EQ(up::time_in("2026-11-27T15:44:24.123Z info  order-1 | x"), "2026-11-27T15:44:24.123");
  EXPECT_EQ(up::time_in(R"({"time":"2026-11-27T15:44:24.123Z","level":"info"})"), "2026-11-27T15:44:24.123");
  EXPECT_EQ(up::time_in(R"({"level":"warn","ts":"2026-11-27T15:44:24.123Z","msg":"x"})"), "2026-11-27T15:44:24.123");
  EXPECT_EQ(up::time_in("  a further line"), "");
  EXPECT_EQ(up::time_in("x"), "");
}

}  // namespace
