// A subscriber's place in the stream: where it begins, how its id is compared with the stream, and which events it
// gets.
#include "bridge/subscription.h"

#include <gmock/gmock.h>

namespace bridge {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;

// An event of a history. Each event of a history has the history's tag.
std::shared_ptr<const FeedEvent> event(std::uint64_t seq, const std::string& history = "aaaaaaaa",
                                       std::string_view type = "key_voided") {
  auto made = std::make_shared<FeedEvent>();
  made->id = {msg::Seq(seq), history};
  made->type = type;
  made->text = fmt::format("id: {}\nevent: {}\ndata: {{}}\n\n", made->id.text(), type);
  return made;
}

class SubscriptionTest : public testing::Test {
 protected:
  SubscriptionTest() { begin(10, 14); }
  void begin(std::uint64_t first, std::uint64_t last, const std::string& history = "aaaaaaaa") {
    feed.begin(msg::Seq(first));
    for (auto seq = first; seq <= last; ++seq) feed.publish({event(seq, history)});
  }
  static EventStream after(std::uint64_t seq, std::string tag) {
    return {.seen = json::EventId{msg::Seq(seq), std::move(tag)}};
  }
  // The ids that the next read sends; a reset is "reset ID".
  std::vector<std::string> read(Subscription& subscriber) {
    std::string out;
    missing = subscriber.read(feed, now, out);
    return ids(out);
  }
  std::vector<std::string> page(Subscription& subscriber, const Puller::Page& fetched) {
    std::string out;
    subscriber.on_page(feed, fetched, out);
    return ids(out);
  }
  static std::vector<std::string> ids(const std::string& out) {
    std::vector<std::string> all;
    for (std::size_t at = 0; (at = out.find("id: ", at)) != std::string::npos; ++at) {
      const auto end = out.find('\n', at);
      const bool reset = out.compare(end + 1, 12, "event: reset") == 0;
      all.push_back((reset ? "reset " : "") + out.substr(at + 4, end - at - 4));
    }
    return all;
  }

  Feed feed;
  base::Mono now{1h};
  std::optional<msg::Seq> missing;
};

TEST_F(SubscriptionTest, BeginsWithWhatComesNextUnlessItSaysWhere) {
  Subscription from_now({});
  EXPECT_THAT(read(from_now), IsEmpty());
  feed.publish({event(15)});
  EXPECT_THAT(read(from_now), testing::ElementsAre("15-aaaaaaaa"));
  Subscription from_13({.from = msg::Seq(13)});
  EXPECT_THAT(read(from_13), testing::ElementsAre("13-aaaaaaaa", "14-aaaaaaaa", "15-aaaaaaaa"));
}

TEST_F(SubscriptionTest, NothingIsSentBeforeTheFeedHasBegun) {
  Feed empty;
  Subscription subscriber({.from = msg::Seq(1)});
  std::string out;
  EXPECT_FALSE(subscriber.read(empty, now, out));
  EXPECT_EQ(out, "");
}

TEST_F(SubscriptionTest, ASubscriberThatComesBackGetsTheEventsAfterItsId) {
  Subscription subscriber(after(12, "aaaaaaaa"));
  EXPECT_THAT(read(subscriber), testing::ElementsAre("13-aaaaaaaa", "14-aaaaaaaa"));
  EXPECT_THAT(read(subscriber), IsEmpty());
  Subscription at_the_end(after(14, "aaaaaaaa"));
  EXPECT_THAT(read(at_the_end), IsEmpty());
}

TEST_F(SubscriptionTest, AnIdOfAnotherHistoryIsReset) {
  for (const std::uint64_t seq : {10U, 12U, 14U}) {
    Subscription subscriber(after(seq, "bbbbbbbb"));
    EXPECT_THAT(read(subscriber), testing::ElementsAre("reset 14-aaaaaaaa")) << seq;
    EXPECT_THAT(read(subscriber), IsEmpty());
    EXPECT_FALSE(missing);
  }
}

TEST_F(SubscriptionTest, AnIdBehindTheWindowIsComparedWithTheStore) {
  Subscription subscriber(after(7, "aaaaaaaa"));
  EXPECT_THAT(read(subscriber), IsEmpty());
  EXPECT_EQ(missing, msg::Seq(7)) << "the event that it has seen, to compare";
  EXPECT_THAT(page(subscriber, {{event(7), event(8), event(9)}, {}}), testing::ElementsAre("8-aaaaaaaa", "9-aaaaaaaa"));
  EXPECT_THAT(read(subscriber),
              testing::ElementsAre("10-aaaaaaaa", "11-aaaaaaaa", "12-aaaaaaaa", "13-aaaaaaaa", "14-aaaaaaaa"));
  Subscription stranger(after(7, "bbbbbbbb"));
  read(stranger);
  EXPECT_THAT(page(stranger, {{event(7), event(8), event(9)}, {}}), testing::ElementsAre("reset 14-aaaaaaaa"));
}

TEST_F(SubscriptionTest, AnIdWithoutATagIsBelieved) {
  Subscription subscriber(after(12, ""));
  EXPECT_THAT(read(subscriber), testing::ElementsAre("13-aaaaaaaa", "14-aaaaaaaa"));
}

TEST_F(SubscriptionTest, APlaceBeyondTheEndIsWaitedForAndThenReset) {
  Subscription subscriber(after(16, "aaaaaaaa"));
  EXPECT_THAT(read(subscriber), IsEmpty());
  now += Subscription::kAheadWait - 1ms;
  EXPECT_THAT(read(subscriber), IsEmpty());
  Subscription patient = subscriber;
  feed.publish({event(15), event(16), event(17)});
  EXPECT_THAT(read(patient), testing::ElementsAre("17-aaaaaaaa")) << "its event came in time";
  begin(10, 14);
  now += 1ms;
  EXPECT_THAT(read(subscriber), testing::ElementsAre("reset 14-aaaaaaaa"));
}

TEST_F(SubscriptionTest, AnotherHistoryOfTheFeedResetsEverybody) {
  Subscription level({});
  Subscription behind({.from = msg::Seq(3)});
  read(level);
  read(behind);
  EXPECT_EQ(missing, msg::Seq(3));
  feed.begin_another_history(msg::Seq(40));
  feed.publish({event(40, "bbbbbbbb")});
  EXPECT_THAT(page(behind, {{event(3), event(4)}, {}}), IsEmpty()) << "a page of the history before";
  EXPECT_THAT(read(behind), testing::ElementsAre("reset 40-bbbbbbbb"));
  EXPECT_THAT(read(level), testing::ElementsAre("reset 40-bbbbbbbb"));
  feed.publish({event(41, "bbbbbbbb")});
  EXPECT_THAT(read(level), testing::ElementsAre("41-bbbbbbbb"));
}

TEST_F(SubscriptionTest, APlaceThatWasTrimmedIsReset) {
  Subscription subscriber({.from = msg::Seq(3)});
  read(subscriber);
  EXPECT_THAT(page(subscriber, {{}, msg::Seq(8)}), testing::ElementsAre("reset 7"));
  EXPECT_THAT(read(subscriber), IsEmpty());
  EXPECT_EQ(missing, msg::Seq(8));
}

TEST_F(SubscriptionTest, APageThatCouldNotBeFetchedIsRequestedAgain) {
  Subscription subscriber({.from = msg::Seq(3)});
  read(subscriber);
  EXPECT_THAT(page(subscriber, {}), IsEmpty());
  read(subscriber);
  EXPECT_EQ(missing, msg::Seq(3));
}

TEST_F(SubscriptionTest, ThePlaceIsToldWhereTheFilterHidTheLastEvent) {
  Subscription subscriber({.from = msg::Seq(13), .filter = {.types = {"order_placed"}}});
  std::string out;
  subscriber.tell_place(out);
  EXPECT_EQ(out, "") << "the filter has examined nothing";
  read(subscriber);
  subscriber.tell_place(out);
  EXPECT_EQ(out, "id: 14-aaaaaaaa\n\n");
  out.clear();
  subscriber.tell_place(out);
  EXPECT_EQ(out, "") << "the subscriber has got the id";
  feed.publish({event(15, "aaaaaaaa", "order_placed")});
  EXPECT_THAT(read(subscriber), testing::ElementsAre("15-aaaaaaaa"));
  subscriber.tell_place(out);
  EXPECT_EQ(out, "") << "the event's own id was the place";
}

TEST_F(SubscriptionTest, EventsOfAPageAreFiltered) {
  begin(10, 14);
  Subscription subscriber({.from = msg::Seq(8), .filter = {.types = {"order_placed"}}});
  read(subscriber);
  ASSERT_EQ(missing, msg::Seq(8));
  EXPECT_THAT(page(subscriber, {.events = {event(8), event(9, "aaaaaaaa", "order_placed")}}),
              testing::ElementsAre("9-aaaaaaaa"));
}

TEST_F(SubscriptionTest, EventsOfTheFeedAreFiltered) {
  Subscription subscriber({.from = msg::Seq(13), .filter = {.types = {"order_placed"}}});
  EXPECT_THAT(read(subscriber), IsEmpty());
  feed.publish({event(15, "aaaaaaaa", "order_placed"), event(16)});
  EXPECT_THAT(read(subscriber), testing::ElementsAre("15-aaaaaaaa"));
}

TEST_F(SubscriptionTest, APieceEndsWhenItIsLargeEnough) {
  begin(1, 4000);
  Subscription subscriber({.from = msg::Seq(1)});
  std::string out;
  subscriber.read(feed, now, out);
  EXPECT_GE(out.size(), Subscription::kPieceBytes);
  EXPECT_LT(out.size(), Subscription::kPieceBytes + 100);
  const auto sent = ids(out).size();
  EXPECT_EQ(read(subscriber).front(), fmt::format("{}-aaaaaaaa", sent + 1)) << "it goes on where it stopped";
}

}  // namespace
}  // namespace bridge
