// Key files: what is written is read again, and every fault is named without the secret.
#include "net/key_file.h"

#include <sys/stat.h>

#include "tests/net/keys.h"

namespace {

class KeyFileTest : public testing::Test {
 protected:
  // The error of the key's text with one part replaced.
  std::string error_with(const std::string& part, const std::string& other) const {
    auto text = net::text_of(key);
    text.replace(text.find(part), part.size(), other);
    const auto read = net::parse_key(text);
    if (!read) EXPECT_EQ(read.error().message.find(key.pair.secret), std::string::npos);
    return read ? "" : read.error().message;
  }
  std::string file(mode_t mode) {
    const auto path = directory / "a.key";
    net_test::write(path, net::text_of(key));
    ::chmod(path.c_str(), mode);
    return path;
  }

  support::Directory directory;
  net::Key key{"client", "till-7", net::new_key_pair().open, net::new_key_pair()};
};

TEST_F(KeyFileTest, AWrittenKeyIsReadAgain) {
  const auto read = net::read_key(file(0600));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(net::text_of(*read), net::text_of(key));
  EXPECT_EQ(read->name, "till-7");
  EXPECT_EQ(read->pair.secret, key.pair.secret);
}

TEST_F(KeyFileTest, NewKeysDiffer) { EXPECT_NE(net::new_key_pair().open, net::new_key_pair().open); }

TEST_F(KeyFileTest, AKeyHasFortyCharactersOfZ85) {
  EXPECT_TRUE(net::is_key(key.pair.open));
  EXPECT_FALSE(net::is_key(key.pair.open.substr(1)));
  EXPECT_FALSE(net::is_key(key.pair.open.substr(1) + " "));
  EXPECT_FALSE(net::is_key(std::string(40, '#'))) << "five of them are more than 32 bits";
  EXPECT_TRUE(net::is_key(std::string(40, '0')));
}

TEST_F(KeyFileTest, ANameIsAFilesName) {
  for (const auto* good : {"broker-1", "a", "9", "till_7.main"}) EXPECT_TRUE(net::is_key_name(good)) << good;
  for (const auto* bad : {"", ".", "..", "-a", "a/b", "a b", "a\n", "ä"}) EXPECT_FALSE(net::is_key_name(bad)) << bad;
  EXPECT_FALSE(net::is_key_name(std::string(65, 'a')));
}

// --- the error paths ---

TEST_F(KeyFileTest, AFaultyTextIsRefused) {
  EXPECT_EQ(error_with("pygmy-key 1", "pygmy-key 2"), "it does not begin with 'pygmy-key 1'");
  const auto* lines = "it does not have the lines role, name, store, public and secret";
  EXPECT_EQ(error_with("role", "rule"), lines);
  EXPECT_EQ(error_with("public", "private"), lines);
  EXPECT_EQ(error_with("role client\n", ""), lines);
  EXPECT_EQ(error_with(key.pair.secret + "\n", key.pair.secret), lines);
  EXPECT_EQ(error_with(key.pair.secret + "\n", key.pair.secret + "\n\n"), lines);
  EXPECT_EQ(error_with("till-7", "../7"), "its role or its name cannot be read");
  EXPECT_EQ(error_with(key.pair.open, "x"), "one of its keys does not have 40 characters of Z85");
  EXPECT_EQ(error_with(key.pair.secret, key.pair.secret + "x"), "one of its keys does not have 40 characters of Z85");
  EXPECT_FALSE(net::parse_key(""));
}

TEST_F(KeyFileTest, AFileThatOthersCanReadIsRefused) {
  for (const mode_t mode : {0640U, 0604U, 0620U, 0602U}) {
    const auto read = net::read_key(file(mode));
    ASSERT_FALSE(read);
    EXPECT_NE(read.error().message.find("chmod 600"), std::string::npos) << read.error().message;
  }
}

TEST_F(KeyFileTest, AMissingOrLargeFileIsRefused) {
  const auto missing = net::read_key(directory / "none.key");
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("pygmy keys add"), std::string::npos);
  EXPECT_THROW(net::require_key(directory / "none.key"), std::runtime_error);
  net_test::write(directory / "large.key", std::string(5000, 'x'));
  EXPECT_FALSE(net::read_key(directory / "large.key"));
}

}  // namespace
