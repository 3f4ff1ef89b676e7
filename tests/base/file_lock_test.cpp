#include "base/file_lock.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/random.h"

namespace {

using testing::HasSubstr;

class FileLockTest : public testing::Test {
 protected:
  FileLockTest() { std::filesystem::create_directory(directory_); }
  ~FileLockTest() override { std::filesystem::remove_all(directory_); }

  std::string path() const { return (directory_ / "lock").string(); }
  static std::string refusal(const std::string& path) {
    try {
      const base::FileLock lock(path);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "it was locked";
  }

  const std::filesystem::path directory_ = std::filesystem::temp_directory_path() / ("lock-" + base::new_key());
};

TEST_F(FileLockTest, TheSecondIsToldWhoHasIt) {
  const base::FileLock first(path());
  EXPECT_THAT(refusal(path()), HasSubstr("another process (pid " + std::to_string(::getpid()) + ") uses"));
}

TEST_F(FileLockTest, TheFileHasThePidOfItsOwnerAlone) {
  std::ofstream(path()) << "12345678901234567890\n";
  const base::FileLock lock(path());
  std::ifstream file(path());
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), std::to_string(::getpid()) + "\n");
}

TEST_F(FileLockTest, AnOwnerThatHasNotWrittenItsPidYetIsUnknown) {
  const int fd = ::open(path().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  ASSERT_EQ(::flock(fd, LOCK_EX), 0);
  EXPECT_THAT(refusal(path()), HasSubstr("another process (pid unknown) uses"));
  ::close(fd);
}

// A process may open the file before its owner removes it. It must not take the lock of the removed file for the
// directory's.
TEST_F(FileLockTest, OnlyOneAtATimeHasItEvenIfTheFileIsRemoved) {
  std::atomic<int> inside = 0;
  std::atomic<bool> crowded = false;
  const auto work = [&] {
    for (int i = 0; i < 3000; ++i) {
      try {
        const base::FileLock lock(path());
        if (++inside > 1) crowded = true;
        --inside;
        std::filesystem::remove(path());     // the last act under the lock
      } catch (const std::runtime_error&) {  // another thread has the lock
      }
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(work);
  for (auto& thread : threads) thread.join();
  EXPECT_FALSE(crowded);
}

TEST_F(FileLockTest, AProcessThatEndsLeavesTheLock) {
  { const base::FileLock first(path()); }
  EXPECT_EQ(refusal(path()), "it was locked");
}

TEST_F(FileLockTest, ADirectoryThatIsNotThereIsRefused) {
  EXPECT_THAT(refusal(path() + "/nowhere/lock"), HasSubstr("choose a directory that this user may write"));
}

}  // namespace
