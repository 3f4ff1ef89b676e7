// Movements in the reads of an order replica, and counts at the writer.
#include "tests/order/core_fixture.h"
#include "tests/order/writer_fixture.h"

namespace order {
namespace {

class MovementReads : public CoreTest {
 protected:
  // Item 1 was added with 5 pieces at seq 3; its movements have the seqs 5 to 8.
  MovementReads() {
    ask(restock("r", 1, 3));
    ask(buy("b", 1, 2));
    ask(count("c", 1, 4));
    ask(hold("h", 1, 1, 500));
    commit();
    then();
  }
  Seq grant(char letter, msg::ClientRole role, std::optional<std::string> customer = {}) {
    ask(msg::Grant{.key = fmt::format("given-{}", letter),
                   .hash = {std::string(msg::kTokenHashBytes, letter)},
                   .role = role,
                   .customer = std::move(customer)});
    commit();
    then();
    return seq;
  }
};

TEST_F(MovementReads, TheNewestComeFirstAndInPages) {
  ask(msg::ListMovements{base::ItemId(1), {}, {}});
  ask(msg::ListMovements{base::ItemId(1), {}, 2});
  ask(msg::ListMovements{base::ItemId(1), Seq(7), 2});
  ask(msg::ListMovements{base::ItemId(1), Seq(5), 2});
  ask(msg::ListMovements{base::ItemId(1), Seq(3), 2});
  EXPECT_THAT(then(), ElementsAre("5: movements 8 held 0 7 counted -2 6 bought -2 5 restocked 3 3 added 5 @8",
                                  "6: movements 8 held 0 7 counted -2 next 7 @8",
                                  "7: movements 6 bought -2 5 restocked 3 next 5 @8", "8: movements 3 added 5 @8",
                                  "9: movements @8"));
}

TEST_F(MovementReads, ATransferMovesNoStock) {
  ask(transfer("t", 1, 2, "north"));
  commit();
  then();
  ask(msg::ListMovements{base::ItemId(1), {}, 1});
  EXPECT_THAT(then(), ElementsAre("6: movements 9 transferred 0 next 9 @9"));
}

TEST_F(MovementReads, APageOfLargeMovementsFitsIntoAFrame) {
  ask(restock("more", 1, 100'000));
  for (std::size_t i = 0; i < msg::kPlacesMax; ++i) {
    const auto place = fmt::format("{:0>{}}", i, msg::kPlaceBytesMax);
    ask(transfer(fmt::format("t{}", i), 1, 1'000, place));
  }
  commit();
  constexpr int kOrders = 700;
  for (int i = 0; i < kOrders; ++i) {
    ask(buy(fmt::format("all{}", i), 1, 70'000));  // of all places
    commit();
    ask(cancel(fmt::format("back{}", i), 2 + static_cast<std::uint64_t>(i)));
    commit();
  }
  then();
  ask(msg::ListMovements{base::ItemId(1), {}, msg::kPageMax});
  const auto replies = messages_of(out.replies());
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_LT(replies[0].body.size(), msg::kAnswerBytesMax / 2);
  const auto page = msg::decode<msg::MovementsReply>(replies[0].body);
  ASSERT_TRUE(page && page->next);
  EXPECT_EQ(page->next, page->movements.back().seq);
  EXPECT_GT(page->movements.size(), 50U);
}

TEST_F(MovementReads, AnUnknownItemHasNone) {
  ask(msg::ListMovements{base::ItemId(2), {}, {}});
  ask(msg::ListMovements{});
  ask(msg::ListMovements{base::ItemId(1), {}, 0});
  EXPECT_THAT(then(), ElementsAre("5: unknown_item @8", "6: invalid @8", "7: invalid @8"));
}

TEST_F(MovementReads, AreAsBeforeAfterACrash) {
  tick(std::chrono::seconds(1));
  ask(restock("later", 1, 1));
  commit();
  crash();
  EXPECT_EQ(core->diverged(), std::nullopt);
  then();
  ask(msg::ListMovements{base::ItemId(1), {}, 2});
  EXPECT_THAT(then(), ElementsAre("6: movements 9 restocked 1 8 held 0 next 8 @9"));
}

TEST_F(MovementReads, OfAnotherAreNotForBuyers) {
  const auto clerk = grant('c', msg::ClientRole::kClerk);
  const auto ann = grant('a', msg::ClientRole::kBuyer, "ann");
  for (const auto asker : {ann, Seq(), clerk}) {
    by = asker;
    ask(msg::ListMovements{base::ItemId(1), {}, 1});
  }
  EXPECT_THAT(then(), ElementsAre("7: forbidden @10", "8: forbidden @10", "9: movements 8 held 0 next 8 @10"));
}

TEST_F(MovementReads, TellTheActor) {
  by = grant('c', msg::ClientRole::kClerk);
  ask(restock("of the clerk", 1, 1));
  commit();
  EXPECT_EQ(store.movements(base::ItemId(1), kAllSeqs, 1).front().by, by);
}

// The list would be told as if nothing had happened there.
class LostMovementTest : public MovementReads, public testing::WithParamInterface<std::uint64_t> {};

TEST_P(LostMovementTest, IsNoticed) {
  store.damage([&](auto& data) { data.movements.erase({base::ItemId(1), Seq(GetParam())}); });
  ask(msg::ListMovements{base::ItemId(1), {}, {}});
  EXPECT_THAT(then(), testing::IsEmpty());
  ASSERT_TRUE(core->diverged());
  EXPECT_THAT(*core->diverged(), testing::HasSubstr("movements: one of item 1 up to seq"));
}

INSTANTIATE_TEST_SUITE_P(TheFirstOneOfTheMiddleAndTheLast, LostMovementTest, testing::Values(3, 6, 8));

using CountTest = WriterTest;

TEST_F(CountTest, IsAnsweredAsTheFirstTime) {
  when(count("c", 1, 3));
  commit();
  when(restock("r", 1, 9));
  commit();
  when(count("c", 1, 3));
  EXPECT_EQ(stock(1), 12);
  EXPECT_THAT(then(), ElementsAre("1: item 1 stock 3 price 100 @3", "2: item 1 stock 12 price 100 @4",
                                  "3: item 1 stock 3 price 100 @3"));
  when(restock("c", 1, 3));
  EXPECT_THAT(then(), ElementsAre("4: key_reused @4"));
}

// The expected version is that of a pending event, which has no seq yet.
TEST_F(CountTest, WithAVersionWaitsForWhatIsPending) {
  when(buy("b", 1, 2));
  auto found = count("c", 1, 5);
  found.version = Seq(3);
  when(found);
  commit();
  commit();
  EXPECT_THAT(then(), ElementsAre("1: order 1 @3", "2: item 1 stock 5 price 100 @4"));
}

}  // namespace
}  // namespace order
