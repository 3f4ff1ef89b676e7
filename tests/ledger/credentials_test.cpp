#include "ledger/credentials.h"

#include "tests/ledger/shop.h"

namespace ledger {
namespace {

using base::Seq;
using msg::Code;

msg::Blob hash(char letter) { return {std::string(msg::kTokenHashBytes, letter)}; }

msg::Grant grant(std::string key, char letter, msg::ClientRole role = msg::ClientRole::kReader) {
  msg::Grant grant{.key = std::move(key), .hash = hash(letter), .role = role};
  if (role == msg::ClientRole::kBuyer) grant.customer = "ann";
  return grant;
}

class CredentialsTest : public ::testing::Test, public Shop {};

TEST_F(CredentialsTest, AGrantIsKnownByItsSeqAndByItsToken) {
  when(grant("k", 'a', msg::ClientRole::kBuyer));
  EXPECT_TRUE(outlook().must_wait(outcome("any")));
  commit();
  EXPECT_FALSE(outlook().must_wait(outcome("any")));
  const auto* credential = credentials().find(hash('a'));
  ASSERT_TRUE(credential);
  EXPECT_EQ(credential, credentials().find(Seq(1)));
  EXPECT_EQ(credential->customer, "ann");
  EXPECT_EQ(credential->at, happened_at());
  EXPECT_FALSE(credentials().find(hash('b')));
}

TEST_F(CredentialsTest, ATokenIsGrantedOnceForEver) {
  when(grant("k", 'a'));
  commit();
  refused(when(grant("k2", 'a')), Code::kLimit);
  when(msg::Revoke{"k3", Seq(1)});
  commit();
  refused(when(grant("k4", 'a')), Code::kLimit);
}

TEST_F(CredentialsTest, ARevocationIsKeptWithItsSeq) {
  when(grant("k", 'a'));
  commit();
  refused(when(msg::Revoke{"k2", Seq(2)}), Code::kUnknownCredential);
  when(msg::Revoke{"k3", Seq(1)});
  commit();
  EXPECT_EQ(credentials().find(Seq(1))->revoked, Seq(2));
  refused(when(msg::Revoke{"k4", Seq(1)}), Code::kUnknownCredential);
}

TEST_F(CredentialsTest, ARepeatedGrantOrRevocationHasItsRecord) {
  when(grant("k", 'a'));
  commit();
  EXPECT_EQ(std::get<KeyRecord>(when(grant("k", 'a'))).seq, Seq(1));
  refused(when(grant("k", 'b')), Code::kKeyReused);
  refused(when(msg::Revoke{"k", Seq(1)}), Code::kKeyReused);
  refused(when(restock("k", 1, 1)), Code::kKeyReused);
  refused(when(add("k", {new_item(1, 1)})), Code::kKeyReused);
  when(msg::Revoke{"r", Seq(1)});
  commit();
  EXPECT_EQ(std::get<KeyRecord>(when(msg::Revoke{"r", Seq(1)})).seq, Seq(2));
}

TEST_F(CredentialsTest, RefusesWhatIsOutsideTheLimits) {
  const auto invalid = [&](msg::Grant grant) { refused(when(grant), Code::kInvalid); };
  auto bad = grant("k", 'a');
  bad.hash.bytes.pop_back();
  invalid(bad);
  bad = grant("k", 'a');
  bad.customer = "ann";
  invalid(bad);  // only buyers have a customer
  bad = grant("k", 'a', msg::ClientRole::kBuyer);
  bad.customer.reset();
  invalid(bad);
  for (const auto* customer : {"", "ann "}) {
    bad.customer = customer;
    invalid(bad);
  }
  bad = grant("k", 'a');
  bad.label = std::string(msg::kLabelBytesMax + 1, 'l');
  invalid(bad);
  bad = grant("k", 'a');
  bad.expires = 0;
  invalid(bad);
  refused(when(msg::Revoke{"k", Seq()}), Code::kInvalid);
}

TEST_F(CredentialsTest, TakesWhatIsAtTheLimits) {
  auto most = grant(std::string(msg::kKeyBytesMax, 'k'), 'a', msg::ClientRole::kBuyer);
  most.customer = std::string(msg::kCustomerBytesMax, 'c');
  most.label = std::string(msg::kLabelBytesMax, 'l');
  most.expires = 1;
  happened<msg::CredentialGranted>(when(most));
  commit();
  happened<msg::CredentialRevoked>(when(msg::Revoke{"r", Seq(1)}));
}

// A revoked credential is kept, so a revocation makes no room.
TEST(CredentialsBound, SoManyCredentialsAreGrantedAndNoMore) {
  Items items;
  Credentials credentials;
  const auto none = [](const std::string&) { return std::optional<KeyRecord>(); };
  const Outlook outlook(items, none, base::OrderNo(), &credentials);
  const auto fill = [&](std::uint64_t id) {
    credentials.put({Seq(id), {fmt::format("{:032}", id)}, msg::ClientRole::kReader, "", "", 1, {}, {}});
  };
  for (std::uint64_t id = 1; id < msg::kCredentialsMax; ++id) fill(id);
  happened<msg::CredentialGranted>(decide(outlook, grant("k", 'a'), 1));
  fill(msg::kCredentialsMax);
  refused(decide(outlook, grant("k", 'a'), 1), Code::kLimit);
  credentials.evolve({5, msg::CredentialRevoked{"r", 0, Seq(1)}}, Seq(msg::kCredentialsMax + 1));
  refused(decide(outlook, grant("k", 'a'), 1), Code::kLimit);
}

TEST(CredentialsDigest, DependsOnEveryFieldAndNotOnTheOrder) {
  const msg::Credential one{Seq(1), hash('a'), msg::ClientRole::kBuyer, "ann", "till 1", 100, 200, Seq(9)};
  std::vector<msg::Credential> others(8, one);
  others[0].id = Seq(2);
  others[1].hash = hash('b');
  others[2].role = msg::ClientRole::kClerk;
  others[3].customer = "bob";
  others[4].label = "till 2";
  others[5].at = 101;
  others[6].expires.reset();
  others[7].revoked.reset();
  for (std::size_t i = 0; i < others.size(); ++i) EXPECT_NE(row_digest(others[i]), row_digest(one)) << i;
  others[0].hash = hash('c');
  Credentials ascending;
  ascending.put(one);
  ascending.put(others[0]);
  Credentials descending;
  descending.put(others[0]);
  descending.put(one);
  EXPECT_EQ(ascending.digest(), descending.digest());
  EXPECT_EQ(Credentials().digest(), 0U) << "a store without credentials has the digests of older releases";
}

// Views store the sum of these values, so every release must compute the same ones.
TEST(CredentialsDigest, RowDigestsAreAStoredFormat) {
  EXPECT_EQ(row_digest(msg::Credential{Seq(1), hash('a'), msg::ClientRole::kBuyer, "ann", "till 1", 100, 200, Seq(9)}),
            0x34e5ff35ee39320c);
  EXPECT_EQ(row_digest(msg::Credential{}), 0xdfa5917c62c28f11);
}

TEST(CredentialsDigest, OfEventsIsThatOfTheRows) {
  Credentials evolved;
  evolved.evolve({5, msg::CredentialGranted{"k", 0, hash('a'), msg::ClientRole::kReader, "", "", {}}}, Seq(3));
  evolved.evolve({6, msg::CredentialRevoked{"r", 0, Seq(3)}}, Seq(4));
  Credentials loaded;
  loaded.put(*evolved.find(Seq(3)));
  EXPECT_EQ(loaded.digest(), evolved.digest());
}

TEST(CredentialsDeath, AContradictionStopsTheProcess) {
  Credentials credentials;
  const msg::Event granted{5, msg::CredentialGranted{"k", 0, hash('a'), msg::ClientRole::kReader, "", "", {}}};
  credentials.evolve(granted, Seq(3));
  EXPECT_DEATH(credentials.evolve(granted, Seq(4)), "grants a token again");
  EXPECT_DEATH(credentials.evolve({5, msg::CredentialRevoked{"r", 0, Seq(9)}}, Seq(4)), "revokes credential=9");
}

}  // namespace
}  // namespace ledger
