#include "net/listeners.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <vector>

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

TEST_F(ListenersTest, AProcessThatListensNowhereNeedsNoneOfThis) {
  use_up();
  tick();
  EXPECT_TRUE(listeners.listening());
}

}  // namespace
