#include "base/log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "tests/support/directory.h"

namespace {

using testing::HasSubstr;

class LogTest : public testing::Test {
 protected:
  ~LogTest() override { base::log::start(base::log::Level::kWarn, "test"); }

  static std::string logged(bool json, std::string_view message) {
    base::log::start(base::log::Level::kInfo, "order-2", json);
    testing::internal::CaptureStderr();
    base::log::info("{}", message);
    return testing::internal::GetCapturedStderr();
  }
};

TEST_F(LogTest, ALineTellsWhoAndWhat) {
  const auto line = logged(false, "epoch 7 begins");
  EXPECT_THAT(line, testing::EndsWith(" info  order-2 | epoch 7 begins\n"));
}

TEST_F(LogTest, ALineBeginsWithItsDateAndTimeInUtc) {
  ::setenv("TZ", "Asia/Tokyo", 1);
  ::tzset();
  for (const bool json : {false, true}) {
    const auto begin = base::now().wall / 1000;
    const auto line = logged(json, "x");
    std::tm read{};
    ASSERT_NE(::strptime(line.c_str() + (json ? 9 : 0), "%Y-%m-%dT%H:%M:%S", &read), nullptr) << line;
    EXPECT_THAT(line, testing::ContainsRegex("[.][0-9][0-9][0-9]Z"));
    EXPECT_GE(::timegm(&read), begin);
    EXPECT_LE(::timegm(&read), base::now().wall / 1000);
  }
  ::unsetenv("TZ");
  ::tzset();
}

TEST_F(LogTest, ARenamedLogIsBegunAnew) {
  const support::Directory directory;
  const std::string log = directory / "order-2.log";
  const int before = ::dup(STDERR_FILENO);
  const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(file, STDERR_FILENO);
  ::close(file);
  base::log::start(base::log::Level::kInfo, "order-2");
  EXPECT_TRUE(base::log::is_to_file());
  base::log::info("one");
  std::filesystem::rename(log, log + ".1");
  base::log::info("two");
  base::log::reopen();
  base::log::info("three");
  ::dup2(before, STDERR_FILENO);
  ::close(before);
  const auto text = [](const std::string& name) {
    std::ifstream in(name);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  EXPECT_THAT(text(log + ".1"), testing::AllOf(HasSubstr("one"), HasSubstr("two")));
  EXPECT_THAT(text(log), testing::AllOf(HasSubstr("three"), testing::Not(HasSubstr("two"))));
}

TEST_F(LogTest, AJsonLineIsOneObject) {
  const auto line = logged(true, R"(a "quoted" \ word)");
  EXPECT_THAT(line, testing::StartsWith(R"({"time":")"));
  EXPECT_THAT(line, HasSubstr(R"("level":"info","instance":"order-2","message":"a \"quoted\" \\ word"})"));
}

TEST_F(LogTest, AQuotedTextNeitherEndsTheLineNorCommandsATerminal) {
  for (const bool json : {false, true}) {
    const auto line = logged(json, "said 'x\n\x1b[2Jy\x7f'");
    EXPECT_THAT(line, HasSubstr("said 'x\\u000a\\u001b[2Jy\\u007f'"));
    EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  }
}

TEST_F(LogTest, OnlyControlCharactersAreEscaped) {
  EXPECT_THAT(logged(false, "a b~ \"\\\" \xc3\xa9"), HasSubstr("| a b~ \"\\\" \xc3\xa9\n"));
  EXPECT_THAT(logged(false, "\x1f"), HasSubstr("| \\u001f\n"));
}

TEST_F(LogTest, TheNameOfTheProcessIsEscapedInJson) {
  base::log::start(base::log::Level::kInfo, R"(a"b)", true);
  testing::internal::CaptureStderr();
  base::log::info("x");
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr(R"("instance":"a\"b")"));
}

TEST_F(LogTest, FromTheLevelOnEachLineHasItsOwn) {
  using base::log::Level;
  const std::vector<std::string> words{"debug", "info", "warn", "error"};
  for (std::size_t from = 0; from <= words.size(); ++from) {
    base::log::start(static_cast<Level>(from), "x");
    testing::internal::CaptureStderr();
    base::log::debug("a line");
    base::log::info("a line");
    base::log::warn("a line");
    base::log::error("a line");
    const auto lines = testing::internal::GetCapturedStderr();
    for (std::size_t i = 0; i < words.size(); ++i) {
      EXPECT_EQ(lines.find(words[i]) != std::string::npos, i >= from) << words[i] << " from " << from;
    }
  }
}

TEST_F(LogTest, BeforeTheStartOnlyWarningsAreWritten) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // in a new process
  const auto log = [] {
    base::log::info("quiet");
    base::log::warn("loud");
    std::exit(0);
  };
  EXPECT_EXIT(log(), testing::ExitedWithCode(0), "loud");
  EXPECT_EXIT(log(), testing::ExitedWithCode(0), testing::Not(HasSubstr("quiet")));
}

TEST_F(LogTest, AMessageBelowTheLevelIsNotWritten) {
  testing::internal::CaptureStderr();
  base::log::start(base::log::Level::kWarn, "order-2");
  base::log::info("quiet");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
