// Scrub finds a block that the disk has changed, wherever it lies, and reads slowly.
#include "broker/scrub.h"

#include <gmock/gmock.h>

#include "tests/support/blocks.h"

namespace broker {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using testing::HasSubstr;
using testing::StartsWith;

class ScrubTest : public testing::Test {
 protected:
  ScrubTest() {
    while (stream_.size() < 20) stream_.block({support::item_added(stream_.size() + 1)});
    for (std::size_t no = 1; no <= stream_.size(); ++no) blocks_.push_back(stream_[no]);
  }
  // Stands for Journal::read. Block N holds seq N.
  base::Result<std::vector<base::Bytes>> look(base::Seq from, base::Seq to, std::size_t bytes_max) {
    ++looks_;
    if (fails_) return base::fail("the disk says no");
    std::vector<base::Bytes> found;
    std::size_t bytes = 0;
    for (auto seq = std::max(from, begins_); seq <= to; seq = seq.next()) {
      const auto& block = blocks_.at(seq.value() - 1);
      if (block.empty()) continue;
      if (!found.empty() && bytes + block.size() > bytes_max) break;
      bytes += block.size();
      found.push_back(block);
    }
    return found;
  }
  void pass(base::Duration time) {
    for (const auto until = now_ + time; now_ < until; now_ += milliseconds(100)) {
      scrub_.on_tick(base::Mono(now_), begins_, stream_.commit());
    }
  }
  std::string finding() { return scrub_.finding().value_or("none"); }
  std::uint64_t passes() {
    base::Counters counters(base::kOfBroker);
    scrub_.count(counters);
    return counters["scrub_passes"];
  }
  void flip(std::size_t no) { blocks_[no - 1][blocks_[no - 1].size() / 2] ^= 1; }

  support::Stream stream_;
  std::vector<base::Bytes> blocks_;
  base::Seq begins_{1};
  bool fails_ = false;
  int looks_ = 0;
  base::Duration now_{};
  Scrub scrub_{{"FILE", "MEND"}, [this](auto from, auto to, auto bytes_max) { return look(from, to, bytes_max); }};
};

TEST_F(ScrubTest, APassOverSoundBlocksFindsNothingAndARestFollows) {
  pass(minutes(9));
  EXPECT_EQ(finding(), "none");
  EXPECT_EQ(passes(), 1U);
  pass(minutes(2));
  EXPECT_EQ(passes(), 2U);
}

TEST_F(ScrubTest, AFlippedBitInAnyBlockIsFound) {
  for (std::size_t no = 1; no <= stream_.size(); ++no) {
    flip(no);
    pass(minutes(11));
    EXPECT_THAT(finding(), StartsWith("FILE: ")) << no;
    EXPECT_THAT(finding(), HasSubstr(no == 1 ? "the block from seq 1 is damaged"
                                             : "block " + std::to_string(no) + ", from seq " + std::to_string(no) +
                                                   ", is damaged"));
    EXPECT_THAT(finding(), HasSubstr("MEND"));
    flip(no);
  }
  pass(minutes(11));
  EXPECT_EQ(finding(), "none") << "it was mended";
}

TEST_F(ScrubTest, ABlockThatIsMissingIsFound) {
  blocks_[4].clear();
  pass(minutes(1));
  EXPECT_THAT(finding(), HasSubstr("block 5, from seq 5, is damaged: there is block 6, from seq 6"));
}

TEST_F(ScrubTest, ABlockOfAnotherHistoryIsFound) {
  auto other = msg::decode_block(blocks_[6]).value();
  other.at += 1;
  blocks_[6] = msg::encode_block(other);  // its hash is right, but the next block does not follow it
  pass(minutes(1));
  EXPECT_THAT(finding(), HasSubstr("block 8, from seq 8, is damaged"));
}

TEST_F(ScrubTest, ABlockThatCannotBeReadIsFound) {
  fails_ = true;
  pass(minutes(1));
  EXPECT_THAT(finding(), HasSubstr("the disk says no"));
}

TEST_F(ScrubTest, TrimmedBlocksAreNotMissed) {
  begins_ = base::Seq(7);
  flip(3);
  pass(minutes(1));
  EXPECT_EQ(finding(), "none");
  EXPECT_EQ(passes(), 1U);
}

TEST_F(ScrubTest, ItReadsNoMoreThanAMegabyteASecond) {
  const std::string large(60'000, 'x');
  std::size_t bytes = 0;
  for (int i = 0; i < 100; ++i) {
    auto item = support::item_added(1000 + static_cast<std::uint64_t>(i));
    std::get<msg::ItemsAdded>(item.what).items[0].title = large;
    stream_.block({item});
    blocks_.push_back(stream_[stream_.size()]);
    bytes += blocks_.back().size();
  }
  pass(std::chrono::seconds(bytes / Scrub::kBytesPerSecond - 1));
  EXPECT_EQ(passes(), 0U);
  pass(std::chrono::seconds(8));
  EXPECT_EQ(passes(), 1U);
  EXPECT_EQ(finding(), "none");
  EXPECT_LT(looks_, 150);
}

}  // namespace
}  // namespace broker
