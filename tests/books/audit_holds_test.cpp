#include "tests/books/audit_fixture.h"

namespace books {
namespace {

// Events of this test are stamped 1000, if it does not say otherwise.
class AuditHolds : public AuditStream {
 protected:
  AuditHolds() {
    at_ = 1000;
    append({added(1, 5)});  // seq 3
  }
};

TEST_F(AuditHolds, HoldsThatEndInEachWayAreSound) {
  append({hold(1, kept(2, 2), 2000), hold(2, kept(1, 3), 1500), hold(3, kept(1, 4), 2000), extended(3, 2500, 2000)});
  append({released(3, kept(1, 3)), priced(1, 200, 100), confirmed(1, {line(1, 1, 4)}, 100, kept(2, 1))});
  at_ = 1500;
  append({expired(2, kept(1, 0)), placed(2, {line(1, 4, 0, 200)}, 800)});
  EXPECT_EQ(audit_.faults(), 0U);
}

TEST_F(AuditHolds, FindsADecisionAfterTheEndOfAnOpenHold) {
  append({hold(1, kept(2, 2), 1500)});
  at_ = 1500;
  append({moved(1, 1, 6)});
  expect_fault("holds", "seq 5 was decided after the end of hold 1, which was open");
}

TEST_F(AuditHolds, FindsAConfirmationAtTheEnd) {
  append({hold(1, kept(2, 2), 1500)});
  at_ = 1500;
  append({confirmed(1, {line(1, 2, 3)}, 200, kept(2, 0))});
  expect_fault("holds", "seq 5 was decided after the end of hold 1, which was open");
}

TEST_F(AuditHolds, FindsAnEndThatIsTooEarly) {
  append({hold(1, kept(2, 2), 1500)});
  append({expired(1, kept(2, 0))});
  expect_fault("holds", "seq 5 ends hold 1 before its end at 1500");
}

TEST_F(AuditHolds, FindsASecondEnd) {
  append({hold(1, kept(2, 2), 1500), released(1, kept(2, 0)), released(1, kept(2, 0))});
  expect_fault("holds", "seq 6 ends hold 1, which is not open");
}

TEST_F(AuditHolds, FindsMoreHeldThanThereIs) {
  append({hold(1, kept(6, 6), 1500)});
  expect_fault("holds", "seq 4 leaves 6 of 5 pieces of item 1 held");
}

TEST_F(AuditHolds, FindsHeldPiecesThatAreSold) {
  append({hold(1, kept(3, 3), 1500), placed(1, {line(1, 3, 2)}, 300)});
  expect_fault("holds", "seq 5 leaves 2 pieces of item 1, of which 3 are held");
}

TEST_F(AuditHolds, FindsANumberThatIsNotDue) {
  append({hold(2, kept(2, 2), 1500)});
  expect_fault("holds", "seq 4 places hold 2, but hold 1 was due");
}

TEST_F(AuditHolds, FindsAHoldAtAnotherPrice) {
  append({hold(1, kept(2, 2, 99), 1500)});
  expect_fault("holds", "hold 1 has item 1 at 0.99, but it cost 1.00");
}

TEST_F(AuditHolds, FindsAConfirmationOfMoreThanWasHeld) {
  append({hold(1, kept(2, 2), 1500), confirmed(1, {line(1, 3, 2)}, 300, kept(2, 0))});
  expect_fault("holds", "seq 5 confirms 3 pieces of item 1 at 1.00, which hold 1 does not have");
}

TEST_F(AuditHolds, FindsAnEndWithOtherLines) {
  append({hold(1, kept(2, 2), 1500), released(1, kept(1, 1))});
  expect_fault("holds", "seq 5 ends hold 1 with other lines than it has");
}

TEST_F(AuditHolds, FindsAWrongExtension) {
  append({hold(1, kept(2, 2), 1500), extended(1, 1600, 1400), extended(2, 1600, 1500)});
  expect_fault("holds", "seq 5 moves the end of hold 1 from 1400 to 1600, but it was 1500");
}

TEST_F(AuditHolds, FindsAHoldThatIsOpenForMoreThanADay) {
  append({hold(1, kept(1, 1), 1000 + msg::kHoldMsMax)});
  expect_all_right();
  append({hold(2, kept(1, 2), 1001 + msg::kHoldMsMax)});
  expect_fault("holds", "seq 5 leaves hold 2 open for more than a day");
}

TEST_F(AuditHolds, FindsAnExtensionToMoreThanADay) {
  append({hold(1, kept(1, 1), 2000)});
  at_ = 1500;
  append({extended(1, 1000 + msg::kHoldMsMax, 2000)});
  expect_all_right();
  append({extended(1, 1001 + msg::kHoldMsMax, 1000 + msg::kHoldMsMax)});
  expect_fault("holds", "seq 6 leaves hold 1 open for more than a day");
}

TEST_F(AuditHolds, FindsMoreOpenHoldsThanACustomerMayHave) {
  append({moved(1, 200, 205)});
  for (std::uint64_t no = 1; no <= msg::kHoldsOfCustomerMax; ++no) {
    append({hold(no, kept(1, static_cast<std::int64_t>(no)), 2000)});
  }
  append({released(1, kept(1, 99)), hold(101, kept(1, 100), 2000)});
  expect_all_right();
  auto more = hold(102, kept(1, 101), 2000);
  more.customer = "ANN";
  append({more});
  expect_fault("holds", "places hold 102, and its customer has 100 open holds, as many as one may have");
}

TEST_F(AuditHolds, FindsMoreOpenHoldsThanAStoreMayHave) {
  const auto most = static_cast<std::int64_t>(msg::kHoldsMax);
  append({moved(1, most, most + 5)});
  for (std::int64_t no = 1; no <= most + 1; ++no) {
    auto nobody = hold(static_cast<std::uint64_t>(no), kept(1, no), 2000);
    nobody.customer.clear();
    append({nobody});
    if (no == most) expect_all_right();
  }
  expect_fault("holds", "places hold 10001, and there are 10000 open holds, as many as a store may have");
}

}  // namespace
}  // namespace books
