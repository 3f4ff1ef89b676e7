// Events for subscribers: what is shown, from where, and what is pulled for it.
#include "bridge/feed.h"

#include <gmock/gmock.h>

#include "bridge/puller.h"
#include "scripted.h"

namespace bridge {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

msg::Event order_of(std::string customer, std::vector<std::uint64_t> items) {
  msg::OrderPlaced order{.key = "k", .req = 5, .no = msg::OrderNo(1), .customer = std::move(customer)};
  for (const auto item : items)
    order.lines.push_back({msg::ItemId(item), msg::Quantity(1), msg::Cents(5), msg::Quantity(3)});
  return {1700000000000, order};
}
msg::Event added(std::uint64_t id, std::string topic) {
  return {1, msg::ItemsAdded{"k", 1, {{msg::ItemId(id), "T", std::move(topic), msg::Cents(5), msg::Quantity(1)}}}};
}
msg::Event voided() { return {2, msg::KeyVoided{"k"}}; }

class FeedTest : public testing::Test {
 protected:
  FeedTest() { feed.begin(msg::Seq(10)); }
  void publish(const msg::Event& event) {
    topics.learn(event);
    feed.publish({rendered({feed.next(), event}, topics)});
  }
  // The ids of what is shown from there on.
  std::vector<std::string> shown(std::uint64_t from, const Filter& filter = {}) {
    std::string out;
    EXPECT_EQ(feed.read(msg::Seq(from), filter, 1'000'000, out), feed.next());
    std::vector<std::string> ids;
    for (std::size_t at = 0; (at = out.find("id: ", at)) != std::string::npos; ++at) {
      ids.push_back(out.substr(at + 4, out.find('\n', at) - at - 4));
    }
    return ids;
  }
  Topics topics;
  Feed feed{4000};
};

TEST_F(FeedTest, AnEventTellsItsFieldsAndNoInnerNumbers) {
  EXPECT_EQ(event_json(msg::Seq(9), order_of("ann", {2})),
            R"({"seq":9,"at":1700000000000,"type":"order_placed","key":"k","no":1,"order_type":"buy","customer":"ann",)"
            R"("lines":[{"item":2,"quantity":1,"price":5,"stock":3}],"total":0})");
  publish(voided());
  std::string out;
  feed.read(msg::Seq(10), {}, 1000, out);
  EXPECT_EQ(out, "id: 10\nevent: key_voided\ndata: {\"seq\":10,\"at\":2,\"type\":\"key_voided\",\"key\":\"k\"}\n\n");
}

TEST_F(FeedTest, ASubscriberSeesWhatCameAfterItsPlace) {
  for (int i = 0; i < 3; ++i) publish(voided());
  EXPECT_THAT(shown(11), testing::ElementsAre("11", "12"));
  EXPECT_THAT(shown(13), IsEmpty());
}

TEST_F(FeedTest, FiltersNarrowByKindAndWidenByValue) {
  publish(added(1, "Toys"));         // 10
  publish(added(2, "books"));        // 11
  publish(order_of("ann", {1}));     // 12
  publish(order_of("bob", {1, 2}));  // 13
  publish(voided());                 // 14
  EXPECT_THAT(shown(10, {.items = {msg::ItemId(2)}}), testing::ElementsAre("11", "13"));
  EXPECT_THAT(shown(10, {.topics = {"toys"}}), testing::ElementsAre("10", "12", "13"));
  EXPECT_THAT(shown(10, {.customers = {"ann", "bob"}}), testing::ElementsAre("12", "13"));
  EXPECT_THAT(shown(10, {.types = {"order_placed"}, .items = {msg::ItemId(2)}}), testing::ElementsAre("13"));
  EXPECT_THAT(shown(10, {.types = {"key_voided", "items_added"}}), testing::ElementsAre("10", "11", "14"));
}

TEST_F(FeedTest, TheWindowIsBoundedAndSaysFromWhere) {
  for (int i = 0; i < 100; ++i) publish(voided());
  EXPECT_FALSE(feed.holds(msg::Seq(10)));
  EXPECT_GT(feed.first(), msg::Seq(90));
  EXPECT_TRUE(feed.holds(feed.first()));
  EXPECT_TRUE(feed.holds(feed.next()));
}

TEST_F(FeedTest, APieceEndsWhenItIsLargeEnough) {
  for (int i = 0; i < 5; ++i) publish(voided());
  std::string out;
  EXPECT_EQ(feed.read(msg::Seq(10), {}, 1, out), msg::Seq(11));
}

TEST_F(FeedTest, WhatDoesNotFollowIsNotTaken) {
  feed.publish({rendered({msg::Seq(12), voided()}, topics), rendered({msg::Seq(9), voided()}, topics)});
  EXPECT_EQ(feed.next(), msg::Seq(10));
}

// --- the puller ---

class PullerTest : public ApiTest {
 protected:
  struct Sent {
    Ask ask;
    std::function<void(const client::Answer&)> done;
  };
  template <class Message>
  Message next() {
    if (sent.empty() || sent.front().ask.type != Message::kType) {
      ADD_FAILURE() << "not asked for " << Message::kType;
      return {};
    }
    return msg::decode<Message>(sent.front().ask.body).value();
  }
  template <class Body>
  void reply(const Body& body) {
    ASSERT_FALSE(sent.empty());
    const auto first = std::move(sent.front());
    sent.pop_front();
    client::Answer answer;
    answer.body = msg::encoded(body);
    first.done(answer);
  }
  void fail(msg::Code code = msg::Code::kUnavailable) {
    const auto first = std::move(sent.front());
    sent.pop_front();
    client::Answer answer;
    answer.refusal = msg::Refusal{.code = code, .message = "away"};
    first.done(answer);
  }
  void begin(std::uint64_t mark) {
    puller.start();
    msg::StatusReply status;
    status.mark = msg::Seq(mark);
    reply(status);
  }

  std::deque<Sent> sent;
  Feed feed;
  int published = 0;
  std::string failed;
  Puller puller{[this](Ask ask, std::function<void(const client::Answer&)> done) {
                  sent.push_back({std::move(ask), std::move(done)});
                },
                feed, [this](const FeedBatch&) { ++published; }, [this](const std::string& why) { failed = why; }};
};

TEST_F(PullerTest, FollowsTheStreamFromWhereItStands) {
  begin(20);
  EXPECT_EQ(next<msg::Events>().from, msg::Seq(21));
  EXPECT_GT(next<msg::Events>().wait, 0U);
  reply(events(20, {voided(), voided(), voided()}));
  EXPECT_EQ(feed.next(), msg::Seq(23));
  EXPECT_EQ(published, 1);
  EXPECT_EQ(next<msg::Events>().from, msg::Seq(23));
}

TEST_F(PullerTest, GoesOnAfterAFailure) {
  begin(20);
  fail();
  EXPECT_EQ(next<msg::Events>().from, msg::Seq(21));
}

TEST_F(PullerTest, GivesUpWhereNobodyUnderstandsIt) {
  begin(20);
  fail(msg::Code::kUnsupportedVersion);
  EXPECT_THAT(sent, IsEmpty()) << "to ask at once again, for ever, helps nobody";
  EXPECT_EQ(failed, "the store refuses this bridge: away");
}

TEST_F(PullerTest, GivesUpAtEventsThatItCannotRead) {
  begin(20);
  reply(msg::EventsReply{{{"a block of the future"}}, msg::Seq(21)});
  EXPECT_THAT(sent, IsEmpty());
  EXPECT_THAT(failed, HasSubstr("events cannot be read: "));
}

TEST_F(PullerTest, AnUnknownItemIsLookedUpBeforeItsEventIsShown) {
  begin(20);
  reply(events(21, {order_of("ann", {2})}));
  EXPECT_EQ(published, 0);
  EXPECT_EQ(next<msg::Lookup>().item, msg::ItemId(2));
  fail();
  EXPECT_EQ(next<msg::Lookup>().item, msg::ItemId(2)) << "asked again";
  reply(msg::ItemReply{item(2)});
  EXPECT_EQ(published, 1);
  std::string out;
  feed.read(msg::Seq(21), {.topics = {"ds"}}, 1000, out);
  EXPECT_THAT(out, HasSubstr("id: 21\n"));
}

TEST_F(PullerTest, WhoIsBehindTheWindowIsServedFromTheStore) {
  begin(20);
  Puller::Page page;
  puller.fetch(msg::Seq(5), [&](const Puller::Page& got) { page = got; });
  sent.pop_front();  // the live one
  EXPECT_EQ(next<msg::Events>().from, msg::Seq(5));
  reply(events(4, {voided(), voided(), voided()}));
  ASSERT_EQ(page.events.size(), 2U);
  EXPECT_EQ(page.events.front()->seq, msg::Seq(5));
}

TEST_F(PullerTest, WhatIsNotKeptAnyMoreIsSaidSo) {
  begin(20);
  Puller::Page page;
  puller.fetch(msg::Seq(5), [&](const Puller::Page& got) { page = got; });
  sent.pop_front();  // the live one
  reply(events(9, {voided(), voided()}));
  EXPECT_THAT(page.events, IsEmpty());
  EXPECT_EQ(page.begins, msg::Seq(9));
}

TEST_F(PullerTest, AfterALongPauseItGoesOnWithWhatIsKept) {
  begin(20);
  reply(events(90, {voided(), voided()}));
  EXPECT_EQ(feed.first(), msg::Seq(90));
  EXPECT_EQ(feed.next(), msg::Seq(92));
  EXPECT_FALSE(feed.holds(msg::Seq(21))) << "who wants that is told";
}

TEST_F(PullerTest, AStreamThatEndsEarlierIsAnotherStores) {
  begin(20);
  for (int i = 0; i < 5; ++i) reply(msg::EventsReply{{}, msg::Seq(3)});
  EXPECT_EQ(feed.next(), msg::Seq(4));
  EXPECT_EQ(next<msg::Events>().from, msg::Seq(4));
}

}  // namespace
}  // namespace bridge
