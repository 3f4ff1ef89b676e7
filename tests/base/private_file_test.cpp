// Files and directories with secrets.
#include "base/private_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/directory.h"

namespace {

TEST(PrivateFile, OthersMayNotUseAFileOfOurs) {
  const support::Directory directory;
  const auto file = directory / "secret";
  std::ofstream(file) << "x";
  for (const mode_t open : {0640U, 0604U, 0620U, 0601U, 0755U}) {
    ASSERT_EQ(::chmod(file.c_str(), open), 0);
    EXPECT_TRUE(base::is_exposed(file)) << std::oct << open;
  }
  for (const mode_t closed : {0600U, 0400U}) {
    ASSERT_EQ(::chmod(file.c_str(), closed), 0);
    EXPECT_FALSE(base::is_exposed(file)) << std::oct << closed;
  }
  ASSERT_EQ(::chmod(directory.string().c_str(), 0750), 0);
  EXPECT_TRUE(base::is_exposed(directory.string()));
  ASSERT_EQ(::chmod(directory.string().c_str(), 0700), 0);
  EXPECT_FALSE(base::is_exposed(directory.string()));
  EXPECT_FALSE(base::is_exposed(directory / "none"));
}

// A secret of a container is such a file.
TEST(PrivateFile, AFileOfAnotherUserIsNotOursToMend) {
  const support::Directory directory;
  auto file = directory / "secret";
  std::ofstream(file) << "x";
  ASSERT_EQ(::chmod(file.c_str(), 0444), 0);
  EXPECT_TRUE(base::is_exposed(file));
  if (::chown(file.c_str(), 65534, 65534) != 0) file = "/etc/passwd";  // only root gives files away
  EXPECT_FALSE(base::is_exposed(file));
}

}  // namespace
