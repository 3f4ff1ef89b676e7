#include "disk/room.h"

#include <gtest/gtest.h>
#include <sys/statvfs.h>

namespace {

TEST(Room, IsWhatTheFileSystemHasFree) {
  const auto here = std::filesystem::temp_directory_path();
  EXPECT_TRUE(disk::has_room(here, 0));
  EXPECT_FALSE(disk::has_room(here, std::uint64_t{1} << 62U));
}

TEST(Room, IsThereWhereItCannotBeTold) { EXPECT_TRUE(disk::has_room("/does/not/exist", std::uint64_t{1} << 62U)); }

TEST(Room, IsNotThereOnAFileSystemWithoutBlocks) {
  struct statvfs state {};
  ASSERT_EQ(::statvfs("/proc", &state), 0);
  ASSERT_EQ(state.f_bfree, 0U);
  EXPECT_FALSE(disk::has_room("/proc", 0));
}

}  // namespace
