// A socket has the limits that libzmq leaves open: they are read back.
#include "net/sockets.h"

#include <gtest/gtest.h>

#include <functional>

namespace {

// Returns the error of an action that must fail.
std::string error_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  ADD_FAILURE() << "no error";
  return "";
}

TEST(SocketsTest, AKindHasItsQueuesAndItsLargestMessage) {
  zmq::context_t context;
  for (const auto& kind : {net::kServe, net::kDial, net::kPublish, net::kSubscribe, net::kBeat, net::kHearBeats}) {
    auto socket = net::make_socket(context, kind);
    EXPECT_EQ(socket.get(zmq::sockopt::type), static_cast<int>(kind.type));
    EXPECT_EQ(socket.get(zmq::sockopt::rcvhwm), kind.receive);
    EXPECT_EQ(socket.get(zmq::sockopt::sndhwm), kind.send);
    EXPECT_EQ(socket.get(zmq::sockopt::maxmsgsize), kind.bytes_max);
    EXPECT_EQ(socket.get(zmq::sockopt::rcvbuf), kind.kernel_bytes > 0 ? kind.kernel_bytes : -1);
  }
}

TEST(SocketsTest, EachSocketNoticesAPeerThatIsGoneAndComesBackSoon) {
  zmq::context_t context;
  auto socket = net::make_socket(context, net::kDial);
  EXPECT_EQ(socket.get(zmq::sockopt::tcp_keepalive), 1);
  EXPECT_EQ(socket.get(zmq::sockopt::tcp_keepalive_idle), 1);
  EXPECT_EQ(socket.get(zmq::sockopt::tcp_keepalive_intvl), 1);
  EXPECT_EQ(socket.get(zmq::sockopt::tcp_keepalive_cnt), 5);
  EXPECT_EQ(socket.get(zmq::sockopt::tcp_maxrt), 5000);
  EXPECT_EQ(socket.get(zmq::sockopt::handshake_ivl), 3000);
  EXPECT_EQ(socket.get(zmq::sockopt::reconnect_ivl), 20);
  EXPECT_EQ(socket.get(zmq::sockopt::reconnect_ivl_max), 200);
  EXPECT_EQ(socket.get(zmq::sockopt::backlog), 1024);
  EXPECT_EQ(socket.get(zmq::sockopt::linger), 200);
  EXPECT_EQ(socket.get(zmq::sockopt::immediate), 1);
  EXPECT_EQ(socket.get(zmq::sockopt::heartbeat_ivl), 0) << "they end the process";
}

TEST(SocketsTest, ARouterSaysThatAPeerIsGone) {
  zmq::context_t context;
  auto router = net::make_socket(context, net::kServe);
  std::vector<zmq::message_t> frames;
  frames.emplace_back(std::string_view("nobody"));
  frames.emplace_back(std::string_view("an answer"));
  EXPECT_EQ(net::send(router, std::move(frames)), net::Sent::kGone);
}

TEST(SocketsTest, AMessageArrivesWithAllItsFrames) {
  zmq::context_t context;
  auto router = net::make_socket(context, net::kServe);
  auto dealer = net::make_socket(context, net::kDial);
  router.bind("inproc://a");
  dealer.connect("inproc://a");
  std::vector<zmq::message_t> frames;
  for (const auto* text : {"one", "", "three"}) frames.emplace_back(std::string_view(text));
  EXPECT_EQ(net::send(dealer, std::move(frames)), net::Sent::kYes);
  zmq::pollitem_t item{router.handle(), 0, ZMQ_POLLIN, 0};
  zmq::poll(&item, 1, std::chrono::seconds(10));
  std::vector<zmq::message_t> received;
  ASSERT_TRUE(net::receive(router, received));
  ASSERT_EQ(received.size(), 4U) << "the sender's name is before them";
  EXPECT_EQ(net::view(received[1]), "one");
  EXPECT_EQ(net::view(received[2]), "");
  EXPECT_EQ(net::view(received[3]), "three");
  EXPECT_FALSE(net::receive(router, received));
}

TEST(SocketsTest, AnEndpointThatCannotBeUsedIsNamedInOneLine) {
  zmq::context_t context;
  auto socket = net::make_socket(context, net::kDial);
  for (const std::string none :
       {"", "nowhere", "udp://127.0.0.1:1", "ws://127.0.0.1:1", "inproc://a", " tcp://127.0.0.1:1"}) {
    const auto expected = "'" + none + "' is not an endpoint: write tcp://HOST:PORT or ipc://PATH";
    EXPECT_EQ(error_of([&] { net::bind(socket, none); }), expected);
    EXPECT_EQ(error_of([&] { net::connect(socket, none); }), expected);
  }
  EXPECT_EQ(error_of([&] { net::bind(socket, "tcp://host"); }), "cannot listen on tcp://host: Invalid argument");
  EXPECT_EQ(error_of([&] { net::connect(socket, "tcp://host"); }), "cannot connect to tcp://host: Invalid argument");
}

}  // namespace
