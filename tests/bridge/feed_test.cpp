// Events for subscribers: which are shown, from which seq on, and which requests fetch them.
#include "bridge/feed.h"

#include <gmock/gmock.h>

#include "bridge/puller.h"
#include "scripted.h"

namespace bridge {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

msg::Event order_of(std::string customer, std::vector<std::uint64_t> items) {
  msg::OrderPlaced order{
      .key = "k", .req = 5, .no = msg::OrderNo(1), .customer = std::move(customer), .digest = msg::Blob{"\xff"}};
  for (const auto item : items)
    order.lines.push_back({msg::ItemId(item), msg::Quantity(1), msg::Cents(5), msg::Quantity(3)});
  return {1700000000000, order};
}
msg::Event added(std::uint64_t id, std::string topic) {
  return {1, msg::ItemsAdded{"k", 1, {{msg::ItemId(id), "T", std::move(topic), msg::Cents(5), msg::Quantity(1)}}}};
}
msg::Event voided() { return {2, msg::KeyVoided{"k"}}; }

const std::string kTag = "0123abcd";

class FeedTest : public testing::Test {
 protected:
  FeedTest() { feed.begin(msg::Seq(10)); }
  void publish(const msg::Event& event) {
    topics.learn(event);
    const auto seq = feed.next();
    feed.publish({rendered({{seq, kTag}, event}, topics)});
    topics.follow(event, seq);
  }
  // The seqs of the events that a subscriber sees from `from` on.
  std::vector<std::uint64_t> shown(std::uint64_t from, const Filter& filter = {}) {
    std::vector<std::uint64_t> seqs;
    for (auto seq = msg::Seq(from); seq < feed.next(); seq = seq.next()) {
      if (filter.passes(feed.at(seq))) seqs.push_back(seq.value());
    }
    return seqs;
  }
  Topics topics;
  Feed feed{4000};
};

TEST_F(FeedTest, AnEventIsSentWithItsIdAndItsType) {
  publish(voided());
  EXPECT_EQ(
      feed.at(msg::Seq(10)).text,
      "id: 10-0123abcd\nevent: key_voided\ndata: {\"seq\":10,\"at\":2,\"type\":\"key_voided\",\"key\":\"k\"}\n\n");
}

msg::Event moved_to(std::uint64_t id, std::string topic, std::string was) {
  msg::ItemEdited edited{.key = "k", .item = msg::ItemId(id)};
  edited.topic = std::move(topic);
  edited.topic_was = std::move(was);
  return {3, edited};
}

TEST_F(FeedTest, AnEditOfATopicIsOfBothTopicsAndLaterEventsAreOfTheNewOne) {
  publish(added(2, "old"));            // 10
  publish(moved_to(2, "new", "old"));  // 11
  publish(order_of("ann", {2}));       // 12
  EXPECT_THAT(shown(10, {.topics = {"old"}}), testing::ElementsAre(10, 11));
  EXPECT_THAT(shown(10, {.topics = {"new"}}), testing::ElementsAre(11, 12));
}

// A subscriber may have asked for it.
TEST_F(FeedTest, AnEarlierEventDoesNotBringAnOldTopicBack) {
  publish(added(2, "old"));
  publish(moved_to(2, "new", "old"));
  topics.learn(added(2, "old"));
  topics.follow(added(2, "old"), msg::Seq(10));
  EXPECT_EQ(topics.of(msg::ItemId(2)), "new");
}

TEST_F(FeedTest, AnEventIsOfAllTopicsOfItsItemAndAnEditOfThoseBefore) {
  auto item = added(2, "old");
  std::get<msg::ItemsAdded>(item.what).items[0].topics = msg::Topics{"Maps"};
  publish(item);                  // 10
  publish(order_of("ann", {2}));  // 11
  msg::ItemEdited edited{.key = "k", .item = msg::ItemId(2)};
  edited.topics = msg::Topics{"fun"};
  edited.topics_was = msg::Topics{"Maps"};
  publish({3, edited});           // 12
  publish(order_of("ann", {2}));  // 13
  EXPECT_THAT(shown(10, {.topics = {"old"}}), testing::ElementsAre(10, 11, 12, 13));
  EXPECT_THAT(shown(10, {.topics = {"maps"}}), testing::ElementsAre(10, 11, 12));
  EXPECT_THAT(shown(10, {.topics = {"fun"}}), testing::ElementsAre(12, 13));
}

TEST_F(FeedTest, ALevelIsOfItsItemAndOfItsTopics) {
  publish(added(2, "old"));                                                         // 10
  publish({3, msg::StockLow{msg::ItemId(2), msg::Quantity(1), msg::Quantity(2)}});  // 11
  EXPECT_THAT(shown(10, {.items = {msg::ItemId(2)}}), testing::ElementsAre(10, 11));
  EXPECT_THAT(shown(10, {.topics = {"old"}}), testing::ElementsAre(10, 11));
  EXPECT_THAT(shown(10, {.types = {"stock_low"}}), testing::ElementsAre(11));
}

TEST_F(FeedTest, AnEditOfFurtherTopicsAloneDoesNotTellTheFirst) {
  msg::ItemEdited edited{.key = "k", .item = msg::ItemId(2)};
  edited.topics = msg::Topics{"fun"};
  edited.topics_was = msg::Topics{"maps"};
  topics.learn({3, edited});
  EXPECT_FALSE(topics.knows(msg::ItemId(2)));
  topics.learn(msg::ItemId(2), "first", {"fun"});
  EXPECT_TRUE(topics.knows(msg::ItemId(2)));
  EXPECT_THAT(topics.more_of(msg::ItemId(2)), testing::ElementsAre("maps")) << "as before the edit";
}

TEST_F(FeedTest, TheTopicBeforeAnEditIsLearnedFromIt) {
  topics.learn(moved_to(2, "new", "old"));
  EXPECT_EQ(topics.of(msg::ItemId(2)), "old");
}

TEST_F(FeedTest, AnEventThatTheBridgeMayNotSeeHasAPlaceAndIsNotSent) {
  publish(added(2, "t"));
  feed.publish({rendered({{feed.next(), kTag}, {}, true}, topics)});
  publish(added(3, "t"));
  EXPECT_THAT(shown(10), testing::ElementsAre(10, 12));
}

TEST_F(FeedTest, AViewerWithoutAllRightsGetsAPartAndCannotFilterByOtherCustomers) {
  publish(voided());              // 10
  publish(order_of("bob", {2}));  // 11
  publish(order_of("ann", {2}));  // 12
  publish(added(2, "t"));         // 13
  const msg::Viewer reader{.everything = false, .by = msg::Seq(4), .customer = ""};
  const msg::Viewer ann{.everything = false, .by = msg::Seq(5), .customer = "ann"};
  EXPECT_THAT(shown(10, {.viewer = reader}), testing::ElementsAre(11, 12, 13));
  EXPECT_THAT(shown(10, {.customers = {"ann", "bob"}, .viewer = reader}), IsEmpty());
  EXPECT_THAT(shown(10, {.customers = {"ann", "bob"}, .viewer = ann}), testing::ElementsAre(12));
  const auto text = [&](std::uint64_t seq, const msg::Viewer& viewer) {
    return Filter{.viewer = viewer}.text_of(feed.at(msg::Seq(seq)));
  };
  EXPECT_THAT(text(11, ann), testing::Not(HasSubstr("bob")));
  EXPECT_THAT(text(11, ann), HasSubstr("id: 11-0123abcd\nevent: order_placed"));
  EXPECT_THAT(text(12, ann), HasSubstr("\"ann\""));
  EXPECT_THAT(text(12, reader), testing::Not(HasSubstr("ann")));
  EXPECT_THAT(text(12, {.everything = true, .by = {}, .customer = {}}), HasSubstr("\"ann\""));
}

TEST_F(FeedTest, TopicsAndCustomersAreComparedWithoutCase) {
  publish(added(2, "\u00c9cole"));
  publish(order_of("\u00c1nn", {2}));
  publish(order_of("A\u0301NN", {3}));
  EXPECT_THAT(shown(10, {.topics = {"\u00e9cole"}}), testing::ElementsAre(10, 11));
  EXPECT_THAT(shown(10, {.customers = {"\u00e1nn"}}), testing::ElementsAre(11, 12));
}

TEST_F(FeedTest, ASubscriberSeesWhatCameAfterItsPlace) {
  for (int i = 0; i < 3; ++i) publish(voided());
  EXPECT_THAT(shown(11), testing::ElementsAre(11, 12));
  EXPECT_THAT(shown(13), IsEmpty());
}

TEST_F(FeedTest, FiltersNarrowByKindAndWidenByValue) {
  publish(added(1, "Toys"));         // 10
  publish(added(2, "books"));        // 11
  publish(order_of("ann", {1}));     // 12
  publish(order_of("bob", {1, 2}));  // 13
  publish(voided());                 // 14
  EXPECT_THAT(shown(10, {.items = {msg::ItemId(2)}}), testing::ElementsAre(11, 13));
  EXPECT_THAT(shown(10, {.topics = {"toys"}}), testing::ElementsAre(10, 12, 13));
  EXPECT_THAT(shown(10, {.customers = {"ann", "bob"}}), testing::ElementsAre(12, 13));
  EXPECT_THAT(shown(10, {.types = {"order_placed"}, .items = {msg::ItemId(2)}}), testing::ElementsAre(13));
  EXPECT_THAT(shown(10, {.types = {"key_voided", "items_added"}}), testing::ElementsAre(10, 11, 14));
}

TEST_F(FeedTest, TheWindowIsBoundedAndSaysFromWhere) {
  for (int i = 0; i < 100; ++i) publish(voided());
  EXPECT_FALSE(feed.holds(msg::Seq(10)));
  EXPECT_GT(feed.first(), msg::Seq(90));
  EXPECT_TRUE(feed.holds(feed.first()));
  EXPECT_TRUE(feed.holds(feed.next()));
  EXPECT_EQ(feed.last().id.seq, msg::Seq(109));
}

TEST_F(FeedTest, AnEventLargerThanTheWindowIsKept) {
  Feed small{100};
  small.begin(msg::Seq(1));
  small.publish({rendered({{msg::Seq(1), kTag}, voided()}, topics)});
  EXPECT_TRUE(small.begun());
  EXPECT_EQ(small.last().id.seq, msg::Seq(1));
}

TEST_F(FeedTest, AnEventThatDoesNotFollowIsNotTaken) {
  feed.publish({rendered({{msg::Seq(12), kTag}, voided()}, topics), rendered({{msg::Seq(9), kTag}, voided()}, topics)});
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
  void reply(const Body& body, base::Duration took = {}) {
    ASSERT_FALSE(sent.empty());
    const auto first = std::move(sent.front());
    sent.pop_front();
    client::Answer answer;
    answer.took = took;
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
  // Begins a stream that ends with this seq, and answers the request for its last event.
  void begin(std::uint64_t mark) {
    puller.start();
    EXPECT_EQ(next<msg::Events>().wait.value_or(0), 0U);
    reply(msg::EventsReply{{}, msg::Seq(mark)});
    EXPECT_EQ(next<msg::Events>().from, msg::Seq(mark));
    reply(page(mark, {voided()}));
  }
  // A block of these events. It follows the last block.
  msg::EventsReply page(std::uint64_t first, const std::vector<msg::Event>& all) {
    auto reply = events(first, all, end);
    end = msg::decode_block(reply.blocks.back().bytes)->hash.bytes;
    return reply;
  }

  msg::Hash end = msg::no_hash();
  std::deque<Sent> sent;
  Feed feed;
  std::vector<std::uint64_t> published;  // seqs
  std::string failed;
  Puller puller{[this](Ask ask, std::function<void(const client::Answer&)> done) {
                  sent.push_back({std::move(ask), std::move(done)});
                },
                feed,
                [this](const FeedBatch& batch) {
                  for (const auto& event : batch) published.push_back(event->id.seq.value());
                },
                [this](const std::string& why) { failed = why; }};
};

TEST_F(PullerTest, FollowsTheStreamFromItsLastEventOn) {
  begin(20);
  EXPECT_TRUE(feed.begun());
  EXPECT_EQ(feed.last().id.seq, msg::Seq(20));
  EXPECT_THAT(published, IsEmpty()) << "the event happened before the feed began";
  EXPECT_EQ(next<msg::Events>().from, msg::Seq(21));
  EXPECT_GT(next<msg::Events>().wait, 0U);
  reply(page(21, {voided(), voided()}));
  EXPECT_EQ(feed.next(), msg::Seq(23));
  EXPECT_THAT(published, testing::ElementsAre(21, 22));
  EXPECT_EQ(next<msg::Events>().from, msg::Seq(23));
}

TEST_F(PullerTest, AFrontendThatKnowsNothingIsAskedAgainAtTheNextTick) {
  puller.start();
  reply(msg::EventsReply{});
  EXPECT_THAT(sent, IsEmpty()) << "an immediate request would spin";
  EXPECT_FALSE(feed.begun());
  puller.tick();
  EXPECT_FALSE(next<msg::Events>().wait);
  puller.tick();
  EXPECT_EQ(sent.size(), 1U) << "one request at a time";
}

TEST_F(PullerTest, AMarkOfZeroSaysNothingAboutTheStream) {
  begin(20);
  for (int i = 0; i < 10; ++i) {
    reply(msg::EventsReply{});
    EXPECT_THAT(sent, IsEmpty());
    puller.tick();
  }
  EXPECT_EQ(next<msg::Events>().from, msg::Seq(21));
  EXPECT_EQ(feed.history(), 0U);
}

TEST_F(PullerTest, GoesOnAtTheNextTickAfterAFailure) {
  begin(20);
  fail();
  EXPECT_THAT(sent, IsEmpty());
  puller.tick();
  EXPECT_EQ(next<msg::Events>().from, msg::Seq(21));
}

TEST_F(PullerTest, AnEmptyAnswerThatDidNotWaitIsNotAskedForAgainAtOnce) {
  begin(20);
  reply(msg::EventsReply{{}, msg::Seq(20)}, std::chrono::seconds(2));
  EXPECT_EQ(sent.size(), 1U) << "the answer waited for events";
  reply(msg::EventsReply{{}, msg::Seq(20)}, std::chrono::milliseconds(1));
  EXPECT_THAT(sent, IsEmpty());
  puller.tick();
  EXPECT_EQ(sent.size(), 1U);
}

TEST_F(PullerTest, GivesUpIfTheStoreDoesNotUnderstandIt) {
  begin(20);
  fail(msg::Code::kUnsupportedVersion);
  EXPECT_THAT(sent, IsEmpty()) << "a repetition would not help";
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
  reply(page(21, {order_of("ann", {2})}));
  EXPECT_THAT(published, IsEmpty());
  EXPECT_EQ(next<msg::Lookup>().item, msg::ItemId(2));
  fail();
  EXPECT_EQ(next<msg::Lookup>().item, msg::ItemId(2)) << "asked again";
  reply(msg::ItemReply{item(2)});
  EXPECT_THAT(published, testing::ElementsAre(21));
  EXPECT_THAT(feed.at(msg::Seq(21)).topics, testing::ElementsAre("ds"));
}

TEST_F(PullerTest, ASubscriberBehindTheWindowIsServedFromTheStore) {
  begin(20);
  Puller::Page got;
  puller.fetch(msg::Seq(5), [&](const Puller::Page& fetched) { got = fetched; });
  sent.pop_front();  // the live request
  EXPECT_EQ(next<msg::Events>().from, msg::Seq(5));
  reply(events(4, {voided(), voided(), voided()}));
  ASSERT_EQ(got.events.size(), 2U);
  EXPECT_EQ(got.events.front()->id.seq, msg::Seq(5));
  EXPECT_EQ(got.events.front()->id.tag.size(), 8U);
}

TEST_F(PullerTest, APageThatWasTrimmedSaysWhereTheStreamBegins) {
  begin(20);
  Puller::Page got;
  puller.fetch(msg::Seq(5), [&](const Puller::Page& fetched) { got = fetched; });
  sent.pop_front();  // the live request
  reply(events(9, {voided(), voided()}));
  EXPECT_THAT(got.events, IsEmpty());
  EXPECT_EQ(got.begins, msg::Seq(9));
}

TEST_F(PullerTest, AfterALongPauseItGoesOnWithWhatIsKept) {
  begin(20);
  reply(page(90, {voided(), voided()}));
  EXPECT_EQ(feed.first(), msg::Seq(90));
  EXPECT_EQ(feed.next(), msg::Seq(92));
  EXPECT_FALSE(feed.holds(msg::Seq(21))) << "a subscriber that wants it is reset";
  EXPECT_EQ(feed.history(), 0U) << "the history is the same";
}

TEST_F(PullerTest, AStreamThatEndsEarlierHasAnotherHistory) {
  begin(20);
  for (int i = 0; i < 5; ++i) reply(msg::EventsReply{{}, msg::Seq(3)}, std::chrono::seconds(2));
  EXPECT_EQ(feed.history(), 1U);
  EXPECT_EQ(next<msg::Events>().from, msg::Seq(3)) << "the last event, so that the feed has an id";
  reply(page(3, {voided()}));
  EXPECT_EQ(feed.last().id.seq, msg::Seq(3));
  EXPECT_THAT(published, IsEmpty());
}

TEST_F(PullerTest, ABlockThatDoesNotFollowTheLastOneIsOfAnotherHistory) {
  begin(20);
  reply(page(21, {voided()}));
  end.assign(32, 'x');
  reply(page(22, {voided(), voided()}));
  EXPECT_EQ(feed.history(), 1U);
  EXPECT_FALSE(feed.begun());
  EXPECT_EQ(next<msg::Events>().from, msg::Seq(23));
  reply(events(22, {voided(), voided()}));
  EXPECT_EQ(feed.last().id.seq, msg::Seq(23));
}

TEST_F(PullerTest, ABlockThatHoldsTheLastEventMustBeTheSame) {
  begin(20);
  auto same = events(20, {voided()}, msg::no_hash());
  same.blocks.push_back(page(21, {voided()}).blocks.front());
  same.mark = msg::Seq(21);
  reply(same);
  EXPECT_EQ(feed.history(), 0U);
  EXPECT_EQ(feed.next(), msg::Seq(22));
  reply(events(21, {voided(), voided()}));
  EXPECT_EQ(feed.history(), 1U) << "seq 21 was in another block";
}

}  // namespace
}  // namespace bridge
