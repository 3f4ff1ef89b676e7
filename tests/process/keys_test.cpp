// Where a process may listen without keys.
#include "process/keys.h"

#include <gtest/gtest.h>

#include <stdexcept>

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

TEST(KeysTest, AProcessWithoutItsKeyDoesNotStart) {
  EXPECT_FALSE(process::key_of({}, "order-1"));
  EXPECT_THROW(process::key_of({.directory = "/no/such"}, "order-1"), std::runtime_error);
  EXPECT_THROW(process::keys_to_listen({.directory = "/no/such"}, {"tcp://127.0.0.1:1"}), std::runtime_error);
  EXPECT_FALSE(process::keys_to_listen({.directory = "/no/such"}, {})) << "a bridge needs no key of the store";
}

}  // namespace
