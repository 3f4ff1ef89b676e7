// Archives that are damaged in every way: the inspection names the faults.
#include "books/inspection.h"

#include <gmock/gmock.h>

#include <fstream>

#include "tests/support/blocks.h"
#include "tests/support/directory.h"

namespace books {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class InspectionTest : public ::testing::Test {
 protected:
  InspectionTest() {
    stream_.block({support::appointed("order-1")});
    stream_.block({support::item_added(1, 5), support::item_added(2, 7)});
    stream_.block({support::stock_moved(1, -2, 3)});
    order(1, 2, 5);
    order(2, 2, 3);
    backed_up_ = inspect().manifest();
  }

  void order(std::uint64_t no, std::int64_t quantity, std::int64_t left) {
    msg::OrderPlaced placed;
    placed.key = "order-" + std::to_string(no);
    placed.no = base::OrderNo(no);
    placed.lines = {{base::ItemId(2), base::Quantity(quantity), base::Cents(100), base::Quantity(left)}};
    placed.total = base::Cents(100 * quantity);
    stream_.block({{1, std::move(placed)}});
  }
  // Appends the stream's blocks to the archive and inspects it.
  Inspection inspect() {
    std::vector<base::BytesView> blocks;
    for (auto number = archive_.end()->block.value() + 1; number <= stream_.size(); ++number) {
      blocks.push_back(stream_[number]);
    }
    EXPECT_TRUE(archive_.append(blocks));
    storage::ScratchRows rows;
    Inspection inspection(archive_, &rows);
    Progress progress("", base::Seq());
    inspection.walk(progress);
    return inspection;
  }
  Inspection compared(const Manifest& manifest) {
    auto inspection = inspect();
    inspection.compare(manifest);
    return inspection;
  }
  std::string file() const {
    std::ifstream in(directory_ / "blocks.db", std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // Inspects an archive whose file holds these bytes.
  Inspection put(const std::string& bytes) {
    std::ofstream(directory_ / "damaged.db", std::ios::binary) << bytes;
    const backup::Archive damaged(directory_ / "damaged.db", backup::Archive::Mode::kRead);
    Inspection inspection(damaged);
    Progress progress("", base::Seq());
    inspection.walk(progress);
    inspection.compare(backed_up_);
    return inspection;
  }
  static std::string detail(const Inspection& inspection, const std::string& name) {
    for (const auto& check : inspection.checks()) {
      if (check.name == name) return check.ok ? "ok" : check.detail;
    }
    return "there is no check " + name;
  }

  const support::Directory directory_;
  backup::Archive archive_{directory_ / "blocks.db", backup::Archive::Mode::kAppend};
  support::Stream stream_;
  Manifest backed_up_;
};

TEST_F(InspectionTest, ASoundBackupIsSound) {
  const auto inspection = compared(backed_up_);
  for (const auto& check : inspection.checks()) EXPECT_TRUE(check.ok) << check.name << ": " << check.detail;
  EXPECT_TRUE(inspection.sound());
  EXPECT_FALSE(inspection.first_unsound());
  EXPECT_EQ(backed_up_.seq, base::Seq(7));
  EXPECT_EQ(backed_up_.items, 2);
  EXPECT_EQ(backed_up_.orders, 2);
  EXPECT_NE(backed_up_.digest.items, 0);
  EXPECT_NE(backed_up_.digest.orders, 0);
}

TEST_F(InspectionTest, AnotherManifestIsFound) {
  const auto with = [&](auto change) {
    auto manifest = backed_up_;
    change(manifest);
    const auto inspection = compared(manifest);
    EXPECT_FALSE(inspection.sound());
    return inspection;
  };
  EXPECT_THAT(detail(with([](Manifest& m) { m.store = "b"; }), "manifest"), HasSubstr("store b"));
  EXPECT_THAT(detail(with([](Manifest& m) { m.hash[3] ^= 1; }), "manifest"), HasSubstr("another hash of block 6"));
  EXPECT_THAT(detail(with([](Manifest& m) { ++m.at; }), "manifest"), HasSubstr("another time of seq 7"));
  EXPECT_THAT(detail(with([](Manifest& m) { m.block = m.block.next(); }), "manifest"), HasSubstr("block 7"));
  EXPECT_THAT(detail(with([](Manifest& m) { m.seq = m.digest.seq = m.seq.next(); }), "manifest"), HasSubstr("seq 8"));
  EXPECT_THAT(detail(with([](Manifest& m) { ++m.digest.items; }), "digests"), HasSubstr("at seq 7"));
  EXPECT_THAT(detail(with([](Manifest& m) { ++m.digest.orders; }), "digests"), HasSubstr("at seq 7"));
  EXPECT_THAT(detail(with([](Manifest& m) { ++m.orders; }), "digests"), HasSubstr("2 orders"));
}

TEST_F(InspectionTest, EventsThatDoNotAddUpAreFoundAndNotApplied) {
  order(4, 2, 1);  // number 3 is missing
  order(5, 2, 1);  // and 1 - 2 is not 1
  const auto inspection = inspect();
  EXPECT_FALSE(inspection.sound());
  EXPECT_THAT(detail(inspection, "orders"), HasSubstr("seq 8 places order 4, but order 3 was due"));
  EXPECT_THAT(detail(inspection, "stock"), HasSubstr("seq 9 leaves -1"));
  EXPECT_EQ(inspection.first_unsound(), base::BlockNo(7));
  EXPECT_EQ(inspection.manifest().seq, base::Seq(7)) << "the state stays as it was before the first fault";
}

TEST_F(InspectionTest, AFlippedBitInAnyBlockIsFoundAndTheBlockNamed) {
  const auto sound = file();
  for (std::size_t number = 1; number <= stream_.size(); ++number) {
    const auto at = sound.find(stream_[number]);
    ASSERT_NE(at, std::string::npos);
    for (std::size_t i = 0; i < stream_[number].size(); i += 5) {
      auto damaged = sound;
      damaged[at + i] ^= static_cast<char>(1 << i % 8);
      const auto inspection = put(damaged);
      EXPECT_FALSE(inspection.sound());
      EXPECT_THAT(detail(inspection, "blocks"), StartsWith(fmt::format("block {}: ", number))) << "byte " << i;
      EXPECT_THAT(detail(inspection, "chain"), HasSubstr(fmt::format("block {} cannot be read", number)));
    }
  }
}

TEST_F(InspectionTest, EveryDamagedBlockIsNamed) {
  auto damaged = file();
  for (const std::size_t number : {3U, 5U}) damaged[damaged.find(stream_[number]) + 50] ^= 1;
  const auto inspection = put(damaged);
  EXPECT_THAT(detail(inspection, "blocks"), AllOf(HasSubstr("block 3: "), HasSubstr("; block 5: ")));
  EXPECT_EQ(inspection.first_unsound(), base::BlockNo(3));
}

TEST_F(InspectionTest, OfManyDamagedBlocksTheFirstAreNamedAndTheRestCounted) {
  const auto sound = stream_.size();
  for (int i = 1; i <= 22; ++i) stream_.block({support::stock_moved(1, 1, 3 + i)});
  inspect();
  auto damaged = file();
  for (auto number = sound + 1; number <= stream_.size(); ++number) damaged[damaged.find(stream_[number]) + 50] ^= 1;
  const auto told = detail(put(damaged), "blocks");
  EXPECT_THAT(told, AllOf(HasSubstr("; block 26: "), testing::EndsWith("; and 2 more")));
  EXPECT_THAT(told, testing::Not(HasSubstr("block 27: ")));
}

TEST_F(InspectionTest, BlocksThatHaveChangedPlacesAreFound) {
  auto swapped = file();
  ASSERT_EQ(stream_[5].size(), stream_[6].size());
  const auto fifth = swapped.find(stream_[5]);
  const auto sixth = swapped.find(stream_[6]);
  swapped.replace(fifth, stream_[6].size(), stream_[6]).replace(sixth, stream_[5].size(), stream_[5]);
  EXPECT_THAT(detail(put(swapped), "blocks"),
              AllOf(HasSubstr("block 5: its place holds block 6"), HasSubstr("block 6: its place holds block 5")));
}

TEST_F(InspectionTest, WalksToABlockAndThenToTheEnd) {
  Inspection inspection(archive_);
  Progress progress("", base::Seq());
  inspection.walk(progress, base::BlockNo(4));
  EXPECT_EQ(inspection.manifest().seq, base::Seq(5));
  inspection.walk(progress);
  EXPECT_EQ(inspection.manifest(), backed_up_);
}

}  // namespace
}  // namespace books
