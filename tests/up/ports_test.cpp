// A port that is taken is named, with the option that chooses another one.
#include "up/ports.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

#include "tests/support/ports.h"

namespace {

using testing::HasSubstr;

// A port of this machine that is free once `held` is closed.
class UpPortsTest : public testing::Test {
 protected:
  UpPortsTest() {
    held = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    place.sin_port = htons(static_cast<std::uint16_t>(port));
    EXPECT_EQ(::bind(held, reinterpret_cast<const sockaddr*>(&place), sizeof place), 0);
    EXPECT_EQ(::listen(held, 1), 0);
  }
  ~UpPortsTest() override { let_go(); }
  void let_go() {
    if (held >= 0) ::close(std::exchange(held, -1));
  }
  std::string trouble(const up::UpOptions& options) const {
    up::ChildPlan nobody;
    up::ChildPlan child;
    child.bind = options.bind;
    child.ports = {port};
    try {
      up::require_ports({nobody, child}, options, false);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "none";
  }

  const support::Ports ports;
  const unsigned port = static_cast<unsigned>(ports.at(0));
  int held = -1;
};

TEST_F(UpPortsTest, APortThatIsTakenIsNamed) {
  EXPECT_EQ(trouble({}), "port " + std::to_string(port) +
                             " is in use, perhaps by another store; choose other ports with --port-base");
  EXPECT_THAT(trouble({.bind = "*"}), HasSubstr("is in use"));
  let_go();
  EXPECT_EQ(trouble({}), "none");
}

TEST_F(UpPortsTest, TheBridgesPortHasAnOptionOfItsOwn) {
  EXPECT_EQ(trouble({.http = std::to_string(port)}),
            "port " + std::to_string(port) +
                " of the HTTP bridge is in use; choose another with --http PORT, or start no bridge: --http off");
}

TEST_F(UpPortsTest, AnAddressOfAnotherMachineIsNotListenedOn) {
  let_go();
  EXPECT_THAT(trouble({.bind = "192.0.2.1"}), HasSubstr("cannot listen on 192.0.2.1:" + std::to_string(port)));
  EXPECT_THAT(trouble({.bind = "192.0.2.1", .http = std::to_string(port)}), HasSubstr("cannot listen on"));
}

TEST(Address, IsFourNumbersOrAStar) {
  for (const auto* address : {"127.0.0.1", "0.0.0.0", "*"}) EXPECT_TRUE(up::is_address(address)) << address;
  for (const auto* other : {"", "localhost", "127.0.0", "::1", "1.2.3.4:5"}) EXPECT_FALSE(up::is_address(other));
}

}  // namespace
