// A subscriber says which topics it wants, each of one byte, and nothing else; another one is cut off.
#include "net/subscribers.h"

#include <gtest/gtest.h>

#include "net/sockets.h"

namespace {

class SubscribersTest : public testing::Test {
 protected:
  SubscribersTest() {
    publisher.set(zmq::sockopt::xpub_verbose, true);
    net::bind(publisher, "tcp://127.0.0.1:*");
  }
  void connect(zmq::socket_t& socket) {
    socket.set(zmq::sockopt::linger, 0);
    socket.connect(publisher.get(zmq::sockopt::last_endpoint));
  }
  // Waits for the next message of a subscriber; returns how many were cut off.
  std::uint64_t cut() {
    zmq::pollitem_t item{publisher.handle(), 0, ZMQ_POLLIN, 0};
    EXPECT_EQ(zmq::poll(&item, 1, std::chrono::seconds(10)), 1) << "nothing came";
    return subscribers.take(publisher);
  }
  void take_until_wanted(const std::string& topic) {
    while (!subscribers.want(topic) && !HasFailure()) EXPECT_EQ(cut(), 0U);
  }
  std::uint64_t cut_after(std::string_view message) {
    zmq::socket_t raw(context, zmq::socket_type::xsub);
    connect(raw);
    raw.send(zmq::buffer(message));
    return cut();
  }

  zmq::context_t context;
  zmq::socket_t publisher{net::make_socket(context, net::kPublish)};
  net::Subscribers subscribers;
};

TEST_F(SubscribersTest, TopicsOfOneByteAndAllOfThemMayBeHad) {
  for (const auto* topic : {"H", ""}) {
    zmq::socket_t subscriber(context, zmq::socket_type::sub);
    subscriber.set(zmq::sockopt::subscribe, topic);
    connect(subscriber);
    EXPECT_EQ(cut(), 0U);
    subscriber.set(zmq::sockopt::unsubscribe, topic);
    EXPECT_EQ(cut(), 0U);
  }
}

TEST_F(SubscribersTest, ATopicIsWantedOnceAnySubscriberHasIt) {
  EXPECT_FALSE(subscribers.want("H"));
  zmq::socket_t one(context, zmq::socket_type::xsub);
  connect(one);
  one.send(zmq::buffer(std::string_view("\x01H")));
  take_until_wanted("H");
  EXPECT_FALSE(subscribers.want("B"));
  one.send(zmq::buffer(std::string_view("\x01")));
  take_until_wanted("B");
}

TEST_F(SubscribersTest, AStrangerCannotEndTheSubscriptionsOfOthers) {
  zmq::socket_t one(context, zmq::socket_type::xsub);
  connect(one);
  one.send(zmq::buffer(std::string_view("\x01H")));
  take_until_wanted("H");
  zmq::socket_t stranger(context, zmq::socket_type::xsub);
  connect(stranger);
  stranger.send(zmq::buffer(std::string_view("\0H", 2)));
  stranger.send(zmq::buffer(std::string_view("\0B", 2)));
  stranger.send(zmq::buffer(std::string_view("\x01L")));
  take_until_wanted("L");
  EXPECT_TRUE(subscribers.want("H"));
  EXPECT_FALSE(subscribers.want("B")) << "nobody had it";
}

TEST_F(SubscribersTest, ALongerTopicEndsTheConnection) {
  zmq::socket_t subscriber(context, zmq::socket_type::sub);
  subscriber.set(zmq::sockopt::subscribe, "HH");
  connect(subscriber);
  EXPECT_EQ(cut(), 1U);
}

TEST_F(SubscribersTest, AMessageThatIsNoSubscriptionEndsTheConnection) {
  EXPECT_EQ(cut_after("\x02H"), 1U);
  EXPECT_EQ(cut_after("Hello"), 1U);
  EXPECT_EQ(cut_after("\x01HH"), 1U);
  EXPECT_EQ(cut_after("\x01H"), 0U);
}

}  // namespace
