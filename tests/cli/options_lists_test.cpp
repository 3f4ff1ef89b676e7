// Options that take a list, and the separators of their entries.
#include "cli/options_lists.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "cli/options_checks.h"

namespace cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(SplitList, ACommaSeparatesTcpEndpoints) {
  EXPECT_THAT(split_list("tcp://a:1,tcp://b:2"), ElementsAre("tcp://a:1", "tcp://b:2"));
  EXPECT_THAT(split_list("a:1,b:2"), ElementsAre("a:1", "b:2"));
  EXPECT_THAT(split_list(",a:1,,b:2,"), ElementsAre("a:1", "b:2"));
  EXPECT_THAT(split_list(""), IsEmpty());
}

TEST(SplitList, InAPathACommaSeparatesOnlyIfAnEndpointFollows) {
  EXPECT_THAT(split_list("ipc:///Smith, Jones & Co/a,b.sock"), ElementsAre("ipc:///Smith, Jones & Co/a,b.sock"));
  EXPECT_THAT(split_list("ipc:///a,b,ipc:///c,tcp://d:1,ipc:///e,"),
              ElementsAre("ipc:///a,b", "ipc:///c", "tcp://d:1", "ipc:///e,"));
  EXPECT_THAT(split_list("ipc:///a,ipc:/b,tcp:/c"), ElementsAre("ipc:///a,ipc:/b,tcp:/c")) << "paths without //";
}

TEST(SplitList, TheSeparatorOfProgramsSeparatesAnything) {
  EXPECT_THAT(split_list("ipc:///a,b\nc:1"), ElementsAre("ipc:///a,b", "c:1"));
}

class ListTest : public testing::Test {
 protected:
  ListTest() { option = add_list(app, "--at", entries, broker_endpoint(), "a list"); }

  std::string parse(std::vector<std::string> arguments) {
    std::reverse(arguments.begin(), arguments.end());
    try {
      app.parse(arguments);
    } catch (const CLI::Error& error) {
      return error.what();
    }
    return {};
  }

  CLI::App app;
  CLI::Option* option = nullptr;
  std::vector<std::string> entries{"tcp://before:1"};
};

TEST_F(ListTest, IsWrittenInOneArgumentOrInSeveral) {
  EXPECT_EQ(parse({"--at", "tcp://a:1,tcp://b:2", "--at", "ipc:///c,d"}), "");
  EXPECT_THAT(entries, ElementsAre("tcp://a:1", "tcp://b:2", "ipc:///c,d"));
  EXPECT_TRUE(is_list(*option));
}

TEST_F(ListTest, KeepsItsDefaultUntilItIsGiven) {
  EXPECT_EQ(parse({}), "");
  EXPECT_THAT(entries, ElementsAre("tcp://before:1"));
}

TEST_F(ListTest, EveryEntryIsChecked) {
  EXPECT_THAT(parse({"--at", "tcp://a:1,tcp://b:0"}), HasSubstr("port '0'"));
  EXPECT_THAT(parse({"--at", "nonsense"}), HasSubstr("nonsense"));
}

TEST_F(ListTest, TakesOneArgumentAtATime) {
  std::string word;
  app.add_option("word", word);
  EXPECT_EQ(parse({"--at", "tcp://a:1", "word"}), "");
  EXPECT_EQ(word, "word");
}

TEST_F(ListTest, OtherOptionsAreNotLists) {
  std::string word;
  EXPECT_FALSE(is_list(*app.add_option("--word", word)));
  EXPECT_FALSE(is_list(*app.add_flag("--flag")));
}

}  // namespace
}  // namespace cli
