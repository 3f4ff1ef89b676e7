// The requests that an edge takes from clients whose key of the transport has, had or may get a credential.
#include <gmock/gmock.h>

#include "tests/frontend/access_fixture.h"

namespace {

using base::Seq;
using edge_test::AccessTest;
using msg::ClientRole;
using testing::ElementsAre;
using testing::IsEmpty;

class KeyAccessTest : public AccessTest {
 protected:
  KeyAccessTest() { mark(4, 0); }

  static msg::Blob hash_of_key(const std::string& key) { return {msg::client_key_hash(key)}; }
  static msg::Credential of_key(std::uint64_t id, const std::string& key, ClientRole role = ClientRole::kReader) {
    return {Seq(id), hash_of_key(key), role, "", "", 0, {}, {}};
  }
  template <class Request>
  void ask_with(const std::string& key, std::uint64_t id, const Request& request, int ms, msg::Header header = {},
                base::KeyRole role = base::KeyRole::kClient) {
    const base::Sender sender{role, "till-7", key};
    header.id = id;
    base::Bytes frame;
    msg::append_request(frame, header, request);
    edge->on_request({"client", false}, frame, {edge_test::at(ms), out, &sender});
    collect(ms);
  }
  void lookup_with(const std::string& key, std::uint64_t id, int ms, const msg::Header& header = {}) {
    ask_with(key, id, msg::Lookup{base::ItemId(1), {}}, ms, header);
  }
  // Until 3 ms. The client has the key "k".
  void serve_a_reader_whose_key_has_no_credential() {
    begin(msg::Anonymous::kReader);
    mark(4, 0);
    lookup_with("k", 1, 1);
    refuse(0, msg::Code::kUnknownCredential, 4, 2);
    tell_item(1, 5, 3, 3);
    take_answers();
  }
  msg::Blob asked(std::size_t index) const { return msg::decode<msg::FindCredential>(sent.at(index).body)->hash; }
};

TEST_F(KeyAccessTest, AKeyHasTheRightsOfItsCredential) {
  lookup_with("k", 1, 1);
  EXPECT_THAT(sent_types(), ElementsAre("credential"));
  EXPECT_EQ(asked(0), hash_of_key("k"));
  tell(0, of_key(3, "k"), 4, 2);
  EXPECT_THAT(sent_types(), ElementsAre("credential", "lookup"));
  EXPECT_EQ(sent[1].header.by, Seq(3));
  tell_item(1, 5, 3, 3);
  ask_with("k", 2, msg::Outcome{"o"}, 4);
  EXPECT_EQ(take_answers(), (Answers{"1:stock 5", "2:forbidden"}));
  ask_with("k", 3, msg::WhoAmI{}, 5);
  EXPECT_EQ(msg::decode<msg::WhoAmIReply>(last_body)->credential, of_key(3, "k"));
  EXPECT_THAT(sent_types(), ElementsAre("credential", "lookup"));
}

// A key that was made anew for the same name is another key.
TEST_F(KeyAccessTest, AnotherKeyOfTheSameNameHasNoRights) {
  lookup_with("k", 1, 1);
  tell(0, of_key(3, "k"), 4, 2);
  tell_item(1, 5, 3, 3);
  take_answers();
  lookup_with("other", 2, 4);
  EXPECT_EQ(asked(2), hash_of_key("other"));
  refuse(2, msg::Code::kUnknownCredential, 4, 5);
  EXPECT_EQ(take_answers(), Answers{"2:unauthenticated"});
}

TEST_F(KeyAccessTest, ATokenGoesBeforeTheKey) {
  lookup_with("k", 1, 1);
  tell(0, of_key(3, "k"), 4, 2);
  tell_item(1, 5, 3, 3);
  take_answers();
  lookup_with("k", 2, 4, with("t"));
  EXPECT_EQ(asked(2), hash_of("t"));
  refuse(2, msg::Code::kUnknownCredential, 4, 5);
  EXPECT_EQ(take_answers(), Answers{"2:unauthenticated"}) << "a wrong token does not become the key's rights";
}

TEST_F(KeyAccessTest, AnEmptyTokenLeavesTheKeyItsRights) {
  begin(msg::Anonymous::kAll);
  lookup_with("k", 1, 1, with(""));
  EXPECT_EQ(asked(0), hash_of_key("k"));
}

// All clients without a token in a store with keys come this way.
TEST_F(KeyAccessTest, AKeyWithoutACredentialIsAskedForOnceAndIsAClientWithoutAToken) {
  begin(msg::Anonymous::kReader);
  mark(4, 0);
  lookup_with("k", 1, 1);
  lookup_with("k", 2, 1);
  EXPECT_THAT(sent_types(), ElementsAre("credential"));
  refuse(0, msg::Code::kUnknownCredential, 9, 2);
  tell_item(1, 5, 3, 3);
  EXPECT_THAT(take_answers(), testing::UnorderedElementsAre("1:stock 5", "2:stock 5")) << "this shows nothing of seq 9";
  EXPECT_EQ(sent[1].header.by, std::nullopt);
  lookup_with("k", 3, 4);
  ask_with("k", 4, msg::Outcome{"o"}, 4);
  ask_with("k", 5, msg::Events{Seq(2), {}, {}}, 4);
  EXPECT_EQ(take_answers(), (Answers{"3:stock 5", "4:unauthenticated", "5:unauthenticated"}));
  EXPECT_THAT(sent_types(), ElementsAre("credential", "lookup"));
}

TEST_F(KeyAccessTest, ABuyerWithAKeyAloneHasNoCustomer) {
  begin(msg::Anonymous::kBuyer);
  ask_with("k", 1, msg::PlaceOrder{"p", msg::OrderType::kBuy, {}, {{base::ItemId(1), base::Quantity(1), {}}}}, 1);
  refuse(0, msg::Code::kUnknownCredential, 4, 2);
  EXPECT_THAT(sent_types(), ElementsAre("credential", "place"));
  EXPECT_EQ(sent[1].header.by, Seq());
}

TEST_F(KeyAccessTest, AGrantToAKeyIsInForceOnceItIsApplied) {
  begin(msg::Anonymous::kReader);
  mark(4, 0);
  lookup_with("k", 1, 1);
  refuse(0, msg::Code::kUnknownCredential, 4, 2);
  publish({{1, msg::CredentialGranted{"g", 0, hash_of_key("k"), ClientRole::kClerk, "", "", {}}}}, 3);
  ask_with("k", 2, msg::Status{}, 4);
  EXPECT_EQ(sent_types().back(), "credential");
  tell(sent.size() - 1, of_key(5, "k", ClientRole::kClerk), 5, 5);
  EXPECT_EQ(take_answers(), Answers{"2:ok"});
}

TEST_F(KeyAccessTest, ARevokedOrExpiredCredentialOfAKeyIsNotAnonymous) {
  begin(msg::Anonymous::kAll);
  mark(4, 0);
  lookup_with("k", 1, 1);
  tell(0, of_key(3, "k"), 4, 2);
  tell_item(1, 5, 3, 3);
  take_answers();
  publish({revoked(3)}, 4, Seq(5));
  lookup_with("k", 2, 5);
  auto gone = of_key(3, "k");
  gone.revoked = Seq(5);
  tell(2, gone, 5, 6);
  EXPECT_EQ(take_answers(), Answers{"2:unauthenticated"});
  lookup_with("other", 3, 7);
  auto expired = of_key(4, "other");
  expired.expires = edge_test::at(8).wall;
  tell(3, expired, 5, 8);
  EXPECT_EQ(take_answers(), Answers{"3:unauthenticated"});
}

// The key of a bridge must not act for the bridge's visitors, whatever was granted to it.
TEST_F(KeyAccessTest, NoOtherKeyHasACredential) {
  begin(msg::Anonymous::kAll);
  for (const auto role : {base::KeyRole::kBroker, base::KeyRole::kCatalog, base::KeyRole::kOrder,
                          base::KeyRole::kFrontend, base::KeyRole::kBridge, base::KeyRole::kOperator}) {
    ask_with("k", 1, msg::WhoAmI{}, 1, {}, role);
    EXPECT_EQ(take_answers(), Answers{"1:ok"}) << msg::word(role);
  }
  EXPECT_THAT(sent, IsEmpty());
}

TEST_F(KeyAccessTest, WithoutALeaseAKeyThatHadNoCredentialGetsAStaleAnswer) {
  serve_a_reader_whose_key_has_no_credential();
  msg::Header header;
  header.stale_ok = 60'000;
  lookup_with("k", 2, 2'000, header);
  EXPECT_THAT(take_answers(), ElementsAre(testing::StartsWith("2:stock 5 stale")));
  ask_with("k", 3, msg::Outcome{"o"}, 2'001);
  ask_with("k", 4, msg::Events{Seq(2), {}, {}}, 2'001, header);
  lookup_with("other", 5, 2'001, header);
  EXPECT_EQ(take_answers(), Answers{}) << "each may have a credential by now";
  EXPECT_THAT(sent_types(), ElementsAre("credential", "lookup"));
  tick(8'000);
  EXPECT_THAT(take_answers(), testing::UnorderedElementsAre("3:unavailable", "4:unavailable", "5:unavailable"));
}

// The grant is applied while a stale answer is under way, and nobody knows the credential.
TEST_F(KeyAccessTest, AStaleRequestWhoseKeyGetsACredentialWaitsForALease) {
  serve_a_reader_whose_key_has_no_credential();
  msg::Header header;
  header.stale_ok = 60'000;
  ask_with("k", 2, msg::Events{Seq(5), {}, 5'000, true}, 2'000, header);
  publish({{1, msg::CredentialGranted{"g", 0, hash_of_key("k"), ClientRole::kClerk, "", "", {}}}}, 2'001, Seq(5));
  EXPECT_EQ(take_answers(), Answers{});
  EXPECT_THAT(sent_types(), ElementsAre("credential", "lookup")) << "an answer could not be used without a lease";
}

}  // namespace
