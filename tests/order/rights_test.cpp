// The orders and items that clients with credentials may touch: at the writer, and in the reads of an order replica.
#include "order/rights.h"

#include "tests/order/core_fixture.h"
#include "tests/order/writer_fixture.h"

namespace order {
namespace {

msg::Blob token_hash(char letter) { return {std::string(msg::kTokenHashBytes, letter)}; }

msg::Grant grant(std::string key, char letter, msg::ClientRole role, std::optional<std::string> customer = {}) {
  return {.key = std::move(key), .hash = token_hash(letter), .role = role, .customer = std::move(customer)};
}

msg::PlaceOrder buy_of(std::string key, std::optional<std::string> customer) {
  auto place = buy(std::move(key), 1);
  place.customer = std::move(customer);
  return place;
}

class RightsTest : public WriterTest {
 protected:
  // Returns the id of the credential of "ann", or of another customer.
  Seq given_buyer(char letter, const std::string& customer = "ann") {
    when(grant(fmt::format("given-{}", letter), letter, msg::ClientRole::kBuyer, customer));
    commit();
    answers(out);
    return seq;
  }
  void revoke(Seq id) {
    by.reset();
    when(msg::Revoke{fmt::format("given-r{}", id), id});
    commit();
    answers(out);
  }
};

TEST_F(RightsTest, AnEventNamesItsActor) {
  by = given_buyer('a');
  when(buy("k", 1));
  commit();
  EXPECT_EQ(store.order(base::OrderNo(1))->by, by);
  by.reset();
  when(buy("k2", 1));
  commit();
  EXPECT_FALSE(store.order(base::OrderNo(2))->by);
}

TEST_F(RightsTest, ANoteNamesItsActorAndIsRepeatedAsTheFirstTime) {
  when(grant("given-o", 'o', msg::ClientRole::kOperator));
  commit();
  answers(out);
  by = seq;
  const msg::Note note{"k", msg::Act::kForget, "order-3"};
  when(note);
  settle();
  EXPECT_EQ(events_of(wire.back()).back().by, by);
  commit();
  when(note);
  when(outcome("k"));
  EXPECT_THAT(then(), ElementsAre("1: noted 4 @4", "2: noted 4 @4", "3: outcome change @4"));
  by.reset();
  by = given_buyer('a');
  when(msg::Note{"k2", msg::Act::kForget, "order-3"});
  EXPECT_THAT(then(), ElementsAre("4: forbidden @5"));
}

TEST_F(RightsTest, ABuyersOrderIsOfItsCustomer) {
  by = given_buyer('a');
  when(buy_of("k", {}));
  commit();
  EXPECT_EQ(store.order(base::OrderNo(1))->customer, "ann");
  when(buy_of("k2", "Ann"));  // compared without case, as everywhere
  commit();
  EXPECT_THAT(then(), ElementsAre("1: order 1 @4", "2: order 2 @5"));
  when(buy_of("k3", "bob"));
  EXPECT_THAT(then(), ElementsAre("3: forbidden @5"));
}

TEST_F(RightsTest, ABuyerDoesNothingElse) {
  by = given_buyer('a');
  when(add("k", 2, 1));
  when(price("k", 1, 1));
  when(restock("k", 1, 1));
  when(grant("k", 'b', msg::ClientRole::kAdmin));
  when(msg::Revoke{"k", *by});
  auto sell = buy("k", 1);
  sell.type = msg::OrderType::kSell;
  when(sell);
  EXPECT_THAT(then(), ElementsAre("1: forbidden @3", "2: forbidden @3", "3: forbidden @3", "4: forbidden @3",
                                  "5: forbidden @3", "6: forbidden @3"));
}

TEST_F(RightsTest, ARevokedCredentialMakesNoEvent) {
  const auto ann = given_buyer('a');
  revoke(ann);
  by = ann;
  when(buy("k", 1));
  EXPECT_THAT(then(), ElementsAre("1: unauthenticated @4"));
  EXPECT_EQ(stock(1), 5);
}

TEST_F(RightsTest, ACommandWaitsForARevocationThatIsUnderWay) {
  const auto ann = given_buyer('a');
  when(msg::Revoke{"given-r", ann});
  by = ann;
  when(buy("k", 1));
  by.reset();
  when(buy("k2", 1));
  EXPECT_THAT(then(), IsEmpty());
  commit();
  answers(out);
  commit();
  EXPECT_EQ(stock(1), 4);
  EXPECT_FALSE(store.key("k"));
  EXPECT_TRUE(store.key("k2"));
}

TEST_F(RightsTest, AnEffectBeforeTheRevocationIsStillAnswered) {
  const auto ann = given_buyer('a');
  by = ann;
  when(buy("k", 1));
  commit();
  revoke(ann);
  by = ann;
  when(buy("k", 1));
  when(outcome("k"));
  EXPECT_THAT(then(), ElementsAre("2: order 1 @4", "3: outcome order 1 @4"));
  when(outcome("unused"));
  commit();
  EXPECT_THAT(then(), ElementsAre("4: outcome void @6"));
}

TEST_F(RightsTest, AnExpiredCredentialMakesNoEvent) {
  auto short_lived = grant("given-a", 'a', msg::ClientRole::kBuyer, "ann");
  short_lived.expires = now.wall + 1'000;
  when(short_lived);
  commit();
  answers(out);
  by = seq;
  when(buy("k", 1));
  commit();
  now.wall += 1'000;
  when(buy("k2", 1));
  EXPECT_THAT(then(), ElementsAre("1: order 1 @4", "2: unauthenticated @4"));
}

TEST_F(RightsTest, AnUnknownCredentialIsRefused) {
  by = Seq(99);
  when(buy("k", 1));
  when(outcome("k"));
  EXPECT_THAT(then(), ElementsAre("1: unauthenticated @2", "2: unauthenticated @2"));
}

TEST_F(RightsTest, TheOutcomeOfAnothersKeyIsNotShown) {
  when(restock("of-a-clerk", 1, 1));
  commit();
  answers(out);
  const auto ann = given_buyer('a');
  const auto bob = given_buyer('b', "bob");
  by = bob;
  when(buy_of("of-bob", {}));
  by = ann;
  when(outcome("of-bob"));  // also while it is pending
  EXPECT_THAT(then(), IsEmpty());
  commit();
  EXPECT_THAT(then(), ElementsAre("2: order 1 @6", "3: key_reused @6"));
  when(outcome("of-bob"));
  when(outcome("of-a-clerk"));
  when(buy_of("of-bob", {}));
  EXPECT_THAT(then(), ElementsAre("4: key_reused @6", "5: key_reused @6", "6: key_reused @6"));
  by = bob;
  when(outcome("of-bob"));
  EXPECT_THAT(then(), ElementsAre("7: outcome order 1 @6"));
}

TEST_F(RightsTest, ABuyerWithoutATokenHasOrdersWithoutACustomer) {
  by = Seq();
  when(buy_of("k", "ann"));
  EXPECT_THAT(then(), ElementsAre("1: forbidden @2"));
  when(buy_of("k", {}));
  commit();
  when(outcome("k"));
  EXPECT_THAT(then(), ElementsAre("2: order 1 @3", "3: outcome order 1 @3"));
  EXPECT_FALSE(store.order(base::OrderNo(1))->by);
  by.reset();
  when(buy_of("of-ann", "ann"));
  commit();
  by = Seq();
  when(outcome("of-ann"));
  EXPECT_THAT(then(), ElementsAre("4: order 2 @4", "5: key_reused @4"));
}

// The name of a key comes from the frontend. One that is no name would make the broker refuse the append.
class NamedTest : public CoreTest {
 protected:
  std::optional<std::string> noted(std::optional<std::string> who, std::optional<Seq> by = {}) {
    msg::Header header;
    header.who = std::move(who);
    header.by = by;
    header.id = ++asked;
    std::string frame;
    msg::append_request(frame, header, msg::Note{fmt::format("k{}", asked), msg::Act::kKill, "order-3"});
    core->on_request({"frontend", false}, frame, {now, out});
    core->on_settled({now, out});
    const auto sent = appends(out);
    return std::get<msg::ActNoted>(events_of(sent.back().append).back().what).who;
  }
};

TEST_F(NamedTest, ANoteHasTheNameOfTheKeyThatSentIt) {
  EXPECT_EQ(noted("operator"), "operator");
  EXPECT_EQ(noted(std::string(msg::kWhoBytesMax, 'n')), std::string(msg::kWhoBytesMax, 'n'));
  EXPECT_EQ(noted({}), std::nullopt);
  EXPECT_EQ(noted(""), std::nullopt);
  EXPECT_EQ(noted("a\nb"), std::nullopt);
  EXPECT_EQ(noted(std::string(msg::kWhoBytesMax + 1, 'n')), std::nullopt);
  EXPECT_EQ(noted("operator", Seq()), std::nullopt) << "the client has no such key";
}

class RightsCoreTest : public CoreTest {
 protected:
  RightsCoreTest() {
    const auto granted = [](char letter, msg::ClientRole role, const std::string& customer) {
      return msg::Event{
          0, msg::CredentialGranted{std::string("given-") + letter, 0, token_hash(letter), role, customer, "", {}}};
    };
    appoint("order-9");
    block({granted('a', msg::ClientRole::kBuyer, "ann")});
    ann = seq;
    block({granted('b', msg::ClientRole::kBuyer, "bob")});
    bob = seq;
    block({granted('c', msg::ClientRole::kReader, "")});
    reader = seq;
    appoint("order-1");
    for (const auto* customer : {"ann", "bob", ""}) {
      auto place = buy(fmt::format("k-{}", customer), 1);
      place.customer = customer;
      ask(place);
      commit();
    }
    answers(out);
    asked = 0;
  }
  std::vector<std::string> then() { return answers(out); }
  Seq ann, bob, reader;
};

TEST_F(RightsCoreTest, AnotherCustomersOrderIsAnsweredLikeOneThatDoesNotExist) {
  by = ann;
  for (const std::uint64_t no : {1U, 2U, 3U, 4U}) ask(msg::GetOrder{base::OrderNo(no)});
  EXPECT_THAT(then(), testing::ElementsAre(
                          fmt::format("1: order 1 @{}", seq.value() - 2), fmt::format("2: unknown_order @{}", seq),
                          fmt::format("3: unknown_order @{}", seq), fmt::format("4: unknown_order @{}", seq)));
}

TEST_F(RightsCoreTest, ABuyerListsItsOwnOrders) {
  by = ann;
  ask(msg::ListOrders{});
  ask(msg::ListOrders{.customer = "ann"});
  ask(msg::ListOrders{.customer = "bob"});
  EXPECT_THAT(then(), testing::ElementsAre(fmt::format("1: orders 1 @{}", seq), fmt::format("2: orders 1 @{}", seq),
                                           fmt::format("3: forbidden @{}", seq)));
}

TEST_F(RightsCoreTest, AReadOfARevokedCredentialOrOfAnotherRoleIsRefused) {
  appoint("order-9");
  block({{0, msg::CredentialRevoked{"given-r", 0, ann}}});
  by = ann;
  ask(msg::GetOrder{base::OrderNo(1)});
  ask(msg::ListOrders{});
  by = reader;
  ask(msg::ListOrders{});
  ask(msg::ListCredentials{});
  EXPECT_THAT(then(), testing::ElementsAre(fmt::format("1: unauthenticated @{}", seq),
                                           fmt::format("2: unauthenticated @{}", seq),
                                           fmt::format("3: forbidden @{}", seq), fmt::format("4: forbidden @{}", seq)));
}

TEST_F(RightsCoreTest, CredentialsAreListedInPagesAndFoundByToken) {
  ask(msg::ListCredentials{.limit = 2});
  auto page = *msg::decode<msg::CredentialsReply>(messages_of(out.replies()).back().body);
  EXPECT_EQ(page.credentials.size(), 2U);
  EXPECT_EQ(page.next, bob);
  out.replies().clear();
  ask(msg::ListCredentials{.after = page.next, .limit = 2});
  page = *msg::decode<msg::CredentialsReply>(messages_of(out.replies()).back().body);
  EXPECT_EQ(page.credentials.at(0).id, reader);
  EXPECT_FALSE(page.next);
  out.replies().clear();
  ask(msg::FindCredential{token_hash('b')});
  EXPECT_EQ(msg::decode<msg::CredentialReply>(messages_of(out.replies()).back().body)->credential.id, bob);
  EXPECT_EQ(messages_of(out.replies()).back().header.seq, seq) << "it tells everything up to here";
  out.replies().clear();
  ask(msg::FindCredential{token_hash('z')});
  EXPECT_THAT(then(), testing::ElementsAre(fmt::format("4: unknown_credential @{}", seq)));
}

TEST_F(RightsCoreTest, CredentialsOutliveTheProcess) {
  tick(std::chrono::seconds(2));
  crash();
  EXPECT_EQ(core->position().applied, seq);
  EXPECT_FALSE(core->diverged());
  EXPECT_EQ(store.credentials().size(), 3U);
  ask(msg::FindCredential{token_hash('b')});
  EXPECT_FALSE(messages_of(out.replies()).back().header.err);
}

TEST_F(RightsCoreTest, ALostCredentialMakesTheViewDiverge) {
  tick(std::chrono::seconds(2));
  store.damage([&](auto& data) { data.credentials.erase(bob); });
  start();
  ASSERT_TRUE(core->diverged());
  EXPECT_EQ(core->diverged()->rfind("credentials: 2 rows", 0), 0U) << *core->diverged();
}

}  // namespace
}  // namespace order
