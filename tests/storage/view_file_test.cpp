// Opening a view's file brings it from one format to the next.
#include "storage/view_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "storage/view.h"
#include "tests/support/directory.h"

namespace {

using testing::HasSubstr;

constexpr std::array<const char*, 2> kSteps{
    "CREATE TABLE second(n INTEGER); INSERT INTO second SELECT n + 1 FROM first", "CREATE INDEX third ON second(n)"};
constexpr std::array<const char*, 2> kBrokenSteps{"CREATE TABLE second(n INTEGER)", "CREATE INDEX third ON nothing(n)"};

// Format 5 is the first one.
storage::FileKind kind(storage::Steps steps) { return {0x54455354, 5, "CREATE TABLE first(n INTEGER)", steps}; }
storage::FileKind of_format(int format) {
  return kind(storage::Steps(kSteps).first(static_cast<std::size_t>(format - 5)));
}

class ViewFileTest : public testing::Test {
 protected:
  // Leaves the file as a program does that knows the formats up to this one.
  void leave(int format) {
    const auto db = storage::open_view(path, of_format(format));
    db->exec("INSERT INTO first VALUES(7)");
  }
  // Opens the file and returns "format 6: first, second": its format, tables and indexes; or the error.
  std::string open(const storage::FileKind& kind) {
    try {
      storage::open_view(path, kind);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return there();
  }
  std::string there() {
    SQLite::Database db(path);
    return fmt::format("format {}: {}", db.execAndGet("PRAGMA user_version").getInt(),
                       db.execAndGet("SELECT group_concat(name, ' ') FROM (SELECT name FROM sqlite_schema "
                                     "WHERE name NOT IN ('position', 'items') ORDER BY name)")
                           .getString());
  }

  support::Directory directory;
  std::string path = directory / "view.db";
};

TEST_F(ViewFileTest, AnOlderFileIsBroughtUpWithWhatIsInIt) {
  leave(5);
  EXPECT_EQ(there(), "format 5: first");
  EXPECT_EQ(open(of_format(6)), "format 6: first second");
  EXPECT_EQ(SQLite::Database(path).execAndGet("SELECT n FROM second").getInt(), 8);
}

TEST_F(ViewFileTest, AFileThatMissedSeveralFormatsTakesAllTheirSteps) {
  leave(5);
  EXPECT_EQ(open(of_format(7)), "format 7: first second third");
  EXPECT_EQ(open(of_format(7)), "format 7: first second third") << "each step runs once";
}

TEST_F(ViewFileTest, ANewFileIsAsOneThatWasBroughtUp) { EXPECT_EQ(open(of_format(7)), "format 7: first second third"); }

TEST_F(ViewFileTest, ItsPositionStaysWhereItIs) {
  constexpr std::array<const char*, 7> steps{storage::kClaims,
                                             storage::kHeld,
                                             storage::kEdited,
                                             storage::kTerms,
                                             storage::kPlaces,
                                             storage::kDetails,
                                             "CREATE TABLE second(n INTEGER)"};
  {
    storage::View view(path, kind(storage::Steps(steps).first(6)));
    view.commit({"store-a", base::Seq(9), base::BlockNo(2), std::string(32, 'h'), 1}, 0xfedc'ba98'7654'3210);
  }
  const storage::View view(path, kind(steps));
  EXPECT_EQ(view.position().applied, base::Seq(9));
  EXPECT_EQ(view.items_digest(), 0xfedc'ba98'7654'3210);
}

// --- the error paths ---

TEST_F(ViewFileTest, AStepThatFailsLeavesTheFileAsItWas) {
  leave(5);
  const auto why = open(kind(kBrokenSteps));
  EXPECT_THAT(why, HasSubstr(path + ": cannot be brought from format 5 to 7 ("));
  EXPECT_THAT(why, HasSubstr("remove the file so that it is built anew"));
  EXPECT_EQ(there(), "format 5: first");
}

TEST_F(ViewFileTest, ANewerFileIsRefusedWithWhatToDo) {
  leave(7);
  EXPECT_EQ(open(of_format(6)), path +
                                    ": has format 7, this program knows 6: use the newer pygmy that wrote it, or "
                                    "remove the file so that it is built anew from the stream");
  EXPECT_EQ(there(), "format 7: first second third");
}

TEST_F(ViewFileTest, AFileThatIsTooOldForTheStepsThereAreIsRefused) {
  leave(5);
  SQLite::Database(path, SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 4");
  EXPECT_THAT(open(of_format(7)), HasSubstr("has format 4, this program needs 5 at least: remove the file"));
}

}  // namespace
