// The comparison of digests (G5).
#include "broker/digests.h"

#include <gmock/gmock.h>

#include "tests/broker/membership_fixture.h"

namespace broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class DigestTest : public MembershipTest {
 protected:
  DigestTest() { broker.with_writer(); }
  void view(const std::string& instance, std::uint64_t seq, std::uint64_t items, std::uint64_t orders = 0,
            std::uint64_t incarnation = 1) {
    const bool catalog = instance.front() == 'c';
    broker.beat({.instance = instance,
                 .incarnation = incarnation,
                 .role = catalog ? msg::Role::kCatalog : msg::Role::kOrder,
                 .digest = msg::DigestAt{Seq(seq), items, orders}});
  }
};

TEST_F(DigestTest, EqualViewsAreBelieved) {
  view("order-1", 2, 7, 8);
  view("order-2", 2, 7, 8);
  view("catalog-1", 2, 7);
  EXPECT_THAT(diverged(), IsEmpty());
}

TEST_F(DigestTest, DifferentSeqsAreNotCompared) {
  view("order-1", 1, 7, 8);
  view("order-2", 2, 9, 9);
  EXPECT_THAT(diverged(), IsEmpty());
}

TEST_F(DigestTest, TheMinorityHasDiverged) {
  view("catalog-1", 2, 1);
  view("order-1", 2, 7, 8);
  view("order-2", 2, 7, 8);
  EXPECT_THAT(diverged(), ElementsAre("catalog-1"));
}

class MembersTest : public DigestTest {
 protected:
  MembersTest() {
    broker.config.members = {"catalog-1", "order-1", "order-2"};
    broker.reopen();
    broker.pass(50);
  }
  std::vector<msg::Life> guilty() { return broker.heartbeat().leader->guilty.value_or(std::vector<msg::Life>{}); }
};

TEST_F(MembersTest, StrangersConvictNobody) {
  for (int i = 0; i < 8; ++i) view("catalog-made-up-" + std::to_string(i), 2, 1);
  view("order-1", 2, 7, 8);
  view("order-2", 2, 7, 8);
  view("catalog-1", 2, 7);
  broker.beat({.instance = "order-made-up", .diverged = "all is lost"});
  EXPECT_THAT(diverged(), IsEmpty());
  EXPECT_THAT(guilty(), IsEmpty());
}

TEST_F(MembersTest, StrangersCannotSayThatTheJournalIsAnOlderCopy) {
  broker.beat({.instance = "order-made-up", .applied = 9});
  broker.ask(append_of(broker.epoch(), 1));
  EXPECT_TRUE(broker.replies.empty()) << "it was taken";
  broker.commit_all();
  broker.beat({.instance = "order-2", .applied = 9});
  broker.ask(append_of(broker.epoch(), 2));
  EXPECT_EQ(broker.reply().err(), "busy") << "a member can";
}

TEST_F(MembersTest, OneThatDiffersFromMostIsToldSo) {
  view("catalog-1", 2, 1, 0, 4);
  view("order-1", 2, 7, 8);
  view("order-2", 2, 7, 8);
  EXPECT_THAT(guilty(), ElementsAre(msg::Life{"catalog-1", Incarnation(4)}));
}

TEST_F(MembersTest, WhereNoMajorityAgreesNobodyHasToMakeItsViewAnew) {
  view("order-1", 2, 1);
  view("order-2", 2, 2);
  EXPECT_THAT(diverged(), ElementsAre("order-1", "order-2"));
  EXPECT_THAT(guilty(), IsEmpty());
}

TEST_F(DigestTest, WhereTheMembersAreNotKnownNobodyHasToMakeItsViewAnew) {
  view("catalog-1", 2, 1);
  view("order-1", 2, 7, 8);
  view("order-2", 2, 7, 8);
  EXPECT_EQ(broker.heartbeat().leader->guilty, std::nullopt);
}

TEST_F(DigestTest, OrdersAreComparedAmongOrderReplicas) {
  view("catalog-1", 2, 7);
  view("order-1", 2, 7, 8);
  view("order-2", 2, 7, 8);
  view("order-3", 2, 7, 5);
  EXPECT_THAT(diverged(), ElementsAre("order-3"));
}

TEST_F(DigestTest, WithoutAMajorityAllAreSuspect) {
  view("order-1", 2, 7, 8);
  view("order-2", 2, 7, 9);
  EXPECT_THAT(diverged(), ElementsAre("order-1", "order-2"));
}

TEST_F(DigestTest, ASuspectIsClearedByAMajorityAtAnotherSeq) {
  view("order-1", 1, 7, 8);
  view("order-2", 1, 7, 9);
  view("order-1", 2, 7, 18);
  view("order-2", 2, 7, 19);
  view("order-3", 2, 7, 18);
  EXPECT_THAT(diverged(), ElementsAre("order-2"));
}

TEST_F(DigestTest, ADivergedReplicaStaysSoUntilItIsRebuilt) {
  view("order-1", 1, 7, 8);
  view("order-2", 1, 7, 8);
  view("order-3", 1, 7, 9);
  view("order-1", 2, 7, 8);
  view("order-3", 2, 7, 8);
  EXPECT_THAT(diverged(), ElementsAre("order-3")) << "the process is the same";
  view("order-3", 2, 7, 5, 2);
  EXPECT_THAT(diverged(), ElementsAre("order-3")) << "restarted, not rebuilt";
  view("order-3", 2, 7, 8, 2);
  EXPECT_THAT(diverged(), IsEmpty());
}

TEST_F(DigestTest, RoundDigestsAreComparedToo) {
  for (std::uint64_t producer = 1; producer <= 3; ++producer) broker.write(producer, 100);
  const auto at_round = [](std::uint64_t items) { return msg::DigestAt{Seq(256), items, 0}; };
  broker.beat({.instance = "order-1", .applied = 290, .round_digest = at_round(7)});
  broker.beat({.instance = "order-2", .applied = 270, .round_digest = at_round(7)});
  broker.beat({.instance = "catalog-1", .applied = 300, .role = msg::Role::kCatalog, .round_digest = at_round(6)});
  EXPECT_THAT(diverged(), ElementsAre("catalog-1"));
}

TEST_F(DigestTest, ADivergedReplicaIsNeverTheWriter) {
  view("order-1", 2, 7, 8);
  view("order-2", 2, 7, 9);
  view("order-3", 2, 7, 8);
  broker.ask(msg::Resign{"order-1", broker.epoch()});
  broker.commit_all();
  EXPECT_EQ(writer(), "order-3");
}

TEST_F(DigestTest, AViewThatReportsItsDivergenceHasDivergedWhateverItsDigest) {
  const auto same = msg::DigestAt{Seq(2), 7, 8};
  broker.beat(
      {.instance = "order-2", .state = msg::State::kDraining, .digest = same, .diverged = "keys: a row is gone"});
  view("order-1", 2, 7, 8);
  view("order-3", 2, 7, 8);
  EXPECT_THAT(diverged(), ElementsAre("order-2"));
}

TEST_F(DigestTest, AWriterThatHasDivergedIsReplacedThoughItBeats) {
  ASSERT_EQ(writer(), "order-1");
  beating({two, {.instance = "order-1", .state = msg::State::kDraining, .diverged = "keys: a row is gone"}}, 100);
  EXPECT_EQ(writer(), "order-2");
}

// All views of a store may have had the same fault: the rebuilt ones have only each other to agree with.
TEST_F(DigestTest, RebuiltViewsAgreeWithEachOtherIfThereAreNoOthers) {
  for (const auto* name : {"order-1", "order-2"})
    broker.beat({.instance = name, .diverged = "orders: order 3 is gone"});
  EXPECT_THAT(diverged(), ElementsAre("order-1", "order-2"));
  view("order-1", 2, 7, 8, 2);
  EXPECT_THAT(diverged(), ElementsAre("order-1", "order-2")) << "the other has not been rebuilt yet";
  view("order-2", 2, 7, 8, 2);
  view("order-1", 2, 7, 8, 2);
  EXPECT_THAT(diverged(), IsEmpty());
}

TEST(Digests, OfOneSeqAreKeptOfSoManyViewsOnly) {
  Digests digests;
  const auto view = [&](std::size_t number, std::uint64_t items) {
    digests.heard(
        Beat{.instance = fmt::format("order-{}", number), .digest = msg::DigestAt{Seq(1), items, 0}}.heartbeat());
  };
  for (std::size_t number = 1; number <= Digests::kReportsMax; ++number) view(number, 7);
  view(Digests::kReportsMax + 1, 8);
  EXPECT_THAT(digests.diverged(), IsEmpty());
  view(Digests::kReportsMax, 8);
  EXPECT_THAT(digests.diverged(), ElementsAre(fmt::format("order-{}", Digests::kReportsMax)));
}

// The table holds the latest seqs: a seq that has left it is no longer compared.
TEST(Digests, AreKeptOfTheLatestSeqsOnly) {
  Digests digests;
  const auto view = [&](const std::string& instance, std::uint64_t seq, std::uint64_t items) {
    digests.heard(Beat{.instance = instance, .digest = msg::DigestAt{Seq(seq), items, 0}}.heartbeat());
  };
  for (std::uint64_t seq = 1; seq <= Digests::kSeqsMax + 1; ++seq) view("order-1", seq, 7);
  view("order-2", 1, 8);
  EXPECT_THAT(digests.diverged(), IsEmpty());
  view("order-2", 2, 8);
  EXPECT_THAT(digests.diverged(), ElementsAre("order-1", "order-2"));
}

}  // namespace
}  // namespace broker
