#include "base/log.h"

#include <gmock/gmock.h>

#include <algorithm>

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

TEST_F(LogTest, AMessageBelowTheLevelIsNotWritten) {
  testing::internal::CaptureStderr();
  base::log::start(base::log::Level::kWarn, "order-2");
  base::log::info("quiet");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
