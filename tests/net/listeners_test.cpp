#include "net/listeners.h"

#include <gtest/gtest.h>
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
  // Ticks until it listens again; libzmq closes an endpoint in a thread of its own.
  bool listens_again() {
    const auto deadline = base::now().mono + std::chrono::seconds(10);
    while (!listeners.listening() && base::now().mono < deadline) tick();
    return listeners.listening();
  }
  bool refuses(const std::string& name) const {
    sockaddr_un place{.sun_family = AF_UNIX, .sun_path = {}};
    (directory + "/" + name).copy(place.sun_path, sizeof place.sun_path - 1);
    const int client = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool refused = client >= 0 && ::connect(client, reinterpret_cast<const sockaddr*>(&place), sizeof place) != 0;
    ::close(client);
    return refused;
  }
  // Tries until it is refused; libzmq closes an endpoint in a thread of its own.
  bool refuses_soon(const std::string& name) const {
    const auto deadline = base::now().mono + std::chrono::seconds(10);
    while (!refuses(name) && base::now().mono < deadline) {
    }
    return refuses(name);
  }
  bool is_answered(const std::string& place) {
    zmq::socket_t client(context, zmq::socket_type::dealer);
    client.set(zmq::sockopt::linger, 0);
    client.connect(place);
    client.send(zmq::buffer(std::string_view("hello")));
    zmq::pollitem_t item{socket.handle(), 0, ZMQ_POLLIN, 0};
    zmq::poll(&item, 1, std::chrono::seconds(10));
    zmq::message_t routing;
    zmq::message_t message;
    return socket.recv(routing, zmq::recv_flags::dontwait) && socket.recv(message) &&
           message.to_string_view() == "hello";
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
  for (const auto& where : {std::string("tcp://127.0.0.1:*"), "ipc://" + directory + "/a"}) {
    listeners.add(socket, where);
  }
  for (int round = 0; round < 2; ++round) {
    tick();
    EXPECT_TRUE(listeners.listening());
    use_up();
    tick();
    EXPECT_FALSE(listeners.listening());
    EXPECT_TRUE(refuses_soon("a"));
    tick();
    give_back();
    EXPECT_TRUE(listens_again());
    EXPECT_TRUE(is_answered("ipc://" + directory + "/a"));
  }
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
  EXPECT_FALSE(listeners.listening()) << "its closed endpoints leave holes, too";
}

TEST_F(ListenersTest, SomeDescriptorsAreKeptForTheProcessItself) {
  listeners.add(socket, "tcp://127.0.0.1:*");
  use_up(kDescriptors / 8);
  tick();
  EXPECT_FALSE(listeners.listening()) << "an eighth is left, and a quarter is reserved";
}

class ListenersOfALoopTest : public ListenersTest {
 protected:
  std::string place(const std::string& name) const { return "ipc://" + directory + "/" + name; }
  bool run(const std::function<bool()>& done) {
    loop.run_until(done, base::now().mono + std::chrono::seconds(10));
    return done();
  }

  net_test::QuietCore core;
  net::Loop loop;
};

TEST_F(ListenersOfALoopTest, AreLookedAfterAlsoWhileNothingArrives) {
  loop.add({.serve = {place("a")}}, core);
  use_up();
  EXPECT_TRUE(run([&] { return refuses("a"); }));
}

TEST_F(ListenersOfALoopTest, ThoseOfACoreThatHasStoppedAreForgotten) {
  net_test::QuietCore gone;
  loop.add({.serve = {place("s")}, .publish_bind = {place("p")}, .subscribe_bind = {place("h")}}, gone);
  loop.add({.serve = {place("a")}}, core);
  loop.outbox(gone).stop();
  EXPECT_TRUE(run([&, rounds = 0]() mutable { return ++rounds > 5; }));
  use_up();
  EXPECT_TRUE(run([&] { return refuses("a"); }));
  give_back();
  EXPECT_TRUE(run([&] { return !refuses("a"); })) << "it waits for the endpoints of the other core";
}

TEST_F(ListenersTest, AProcessThatListensNowhereNeedsNoneOfThis) {
  use_up();
  tick();
  EXPECT_TRUE(listeners.listening());
}

}  // namespace
