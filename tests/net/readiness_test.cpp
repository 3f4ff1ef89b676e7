// Readiness without a loop: a ROUTER and a DEALER in one context.
#include "net/readiness.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <string>
#include <zmq.hpp>

namespace {

constexpr const char* kPlace = "inproc://readiness";

class ReadinessTest : public testing::Test {
 protected:
  ReadinessTest() {
    server.bind(kPlace);
    client.connect(kPlace);
    client.send(zmq::buffer(std::string_view("hello")));
    zmq::message_t routing;
    (void)server.recv(routing);
    peer = routing.to_string();
    zmq::message_t hello;
    (void)server.recv(hello);
  }

  void answer(std::string_view text) {
    server.send(zmq::buffer(peer), zmq::send_flags::sndmore);
    server.send(zmq::buffer(text));
  }
  // Returns whether the client can be read within `time`.
  bool is_readable(base::Duration time) {
    const auto until = base::now().mono + time;
    do {
      waiter.begin();
      waiter.add(readiness);
      waiter.wait(until);
      if (readiness.begin_reading()) return true;
    } while (base::now().mono < until);
    return false;
  }
  // Answers, and calls the socket: like any call, this takes the change in and clears the descriptor.
  void take_in_a_change() {
    answer("another");
    pollfd arrived{readiness.fd(), POLLIN, 0};
    ASSERT_EQ(poll(&arrived, 1, 10'000), 1);
    (void)client.get(zmq::sockopt::events);
    ASSERT_EQ(poll(&arrived, 1, 0), 0);
  }
  std::string read() {
    zmq::message_t message;
    return client.recv(message, zmq::recv_flags::dontwait) ? message.to_string() : "";
  }

  zmq::context_t context;
  zmq::socket_t server{context, zmq::socket_type::router};
  zmq::socket_t client{context, zmq::socket_type::dealer};
  net::Readiness readiness{client};
  net::Waiter waiter;
  std::string peer;
};

TEST_F(ReadinessTest, AMessageThatArrivesMakesItReadable) {
  EXPECT_FALSE(is_readable(std::chrono::milliseconds(1)));
  answer("one");
  EXPECT_TRUE(is_readable(std::chrono::seconds(10)));
  EXPECT_EQ(read(), "one");
  EXPECT_FALSE(is_readable(std::chrono::milliseconds(1)));
}

TEST_F(ReadinessTest, ItStaysReadableUntilAllIsRead) {
  answer("one");
  answer("two");
  ASSERT_TRUE(is_readable(std::chrono::seconds(10)));
  EXPECT_EQ(read(), "one");
  EXPECT_TRUE(is_readable(std::chrono::seconds(10)));
  EXPECT_EQ(read(), "two");
}

TEST_F(ReadinessTest, AMessageThatArrivesDuringASendIsNoticed) {
  EXPECT_FALSE(is_readable(std::chrono::milliseconds(1)));
  take_in_a_change();
  readiness.used();
  EXPECT_TRUE(is_readable(std::chrono::seconds(10)));
}

// The descriptor is cleared before, so the message is noticed only if the socket itself is asked.
TEST_F(ReadinessTest, ADrainedSocketIsNotAskedUntilItsDescriptorTellsOfMore) {
  answer("one");
  ASSERT_TRUE(is_readable(std::chrono::seconds(10)));
  EXPECT_EQ(read(), "one");
  EXPECT_EQ(read(), "");
  readiness.drained();
  answer("two");
  EXPECT_TRUE(is_readable(std::chrono::seconds(10)));
  EXPECT_EQ(read(), "two");
  EXPECT_EQ(read(), "");
  readiness.drained();
  take_in_a_change();
  EXPECT_FALSE(is_readable(std::chrono::milliseconds(1)));
}

TEST_F(ReadinessTest, ADrainedSocketIsAskedWhileASenderWaitsForRoom) {
  EXPECT_FALSE(is_readable(std::chrono::milliseconds(1)));
  readiness.wait_for_room(true);
  readiness.drained();
  take_in_a_change();
  EXPECT_TRUE(is_readable(std::chrono::seconds(10)));
}

}  // namespace
