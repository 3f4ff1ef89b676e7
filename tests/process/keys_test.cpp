// Where a process may listen without keys.
#include "process/keys.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>

#include "tests/support/directory.h"

namespace {

TEST(KeysTest, OnlyThisMachineReachesLoopback) {
  for (const auto* here :
       {"tcp://127.0.0.1:1", "tcp://127.0.0.3:1", "tcp://localhost:1", "tcp://[::1]:1", "ipc:///a"}) {
    EXPECT_TRUE(process::is_of_this_machine(here)) << here;
  }
  for (const auto* open : {"tcp://0.0.0.0:1", "tcp://*:1", "tcp://[::]:1", "tcp://10.0.0.1:1", "tcp://host:1",
                           "tcp://127.example:1", "tcp://1.127.0.1:1", "tcp://localhost.example:1"}) {
    EXPECT_FALSE(process::is_of_this_machine(open)) << open;
  }
}

TEST(KeysTest, WithoutKeysOtherMachinesAreRefusedUnlessTheOperatorWantsIt) {
  const std::vector<base::Endpoint> open{"tcp://127.0.0.1:1", "tcp://0.0.0.0:1"};
  EXPECT_THROW(process::require_keys({}, open), std::runtime_error);
  EXPECT_THROW(process::keys_to_listen({}, open), std::runtime_error);
  EXPECT_NO_THROW(process::require_keys({.insecure = true}, open));
  EXPECT_NO_THROW(process::require_keys({.directory = "/keys"}, open));
  EXPECT_NO_THROW(process::require_keys({}, {"tcp://127.0.0.1:1"}));
}

TEST(KeysTest, WithoutCertificatesAnEtcdOfOtherMachinesIsRefusedUnlessTheOperatorWantsIt) {
  const auto refused = [](const process::EtcdOptions& etcd, const process::KeyOptions& keys) {
    try {
      process::require_certificates(etcd, keys);
    } catch (const std::runtime_error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const std::vector<std::string> open{"127.0.0.1:2379", "etcd-2:2379"};
  const auto why = refused({.endpoints = open}, {});
  for (const auto* word : {"etcd-2:2379", "--etcd-ca", "--etcd-cert", "--etcd-key", "--insecure"}) {
    EXPECT_NE(why.find(word), std::string::npos) << why;
  }
  const auto with_keys = refused({.endpoints = open}, {.directory = "/keys"});
  EXPECT_NE(with_keys, "");
  EXPECT_EQ(with_keys.find("--insecure"), std::string::npos) << "it excludes --keys";
  EXPECT_NE(refused({.endpoints = open, .ca = "a", .certificate = "b"}, {}), "");
  EXPECT_NE(refused({.endpoints = open, .ca = "a", .key = "b"}, {}), "");
  EXPECT_NE(refused({.endpoints = open, .certificate = "a", .key = "b"}, {}), "");
  EXPECT_EQ(refused({.endpoints = open, .ca = "a", .certificate = "b", .key = "c"}, {}), "");
  EXPECT_EQ(refused({.endpoints = open}, {.insecure = true}), "");
  EXPECT_EQ(refused({.endpoints = {"127.0.0.1:1", "localhost:1", "[::1]:1"}}, {.directory = "/keys"}), "");
  EXPECT_NE(refused({.endpoints = {"10.0.0.1:1"}}, {}), "");
}

TEST(KeysTest, ADirectoryThatOthersMayUseIsRefused) {
  const support::Directory keys;
  const auto refused = [&](const std::function<void()>& act) {
    try {
      act();
    } catch (const std::runtime_error& error) {
      return std::string(error.what()).find("chmod 700 " + keys.string()) != std::string::npos;
    }
    return false;
  };
  const process::KeyOptions options{.directory = keys.string()};
  std::filesystem::permissions(keys.string(), std::filesystem::perms(0755));
  EXPECT_TRUE(refused([&] { process::key_of(options, "order-1"); }));
  EXPECT_TRUE(refused([&] { process::keys_to_listen(options, {"tcp://127.0.0.1:1"}); }));
  std::filesystem::permissions(keys.string(), std::filesystem::perms(0700));
  EXPECT_FALSE(refused([&] { process::key_of(options, "order-1"); }));
}

TEST(KeysTest, ATokenThatOthersMayReadIsRefused) {
  const support::Directory directory;
  const auto file = directory / "token";
  std::ofstream(file) << "t";
  std::filesystem::permissions(file, std::filesystem::perms(0644));
  EXPECT_THROW(process::require_private_token(file), std::runtime_error);
  std::filesystem::permissions(file, std::filesystem::perms(0600));
  EXPECT_NO_THROW(process::require_private_token(file));
  EXPECT_NO_THROW(process::require_private_token(file + ".missing"));
  EXPECT_NO_THROW(process::require_private_token(""));
}

TEST(KeysTest, AProcessWithoutItsKeyDoesNotStart) {
  EXPECT_FALSE(process::key_of({}, "order-1"));
  EXPECT_THROW(process::key_of({.directory = "/no/such"}, "order-1"), std::runtime_error);
  EXPECT_THROW(process::keys_to_listen({.directory = "/no/such"}, {"tcp://127.0.0.1:1"}), std::runtime_error);
  EXPECT_FALSE(process::keys_to_listen({.directory = "/no/such"}, {})) << "a bridge needs no key of the store";
}

}  // namespace
