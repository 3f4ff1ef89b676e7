// The directories that a command may use, and the traces that it removes if it is refused.
#include "process/own_directory.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>

#include "tests/support/directory.h"

namespace process {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class OwnDirectoryTest : public testing::Test {
 protected:
  void make(const std::string& name) const { std::ofstream(directory / name) << "x"; }
  std::string refusal(const std::string& path) const {
    try {
      require_own(path, {"mine.db", "lock"}, "a store");
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "taken";
  }
  std::string refusal() const { return refusal(directory.string()); }

  support::Directory directory;
};

TEST_F(OwnDirectoryTest, AnEmptyDirectoryAndAMissingOneAreAccepted) {
  EXPECT_EQ(refusal(), "taken");
  EXPECT_EQ(refusal(directory / "new"), "taken");
}

TEST_F(OwnDirectoryTest, TheTopOfAFileSystemIsAccepted) {
  fs::create_directory(directory / kLostAndFound);
  EXPECT_EQ(refusal(), "taken");
}

TEST_F(OwnDirectoryTest, AFileThatTakesTheOutputOfThisProcessIsIgnored) {
  make("log");
  EXPECT_THAT(refusal(), HasSubstr("(log)"));
  const int before = ::dup(STDERR_FILENO);
  const int log = ::open((directory / "log").c_str(), O_WRONLY | O_APPEND);
  ::dup2(log, STDERR_FILENO);
  const auto said = refusal();
  ::dup2(before, STDERR_FILENO);
  ::close(before);
  ::close(log);
  EXPECT_EQ(said, "taken");
}

TEST_F(OwnDirectoryTest, ADirectoryWithOtherFilesIsRefusedAndOneOfThemNamed) {
  make("notes.txt");
  EXPECT_THAT(refusal(), HasSubstr("holds other files (notes.txt) and is not the directory of a store"));
  fs::create_directory(directory / kLostAndFound);
  EXPECT_THAT(refusal(), HasSubstr("(notes.txt)"));
}

TEST_F(OwnDirectoryTest, ADirectoryWithAMarkIsAcceptedWhateverElseIsInIt) {
  make("notes.txt");
  make("lock");
  EXPECT_EQ(refusal(), "taken");
}

TEST_F(OwnDirectoryTest, ABrokerOfTheOtherJournalIsRefused) {
  require_journal(directory.string(), "sqlite");
  require_journal(directory.string(), "etcd");
  make("journal.db");
  require_journal(directory.string(), "sqlite");
  EXPECT_THROW(require_journal(directory.string(), "etcd"), std::runtime_error);
  fs::rename(directory / "journal.db", directory / "archive.db");
  require_journal(directory.string(), "etcd");
  EXPECT_THROW(require_journal(directory.string(), "sqlite"), std::runtime_error);
}

TEST_F(OwnDirectoryTest, TracesAreRemovedUnlessTheyAreKept) {
  const fs::path inner = directory / "new";
  {
    Traces traces;
    traces.will_make(inner);
    fs::create_directory(inner);
    traces.will_make(inner / "file");
    std::ofstream(inner / "file") << "x";
  }
  EXPECT_FALSE(fs::exists(inner));
  {
    Traces traces;
    traces.will_make(inner);
    fs::create_directory(inner);
    traces.keep();
  }
  EXPECT_TRUE(fs::exists(inner));
}

TEST_F(OwnDirectoryTest, OlderFilesStayAndSoDoesADirectoryThatAnotherProcessUses) {
  make("file");
  const fs::path inner = directory / "new";
  {
    Traces traces;
    traces.will_make(directory / "file");
    traces.will_make(inner);
    fs::create_directory(inner);
    std::ofstream(inner / "of-another") << "x";
  }
  EXPECT_TRUE(fs::exists(directory / "file"));
  EXPECT_TRUE(fs::exists(inner / "of-another"));
}

}  // namespace
}  // namespace process
