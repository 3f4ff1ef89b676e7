// A copy of a view in use, and how it replaces another view, on real files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "msg/sha256.h"
#include "storage/snapshot_file.h"
#include "storage/snapshot_maker.h"
#include "storage/view.h"
#include "tests/support/directory.h"

namespace {

using testing::HasSubstr;

constexpr std::array<const char*, 6> kStepsOfAll{storage::kClaims, storage::kHeld,   storage::kEdited,
                                                 storage::kTerms,  storage::kPlaces, storage::kDetails};
constexpr storage::FileKind kKind{0x54455354, 6, "CREATE TABLE notes(n INTEGER);", kStepsOfAll};

class SnapshotTest : public testing::Test {
 protected:
  SnapshotTest() { view.emplace(view_path, kKind); }

  // Puts the items `from` to `to`, and commits at seq `to`.
  void put(std::uint64_t from, std::uint64_t to) {
    for (auto id = from; id <= to; ++id) {
      view->put_item({base::ItemId(id), std::string(300, 'a'), "topic", base::Cents(1), base::Quantity(1), {}});
    }
    view->commit({"store-a", base::Seq(to), base::BlockNo(1), std::string(32, 'h'), 1}, 0);
  }

  static base::Result<stream::MadeSnapshot> wait(storage::SnapshotMaker& maker) {
    for (int i = 0; i < 3000; ++i) {
      if (auto made = maker.made()) return std::move(*made);
      std::this_thread::sleep_for(std::chrono::milliseconds(10));  // between two looks, with a deadline
    }
    return base::fail("not within half a minute");
  }

  static msg::SnapshotReply told(const stream::MadeSnapshot& made) {
    return {made.id, "catalog-2", made.store, made.format, made.seq, made.size, {made.sha256}, 0, {}};
  }

  // Reads the whole copy in parts.
  static std::string read_all(storage::SnapshotMaker& maker, const stream::MadeSnapshot& made) {
    std::string all;
    while (all.size() < made.size) {
      const auto left = std::min<std::uint64_t>(made.size - all.size(), msg::kSnapshotBytesMax);
      all += maker.read(all.size(), static_cast<std::uint32_t>(left)).value();
    }
    return all;
  }

  std::uint64_t items_in(const std::string& path) {
    storage::View other(path, kKind);
    std::uint64_t count = 0;
    other.each_item([&](const msg::Item&) { ++count; });
    return count;
  }

  bool there(const std::string& name) const { return std::filesystem::exists(directory + "/" + name); }

  const support::Directory own;
  const std::string directory = own.string();
  const std::string view_path = directory + "/view.db";
  std::optional<storage::View> view;
};

TEST_F(SnapshotTest, ACopyIsTheViewAsItWasAtACommitThoughItIsWrittenToMeanwhile) {
  put(1, 20'000);
  storage::SnapshotMaker maker(view_path, directory);
  maker.begin();
  std::optional<base::Result<stream::MadeSnapshot>> made;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  for (std::uint64_t next = 20'001; !made && std::chrono::steady_clock::now() < deadline; next += 10) {
    put(next, next + 9);
    made = maker.made();
  }
  ASSERT_TRUE(made && *made);
  const auto& snapshot = **made;
  EXPECT_EQ(snapshot.store, "store-a");
  EXPECT_EQ(snapshot.format, 12U);
  const auto bytes = read_all(maker, snapshot);
  EXPECT_EQ(msg::sha256(bytes), snapshot.sha256);
  std::ofstream(directory + "/copy.db", std::ios::binary) << bytes;
  EXPECT_EQ(items_in(directory + "/copy.db"), snapshot.seq.value());
  EXPECT_GE(snapshot.seq, base::Seq(20'000));
  EXPECT_LT(snapshot.seq, view->position().applied);
}

TEST_F(SnapshotTest, EndedInTheMiddleItLeavesNothing) {
  put(1, 60'000);
  std::optional<storage::SnapshotMaker> maker;
  maker.emplace(view_path, directory);
  maker->begin();
  maker.reset();
  EXPECT_FALSE(there("snapshot.made"));
}

TEST_F(SnapshotTest, ACopyOfAnEarlierProcessIsRemoved) {
  std::ofstream(directory + "/snapshot.made") << "half";
  const storage::SnapshotMaker maker(view_path, directory);
  EXPECT_FALSE(there("snapshot.made"));
}

TEST_F(SnapshotTest, AnEmptyViewIsNotCopied) {
  storage::SnapshotMaker maker(view_path, directory);
  maker.begin();
  const auto made = wait(maker);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("empty"));
  EXPECT_FALSE(there("snapshot.made"));
}

TEST_F(SnapshotTest, TwoCopiesHaveTwoIds) {
  put(1, 10);
  storage::SnapshotMaker maker(view_path, directory);
  maker.begin();
  const auto first = wait(maker).value();
  maker.begin();
  EXPECT_NE(wait(maker).value().id, first.id);
}

TEST_F(SnapshotTest, AFetchedSnapshotTakesThePlaceOfTheView) {
  put(1, 500);
  storage::SnapshotMaker maker(view_path, directory);
  maker.begin();
  const auto made = wait(maker).value();
  const auto bytes = read_all(maker, made);
  const auto mine = directory + "/mine.db";
  storage::View(mine, kKind).commit({"store-a", base::Seq(1), {}, std::string(32, 'h'), 1}, 0);
  storage::SnapshotFile file(directory);
  file.begin(told(made));
  file.append(bytes);
  ASSERT_TRUE(file.whole(told(made)));
  EXPECT_EQ(storage::View(file.path(), kKind).position().applied, base::Seq(500));
  file.install(mine);
  file.discard();
  EXPECT_EQ(items_in(mine), 500U);
  EXPECT_FALSE(there("snapshot.part"));
  EXPECT_FALSE(there("snapshot.what"));
}

TEST_F(SnapshotTest, ABegunSnapshotIsFoundAgain) {
  const msg::SnapshotReply what{"one", "catalog-2", "store-a", 7, base::Seq(9), 10, {msg::sha256("0123456789")}, 0, {}};
  {
    storage::SnapshotFile file(directory);
    EXPECT_FALSE(file.begun());
    file.begin(what);
    file.append("0123");
  }
  storage::SnapshotFile file(directory);
  const auto begun = file.begun();
  ASSERT_TRUE(begun);
  EXPECT_EQ(begun->what.id, "one");
  EXPECT_EQ(begun->have, 4U);
  file.append("456789");
  EXPECT_TRUE(file.whole(what));
}

// --- descriptors ---

std::size_t descriptors() {
  const std::filesystem::directory_iterator open("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(open), end(open)));
}

TEST_F(SnapshotTest, AFileHoldsOneDescriptorAtMostAndNoneWhenItIsDone) {
  const auto before = descriptors();
  storage::SnapshotFile file(directory);
  for (int i = 0; i < 2; ++i)
    file.begin({"one", "catalog-2", "store-a", 7, base::Seq(9), 10, {std::string(32, 'h')}, 0, {}});
  EXPECT_EQ(descriptors(), before + 1);
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(file.begun());
  EXPECT_EQ(descriptors(), before + 1);
  file.discard();
  EXPECT_EQ(descriptors(), before);
}

TEST_F(SnapshotTest, ACopyThatIsRemovedTwiceClosesNobodyElsesDescriptor) {
  put(1, 10);
  storage::SnapshotMaker maker(view_path, directory);
  maker.begin();
  ASSERT_TRUE(wait(maker));
  const auto before = descriptors();
  maker.remove();
  EXPECT_EQ(descriptors(), before - 1);
  const std::ifstream others(view_path);  // takes the descriptor that is free now
  maker.remove();
  EXPECT_EQ(descriptors(), before);
}

// --- the error paths ---

TEST_F(SnapshotTest, AnotherHashOrSizeIsNotWhole) {
  msg::SnapshotReply what{"one", "catalog-2", "store-a", 7, base::Seq(9), 10, {msg::sha256("0123456789")}, 0, {}};
  storage::SnapshotFile file(directory);
  file.begin(what);
  file.append("0123456788");
  EXPECT_FALSE(file.whole(what));
  what.sha256.bytes = msg::sha256("0123456788");
  EXPECT_TRUE(file.whole(what));
  what.size = 9;
  EXPECT_FALSE(file.whole(what));
}

TEST_F(SnapshotTest, ADescriptionThatCannotBeReadIsNone) {
  storage::SnapshotFile file(directory);
  file.begin({"one", "catalog-2", "store-a", 7, base::Seq(9), 10, {std::string(32, 'h')}, 0, {}});
  std::ofstream(directory + "/snapshot.what") << "garbage";
  EXPECT_FALSE(storage::SnapshotFile(directory).begun());
}

TEST_F(SnapshotTest, MoreThanThereShouldBeIsNone) {
  storage::SnapshotFile file(directory);
  file.begin({"one", "catalog-2", "store-a", 7, base::Seq(9), 10, {std::string(32, 'h')}, 0, {}});
  file.append("0123456789a");
  EXPECT_FALSE(storage::SnapshotFile(directory).begun());
}

TEST_F(SnapshotTest, ADirectoryThatIsNotThereIsAnError) {
  storage::SnapshotFile file(directory + "/nowhere");
  EXPECT_FALSE(file.begun());
  EXPECT_THROW(file.begin({}), std::runtime_error);
}

}  // namespace
