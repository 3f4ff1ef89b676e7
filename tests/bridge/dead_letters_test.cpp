// The files of a webhook: dead letters and its state.
#include "bridge/dead_letters.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/support/directory.h"

namespace bridge {
namespace {

using msg::Seq;

class DeadLettersTest : public testing::Test {
 protected:
  std::vector<std::string> ids() const {
    std::vector<std::string> all;
    for (const auto& letter : files.read()) all.push_back(letter.id);
    return all;
  }

  support::Directory directory;
  DeadLetters files{directory / "till.d"};
};

TEST_F(DeadLettersTest, ComeBackAscendingWithTheirBodies) {
  files.put({Seq(10), "10-0123abcd", R"({"a":1})"});
  files.put({Seq(9), "9-0123abcd", "{}"});
  files.put({Seq(10), "10-0123abcd", R"({"a":1})"});
  const DeadLetters later(directory / "till.d");
  const auto all = later.read();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].seq, Seq(9));
  EXPECT_EQ(all[1].id, "10-0123abcd");
  EXPECT_EQ(all[1].body, R"({"a":1})");
  later.remove(all[0]);
  later.remove(all[0]);
  EXPECT_THAT(ids(), testing::ElementsAre("10-0123abcd"));
}

TEST_F(DeadLettersTest, TheirOwnerAloneReachesThem) {
  struct stat info {};
  ASSERT_EQ(::stat((directory / "till.d").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0700U);
}

TEST_F(DeadLettersTest, OtherFilesAreSkipped) {
  files.put_state({Seq(7), true}, true);
  for (const auto* name : {"readme", "x.json", "9-0123abcd.json.new"})
    std::ofstream(directory / "till.d/" + name) << "{}";
  EXPECT_TRUE(ids().empty());
}

TEST_F(DeadLettersTest, TheStateComesBack) {
  EXPECT_FALSE(files.state());
  for (const bool synced : {true, false}) {
    files.put_state({Seq(7), synced}, synced);
    const auto state = DeadLetters(directory / "till.d").state();
    ASSERT_TRUE(state);
    EXPECT_EQ(state->cursor, Seq(7));
    EXPECT_EQ(state->disabled, synced);
  }
  std::ofstream(directory / "till.d/state.json", std::ios::trunc) << "{";
  EXPECT_FALSE(files.state()) << "a part of a file is none";
}

TEST_F(DeadLettersTest, AFailureNamesTheFile) {
  std::filesystem::remove_all(directory / "till.d");
  try {
    files.put({Seq(9), "9-0123abcd", "{}"});
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("9-0123abcd.json"));
  }
  EXPECT_THROW(DeadLetters(directory / "no/till.d"), std::runtime_error);
}

}  // namespace
}  // namespace bridge
