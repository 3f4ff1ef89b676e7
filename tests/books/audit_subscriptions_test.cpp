#include "tests/books/audit_fixture.h"

namespace books {
namespace {

class AuditSubscriptions : public AuditStream {
 protected:
  AuditSubscriptions() { append({made("a", 1)}); }  // seq 3, dropped at 6000

  msg::SubscriptionMade made(const std::string& name, std::optional<std::uint64_t> from = {}, std::int64_t ttl = 5000) {
    return {key(), 0, name, from ? std::optional(base::Seq(*from)) : std::nullopt, {}, ttl, {}};
  }
  msg::SubscriptionAcknowledged acknowledged(std::uint64_t cursor, std::uint64_t was, const std::string& name = "a") {
    return {key(), 0, name, base::Seq(cursor), base::Seq(was), {}};
  }
  msg::SubscriptionEnded ended(const std::string& name = "a") { return {key(), 0, name, {}}; }
  static msg::SubscriptionEnded dropped(const std::string& name = "a") { return {{}, 0, name, {}}; }
};

TEST_F(AuditSubscriptions, ThoseThatAreAcknowledgedEndedAndDroppedAreSound) {
  append({acknowledged(3, 0), made("b"), made("c", 7, 1000)});
  at_ = 2000;
  append({dropped("c"), acknowledged(7, 3), acknowledged(5, 5, "b"), ended("b"), made("b")});
  at_ = 7000;
  append({dropped("a"), dropped("b"), added(1)});
  expect_all_right();
}

TEST_F(AuditSubscriptions, FindsACursorThatGoesBack) {
  append({acknowledged(3, 0)});
  at_ = 2000;
  append({acknowledged(2, 3)});
  expect_fault("cursors", "seq 5 moves the cursor of subscription a from 3 to 2, but it was 3");
}

TEST_F(AuditSubscriptions, FindsACursorThatWasAnother) {
  append({acknowledged(3, 1)});
  expect_fault("cursors", "seq 4 moves the cursor of subscription a from 1 to 3, but it was 0");
}

TEST_F(AuditSubscriptions, FindsACursorBeyondTheStream) {
  append({acknowledged(4, 0)});
  expect_fault("cursors", "seq 4 moves the cursor of subscription a from 0 to 4");
}

TEST_F(AuditSubscriptions, FindsABeginningBeyondTheStream) {
  append({made("b", 6)});
  expect_fault("cursors", "seq 4 makes subscription b from seq 6");
}

TEST_F(AuditSubscriptions, FindsTwoAcknowledgementsWithinASecond) {
  append({acknowledged(2, 0)});
  at_ = 1999;
  append({acknowledged(3, 2)});
  expect_fault("cursors", "seq 5 acknowledges subscription a less than 1000 ms after the last time");
}

TEST_F(AuditSubscriptions, FindsASecondOneOfTheSameName) {
  append({made("a")});
  expect_fault("cursors", "seq 4 makes subscription a, which is there already");
}

TEST_F(AuditSubscriptions, FindsAnEndWithoutASubscription) {
  append({ended(), ended()});
  expect_fault("cursors", "seq 5 ends subscription a, which is not there");
}

TEST_F(AuditSubscriptions, FindsAnAcknowledgementWithoutASubscription) {
  append({acknowledged(1, 0, "b")});
  expect_fault("cursors", "seq 4 acknowledges subscription b, which is not there");
}

TEST_F(AuditSubscriptions, FindsAnEndThatIsTooEarly) {
  at_ = 5999;
  append({dropped()});
  expect_fault("cursors", "seq 4 drops subscription a before its end at 6000");
}

TEST_F(AuditSubscriptions, FindsADecisionAfterTheEnd) {
  at_ = 6000;
  append({added(1)});
  expect_fault("cursors", "seq 4 was decided after the end of subscription a, which was there");
}

// The one that ends first is dropped first, and by their names those that end at the same time.
TEST_F(AuditSubscriptions, FindsOneThatIsDroppedBeforeAnother) {
  append({made("b"), made("c", {}, 4000)});
  at_ = 6000;
  append({dropped("c"), dropped("b"), dropped("a")});
  expect_fault("cursors", "seq 7 was decided after the end of subscription a, which was there");
}

TEST_F(AuditSubscriptions, FindsMoreThanAStoreMayHave) {
  for (std::size_t n = 2; n <= msg::kSubscriptionsMax; ++n) append({made("n" + std::to_string(n))});
  append({ended(), made("a")});
  expect_all_right();
  append({made("more")});
  expect_fault("cursors", "makes subscription more, and there are 100, as many as a store may have");
}

TEST_F(AuditSubscriptions, FindsATimeThatCannotBe) {
  append({made("b", {}, 0)});
  expect_fault("cursors", "seq 4 makes subscription b for 0 ms");
}

}  // namespace
}  // namespace books
