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

}  // namespace
}  // namespace books
