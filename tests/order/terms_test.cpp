// Terms of sale at the writer: the counts for each customer come from the view and from what is pending, whoever is the
// writer, and a buyer evades them neither by a spelling nor by leaving its name out.
#include "tests/order/writer_fixture.h"

namespace order {
namespace {

class TermsTest : public WriterTest {
 protected:
  // Item 1 has 5 pieces, at most 2 for each customer in 1000 ms; seq 3.
  TermsTest() { given_terms(2, 1000); }
  void given_terms(std::int64_t pieces, std::int64_t window) {
    msg::EditItem edit{.key = fmt::format("given-terms-{}", ++edits_), .item = base::ItemId(1)};
    edit.terms = msg::Terms{{}, base::Quantity(pieces), window, {}, {}};
    when(edit);
    commit();
    answers(out);
  }
  Seq given_buyer(char letter, std::string customer) {
    by.reset();
    when(msg::Grant{.key = fmt::format("given-{}", letter),
                    .hash = {std::string(msg::kTokenHashBytes, letter)},
                    .role = msg::ClientRole::kBuyer,
                    .customer = std::move(customer)});
    commit();
    answers(out);
    return seq;
  }
  static msg::PlaceOrder buy_as(std::string customer, std::string key, std::int64_t quantity) {
    auto place = buy(std::move(key), 1, quantity);
    place.customer = std::move(customer);
    return place;
  }
  void wait(std::int64_t milliseconds) {
    now.mono += std::chrono::milliseconds(milliseconds);
    now.wall += milliseconds;
  }

 private:
  int edits_ = 0;
};

TEST_F(TermsTest, PendingOrdersCountAndARefusalWaitsForThem) {
  when(buy("b1", 1, 2));
  when(buy("b2", 1, 1));
  EXPECT_THAT(then(), IsEmpty());
  commit();
  EXPECT_THAT(then(), ElementsAre("1: order 1 @4", "2: limit @4"));
  wait(999);
  when(buy("b3", 1, 1));
  wait(1);
  when(buy("b4", 1, 2));
  commit();
  EXPECT_THAT(then(), ElementsAre("3: limit @4", "4: order 2 @5"));
}

TEST_F(TermsTest, TheNextWriterCountsTheSame) {
  when(buy("b1", 1, 1));
  commit();
  when(buy("b2", 1, 1));  // it is lost
  settle();
  appoint("order-2", 22);
  appoint();
  answers(out);
  when(buy("b3", 1, 2));
  when(buy("b4", 1, 1));
  commit();
  EXPECT_THAT(then(), ElementsAre("3: limit @6", "4: order 2 @7"));
}

TEST_F(TermsTest, ACancellationGivesBackBeforeItIsCommitted) {
  when(buy("b1", 1, 2));
  commit();
  when(cancel("c", 1, 1, 1));
  when(buy("b2", 1, 2));
  when(buy("b3", 1, 1));
  commit();
  EXPECT_THAT(then(), ElementsAre("1: order 1 @4", "2: order 1 partly_cancelled @5", "3: limit @5", "4: order 2 @6"));
}

TEST_F(TermsTest, ABuyerIsItsCredentialsCustomerHoweverItSpellsItself) {
  const auto ann = given_buyer('a', "\u00c1nn");
  const auto other = given_buyer('b', "A\u0301NN");
  by = ann;
  when(buy_as("", "b1", 1));
  when(buy_as("\u00e1nn", "b2", 1));
  when(buy_as("\u00c1NN", "b3", 1));
  when(buy_as("bob", "b4", 1));
  by = other;
  when(hold("h", 1, 1, 100, ""));
  commit();
  EXPECT_THAT(then(), ElementsAre("4: forbidden @5", "1: order 1 @6", "2: order 2 @7", "3: limit @7", "5: limit @7"));
}

TEST_F(TermsTest, ABuyerWithoutACredentialBuysNothingThatIsCountedForEachCustomer) {
  by = Seq();
  when(buy_as("", "b1", 1));
  when(buy_as("ann", "b2", 1));
  EXPECT_THAT(then(), ElementsAre("1: limit @3", "2: forbidden @3"));
}

TEST_F(TermsTest, AHoldCountsAndItsConfirmationCountsNoMore) {
  when(hold("h", 1, 2, 100));
  when(buy("b1", 1, 1));
  commit();
  when(confirm("c", 1));
  when(buy("b2", 1, 1));
  commit();
  when(buy("b3", 1, 1));
  EXPECT_THAT(then(), ElementsAre("1: hold 1 open @4", "2: limit @4", "3: order 1 @5", "4: limit @5", "5: limit @5"));
}

}  // namespace
}  // namespace order
