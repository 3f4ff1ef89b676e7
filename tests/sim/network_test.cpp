#include "tests/sim/network.h"

#include <gtest/gtest.h>

namespace sim {
namespace {

class Ear : public Receiver {
 public:
  void arrive(Arrival arrival) override {
    heard += *arrival.bytes;
    last = std::move(arrival);
  }
  std::string heard;
  Arrival last;
};

class NetworkTest : public testing::Test {
 protected:
  NetworkTest() {
    network.up(ann_no);
    network.up(shop_no);
    network.subscribe(ann_no, shop_no, {"B"});
  }
  void send(const std::string& bytes) { network.send(ann_no, Network::endpoint("shop"), bytes); }
  void publish(const std::string& bytes) { network.publish(shop_no, {"B", bytes}); }
  void cut(Cut how) { network.cut(ann_no, shop_no, how); }
  void run(Duration length = 500ms) { world.run_until(world.now() + length); }

  World world{1};
  Network network{world};
  Ear ann, shop;
  NodeNo ann_no = network.join("ann", ann);
  NodeNo shop_no = network.join("shop", shop);
};

TEST_F(NetworkTest, FramesOfAConnectionArriveInOrder) {
  for (char c = 'a'; c <= 'z'; ++c) send(std::string(1, c));
  run();
  EXPECT_EQ(shop.heard, "abcdefghijklmnopqrstuvwxyz");
}

TEST_F(NetworkTest, ARouterAnswersByTheNameOfTheConnection) {
  send("question");
  run();
  network.reply(shop_no, shop.last.from, "answer");
  run();
  EXPECT_EQ(ann.heard, "answer");
  EXPECT_EQ(ann.last.endpoint, "tcp://shop");
}

TEST_F(NetworkTest, ARestartLosesWhatIsInFlightAndVoidsTheName) {
  send("lost");
  network.down(shop_no);
  run();
  EXPECT_EQ(shop.heard, "");
  network.up(shop_no);
  send("one");
  run();
  const auto name = shop.last.from;
  network.down(ann_no);
  network.up(ann_no);
  network.reply(shop_no, name, "to a name that is gone");
  send("two");
  run();
  EXPECT_EQ(ann.heard, "");
  EXPECT_EQ(shop.heard, "onetwo");
  EXPECT_NE(shop.last.from, name);
}

TEST_F(NetworkTest, AMessageToAProcessThatIsDownWaitsASecond) {
  network.down(shop_no);
  send("old");
  run(900ms);
  send("new");
  run(300ms);
  network.up(shop_no);
  run();
  EXPECT_EQ(shop.heard, "new");
}

TEST_F(NetworkTest, ACutThatHoldsDeliversInOrderAfterwards) {
  send("a");
  run();
  cut(Cut::kHold);
  send("b");
  send("c");
  network.reply(shop_no, shop.last.from, "the other way is open");
  run();
  EXPECT_EQ(shop.heard, "a");
  EXPECT_EQ(ann.heard, "the other way is open");
  cut(Cut::kNone);
  send("d");
  run();
  EXPECT_EQ(shop.heard, "abcd");
}

TEST_F(NetworkTest, ACutThatDropsLosesAndRenames) {
  send("a");
  run();
  const auto name = shop.last.from;
  cut(Cut::kDrop);
  send("b");
  run();
  cut(Cut::kNone);
  send("c");
  run();
  EXPECT_EQ(shop.heard, "ac");
  EXPECT_NE(shop.last.from, name);
}

TEST_F(NetworkTest, ACutThatBreaksLosesWhatIsInFlight) {
  send("a");
  cut(Cut::kBreak);
  run();
  EXPECT_EQ(shop.heard, "");
  cut(Cut::kNone);
  send("b");
  run();
  EXPECT_EQ(shop.heard, "b");
}

TEST_F(NetworkTest, ASubscriberMissesWhatIsPublishedBeforeItIsThere) {
  network.down(ann_no);
  publish("missed");
  network.up(ann_no);
  publish("missed, too");
  run();
  publish("heard");
  run();
  EXPECT_EQ(ann.heard, "heard");
}

TEST_F(NetworkTest, PublishedMessagesMayBeLost) {
  run();
  network.lose_published(1.0);
  publish("lost");
  network.lose_published(0);
  publish("heard");
  network.publish(shop_no, {"H", "another topic"});
  run();
  EXPECT_EQ(ann.heard, "heard");
}

TEST_F(NetworkTest, ANarrowLinkTakesItsTimeAndDropsWhatWouldWaitTooLong) {
  network.narrow(shop_no, ann_no, 1000);
  publish(std::string(500, 'a'));
  run(300ms);
  EXPECT_EQ(ann.heard, "");
  run(300ms);
  EXPECT_EQ(ann.heard.size(), 500U);
  for (int i = 0; i < 10; ++i) publish(std::string(500, 'b'));
  run(10s);
  EXPECT_EQ(ann.heard.size(), 500U + 3 * 500U);
}

TEST_F(NetworkTest, APublishedMessageMayComeTwice) {
  network.double_messages(1);
  publish("b");
  run();
  EXPECT_EQ(ann.heard, "bb");
}

TEST_F(NetworkTest, ARequestToAProcessOtherThanABrokerNeverComesTwice) {
  network.double_messages(1);
  send("buy");
  run();
  EXPECT_EQ(shop.heard, "buy");
}

TEST_F(NetworkTest, CoresOfOneProcessHearEachOtherAtOnceWhateverTheNetworkDoes) {
  network.join_process(ann_no, shop_no);
  cut(Cut::kDrop);
  network.cut(shop_no, ann_no, Cut::kBreak);
  network.slow(ann_no, shop_no, 1s);
  network.narrow(ann_no, shop_no, 1);
  network.lose_published(1);
  network.double_messages(1);
  network.up(shop_no);
  publish("the first one");
  send("a");
  send("b");
  run(1ms);
  EXPECT_EQ(ann.heard, "the first one");
  EXPECT_EQ(shop.heard, "ab");
}

}  // namespace
}  // namespace sim
