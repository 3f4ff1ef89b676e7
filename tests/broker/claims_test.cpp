// The claims about the brokers' archives, the blocks that may leave the journal because of them, and the owner of a
// name.
#include "broker/claims.h"

#include <gtest/gtest.h>

#include <map>

namespace broker {
namespace {

using base::BlockNo;
using std::chrono::seconds;

msg::Hash hash(char letter) { return msg::Hash(msg::kHashBytes, letter); }

TEST(ClaimTest, IsReadAsItWasWritten) {
  const auto claim = claim_of(text_of({BlockNo(1234), hash('\xa7'), "disk-a"}));
  EXPECT_EQ(claim.block, BlockNo(1234));
  EXPECT_EQ(claim.hash, hash('\xa7'));
  EXPECT_EQ(claim.disk, "disk-a");
  EXPECT_EQ(claim_of(text_of({{}, {}, "disk-a"})).disk, "disk-a") << "a claim of no blocks";
}

TEST(ClaimTest, OfAnOlderReleaseIsANumberAlone) {
  EXPECT_EQ(claim_of("1234").block, BlockNo(1234));
  EXPECT_EQ(claim_of("1234").disk, "");
  EXPECT_EQ(std::stoul(text_of({BlockNo(1234), hash('a'), "disk-a"})), 1234U)
      << "an older release reads only the number";
}

TEST(ClaimTest, AClaimThatCannotBeReadIsNothing) {
  const auto whole = text_of({BlockNo(7), hash('a'), "disk-a"});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto claim = claim_of(std::string_view(whole).substr(0, size));
    EXPECT_TRUE(claim.disk.empty() || claim.hash == hash('a')) << size;
  }
  for (const auto* text : {"", " ", "x", "-1 a b", "99999999999999999999999", "7 zz disk", "7 6161 disk", "7  disk"}) {
    EXPECT_EQ(claim_of(text).disk, "") << text;
  }
}

class MajorityTest : public testing::Test {
 protected:
  // "BLOCK LETTER DISK": in this history, the block of that number has the hash of that letter.
  static Claim claim(std::uint64_t block, char letter, std::string disk) {
    return {BlockNo(block), hash(letter), std::move(disk)};
  }
  std::uint64_t has(const std::vector<Claim>& claims) const {
    return majority_has(claims,
                        [this](BlockNo no) -> std::optional<msg::Hash> {
                          const auto found = blocks.find(no.value());
                          return found == blocks.end() ? std::nullopt : std::optional(hash(found->second));
                        })
        .value();
  }
  std::map<std::uint64_t, char> blocks{{5, 'a'}, {7, 'b'}, {8, 'c'}, {9, 'd'}};  // the blocks that the journal has
};

TEST_F(MajorityTest, IsWhatMoreThanHalfHave) {
  EXPECT_EQ(has({}), 0U);
  EXPECT_EQ(has({claim(5, 'a', "1")}), 5U);
  EXPECT_EQ(has({claim(5, 'a', "1"), claim(9, 'd', "2")}), 5U);
  EXPECT_EQ(has({claim(9, 'd', "1"), claim(5, 'a', "2"), claim(7, 'b', "3")}), 7U);
  EXPECT_EQ(has({claim(9, 'd', "1"), {{}, {}, "2"}, claim(7, 'b', "3"), claim(8, 'c', "4")}), 7U);
}

TEST_F(MajorityTest, AnArchiveOfAnotherHistoryHasNothing) {
  EXPECT_EQ(has({claim(9, 'd', "1"), claim(8, 'x', "2")}), 0U) << "the block differs";
  EXPECT_EQ(has({claim(9, 'd', "1"), claim(900, 'x', "2"), claim(900, 'x', "3")}), 0U) << "longer than the stream";
  EXPECT_EQ(has({claim(9, 'd', "1"), claim(8, 'c', "2"), claim(900, 'x', "3")}), 8U);
}

TEST_F(MajorityTest, OneDiskCountsOnce) {
  EXPECT_EQ(has({claim(9, 'd', "1"), claim(9, 'd', "1")}), 0U);
  EXPECT_EQ(has({claim(9, 'd', "1"), claim(8, 'c', "1"), claim(7, 'b', "2")}), 7U);
}

TEST_F(MajorityTest, ANumberAloneProvesNothing) { EXPECT_EQ(has({claim(9, 'd', "1"), claim_of("9")}), 0U); }

TEST(ToClaimTest, BeforeItHasJoinedABrokerCountsAndClaimsNothingNew) {
  const Claim has{BlockNo(9), hash('d'), "mine"};
  const Claim before{BlockNo(5), hash('a'), "mine"};
  const Claim lost{BlockNo(7), hash('b'), "lost"};
  EXPECT_EQ(to_claim(before, has, true, false)->block, BlockNo(9));
  EXPECT_EQ(to_claim(before, has, false, false)->block, BlockNo(5)) << "its earlier claim stays";
  EXPECT_EQ(to_claim({}, has, false, false)->block, BlockNo());
  EXPECT_EQ(to_claim({}, has, false, false)->disk, "mine");
  EXPECT_FALSE(to_claim(lost, has, false, false)) << "it may be of another cluster";
  EXPECT_EQ(to_claim(lost, {{}, {}, "mine"}, false, true)->block, BlockNo()) << "the disk that had it is gone";
}

class NameTest : public testing::Test {
 protected:
  Name::Is look(const std::string& disk, std::int64_t revision, int s) {
    return name.look(Claim{BlockNo(5), hash('a'), disk}, revision, base::Mono(seconds(1000 + s)));
  }
  Name name{"mine"};
};

TEST_F(NameTest, IsOursIfNobodyHasItOrWeHave) {
  EXPECT_EQ(name.look({}, 0, base::Mono{}), Name::Is::kOurs);
  EXPECT_EQ(look("mine", 7, 0), Name::Is::kOurs);
  EXPECT_EQ(look("", 7, 0), Name::Is::kOurs) << "an older release put the claim";
}

TEST_F(NameTest, IsAnothersIfItsClaimIsRenewed) {
  EXPECT_EQ(look("other", 7, 0), Name::Is::kInDoubt);
  EXPECT_EQ(look("other", 7, 1), Name::Is::kInDoubt);
  EXPECT_EQ(look("other", 8, 2), Name::Is::kAnothers);
  EXPECT_EQ(look("other", 8, 60), Name::Is::kAnothers) << "another broker has renewed it";
}

TEST_F(NameTest, IsOursOnceTheOtherHasBeenSilent) {
  EXPECT_EQ(look("other", 7, 0), Name::Is::kInDoubt);
  EXPECT_EQ(look("other", 7, 14), Name::Is::kInDoubt);
  EXPECT_EQ(look("other", 7, 15), Name::Is::kOurs);
}

TEST_F(NameTest, ANameThatWasOursAndIsAnothersIsTaken) {
  name.used();
  EXPECT_EQ(look("mine", 7, 0), Name::Is::kOurs);
  EXPECT_EQ(look("other", 8, 1), Name::Is::kAnothers);
  EXPECT_EQ(look("", 9, 2), Name::Is::kAnothers) << "an older release under our name";
}

}  // namespace
}  // namespace broker
