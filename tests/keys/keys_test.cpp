// Directories of keys: what each command changes, and the modes of the files.
#include "keys/keys.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "net/key_file.h"
#include "net/key_list.h"
#include "tests/support/directory.h"

namespace {

class KeysTest : public testing::Test {
 protected:
  KeysTest() { keys::make_store(place); }

  static std::string error_of(const std::function<void()>& act) {
    try {
      act();
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return {};
  }
  std::vector<net::ListedKey> listed() const { return net::read_key_list(place).value().keys; }
  static mode_t mode_of(const std::string& path) {
    struct stat info {};
    ::stat(path.c_str(), &info);
    return info.st_mode & 0777;
  }

  support::Directory directory;
  const std::string place = directory / "keys";
};

TEST_F(KeysTest, ANewStoreAdmitsNobody) {
  EXPECT_TRUE(listed().empty());
  EXPECT_TRUE(net::is_key(net::require_store_keys(place).pair.secret));
}

TEST_F(KeysTest, AnAddedKeyIsOnTheListAndInItsFile) {
  const auto file = keys::add(place, {"catalog", "catalog-1"});
  const auto key = net::require_key(file);
  EXPECT_EQ(key.role, "catalog");
  EXPECT_EQ(key.store, net::require_key(net::store_key_path(place)).pair.open);
  ASSERT_EQ(listed().size(), 1U);
  EXPECT_EQ(listed()[0].key, key.pair.open);
  EXPECT_EQ(listed()[0].sender, (base::Sender{base::KeyRole::kCatalog, "catalog-1"}));
}

TEST_F(KeysTest, EverythingIsPrivate) {
  keys::add(place, {"client", "ann"});
  EXPECT_EQ(mode_of(place), 0700U);
  for (const auto& file : std::filesystem::directory_iterator(place)) EXPECT_EQ(mode_of(file.path()), 0600U) << file;
}

TEST_F(KeysTest, ARevokedKeyIsGone) {
  const auto file = keys::add(place, {"client", "ann"});
  keys::add(place, {"client", "bob"});
  keys::revoke(place, "ann");
  ASSERT_EQ(listed().size(), 1U);
  EXPECT_EQ(listed()[0].sender.name, "bob");
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(KeysTest, ANewKeyReplacesTheOldOne) {
  const auto before = net::require_key(keys::add(place, {"order", "order-1"}));
  const auto after = net::require_key(keys::rotate(place, "order-1"));
  EXPECT_NE(before.pair.secret, after.pair.secret);
  ASSERT_EQ(listed().size(), 1U);
  EXPECT_EQ(listed()[0].key, after.pair.open);
  EXPECT_EQ(listed()[0].sender.role, base::KeyRole::kOrder);
}

TEST_F(KeysTest, TheMissingKeysAreMadeOnce) {
  keys::make_missing(place, {{"broker", "broker-1"}});
  const auto key = listed()[0].key;
  EXPECT_FALSE(keys::make_missing(place, {{"broker", "broker-1"}, {"order", "order-1"}}));
  ASSERT_EQ(listed().size(), 2U);
  EXPECT_EQ(listed()[0].key, key);
  EXPECT_TRUE(keys::make_missing(directory / "other", {{"broker", "broker-1"}}));
}

TEST_F(KeysTest, AClientsKeyIsNamedByItsFileOrByItself) {
  const auto file = keys::add(place, {"client", "ann"});
  const auto key = net::require_key(file).pair.open;
  EXPECT_EQ(keys::client_key(file), key);
  EXPECT_EQ(keys::client_key(key), key);
  EXPECT_NE(error_of([&] { keys::client_key(key.substr(1)); }).find("cannot be read"), std::string::npos);
  for (const auto* role : {"bridge", "operator", "frontend"}) {
    const auto other = keys::add(place, {role, role});
    EXPECT_NE(error_of([&] { keys::client_key(other); }).find("only a client's key"), std::string::npos) << role;
  }
}

// `pygmy keys` of a release before did not count the keys.
TEST_F(KeysTest, AChangedListIsCounted) {
  keys::add(place, {"client", "ann"});
  const auto ann = listed().at(0);
  std::ofstream(net::key_list_path(place)) << "# all keys\nclient ann " << ann.key << "\n";
  keys::add(place, {"client", "bob"});
  const auto read = net::read_key_list(place).value();
  EXPECT_TRUE(read.counted);
  EXPECT_EQ(read.keys.size(), 2U);
}

// --- the error paths ---

TEST_F(KeysTest, AListThatWasCutShortIsNotChanged) {
  keys::add(place, {"client", "ann"});
  std::ofstream(net::key_list_path(place)) << "";
  EXPECT_NE(error_of([&] { keys::add(place, {"client", "bob"}); }).find("cut short"), std::string::npos);
}

TEST_F(KeysTest, ADirectoryThatOthersMayUseIsRefused) {
  std::filesystem::permissions(place, std::filesystem::perms(0755));
  const auto told = "chmod 700 " + place;
  EXPECT_NE(error_of([&] { keys::add(place, {"client", "ann"}); }).find(told), std::string::npos);
  EXPECT_NE(error_of([&] { keys::make_missing(place, {{"client", "ann"}}); }).find(told), std::string::npos);
  EXPECT_NE(error_of([&] { keys::run_list({.directory = place}); }).find(told), std::string::npos);
  EXPECT_TRUE(listed().empty());
}

TEST_F(KeysTest, AWrongRoleIsNamedWithItsArticle) {
  const auto file = keys::add(place, {"order", "order-1"});
  EXPECT_NE(error_of([&] { keys::client_key(file); }).find("is the key of an order:"), std::string::npos);
}

TEST_F(KeysTest, EachErrorSaysWhatToDoNext) {
  keys::add(place, {"client", "ann"});
  EXPECT_NE(error_of([&] { keys::add(place, {"client", "ann"}); }).find("pygmy keys rotate ann"), std::string::npos);
  EXPECT_NE(error_of([&] { keys::revoke(place, "bob"); }).find("pygmy keys list"), std::string::npos);
  EXPECT_NE(error_of([&] { keys::rotate(place, "bob"); }).find("pygmy keys list"), std::string::npos);
  EXPECT_NE(error_of([&] { keys::make_store(place); }).find("pygmy keys add"), std::string::npos);
  EXPECT_NE(error_of([&] {
              keys::add(directory / "none", {"client", "a"});
            }).find("pygmy keys init"),
            std::string::npos);
  EXPECT_FALSE(error_of([&] { keys::make_store(directory.string()); }).empty()) << "it is not empty";
  for (const auto* name : {"store", "a/b", "..", "", "-x"}) {
    EXPECT_NE(error_of([&] { keys::add(place, {"client", name}); }).find("is not a name"), std::string::npos) << name;
  }
  EXPECT_FALSE(error_of([&] { keys::add(place, {"king", "a"}); }).empty());
  EXPECT_EQ(listed().size(), 1U);
}

}  // namespace
