#include "frontend/shared_reads.h"

#include <gmock/gmock.h>

namespace frontend {
namespace {

using base::ItemId;
using base::Seq;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string kKey = "lookup 1";

class SharedReadsTest : public testing::Test {
 protected:
  // An answer that shows item 1 as of `seq`.
  static CacheEntry shows_1(std::uint64_t seq) { return {"an answer", Seq(seq), {ItemId(1)}, false}; }
  void change(std::uint64_t seq, std::uint64_t item) {
    reads.apply(Seq(seq), {0, msg::PriceChanged{.key = "k", .item = ItemId(item)}});
  }

  SharedReads reads{1 << 20};
};

TEST_F(SharedReadsTest, TheFirstReadOfAKeyLeadsAndItsAnswerServesTheOthers) {
  EXPECT_TRUE(reads.join(kKey, 1));
  EXPECT_FALSE(reads.join(kKey, 2));
  EXPECT_TRUE(reads.join("lookup 2", 3)) << "another key";
  EXPECT_FALSE(reads.join(kKey, 4));
  const auto landing = reads.land(kKey, shows_1(5), true);
  EXPECT_THAT(landing.served, ElementsAre(2, 4));
  EXPECT_THAT(landing.again, IsEmpty());
  EXPECT_FALSE(landing.overtaken);
  ASSERT_TRUE(reads.find(kKey));
  EXPECT_EQ(reads.find(kKey)->seq, Seq(5));
}

TEST_F(SharedReadsTest, AfterTheAnswerTheNextReadLeadsAgain) {
  reads.join(kKey, 1);
  reads.join(kKey, 2);
  reads.land(kKey, shows_1(5), true);
  EXPECT_TRUE(reads.join(kKey, 3));
  EXPECT_THAT(reads.land(kKey, shows_1(5), true).served, IsEmpty());
}

TEST_F(SharedReadsTest, AReadThatCameAfterAnEventThatTouchesTheAnswerIsAskedAgain) {
  reads.join(kKey, 1);
  reads.join(kKey, 2);
  change(6, 1);
  reads.join(kKey, 3);
  const auto landing = reads.land(kKey, shows_1(5), true);
  EXPECT_THAT(landing.served, ElementsAre(2));
  EXPECT_THAT(landing.again, ElementsAre(3));
  EXPECT_TRUE(landing.overtaken);
  EXPECT_FALSE(reads.find(kKey)) << "an event has touched it";
}

TEST_F(SharedReadsTest, AnAnswerThatShowsTheEventOrThatTheEventDoesNotTouchIsKept) {
  reads.join(kKey, 1);
  change(6, 1);
  change(7, 2);
  reads.join(kKey, 2);
  EXPECT_THAT(reads.land(kKey, shows_1(6), true).served, ElementsAre(2));
  EXPECT_TRUE(reads.find(kKey));
  change(8, 1);
  EXPECT_FALSE(reads.find(kKey));
}

TEST_F(SharedReadsTest, AnAnswerForTheLeaderAloneServesNobodyElse) {
  reads.join(kKey, 1);
  reads.join(kKey, 2);
  const auto landing = reads.land(kKey, {}, true);
  EXPECT_THAT(landing.again, ElementsAre(2));
  EXPECT_FALSE(landing.overtaken);
}

TEST_F(SharedReadsTest, ARefusalMayServeOthersWithoutBeingKept) {
  reads.join(kKey, 1);
  reads.join(kKey, 2);
  EXPECT_THAT(reads.land(kKey, shows_1(5), false).served, ElementsAre(2));
  EXPECT_FALSE(reads.find(kKey));
}

TEST_F(SharedReadsTest, AnAnswerThatNobodyLeadsIsNotKept) {
  EXPECT_THAT(reads.land(kKey, shows_1(5), true).served, IsEmpty());
  EXPECT_FALSE(reads.find(kKey));
}

TEST_F(SharedReadsTest, OnlyTheLeaderCanAbandonTheOthers) {
  reads.join(kKey, 1);
  reads.join(kKey, 2);
  EXPECT_THAT(reads.abandon(kKey, 2), IsEmpty());
  EXPECT_THAT(reads.abandon("", 1), IsEmpty());
  EXPECT_THAT(reads.abandon(kKey, 1), ElementsAre(2));
  EXPECT_TRUE(reads.join(kKey, 2)) << "one of them leads now";
}

// An edit may bring the item onto a page that did not show it, or take it from the page after that.
TEST_F(SharedReadsTest, AnEditTouchesWhatShowsTheItemAndAllSearches) {
  const CacheEntry search{"a page", Seq(5), {ItemId(2)}, true};
  const auto edit = [&](std::uint64_t seq) {
    reads.apply(Seq(seq), {0, msg::ItemEdited{.key = "k", .item = ItemId(1), .retired = true}});
  };
  reads.join(kKey, 1);
  reads.land(kKey, shows_1(5), true);
  reads.join("lookup 2", 2);
  reads.land("lookup 2", CacheEntry{"an answer", Seq(5), {ItemId(2)}, false}, true);
  reads.join("search", 3);
  reads.land("search", search, true);
  reads.join("another search", 4);
  edit(6);
  EXPECT_FALSE(reads.find(kKey));
  EXPECT_FALSE(reads.find("search")) << "it does not show item 1";
  EXPECT_TRUE(reads.find("lookup 2"));
  EXPECT_TRUE(reads.land("another search", search, true).overtaken);
}

TEST_F(SharedReadsTest, ClearedItKeepsNoAnswerThatIsOnItsWay) {
  reads.join("lookup 2", 1);
  reads.land("lookup 2", CacheEntry{"an answer", Seq(5), {ItemId(2)}, false}, true);
  reads.join(kKey, 2);
  reads.clear();
  EXPECT_FALSE(reads.find("lookup 2"));
  EXPECT_TRUE(reads.land(kKey, shows_1(5), true).overtaken);
  EXPECT_FALSE(reads.find(kKey));
}

}  // namespace
}  // namespace frontend
