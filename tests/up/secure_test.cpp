// Where the keys of the store of `up` are, and who gets one.
#include "up/secure.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "net/key_file.h"
#include "net/key_list.h"
#include "process/up_state.h"
#include "tests/support/directory.h"
#include "up/etcd_cluster.h"

namespace {

class SecureUpTest : public testing::Test {
 protected:
  std::string found(up::UpOptions options) const {
    up::find_keys(options, directory.string());
    return options.keys.directory;
  }
  support::Directory directory;
};

TEST_F(SecureUpTest, AStoreThatHasKeysKeepsThem) {
  EXPECT_EQ(found({}), "");
  up::UpOptions secure{.secure = true};
  up::find_keys(secure, directory.string());
  EXPECT_EQ(secure.keys.directory, directory / "keys");
  up::make_keys(secure, up::plan(secure, directory.string()));
  EXPECT_EQ(found({}), directory / "keys") << "without the option, too";
  EXPECT_EQ(found({.keys = {.directory = directory / "keys"}}), directory / "keys") << "they are named";
}

TEST_F(SecureUpTest, NoOptionAloneOpensAStoreOrGivesItOtherKeys) {
  const auto complaint = [&](const up::UpOptions& options) -> std::string {
    try {
      found(options);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "none";
  };
  EXPECT_EQ(complaint({.keys = {.directory = "/other"}}), "none") << "it has none yet";
  up::UpOptions secure{.secure = true};
  up::find_keys(secure, directory.string());
  up::make_keys(secure, up::plan(secure, directory.string()));
  EXPECT_NE(complaint({.keys = {.insecure = true}}).find("leave --insecure out"), std::string::npos);
  EXPECT_NE(complaint({.keys = {.directory = "/other"}}).find("leave --keys out"), std::string::npos);
  ASSERT_TRUE(process::write_up_state(directory.string(), {.keys = directory / "keys"}));
  std::filesystem::rename(directory / "keys", directory / "moved");
  EXPECT_NE(complaint({}).find("start it with --keys " + (directory / "keys")), std::string::npos);
  EXPECT_EQ(complaint({.keys = {.directory = directory / "moved"}}), "none");
  EXPECT_EQ(complaint({.keys = {.insecure = true}}), "none");
}

TEST_F(SecureUpTest, ATokenOfTheBridgesThatOthersMayReadIsRefused) {
  up::UpOptions options;
  options.site.bridge_token = directory / "token";
  EXPECT_EQ(found(options), "") << "it may not be there yet";
  std::ofstream(options.site.bridge_token) << "t";
  std::filesystem::permissions(options.site.bridge_token, std::filesystem::perms(0644));
  EXPECT_THROW(found(options), std::runtime_error);
  std::filesystem::permissions(options.site.bridge_token, std::filesystem::perms(0600));
  EXPECT_EQ(found(options), "");
}

TEST_F(SecureUpTest, EachProcessAndTheOperatorGetAKey) {
  up::UpOptions options{.keys = {.directory = directory / "keys"}};
  options.cluster = true;
  options.journal = "etcd";
  const auto plans = up::plan(options, directory.string());
  up::make_keys(options, plans);
  const auto listed = net::read_key_list(options.keys.directory).value().keys;
  const auto has = [&](const std::string& name) {
    return std::any_of(listed.begin(), listed.end(), [&](const auto& key) { return key.sender.name == name; });
  };
  for (const auto* name : {"broker-1", "broker-2", "catalog-2", "order-3", "frontend-2", "bridge-1", "operator"}) {
    EXPECT_TRUE(has(name)) << name;
  }
  EXPECT_FALSE(has("etcd-1"));
}

TEST_F(SecureUpTest, ChildrenGetTheDirectoryAndNoSecret) {
  for (const bool single : {false, true}) {
    up::UpOptions options{.keys = {.directory = "/k"}};
    options.single = single;
    for (const auto& child : up::plan(options, "/data")) {
      const auto& words = child.arguments;
      const auto keys = std::find(words.begin(), words.end(), "--keys");
      ASSERT_NE(keys, words.end()) << child.instance;
      EXPECT_EQ(*(keys + 1), "/k");
    }
  }
}

TEST_F(SecureUpTest, AnEtcdOfOtherMachinesIsRefusedWithoutCertificates) {
  up::UpOptions options{.journal = "etcd"};
  options.etcd.endpoints = {"etcd-1:2379"};
  EXPECT_THROW(found(options), std::runtime_error);
  options.etcd.ca = options.etcd.certificate = options.etcd.key = "file";
  EXPECT_EQ(found(options), "");
}

#ifdef PYGMY_ETCD
class SecureEtcdTest : public SecureUpTest {
 protected:
  // The options of an `up --cluster`, as the record in the directory completes them.
  up::UpOptions filled(const std::string& keys, bool insecure = false) const {
    up::UpOptions options{.journal = "etcd", .cluster = true};
    options.keys = {.directory = keys, .insecure = insecure};
    up::EtcdCluster(directory.string()).fill_in(options);
    return options;
  }
  void record(const std::string& rest) const {
    std::ofstream(directory / "etcd.json") << R"({"format": 1, "token": "t")" << rest << "}";
  }
};

TEST_F(SecureEtcdTest, ANewClusterHasCertificatesIfTheStoreHasKeys) {
  for (const bool interrupted : {false, true}) {
    if (interrupted) record("");
    EXPECT_EQ(filled("").etcd_member_certificate, "");
    EXPECT_EQ(filled("/k").etcd_member_certificate, "/k/etcd/member.pem");
    EXPECT_EQ(filled("/k").etcd.certificate, "/k/etcd/broker.pem");
  }
}

TEST_F(SecureEtcdTest, AClusterStaysAsItWasCreated) {
  record(R"(, "cluster": "1f")");
  EXPECT_EQ(filled("/k").etcd_member_certificate, "");
  EXPECT_EQ(filled("/k").etcd.ca, "");
  record(R"(, "cluster": "1f", "certificates": true)");
  EXPECT_EQ(filled("/k").etcd_member_certificate, "/k/etcd/member.pem");
  EXPECT_EQ(filled("/k").etcd_token, "t");
  EXPECT_THROW(filled(""), std::runtime_error);
  EXPECT_THROW(filled("", true), std::runtime_error) << "its certificates are beside the keys";
}

TEST_F(SecureEtcdTest, KeysAndCertificatesAreMadeTogether) {
  const auto options = filled(directory / "keys");
  up::make_keys(options, up::plan(options, directory.string()));
  for (const auto& file : {options.etcd.ca, options.etcd.certificate, options.etcd.key, options.etcd_member_certificate,
                           options.etcd_member_key}) {
    EXPECT_TRUE(std::filesystem::exists(file)) << file;
  }
  EXPECT_TRUE(up::has_etcd_certificates({}, directory.string())) << "as restore makes them";
  EXPECT_FALSE(up::has_etcd_certificates({}, directory / "other"));
}
#endif

TEST_F(SecureUpTest, OtherMachinesAreRefusedWithoutKeys) {
  try {
    found({.bind = "0.0.0.0"});
    ADD_FAILURE() << "it was let in";
  } catch (const std::runtime_error& error) {
    const std::string why = error.what();
    EXPECT_LT(why.find("--secure"), why.find("--keys")) << why;
    EXPECT_LT(why.find("--keys"), why.find("--insecure")) << why;
  }
  EXPECT_EQ(found({.bind = "0.0.0.0", .keys = {.insecure = true}}), "");
  EXPECT_THROW(found({.secure = true, .keys = {.insecure = true}}), std::runtime_error);
}

}  // namespace
