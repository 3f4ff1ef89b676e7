// The actors of events, and what their credentials allow.
#include "tests/books/audit_fixture.h"

namespace books {
namespace {

using AuditAccess = AuditStream;

TEST_F(AuditAccess, AnActorIsValidUntilItIsRevoked) {
  append({granted('a', msg::ClientRole::kAdmin), granted('b', 2000), added(1)});  // seq 3, 4
  by_ = base::Seq(3);
  append({moved(1, 1, 6), revoked(3), msg::KeyVoided{key()}});
  expect_all_right();
}

TEST_F(AuditAccess, FindsAnEventOfARevokedActor) {
  append({granted('a'), added(1), revoked(3)});
  by_ = base::Seq(3);
  append({moved(1, 1, 6)});
  expect_fault("access", "seq 6 was made with credential 3, which was not valid then");
}

TEST_F(AuditAccess, FindsAnActOfARevokedActor) {
  append({granted('a', msg::ClientRole::kOperator)});
  by_ = base::Seq(3);
  append({msg::ActNoted{key(), 0, msg::Act::kTrim, "before seq 2", {}, {}}});
  by_.reset();
  append({revoked(3)});
  expect_all_right();
  by_ = base::Seq(3);
  append({msg::ActNoted{key(), 0, msg::Act::kTrim, "before seq 3", {}, {}}});
  expect_fault("access", "seq 6 was made with credential 3, which was not valid then");
}

TEST_F(AuditAccess, FindsAnEventOfAnExpiredActor) {
  append({granted('a', 2000), added(1)});
  by_ = base::Seq(3);
  at_ = 1999;
  append({moved(1, 1, 6)});
  expect_all_right();
  at_ = 2000;
  append({moved(1, 1, 7)});
  expect_fault("access", "seq 6 was made with credential 3");
}

TEST_F(AuditAccess, FindsAnActorThatIsNoCredential) {
  by_ = base::Seq(2);
  append({added(1)});
  expect_fault("access", "seq 3 was made with credential 2");
}

TEST_F(AuditAccess, FindsATokenThatIsGrantedAgain) {
  append({granted('a'), revoked(3), granted('a')});
  expect_fault("access", "seq 5 grants a token that was granted before");
}

TEST_F(AuditAccess, FindsARevocationOfNothing) {
  append({granted('a'), revoked(2)});
  expect_fault("access", "seq 4 revokes credential 2");
}

TEST_F(AuditAccess, FindsASecondRevocation) {
  append({granted('a'), revoked(3), revoked(3)});
  expect_fault("access", "seq 5 revokes credential 3");
}

using msg::ClientRole;

// Item 1 has 5 pieces. There is a credential of each role.
class AuditRoles : public AuditStream {
 protected:
  AuditRoles() {
    append({granted('a', ClientRole::kReader), granted('b', ClientRole::kBuyer, "Ann"),
            granted('c', ClientRole::kClerk), granted('d', ClientRole::kOperator), granted('e', ClientRole::kAdmin),
            added(1, 5)});
  }
  static constexpr base::Seq kReader{3}, kBuyer{4}, kClerk{5}, kOperator{6}, kAdmin{7};

  void append_by(base::Seq credential, std::vector<decltype(msg::Event::what)> events) {
    by_ = credential;
    append(std::move(events));
  }
  msg::ActNoted act() { return {key(), 0, msg::Act::kTrim, "before seq 2", {}, {}}; }
};

TEST_F(AuditRoles, EachRoleMayDoItsOwn) {
  append_by(kBuyer, {placed(1, {line(1, 2, 3)}, 200), cancelled(1, {line(1, 1, 4)}, 100), hold(1, kept(2, 2), 2000),
                     hold(2, kept(1, 3), 2000), extended(1, 2500, 2000), released(2, kept(1, 2))});
  auto all = confirmed(1, {line(1, 1, 3)}, 100, kept(2, 0));
  all.no = base::OrderNo(2);
  append_by(kBuyer, {all, msg::KeyVoided{key()}});
  append_by(kClerk, {moved(1, 1, 4), sold(3, {line(1, 1, 5)}, 100), priced(1, 200, 100), edited(1, "new", {}, {}),
                     cancelled(1, {line(1, 1, 6)}, 100, msg::CancelKind::kReturn)});
  append_by(kOperator, {act(), msg::KeyVoided{key()}, msg::SubscriptionMade{key(), 0, "a", {}, {}, 9000}});
  append_by(kAdmin, {act(), added(2), granted('f'), revoked(kReader.value())});
  expect_all_right();
}

TEST_F(AuditRoles, FindsAnOrderOfAReader) {
  append_by(kReader, {placed(1, {line(1, 1, 4)}, 100)});
  expect_fault("access", "seq 9, order_placed, was made with credential 3, which is a reader's");
}

TEST_F(AuditRoles, FindsAVoidedKeyOfAReader) {
  append_by(kReader, {msg::KeyVoided{key()}});
  expect_fault("access", "seq 9, key_voided, was made with credential 3, which is a reader's");
}

TEST_F(AuditRoles, FindsAVoidedKeyOfNoCredential) {
  append_by(base::Seq(2), {msg::KeyVoided{key()}});
  expect_fault("access", "seq 9 was made with credential 2, which was not valid then");
}

TEST_F(AuditRoles, FindsABuyerWhoMovesStock) {
  append_by(kBuyer, {moved(1, 1, 6)});
  expect_fault("access", "seq 9, stock_moved, was made with credential 4, which is a buyer's");
}

TEST_F(AuditRoles, FindsAnOperatorWhoBuys) {
  append_by(kOperator, {placed(1, {line(1, 1, 4)}, 100)});
  expect_fault("access", "seq 9, order_placed, was made with credential 6, which is an operator's");
}

TEST_F(AuditRoles, FindsAClerkWhoGrants) {
  append_by(kClerk, {granted('f')});
  expect_fault("access", "seq 9, credential_granted, was made with credential 5, which is a clerk's");
}

TEST_F(AuditRoles, FindsABuyerWhoSellsToTheStore) {
  append_by(kBuyer, {sold(1, {line(1, 1, 6)}, 100)});
  expect_fault("access", "seq 9 was made with credential 4: a buyer takes no pieces in");
}

TEST_F(AuditRoles, FindsABuyerWhoTakesAReturn) {
  append({placed(1, {line(1, 1, 4)}, 100)});
  append_by(kBuyer, {cancelled(1, {line(1, 1, 5)}, 100, msg::CancelKind::kReturn)});
  expect_fault("access", "seq 10 was made with credential 4: a buyer takes no pieces in");
}

TEST_F(AuditRoles, FindsABuyersOrderForAnotherCustomer) {
  auto anothers = placed(1, {line(1, 1, 4)}, 100);
  anothers.customer = "bob";
  append_by(kBuyer, {anothers});
  expect_fault("access", "seq 9 was made with credential 4, and is about customer 'bob' and not its own");
}

TEST_F(AuditRoles, FindsABuyersOrderForNobody) {
  auto nobodys = placed(1, {line(1, 1, 4)}, 100);
  nobodys.customer.clear();
  append_by(kBuyer, {nobodys});
  expect_fault("access", "seq 9 was made with credential 4, and is about customer '' and not its own");
}

TEST_F(AuditRoles, FindsABuyerWhoTouchesAnothersHold) {
  auto anothers = hold(1, kept(1, 1), 2000);
  anothers.customer = "bob";
  append({anothers});
  auto longer = extended(1, 2500, 2000);
  longer.customer = "bob";
  append_by(kBuyer, {longer});
  expect_fault("access", "seq 10 was made with credential 4, and is about customer 'bob' and not its own");
}

TEST_F(AuditRoles, FindsAnActorOfWhatTheWriterDecidesByItself) {
  append({hold(1, kept(1, 1), 2000)});
  at_ = 2000;
  append_by(kAdmin, {expired(1, kept(1, 0))});
  expect_fault("access", "seq 10, hold_ended, was made with credential 7, and nobody asks for it");
}

// The customer of an event about an order or a hold is that of the order or hold.
TEST_F(AuditRoles, FindsACancellationForAnotherCustomerThanTheOrders) {
  append({placed(1, {line(1, 1, 4)}, 100)});
  auto back = cancelled(1, {line(1, 1, 5)}, 100);
  back.customer = "bob";
  append({back});
  expect_fault("orders", "seq 10 cancels order 1 for customer 'bob', and it is not that customer's");
}

TEST_F(AuditRoles, FindsAChangeOfAHoldForAnotherCustomer) {
  append({hold(1, kept(1, 1), 2000)});
  auto end = released(1, kept(1, 0));
  end.customer = "bob";
  append({end});
  expect_fault("holds", "seq 10 changes hold 1 for customer 'bob', and it is not that customer's");
}

}  // namespace
}  // namespace books
