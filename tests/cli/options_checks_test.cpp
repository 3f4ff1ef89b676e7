#include "cli/options_checks.h"

#include <gtest/gtest.h>

#include "base/host.h"

namespace {

// Each is given a few that are well and a few that are not.
void expect(const CLI::Validator& check, const std::vector<std::string>& well,
            const std::vector<std::string>& not_well) {
  for (auto text : well) EXPECT_EQ(check(text), "") << text;
  for (auto text : not_well) EXPECT_NE(check(text), "") << text;
}

TEST(Endpoint, OfTcpHasAHostAndAPortThatExists) {
  expect(cli::tcp_endpoint(65533), {"tcp://a:1", "tcp://127.0.0.1:7400", "tcp://[::1]:65533"},
         {"", "tcp://", "tcp://:7400", "tcp://a", "tcp://a:", "tcp://a:0", "tcp://a:65534", "tcp://a:007400",
          "tcp://a:74x", "tcp://a:-1", "ipc://a:1", "a:7400", "xtcp://a:7400"});
}

TEST(Endpoint, OfIpcHasAPathThatFitsIntoASocketAddress) {
  const std::string longest = "ipc://" + std::string(94, 'x');
  expect(cli::ipc_endpoint(), {"ipc://x", "ipc:///run/a b", longest}, {"", "ipc://", "tcp://a:1", longest + "x"});
}

TEST(Endpoint, OfABrokerLeavesTwoPortsBehindIt) {
  expect(cli::broker_endpoint(), {"tcp://a:65533", "ipc:///run/b"}, {"tcp://a:65534", "ipc://", "a:1"});
}

TEST(HttpAddress, IsAHostAndAPort) {
  expect(cli::http_address(), {"a:1", "0.0.0.0:65535", "[::1]:80"}, {"", "a", ":80", "a:", "a:0", "a:65536", "a:8x"});
}

TEST(WebHost, IsANameOrAnAddressWithoutAPort) {
  expect(cli::web_host(), {"shop", "Shop-2.example.", "10.0.0.5", "fd00::5", "::1", "a_b"},
         {"", "shop:80", "fade:80", "[::1]", "shop/", "*", "a b", "a,b", "http://shop", "fd00::x"});
}

TEST(WebOrigin, IsASchemeAndAHostThatMayHaveAPort) {
  expect(
      cli::web_origin(), {"http://shop", "https://shop.example:8443", "http://10.0.0.5:3000", "http://[::1]:80"},
      {"", "*", "null", "shop", "http://", "http://shop/", "http://shop/a", "ftp://shop", "http://a b", "https//shop"});
}

TEST(WebNetwork, IsAnAddressThatMayHaveBits) {
  expect(cli::web_network(), {"10.0.0.1", "10.0.0.0/8", "1.2.3.4/32", "::1", "fd00::/8", "::/128"},
         {"", "shop", "10.0.0/8", "10.0.0.0/", "10.0.0.0/33", "fd00::/129", "10.0.0.0/8x", "10.0.0.0/-1", "[::1]"});
}

TEST(HttpPort, MayBeOff) {
  expect(cli::port_or_off(), {"off", "1", "65535"}, {"", "on", "0", "65536", "100000", "8080x"});
}

// Returns the value of the option after its check. Empty: refused.
std::string instance(std::string text) { return cli::instance_name()(text).empty() ? text : std::string(); }

TEST(Instance, IsAPlainName) {
  EXPECT_EQ(instance("order-1"), "order-1");
  EXPECT_EQ(instance(""), "");
  EXPECT_EQ(instance("order 1"), "");
  EXPECT_EQ(instance("a.B_9-z"), "a.B_9-z");
  EXPECT_EQ(instance(std::string(64, 'o')), std::string(64, 'o'));
  EXPECT_EQ(instance(std::string(65, 'o')), "");
  for (const auto* other : {"a/b", "a:b", "a\n", "caf\xc3\xa9"}) EXPECT_EQ(instance(other), "") << other;
}

TEST(Instance, MayBeNamedAfterTheMachine) {
  EXPECT_EQ(instance("order-{host}"), "order-" + base::host_name());
  EXPECT_EQ(instance("{hosts}"), "");
}

}  // namespace
