#include "net/listeners.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <vector>

#include "net/loop.h"
#include "tests/net/fixture.h"

namespace {

// A process with few descriptors, for the length of a test.
class ListenersTest : public testing::Test {
 protected:
  static constexpr int kDescriptors = 128;

  ListenersTest() {
    ::getrlimit(RLIMIT_NOFILE, &before);
    rlimit few{kDescriptors, before.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &few);
    std::string pattern = (std::filesystem::temp_directory_path() / "pygmy-net-XXXXXX").string();
    directory = mkdtemp(pattern.data());
  }
  ~ListenersTest() override {
    give_back();
    ::setrlimit(RLIMIT_NOFILE, &before);
    std::filesystem::remove_all(directory);
  }

  // Uses up all descriptors but a few, which the sanitizers need for logging.
  void use_up(int but = 4) {
    for (int taken = ::eventfd(0, EFD_CLOEXEC); taken >= 0; taken = ::eventfd(0, EFD_CLOEXEC)) used.push_back(taken);
    for (; but > 0; --but) {
      ::close(used.back());
      used.pop_back();
    }
  }
  void give_back() {
    for (const int descriptor : used) ::close(descriptor);
    used.clear();
  }
  // A tick late enough after the last one for another count of the descriptors.
  void tick() { listeners.on_tick(now += std::chrono::seconds(1)); }
  // A connection of its own, which is not waited for; made while there is a descriptor for it.
  struct Stranger {
    int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    Stranger() = default;
    Stranger(const Stranger&) = delete;
    Stranger& operator=(const Stranger&) = delete;
    ~Stranger() { ::close(descriptor); }

    void dial(std::uint16_t port) const {
      sockaddr_in place{
          .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
      ::connect(descriptor, reinterpret_cast<const sockaddr*>(&place), sizeof place);
    }
    // The kernel of this machine answers a connection to itself at once, or drops its packet.
    bool connected() const {
      tcp_info info{};
      socklen_t size = sizeof info;
      return ::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 && info.tcpi_state == TCP_ESTABLISHED;
    }
    bool was_closed() const {
      pollfd hung_up{descriptor, POLLIN | POLLRDHUP, 0};
      char byte = 0;
      // libzmq may have greeted it first.
      while (::poll(&hung_up, 1, 10'000) == 1) {
        if (::recv(descriptor, &byte, 1, 0) <= 0) return true;
      }
      return false;
    }
  };

  std::uint16_t listen() {
    listeners.add(socket, "tcp://127.0.0.1:*");
    return port_of(socket.get(zmq::sockopt::last_endpoint));
  }
  static std::uint16_t port_of(const std::string& place) {
    return static_cast<std::uint16_t>(std::stoi(place.substr(place.rfind(':') + 1)));
  }
  // A port that was free a moment ago.
  static std::uint16_t free_port() {
    zmq::context_t other;
    zmq::socket_t taken(other, zmq::socket_type::router);
    taken.bind("tcp://127.0.0.1:*");
    return port_of(taken.get(zmq::sockopt::last_endpoint));
  }
  bool takes_connections(std::uint16_t port) const {
    const Stranger stranger;
    stranger.dial(port);
    return stranger.connected();
  }
  // Returns the routing id with which the client's message arrives; another connection has another one.
  std::string ask(zmq::socket_t& client) {
    client.send(zmq::buffer(std::string_view("hello")));
    zmq::pollitem_t item{socket.handle(), 0, ZMQ_POLLIN, 0};
    zmq::poll(&item, 1, std::chrono::seconds(10));
    zmq::message_t routing;
    zmq::message_t message;
    if (!socket.recv(routing, zmq::recv_flags::dontwait) || !socket.recv(message)) return "nothing came";
    return routing.to_string();
  }

  rlimit before{};
  std::string directory;
  std::vector<int> used;
  zmq::context_t context;
  zmq::socket_t socket{context, zmq::socket_type::router};
  net::Listeners listeners;
  base::Mono now = base::now().mono;
};

TEST_F(ListenersTest, WithoutDescriptorsNobodyIsAcceptedAndWithThemEverybodyIs) {
  const auto port = listen();
  for (int round = 0; round < 2; ++round) {
    tick();
    EXPECT_TRUE(listeners.listening());
    EXPECT_TRUE(takes_connections(port));
    use_up();
    tick();
    EXPECT_FALSE(listeners.listening());
    EXPECT_FALSE(takes_connections(port));
    give_back();
    tick();
    EXPECT_TRUE(listeners.listening());
    EXPECT_TRUE(takes_connections(port));
  }
}

TEST_F(ListenersTest, AConnectionThatWasAcceptedGoesOn) {
  const auto port = listen();
  zmq::socket_t client(context, zmq::socket_type::dealer);
  client.set(zmq::sockopt::linger, 0);
  client.connect("tcp://127.0.0.1:" + std::to_string(port));
  const auto answer = ask(client);
  use_up();
  tick();
  ASSERT_FALSE(listeners.listening());
  EXPECT_EQ(ask(client), answer);
  give_back();
  tick();
  EXPECT_EQ(ask(client), answer);
}

// libzmq would try to accept them for ever. Its thread takes each descriptor of this process that becomes free
// meanwhile.
TEST_F(ListenersTest, ConnectionsThatWaitWhenNoDescriptorIsLeftAreClosed) {
  const auto port = listen();
  use_up();
  tick();  // the line in the log comes once a minute, and the sanitizers need descriptors for it
  give_back();
  tick();
  const Stranger waiting[64];
  use_up(0);
  for (const auto& each : waiting) each.dial(port);
  tick();
  EXPECT_FALSE(listeners.listening());
  for (const auto& each : waiting) ASSERT_TRUE(each.was_closed());
}

// Only processes of this user reach it.
TEST_F(ListenersTest, AnIpcEndpointStaysOpen) {
  const auto place = "ipc://" + directory + "/a";
  listeners.add(socket, place);
  zmq::socket_t client(context, zmq::socket_type::dealer);
  client.set(zmq::sockopt::linger, 0);
  use_up(kDescriptors / 8);
  tick();
  EXPECT_TRUE(listeners.listening());
  client.connect(place);
  EXPECT_NE(ask(client), "nothing came");
}

TEST_F(ListenersTest, ItListensAgainOnceMoreThanHalfOfTheReserveIsFreeBesideTheReserve) {
  listen();
  use_up();
  tick();
  ASSERT_FALSE(listeners.listening());
  give_back();
  use_up(kDescriptors / 4 + kDescriptors / 8);
  tick();
  EXPECT_FALSE(listeners.listening());
  ::close(used.back());
  used.pop_back();
  tick();
  EXPECT_TRUE(listeners.listening());
}

// Connections are closed and others take their place, so the free descriptors are not the last ones.
TEST_F(ListenersTest, AHoleAmongTheDescriptorsIsNoRoom) {
  listeners.add(socket, "tcp://127.0.0.1:*");
  use_up();
  for (int hole = 0; hole < 4; ++hole) {
    ::close(used.front());
    used.erase(used.begin());
  }
  tick();
  EXPECT_FALSE(listeners.listening());
  tick();
  EXPECT_FALSE(listeners.listening());
}

TEST_F(ListenersTest, SomeDescriptorsAreKeptForTheProcessItself) {
  listeners.add(socket, "tcp://127.0.0.1:*");
  use_up(kDescriptors / 8);
  tick();
  EXPECT_FALSE(listeners.listening()) << "an eighth is left, and a quarter is reserved";
}

// Counting takes longer than a round, so it is seldom done while many descriptors are free. With 4,000 of them 40 ms
// pass, in which no client can use them all.
TEST_F(ListenersTest, ManyFreeDescriptorsAreCountedSeldom) {
  const auto limit = [&](rlim_t descriptors) {
    const rlimit allowed{descriptors, before.rlim_max};
    return ::setrlimit(RLIMIT_NOFILE, &allowed) == 0;
  };
  if (!limit(4096)) GTEST_SKIP() << "this system allows fewer descriptors";
  listen();
  tick();
  ASSERT_TRUE(limit(kDescriptors));
  use_up();
  listeners.on_tick(now + std::chrono::milliseconds(35));
  EXPECT_TRUE(listeners.listening());
  listeners.on_tick(now + std::chrono::milliseconds(41));
  EXPECT_FALSE(listeners.listening());
}

class ListenersOfALoopTest : public ListenersTest {
 protected:
  bool run(const std::function<bool()>& done) {
    loop.run_until(done, base::now().mono + std::chrono::seconds(10));
    return done();
  }

  const std::uint16_t port = free_port();
  const std::string place = "tcp://127.0.0.1:" + std::to_string(port);
  net_test::QuietCore core;
  net::Loop loop;
};

TEST_F(ListenersOfALoopTest, AreLookedAfterAlsoWhileNothingArrives) {
  loop.add({.serve = {place}}, core);
  use_up();
  EXPECT_TRUE(run([&] { return !takes_connections(port); }));
}

TEST_F(ListenersOfALoopTest, ThoseOfACoreThatHasStoppedAreForgotten) {
  net_test::QuietCore gone;
  const auto at = [this](const char* name) { return "ipc://" + directory + "/" + name; };
  loop.add({.serve = {"tcp://127.0.0.1:*"}, .publish_bind = {at("p")}, .subscribe_bind = {at("h")}}, gone);
  loop.add({.serve = {place}}, core);
  loop.outbox(gone).stop();
  EXPECT_TRUE(run([&, rounds = 0]() mutable { return ++rounds > 5; }));
  use_up();
  EXPECT_TRUE(run([&] { return !takes_connections(port); }));
  give_back();
  EXPECT_TRUE(run([&] { return takes_connections(port); }));
}

TEST_F(ListenersTest, AProcessThatListensNowhereNeedsNoneOfThis) {
  use_up();
  tick();
  EXPECT_TRUE(listeners.listening());
}

}  // namespace
