// A view that must not be used any more is kept beside the new one, and is not made anew too often.
#include "storage/aside.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "tests/support/directory.h"

namespace storage {
namespace {

using std::chrono::minutes;
using testing::UnorderedElementsAre;

class AsideTest : public testing::Test {
 protected:
  void view(const std::string& text) {
    for (const auto* end : {"", "-wal", "-shm"}) std::ofstream(directory / "order.db" + end) << text << end;
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory.string())) {
      names.push_back(entry.path().filename());
    }
    return names;
  }
  std::string text(const std::string& name) const {
    std::string read;
    std::ifstream(directory / name) >> read;
    return read;
  }
  // Returns the time that is left until the view may be put aside again. `now`: the wall clock.
  base::Duration left(base::WallMs now) const {
    return aside.again_from({base::Mono(minutes(100)), now}) - base::Mono(minutes(100));
  }

  support::Directory directory;
  Aside aside{directory / "order.db"};
};

TEST_F(AsideTest, KeepsTheFilesAndTheirLogUnderAnotherName) {
  view("one");
  EXPECT_EQ(aside.put(base::Seq(7), 1000), directory / "order.db.aside-7-1000");
  EXPECT_THAT(files(),
              UnorderedElementsAre("order.db.aside-7-1000", "order.db.aside-7-1000-wal", "order.db.aside-7-1000-shm"));
  EXPECT_EQ(text("order.db.aside-7-1000-wal"), "one-wal");
}

TEST_F(AsideTest, KeepsTheLatestTwo) {
  std::ofstream(directory / "order.db.aside-kept-by-hand") << "mine";
  for (const int time : {3000, 1000, 4000, 2000}) {
    view(std::to_string(time));
    aside.put(base::Seq(7), time);
  }
  std::vector<std::string> main;
  for (const auto& name : files()) {
    if (name.find("-wal") == std::string::npos && name.find("-shm") == std::string::npos) main.push_back(name);
  }
  EXPECT_THAT(main,
              UnorderedElementsAre("order.db.aside-7-3000", "order.db.aside-7-4000", "order.db.aside-kept-by-hand"));
  EXPECT_EQ(files().size(), 7U);
}

TEST_F(AsideTest, MayBeDoneAgainAfterTenMinutes) {
  EXPECT_LE(left(0), base::Duration::zero()) << "it was never done";
  view("one");
  aside.put(base::Seq(7), 1'000'000);
  EXPECT_EQ(left(1'000'000), minutes(10));
  EXPECT_EQ(left(1'000'000 + 4 * 60'000), minutes(6));
  EXPECT_EQ(left(1'000'000 + 11 * 60'000), minutes(0));
  EXPECT_EQ(left(0), minutes(10)) << "the clock was set back";
}

}  // namespace
}  // namespace storage
