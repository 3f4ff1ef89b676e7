// Strangers with plain sockets dial a loop from several addresses of the loopback network.
#include "net/callers.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "net/loop.h"
#include "tests/net/fixture.h"
#include "tests/support/ports.h"

namespace {

sockaddr_in place_of(const std::string& address, int port) {
  sockaddr_in place{
      .sin_family = AF_INET, .sin_port = htons(static_cast<std::uint16_t>(port)), .sin_addr = {}, .sin_zero = {}};
  ::inet_pton(AF_INET, address.c_str(), &place.sin_addr);
  return place;
}

class Stranger {
 public:
  Stranger(const std::string& from, int port) {
    const auto own = place_of(from, 0);
    const auto other = place_of("127.0.0.1", port);
    is_connected_ = ::bind(descriptor_, reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0 &&
                    ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&other), sizeof other) == 0;
  }
  ~Stranger() { ::close(descriptor_); }
  Stranger(const Stranger&) = delete;
  Stranger& operator=(const Stranger&) = delete;

  int descriptor() const { return descriptor_; }
  bool is_connected() const { return is_connected_; }
  // libzmq greets each connection first.
  bool was_closed() const {
    char bytes[64];
    for (;;) {
      const auto got = ::recv(descriptor_, bytes, sizeof bytes, MSG_DONTWAIT);
      if (got < 0) return errno != EAGAIN;
      if (got == 0) return true;
    }
  }

 private:
  int descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bool is_connected_ = false;
};

class CountingCore : public net_test::QuietCore {
 public:
  void on_tick(base::Turn turn) override { refused = turn.out.loop_counters()["connections_refused"]; }
  std::uint64_t refused = 0;
};

class CallersOfALoopTest : public net_test::SocketsTest<net::Loop> {
 protected:
  static constexpr std::uint32_t kMax = 3;

  void start(net::Sockets sockets = {}) {
    sockets.serve.push_back(fmt::format("tcp://127.0.0.1:{}", ports.at(0)));
    sockets.connections_of_address = kMax;
    loop.add(sockets, core);
  }
  void come(const std::string& from, int number, int port = 0) {
    for (int i = 0; i < number; ++i) strangers.push_back(std::make_unique<Stranger>(from, ports.at(port)));
    for (const auto& each : strangers) ASSERT_TRUE(each->is_connected());
  }
  bool until(const std::function<bool()>& done) { return run({&loop}, done); }
  std::vector<bool> closed() const {
    std::vector<bool> all;
    for (const auto& each : strangers) all.push_back(each->was_closed());
    return all;
  }

  support::Ports ports;
  CountingCore core;
  net::Loop loop;
  std::vector<std::unique_ptr<Stranger>> strangers;
};

TEST_F(CallersOfALoopTest, OnlyTheLastConnectionsOfAnAddressWithTooManyAreClosed) {
  start();
  come("127.0.0.2", 1);
  come("127.0.0.3", kMax + 2);
  come("127.0.0.2", 1);
  ASSERT_TRUE(until([&] { return core.refused == 2; }));
  EXPECT_EQ(closed(), (std::vector{false, false, false, false, true, true, false}));
}

TEST_F(CallersOfALoopTest, AConnectionThatHasEndedMakesRoom) {
  start();
  come("127.0.0.2", kMax + 1);
  ASSERT_TRUE(until([&] { return core.refused == 1; }));
  strangers.clear();
  come("127.0.0.2", 2 * kMax);  // libzmq may hear of the ends later than of these
  ASSERT_TRUE(until([&] { return core.refused > 1; }));
  ASSERT_TRUE(until([&] {
    strangers.clear();
    come("127.0.0.2", kMax);
    const auto before = core.refused;
    const auto later = base::now().mono + std::chrono::milliseconds(50);
    return until([&] { return base::now().mono > later; }) && core.refused == before;
  }));
}

TEST_F(CallersOfALoopTest, EachSocketThatListensHasItsOwnBound) {
  start({.publish_bind = {fmt::format("tcp://127.0.0.1:{}", ports.at(1))}});
  come("127.0.0.2", kMax);
  come("127.0.0.2", kMax, 1);
  come("127.0.0.2", 1, 1);
  ASSERT_TRUE(until([&] { return core.refused == 1; }));
  EXPECT_EQ(closed(), (std::vector{false, false, false, false, false, false, true}));
}

// --- without a loop ---

class CallersTest : public testing::Test {
 protected:
  // A connection as its listener sees it; -1 if there is none.
  int accepted(const std::string& from) {
    strangers.push_back(std::make_unique<Stranger>(from, port));
    descriptors.push_back(::accept(listener, nullptr, nullptr));
    return descriptors.back();
  }
  void SetUp() override {
    auto place = place_of("127.0.0.1", 0);
    socklen_t size = sizeof place;
    ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&place), size), 0);
    ASSERT_EQ(::listen(listener, 16), 0);
    ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&place), &size), 0);
    port = ntohs(place.sin_port);
  }
  ~CallersTest() override {
    for (const int each : descriptors) ::close(each);
    ::close(listener);
  }

  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int port = 0;
  std::vector<std::unique_ptr<Stranger>> strangers;
  std::vector<int> descriptors;
  net::Callers callers{1};
};

TEST_F(CallersTest, NoAddressIsKeptOnceItsConnectionsHaveEnded) {
  for (const auto* from : {"127.0.0.2", "127.0.0.3", "127.0.0.3"}) callers.came(accepted(from));
  EXPECT_EQ(callers.addresses(), 2U);
  EXPECT_EQ(callers.cut(), std::vector<std::string>{"127.0.0.3"});
  EXPECT_EQ(callers.cut(), std::vector<std::string>{}) << "it was cut before";
  for (const int each : descriptors) callers.left(each);
  EXPECT_EQ(callers.addresses(), 0U);
}

// The end of the first connection was not told.
TEST_F(CallersTest, ADescriptorThatComesAgainStandsForTheLaterConnection) {
  const int descriptor = accepted("127.0.0.2");
  callers.came(descriptor);
  callers.came(descriptor);
  EXPECT_TRUE(callers.cut().empty());
  callers.left(descriptor);
  callers.left(descriptor);
  EXPECT_EQ(callers.addresses(), 0U);
}

TEST_F(CallersTest, ADescriptorThatBecameAnothersIsNotCut) {
  callers.came(accepted("127.0.0.2"));
  const int second = accepted("127.0.0.2");
  callers.came(second);
  ASSERT_EQ(::dup2(accepted("127.0.0.3"), second), second);
  EXPECT_TRUE(callers.cut().empty());
}

TEST_F(CallersTest, AConnectionThatHasEndedBeforeItWasToldDoesNotCut) {
  callers.came(accepted("127.0.0.2"));
  const int second = accepted("127.0.0.2");
  callers.came(second);
  callers.left(second);
  EXPECT_TRUE(callers.cut().empty());
}

TEST_F(CallersTest, OnlyConnectionsOfTcpCount) {
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  for (const int each : {pair[0], pair[1], listener, -1}) callers.came(each);
  EXPECT_EQ(callers.addresses(), 0U);
  EXPECT_TRUE(callers.cut().empty());
  for (const int each : pair) ::close(each);
}

// Neighbours in a network of IPv6 are one caller.
TEST_F(CallersTest, AnIpv6AddressCountsWithItsNetwork) {
  const int v6 = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in6 place{};
  place.sin6_family = AF_INET6;
  place.sin6_addr = in6addr_loopback;
  socklen_t size = sizeof place;
  if (v6 < 0 || ::bind(v6, reinterpret_cast<const sockaddr*>(&place), size) != 0) GTEST_SKIP() << "no IPv6 here";
  ASSERT_EQ(::listen(v6, 16), 0);
  ASSERT_EQ(::getsockname(v6, reinterpret_cast<sockaddr*>(&place), &size), 0);
  const int dialled = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(::connect(dialled, reinterpret_cast<const sockaddr*>(&place), size), 0);
  descriptors = {v6, dialled, ::accept(v6, nullptr, nullptr)};
  callers.came(descriptors[1]);
  callers.came(descriptors[2]);
  EXPECT_EQ(callers.cut(), std::vector<std::string>{"::"}) << "::1 without its last 64 bits";
}

}  // namespace
