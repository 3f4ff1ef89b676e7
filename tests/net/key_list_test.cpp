// The list of keys: its text, and which entries a new list revokes.
#include "net/key_list.h"

#include <fmt/format.h>

#include "tests/net/keys.h"

namespace {

using base::KeyRole;

net::ListedKey listed(KeyRole role, const std::string& name, char digit) {
  return {{role, name}, std::string(40, digit)};
}

std::string error_of(const std::string& text) {
  const auto keys = net::parse_key_list(text);
  return keys ? "" : keys.error().message;
}

const std::string kZeros(40, '0'), kOnes(40, '1');

const std::vector<net::ListedKey> kThree{listed(KeyRole::kBroker, "broker-1", '0'),
                                         listed(KeyRole::kClient, "ann", '1'), listed(KeyRole::kClient, "ann", '2')};

TEST(KeyListTest, AWrittenListIsReadAgain) {
  const auto read = net::parse_key_list(net::text_of(kThree));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(read->counted);
  ASSERT_EQ(read->keys.size(), 3U);
  for (std::size_t i = 0; i < kThree.size(); ++i) {
    EXPECT_EQ(read->keys[i].sender, kThree[i].sender);
    EXPECT_EQ(read->keys[i].key, kThree[i].key);
  }
}

TEST(KeyListTest, CommentsAndEmptyLinesAreNothing) {
  EXPECT_EQ(error_of("# a comment\n\nclient ann " + kZeros + "\n# end of our keys\n# end of 1 keys.\n"), "");
  EXPECT_TRUE(net::parse_key_list("# a comment\n\n")->keys.empty());
}

TEST(KeyListTest, AListOfAReleaseBeforeIsNotCounted) {
  const std::string key = "client ann " + kZeros + "\n";
  EXPECT_FALSE(net::parse_key_list("# The keys that this store admits: ROLE NAME KEY.\n" + key)->counted);
  EXPECT_TRUE(net::parse_key_list(key + "# end of 1 keys\n")->counted) << "somebody counted it by hand";
}

TEST(KeyListTest, TheKeysThatAListWouldRevokeAreKnownBefore) {
  net::KeyList list;
  list.replace({listed(KeyRole::kClient, "ann", '0')});
  EXPECT_FALSE(list.revokes({listed(KeyRole::kClient, "bob", '1'), listed(KeyRole::kClient, "ann", '0')}));
  EXPECT_TRUE(list.revokes({listed(KeyRole::kClient, "bob", '1')}));
  EXPECT_TRUE(list.revokes({listed(KeyRole::kClient, "bob", '0')}));
  EXPECT_TRUE(list.revokes({listed(KeyRole::kOperator, "ann", '0')}));
  EXPECT_TRUE(list.revokes({}));
}

TEST(KeyListTest, AKeyThatLeavesTheListIsRevoked) {
  net::KeyList list;
  EXPECT_FALSE(list.replace({listed(KeyRole::kClient, "ann", '0'), listed(KeyRole::kClient, "bob", '1')}));
  const auto ann = list.find(kZeros), bob = list.find(kOnes);
  ASSERT_TRUE(ann && bob);
  EXPECT_EQ(ann->sender, (base::Sender{KeyRole::kClient, "ann", kZeros}));
  EXPECT_TRUE(list.replace({listed(KeyRole::kClient, "bob", '1')}));
  EXPECT_TRUE(ann->revoked);
  EXPECT_FALSE(list.find(kZeros));
  EXPECT_EQ(list.find(kOnes), bob) << "connections of bob go on";
  EXPECT_FALSE(bob->revoked);
}

TEST(KeyListTest, AnotherRoleOrNameRevokesTheEntry) {
  net::KeyList list;
  list.replace({listed(KeyRole::kOperator, "ann", '0')});
  const auto before = list.find(kZeros);
  EXPECT_TRUE(list.replace({listed(KeyRole::kClient, "ann", '0')}));
  EXPECT_TRUE(before->revoked);
  EXPECT_EQ(list.find(kZeros)->sender.role, KeyRole::kClient);
}

// --- the error paths ---

TEST(KeyListTest, TheErrorNamesTheLine) {
  const auto good = "client ann " + kZeros + "\n";
  EXPECT_EQ(
      error_of("# one\nking ann " + kZeros + "\n"),
      "line 2: a line is ROLE NAME KEY, with a role of broker, catalog, order, frontend, bridge, operator, client");
  EXPECT_EQ(error_of("client"), "line 1: it has no end: the file was cut short, copy it again");
  EXPECT_EQ(error_of(good + "client a/b " + kOnes + "\n"),
            "line 2: the name is not one: letters, digits, '-', '_', '.'");
  for (const auto& wrong : {std::string("client bob"), "client bob " + kOnes + "1", "client bob  " + kOnes,
                            "client bob " + kOnes + " ", "client bob " + kOnes + "\r"}) {
    EXPECT_EQ(error_of(good + wrong + "\n"), "line 2: the key does not have 40 characters of Z85") << wrong;
  }
  EXPECT_EQ(error_of(good + "client bob " + kZeros + "\n"), "line 2: the key is there twice");
  EXPECT_EQ(error_of(good + "broker ann " + kOnes + "\n"), "line 2: the name has another role in an earlier line");
  EXPECT_EQ(error_of(std::string(net::KeyList::kBytesMax + 1, '\n')), "more than 1048576 bytes");
}

TEST(KeyListTest, APartOfAWrittenListIsNoList) {
  const auto text = net::text_of(kThree);
  for (std::size_t bytes = 0; bytes < text.size(); ++bytes) {
    EXPECT_NE(error_of(text.substr(0, bytes)).find("cut short"), std::string::npos) << bytes;
  }
}

TEST(KeyListTest, ACountThatIsNotRightIsRefused) {
  const auto key = "client ann " + kZeros + "\n";
  EXPECT_EQ(error_of(key + "# end of 2 keys\n"), "line 2: this is not the end of 2 keys but of 1: copy the list again");
  EXPECT_EQ(error_of("# end of 0 keys\n" + key), "line 2: it is after the last line: `pygmy keys` writes this file");
  EXPECT_EQ(error_of("# end of 0 keys\n\n"), "line 2: it is after the last line: `pygmy keys` writes this file");
}

TEST(KeyListTest, TheNumberOfKeysIsBounded) {
  std::string text;
  for (std::size_t i = 0; i <= net::KeyList::kKeysMax; ++i) text += fmt::format("client ann {:040}\n", i);
  EXPECT_EQ(error_of(text), "line 8193: more than 8192 keys");
}

TEST(KeyListTest, AListThatOthersCanWriteIsRefused) {
  const net_test::KeyRing ring;
  EXPECT_TRUE(net::read_key_list(ring.directory()));
  ::chmod(net::key_list_path(ring.directory()).c_str(), 0620);
  const auto read = net::read_key_list(ring.directory());
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message.find("others can write"), std::string::npos);
  EXPECT_FALSE(net::read_key_list("/no/such"));
}

}  // namespace
