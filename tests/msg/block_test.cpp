#include "msg/block.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "msg/codec.h"
#include "msg/sha256.h"
#include "tests/msg/examples.h"
#include "tests/msg/pack.h"

namespace {

using testing::HasSubstr;

std::string fault(const std::string& bytes) {
  const auto block = msg::decode_block(bytes);
  return block ? "" : block.error().message;
}

// The example block, changed before it is hashed.
template <class Change>
std::string with(Change change) {
  auto block = examples::block();
  change(block);
  return msg::encode_block(block);
}

std::string bytes() {
  return with([](msg::Block&) {});
}

TEST(Block, ComesBackWithItsEvents) {
  const auto block = msg::decode_block(bytes()).value();
  EXPECT_EQ(block.no, base::BlockNo(5));
  EXPECT_EQ(block.first, base::Seq(40));
  EXPECT_EQ(block.last(), base::Seq(48));
  const auto events = msg::decode_events(block.events.bytes, block.count).value();
  std::size_t next = 0;
  examples::for_each_event(
      [&](const std::string& name, const msg::Event& event) { EXPECT_EQ(events.at(next++), event) << name; });
}

TEST(Block, EndsWithTheHashOfAllBeforeIt) {
  auto block = examples::block();
  const auto all = msg::encode_block(block);
  EXPECT_EQ(all.substr(all.size() - msg::kHashBytes), block.hash.bytes);
  EXPECT_NE(block.hash.bytes, msg::no_hash());
  EXPECT_EQ(msg::encoded(block), all) << "encode and encode_block must agree";
}

TEST(Block, NamesTheBlockBefore) {
  EXPECT_NE(with([](msg::Block& block) { block.prev.bytes = msg::no_hash(); }), bytes());
}

TEST(Block, SaysHowManyBytesItTook) {
  std::size_t used = 0;
  EXPECT_TRUE(msg::decode_block(bytes() + "a mark", &used));
  EXPECT_EQ(used, bytes().size());
}

// --- the error paths ---

TEST(Block, IsRefusedWhenAnyBitIsTurned) {
  const auto whole = bytes();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      auto turned = whole;
      turned[i] = static_cast<char>(turned[i] ^ (1 << bit));
      ASSERT_NE(fault(turned), "") << "bit " << bit << " of byte " << i;
    }
  }
  auto turned = whole;
  turned.back() = static_cast<char>(turned.back() ^ 1);
  EXPECT_EQ(fault(turned), "block 5 does not match its hash");
}

TEST(Block, IsRefusedWhenItIsCutOffOrMoreFollows) {
  const auto whole = bytes();
  for (std::size_t size = 0; size < whole.size(); ++size) ASSERT_NE(fault(whole.substr(0, size)), "") << size;
  EXPECT_EQ(fault(whole + "x"), "bytes left over after the block");
}

TEST(Block, IsRefusedWithImpossibleFields) {
  EXPECT_EQ(fault(with([](msg::Block& block) { block.v = 0; })), "there is no block version 0");
  EXPECT_THAT(fault(with([](msg::Block& block) { block.count = 0; })), HasSubstr("impossible"));
  EXPECT_THAT(fault(with([](msg::Block& block) { block.first = base::Seq(0); })), HasSubstr("impossible"));
  EXPECT_THAT(fault(with([](msg::Block& block) { block.prev.bytes = "short"; })), HasSubstr("impossible"));
}

// The next release is linked here (tests/versions): it reads versions 1 and 2 and writes 1.

TEST(Block, IsWrittenInTheVersionThatIsSpokenAndReadInEveryOne) {
  EXPECT_EQ(msg::Block().v, 1U);
  EXPECT_EQ(msg::decode_block(with([](msg::Block& block) { block.v = 2; }))->v, 2U);
}

TEST(Block, OfANewerVersionIsRefusedWithWhatToDo) {
  const auto newer = with([](msg::Block& block) { block.v = 3; });
  EXPECT_EQ(fault(newer),
            "block version 3 is newer than this program, which understands up to 2: use the pygmy that wrote it, or a "
            "newer one");
  EXPECT_EQ(msg::newer_version(newer), 3U);
  EXPECT_EQ(msg::newer_version(newer + "a mark"), 3U) << "a mark follows the block on PUB";
  EXPECT_EQ(msg::newer_version(bytes()), std::nullopt);
}

// Between version and hash, a newer block may hold anything.
TEST(Block, OfANewerVersionIsKnownByItsEnds) {
  using namespace std::string_literals;
  for (const auto& map_of_three : {"\x83"s, "\xde\x00\x03"s, "\xdf\x00\x00\x00\x03"s}) {
    auto block =
        map_of_three + "\xa1v\xcc\xff" + pack::text("shape") + pack::text("new") + pack::text("hash") + "\xc4\x20";
    block += msg::sha256(block);
    EXPECT_EQ(msg::newer_version(block), 255U);
    EXPECT_THAT(fault(block), HasSubstr("block version 255 is newer"));
    block.back() = static_cast<char>(block.back() ^ 1);
    EXPECT_EQ(msg::newer_version(block), std::nullopt) << "a follower asks for a damaged block again";
    EXPECT_EQ(fault(block), "no: missing");
  }
}

TEST(Block, OnlyAMapThatBeginsWithItsVersionIsOfANewerOne) {
  EXPECT_EQ(msg::newer_version("\x80"), std::nullopt) << "shorter than a hash";
  auto other = std::string("\x82\xa1w\xcc\xff") + pack::text("hash") + "\xc4\x20";
  other += msg::sha256(other);
  EXPECT_EQ(msg::newer_version(other), std::nullopt);
  auto text = std::string("\x82\xa1v") + pack::text("x") + pack::text("hash") + "\xc4\x20";
  text += msg::sha256(text);
  EXPECT_EQ(msg::newer_version(text), std::nullopt);
}

TEST(Block, IsRefusedWhenItIsTooLarge) {
  const auto of_size = [](std::size_t size) {
    return fault(with([&](msg::Block& block) { block.events.bytes = std::string(size, '\x80'); }));
  };
  auto none = examples::block();
  none.events.bytes = std::string(msg::kBlockBytesMax / 2, '\x80');
  const auto most = msg::kBlockBytesMax - (msg::encode_block(none).size() - none.events.bytes.size());
  EXPECT_EQ(of_size(most), "");
  EXPECT_EQ(of_size(most + 1), "the block is larger than the limit");
  EXPECT_THAT(of_size(msg::kBlockBytesMax), HasSubstr("larger"));
  EXPECT_NE(of_size(2 * msg::kBlockBytesMax), "");
}

// The hash covers all bytes before it, so a block whose hash is not the last field, or comes twice, is refused.
TEST(Block, IsRefusedWhenTheHashIsNotLast) {
  auto entries = pack::entries_of(bytes());
  std::rotate(entries.begin(), entries.end() - 1, entries.end());
  EXPECT_NE(fault(pack::map(entries)), "");
}

TEST(Block, WithoutAHashOfItsOwnIsRefusedAndNotReadBeyond) {
  auto entries = pack::with(pack::entries_of(bytes()), "hash", std::string("\xc4\x00", 2));
  EXPECT_NE(fault(pack::map(entries)), "");
}

TEST(Events, AreCounted) {
  const auto events = examples::block().events.bytes;
  EXPECT_EQ(msg::decode_events(events, 9).value().size(), 9U);
  EXPECT_THAT(msg::decode_events(events, 8).error().message, HasSubstr("the block holds 9 events and says 8"));
  EXPECT_FALSE(msg::decode_events(events, UINT32_MAX));
}

TEST(Events, ThatAreNotMapsAreRefused) {
  for (const char* bytes : {"\x01", "\x80", "\x80\xc0", "\x81\x01", "\x90"}) {
    EXPECT_FALSE(msg::decode_events(bytes, 1)) << bytes;
  }
}

}  // namespace
