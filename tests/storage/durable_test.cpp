// A durable view, and a snapshot that has replaced one, survive a power cut, even if syncs of earlier processes failed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <array>
#include <chrono>
#include <fstream>
#include <optional>
#include <thread>

#include "msg/sha256.h"
#include "storage/snapshot_file.h"
#include "storage/snapshot_maker.h"
#include "storage/view.h"
#include "tests/support/directory.h"
#include "tests/support/medium.h"

namespace {

constexpr std::array<const char*, 6> kDurableSteps{storage::kClaims, storage::kHeld,   storage::kEdited,
                                                   storage::kTerms,  storage::kPlaces, storage::kDetails};
constexpr storage::FileKind kDurableKind{0x54455354, 6, "CREATE TABLE notes(n);", kDurableSteps};

class DurableViewTest : public testing::Test {
 protected:
  void open() { view.emplace(path, kDurableKind); }
  // Puts the items of this seq, several pages of them.
  static void put(storage::View& to, std::uint64_t seq) {
    for (auto id = 100 * seq; id < 100 * seq + 100; ++id) {
      to.put_item({base::ItemId(id), std::string(300, 'a'), "topic", base::Cents(1), base::Quantity(1), {}});
    }
    to.commit({"store-a", base::Seq(seq), base::BlockNo(1), std::string(32, 'h'), 1}, 0);
  }
  void put(std::uint64_t seq) { put(*view, seq); }
  bool settle() {
    view->settle();
    for (;; std::this_thread::yield()) {
      if (const auto all = view->settle_result()) return *all;
    }
  }
  static base::Seq applied(const std::string& file) { return storage::View(file, kDurableKind).position().applied; }
  std::string after_a_power_cut(const std::string& name) {
    const std::filesystem::path to = directory / "cut";
    std::filesystem::remove_all(to);
    medium.power_cut(directory.string(), to);
    return to / name;
  }
  // The bytes of a view at this seq, and a peer's description of them.
  msg::SnapshotReply make_snapshot(std::uint64_t seq) {
    const std::string file = directory / "peer.db";
    {
      storage::View peer(file, kDurableKind);
      put(peer, seq);
    }
    std::ifstream bytes(file, std::ios::binary);
    snapshot.assign(std::istreambuf_iterator<char>(bytes), {});
    return {"one", "catalog-2", "store-a", 7, base::Seq(seq), snapshot.size(), {msg::sha256(snapshot)}, 0, {}};
  }

  support::Directory directory;
  const std::string path = directory / "view.db";
  support::Medium medium;
  std::optional<storage::View> view;
  std::string snapshot;
};

TEST_F(DurableViewTest, AViewSyncsItsCheckpoints) {
  const auto db = storage::open_view(path, kDurableKind);
  EXPECT_EQ(db->execAndGet("PRAGMA journal_mode").getString(), "wal");
  EXPECT_EQ(db->execAndGet("PRAGMA synchronous").getInt(), 1) << "NORMAL";
}

// A mutex in every call took 4 % of the time of a node's loop.
TEST_F(DurableViewTest, AViewsConnectionTakesNoMutex) {
  EXPECT_EQ(sqlite3_db_mutex(storage::open_view(path, kDurableKind)->getHandle()), nullptr);
}

TEST_F(DurableViewTest, SettledCommitsSurviveAPowerCutAndOthersMayBeLost) {
  open();
  put(1);
  ASSERT_TRUE(settle());
  put(2);
  const auto left = applied(after_a_power_cut("view.db"));
  EXPECT_GE(left, base::Seq(1));
  EXPECT_LE(left, base::Seq(2));
  ASSERT_TRUE(settle());
  EXPECT_EQ(applied(after_a_power_cut("view.db")), base::Seq(2));
}

TEST_F(DurableViewTest, AViewThatIsReadMeanwhileIsNotSettled) {
  open();
  put(1);
  SQLite::Database reader(path);
  reader.exec("BEGIN");
  reader.execAndGet("SELECT count(*) FROM items");
  put(2);
  EXPECT_FALSE(settle());
  reader.exec("COMMIT");
  EXPECT_TRUE(settle());
}

// The reader keeps the log from starting over: its first commit is on the medium, the second is not.
TEST_F(DurableViewTest, AfterASyncThatFailedARestartedViewIsDurableOnlyOnceItIs) {
  open();
  SQLite::Database reader(path);
  put(1);
  reader.exec("BEGIN");
  reader.execAndGet("SELECT count(*) FROM items");
  ASSERT_TRUE(settle());
  put(2);
  reader.exec("COMMIT");
  medium.fail_next_sync("view.db-wal");
  EXPECT_THROW(settle(), SQLite::Exception);
  view.reset();
  open();
  ASSERT_EQ(view->position().applied, base::Seq(2));
  ASSERT_TRUE(settle());
  EXPECT_EQ(applied(after_a_power_cut("view.db")), base::Seq(2));
}

TEST_F(DurableViewTest, ACheckpointByItselfWhoseSyncFailsIsSeen) {
  open();
  medium.fail_next_sync("view.db");
  view->begin();
  view->db().exec("INSERT INTO notes VALUES(zeroblob(20000000))");
  put(1);
  while (view->checkpoints_failed() == 0) std::this_thread::yield();
  EXPECT_THROW(put(2), SQLite::Exception);
  EXPECT_EQ(view->checkpoints_failed(), 1);
}

TEST_F(DurableViewTest, ASnapshotIsOnTheMediumBeforeItIsCalledWhole) {
  const auto what = make_snapshot(5);
  storage::SnapshotFile file(directory.string());
  file.begin(what);
  file.append(snapshot);
  ASSERT_TRUE(file.whole(what));
  EXPECT_EQ(applied(after_a_power_cut("snapshot.part")), base::Seq(5));
}

TEST_F(DurableViewTest, ASnapshotWhoseSyncFailedIsWrittenAgainByTheNextProcess) {
  const auto what = make_snapshot(5);
  {
    storage::SnapshotFile file(directory.string());
    file.begin(what);
    file.append(snapshot);
    medium.fail_next_sync("snapshot.part");
    EXPECT_THROW(file.whole(what), std::runtime_error);
  }
  storage::SnapshotFile file(directory.string());
  ASSERT_EQ(file.begun()->have, snapshot.size());
  ASSERT_TRUE(file.whole(what));
  EXPECT_EQ(applied(after_a_power_cut("snapshot.part")), base::Seq(5));
}

TEST_F(DurableViewTest, TheLogOfTheViewBeforeDoesNotMeetASnapshot) {
  const auto what = make_snapshot(5);
  open();
  put(1);
  std::filesystem::copy_file(path + "-wal", directory / "log");  // a killed process leaves it
  view.reset();
  std::filesystem::copy_file(directory / "log", path + "-wal");
  storage::SnapshotFile file(directory.string());
  file.begin(what);
  file.append(snapshot);
  ASSERT_TRUE(file.whole(what));
  file.install(path);
  EXPECT_EQ(applied(path), base::Seq(5));
}

TEST_F(DurableViewTest, AViewThatDivergedInATransactionBeginsTheNextOneAnew) {
  open();
  put(1);
  view->put_item({base::ItemId(9), "title", "topic", base::Cents(1), base::Quantity(1), {}});
  view->diverge("it is wrong");
  put(2);
  view.reset();
  EXPECT_EQ(applied(path), base::Seq(2));
}

TEST_F(DurableViewTest, ANameThatASnapshotTakesIsSynced) {
  const auto what = make_snapshot(5);
  const auto name = std::filesystem::path(directory.string()).filename().string();
  storage::SnapshotFile file(directory.string());
  file.begin(what);
  file.append(snapshot);
  ASSERT_TRUE(file.whole(what));
  const auto before = medium.syncs(name);
  file.install(path);
  EXPECT_EQ(medium.syncs(name), before + 2) << "once after the old view is removed, once after the new one is in place";
}

TEST_F(DurableViewTest, APartOfACopyThatCannotBeReadWholeIsNotGiven) {
  open();
  put(1);
  storage::SnapshotMaker maker(path, directory.string());
  maker.begin();
  std::optional<base::Result<stream::MadeSnapshot>> made;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!made && std::chrono::steady_clock::now() < deadline) {
    made = maker.made();
    std::this_thread::yield();
  }
  ASSERT_TRUE(made && *made);
  EXPECT_TRUE(maker.read(0, 4096));
  std::filesystem::resize_file(directory / "snapshot.made", 5000);
  EXPECT_FALSE(maker.read(4096, 4096)) << "the missing bytes are not zeros";
}

}  // namespace
