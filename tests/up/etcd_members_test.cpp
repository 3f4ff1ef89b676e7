// The program etcd is looked for before a cluster is made.
#include "up/etcd_members.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "tests/support/directory.h"

namespace {

TEST(Etcd, IsLookedForOnPath) {
  const support::Directory with, without;
  std::ofstream(with / "etcd") << "x";
  const std::string before = std::getenv("PATH");
  const auto is_there = [](const std::string& path) {
    ::setenv("PATH", path.c_str(), 1);
    try {
      up::require_etcd();
    } catch (const std::runtime_error& error) {
      EXPECT_NE(std::string(error.what()).find("apt-get install"), std::string::npos);
      return false;
    }
    return true;
  };
  EXPECT_FALSE(is_there(without.string() + ":" + with.string())) << "it cannot be executed";
  std::filesystem::permissions(with / "etcd", std::filesystem::perms(0700));
  EXPECT_TRUE(is_there(without.string() + ":" + with.string()));
  EXPECT_FALSE(is_there(without.string()));
  ::setenv("PATH", before.c_str(), 1);
}

}  // namespace
