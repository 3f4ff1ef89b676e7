// Holds at the writer and in the reads of an order replica: their ends at the millisecond, also after an appointment,
// and whose they are.
#include "tests/order/core_fixture.h"
#include "tests/order/writer_fixture.h"

namespace order {
namespace {

class HoldTest : public WriterTest {
 protected:
  // Item 1 has 5 pieces; hold 1 keeps them for 500 ms, seq 3.
  HoldTest() {
    when(hold("given-hold", 1, 5, 500));
    commit();
    answers(out);
    expires = now.wall + 500;
  }
  void at(std::int64_t time) {
    now.mono += std::chrono::milliseconds(time - now.wall);
    now.wall = time;
  }
  Seq given_credential(char letter, msg::ClientRole role, std::optional<std::string> customer = {}) {
    by.reset();
    when(msg::Grant{.key = fmt::format("given-{}", letter),
                    .hash = {std::string(msg::kTokenHashBytes, letter)},
                    .role = role,
                    .customer = std::move(customer)});
    commit();
    answers(out);
    return seq;
  }
  msg::HoldState state(std::uint64_t no) { return store.hold(base::HoldNo(no))->state; }

  std::int64_t expires = 0;
};

TEST_F(HoldTest, IsAnsweredOnceItIsCommitted) {
  given(2, 3);
  when(hold("h", 2, 2, 100));
  settle();
  EXPECT_THAT(then(), IsEmpty());
  commit();
  EXPECT_THAT(then(), ElementsAre("1: hold 2 open @5"));
  when(confirm("c", 2, 2, 1));
  commit();
  EXPECT_THAT(then(), ElementsAre("2: order 1 @6"));
  EXPECT_EQ(stock(2), 2);
  when(confirm("c", 2, 2, 1));
  when(outcome("c"));
  when(hold("h", 2, 2, 100));
  when(outcome("h"));
  EXPECT_THAT(then(), ElementsAre("3: order 1 @6", "4: outcome order 1 @6", "5: hold 2 confirmed @6",
                                  "6: outcome change hold 2 @6"));
}

TEST_F(HoldTest, AMillisecondBeforeItsEndItHoldsAndAtItsEndItDoesNot) {
  at(expires - 1);
  when(buy("b1", 1));
  EXPECT_THAT(then(), ElementsAre("1: out_of_stock @3"));
  at(expires);
  when(buy("b2", 1));
  when(confirm("c", 1));
  commit();
  EXPECT_THAT(then(), ElementsAre("2: order 1 @5", "3: hold_over @5"));
  EXPECT_EQ(state(1), msg::HoldState::kExpired);
}

TEST_F(HoldTest, IsConfirmedAMillisecondBeforeItsEnd) {
  at(expires - 1);
  when(confirm("c", 1));
  commit();
  EXPECT_THAT(then(), ElementsAre("1: order 1 @4"));
  at(expires + 1);
  when(confirm("c2", 1));
  EXPECT_THAT(then(), ElementsAre("2: hold_over @4"));
}

TEST_F(HoldTest, ARefusalWaitsForTheEndThatItRestsOn) {
  at(expires + 1);
  when(confirm("c", 1));
  EXPECT_THAT(then(), IsEmpty());
  commit();
  EXPECT_THAT(then(), ElementsAre("1: hold_over @4"));
}

TEST_F(HoldTest, ANewWriterEndsItBeforeItsFirstDecision) {
  at(expires);
  appoint("order-2");
  appoint();
  when(buy("b", 1, 5));
  commit();
  EXPECT_THAT(then(), ElementsAre("1: order 1 @7"));
  EXPECT_EQ(state(1), msg::HoldState::kExpired);
}

TEST_F(HoldTest, ANewWriterKnowsThatItHoldsStill) {
  at(expires - 1);
  appoint("order-2");
  appoint();
  when(buy("b", 1));
  when(confirm("c", 1));
  commit();
  EXPECT_THAT(then(), ElementsAre("1: out_of_stock @5", "2: order 1 @6"));
}

TEST_F(HoldTest, AnEndThatADeposedWriterDidNotCommitIsDecidedAgain) {
  at(expires);
  when(buy("lost", 1));
  appoint("order-2");
  appoint();
  when(confirm("c", 1));
  commit();
  EXPECT_THAT(then(), ElementsAre("1: not_writer @4", "2: hold_over @6"));
}

TEST_F(HoldTest, ATickEndsItIfNobodyAsks) {
  at(expires - 1);
  writer.on_tick({now, out});
  EXPECT_TRUE(writer.idle());
  at(expires);
  writer.on_tick({now, out});
  writer.on_tick({now, out});
  commit();
  EXPECT_EQ(state(1), msg::HoldState::kExpired);
  EXPECT_EQ(writer.counters().expired, 1U);
  EXPECT_EQ(seq, Seq(4));
}

TEST_F(HoldTest, OnlyTheWriterEndsIt) {
  at(expires);
  appoint("order-2");
  writer.on_tick({now, out});
  EXPECT_TRUE(writer.idle());
  appoint();
  writer.retire();
  writer.on_tick({now, out});
  EXPECT_TRUE(writer.idle());
}

TEST_F(HoldTest, SoManyThatAreOverAtOnceAreEndedInTurns) {
  given(2, 10'000);
  for (std::size_t i = 0; i <= Writer::kEndsAtOnce; ++i) when(hold(fmt::format("given-h{}", i), 2, 1, 500, ""));
  commit();
  answers(out);
  at(expires + 500);
  when(buy("b", 2));
  EXPECT_THAT(then(), ElementsAre("1: busy @1005"));
  when(buy("b", 2));
  commit();
  EXPECT_THAT(then(), SizeIs(1));
  EXPECT_EQ(holds.size(), 0U);
}

TEST_F(HoldTest, ChangesOfAHoldThatIsUnderWayWaitForIt) {
  given(2, 3);
  when(hold("h", 2, 2, 100));
  when(release("r", 2));
  when(extend("e", 3, 100));
  commit();
  EXPECT_THAT(then(), ElementsAre("1: hold 2 open @5", "3: unknown_hold @5"));
  commit();
  EXPECT_THAT(then(), ElementsAre("2: hold 2 released @6"));
}

TEST_F(HoldTest, ABuyerTouchesItsOwnCustomersHoldsAlone) {
  const auto ann = given_credential('a', msg::ClientRole::kBuyer, "Ann");
  const auto bob = given_credential('b', msg::ClientRole::kBuyer, "bob");
  by = bob;
  for (const auto& request : {confirm("c", 1), confirm("d", 9)}) when(request);
  when(extend("e", 1, 100));
  when(release("r", 1));
  when(hold("h", 1, 1, 100, "ann"));
  when(outcome("given-hold"));  // its number is 0
  EXPECT_THAT(then(), ElementsAre("1: unknown_hold @5", "2: unknown_hold @5", "3: unknown_hold @5",
                                  "4: unknown_hold @5", "5: forbidden @5", "0: key_reused @5"));
  by = ann;
  when(outcome("given-hold"));
  when(release("r", 1));
  commit();
  when(hold("h2", 1, 1, 100, ""));
  commit();
  EXPECT_THAT(then(), ElementsAre("0: outcome change hold 1 @3", "6: hold 1 released @6", "7: hold 2 open @7"));
  EXPECT_EQ(store.hold(base::HoldNo(2))->customer, "Ann");
  EXPECT_EQ(store.hold(base::HoldNo(2))->by, ann);
}

TEST_F(HoldTest, AViewThatHasLostAHoldIsFound) {
  store.damage([](auto& data) { data.holds.clear(); });
  when(hold("given-hold", 1, 5, 500));
  EXPECT_THAT(then(), IsEmpty());
  EXPECT_EQ(writer.lost_hold(), base::HoldNo(1));
}

using HoldReads = CoreTest;

TEST_F(HoldReads, AreAnsweredByTheView) {
  ask(hold("h1", 1, 1, 500));
  ask(hold("h2", 1, 1, 100, "bob"));
  ask(hold("h3", 1, 1, 500, "ann"));
  commit();
  then();
  ask(msg::GetHold{base::HoldNo(2)});
  ask(msg::GetHold{base::HoldNo(4)});
  ask(msg::GetHold{});
  ask(msg::ListHolds{});
  ask(msg::ListHolds{"ann", {}, {}});
  ask(msg::ListHolds{{}, base::HoldNo(1), 1});
  EXPECT_THAT(then(), testing::ElementsAre("4: hold 2 open @6", "5: unknown_hold @7", "6: invalid @7",
                                           "7: holds 1 2 3 @7", "8: holds 1 3 @7", "9: holds 2 next 2 @7"));
  now.wall += 100;
  tick();
  commit();
  ask(msg::ListHolds{});
  ask(msg::GetHold{base::HoldNo(2)});
  EXPECT_THAT(then(), testing::ElementsAre("10: holds 1 3 @8", "11: hold 2 expired @8"));
}

TEST_F(HoldReads, AreAsBeforeAfterACrash) {
  ask(hold("h1", 1, 1, 500));
  ask(hold("h2", 1, 1, 500));
  commit();
  tick(std::chrono::seconds(1));
  ask(release("r", 1));
  commit();
  const auto digest = core->digest();
  crash();
  EXPECT_EQ(core->digest().orders, digest.orders);
  EXPECT_EQ(core->diverged(), std::nullopt);
  then();
  ask(msg::ListHolds{});
  EXPECT_THAT(then(), testing::ElementsAre("4: holds 2 @7"));
}

}  // namespace
}  // namespace order
