#include "client/handover.h"

#include <gtest/gtest.h>

#include <thread>

#include "msg/requests.h"
#include "net/loop.h"

namespace {

using client::Handover;
using frontend::Mirror;

const base::Endpoint kInside = "inproc://edge";
const base::Bytes kLookup = msg::encoded(msg::Lookup{base::ItemId(1), {}});
const std::string kKey = frontend::cache_key(msg::Lookup::kType, msg::Header{}.v, kLookup);

// Answers each request with its body.
class Echo : public base::Core {
 public:
  void on_request(const base::ClientId& from, base::BytesView frame, base::Turn turn) override {
    for (msg::FrameReader reader(frame); !reader.done();) {
      const auto message = reader.next().value();
      msg::append_message(turn.out.reply(from), msg::reply_header(message.header, base::Seq(3)), message.body);
    }
  }
  void on_reply(const base::Endpoint&, base::BytesView, base::Turn) override {}
  void on_published(std::string_view, base::BytesView, base::Turn) override {}
  void on_tick(base::Turn) override {}
  void on_settled(base::Turn) override {}
  void on_stop(base::Turn) override {}
};

TEST(HandoverTest, AThreadGetsTheAnswersOfACoreOnTheLoop) {
  const std::vector<base::Bytes> asked{kLookup, msg::encoded(msg::Lookup{base::ItemId(2), {}})};
  std::vector<base::Bytes> bodies;
  Echo echo;
  Handover handover({.frontends = {kInside}}, [&](const std::vector<Handover::Ended>& all) {
    for (const auto& [done, answer] : all) done(answer);
  });
  net::Loop loop;
  net::Sockets named;
  named.known_as = {kInside};
  loop.add(named, echo);
  loop.add({}, handover);
  loop.watch(handover, handover.fd(), [&](base::Turn turn) { handover.take(turn); });
  std::thread other([&] {
    for (const auto& body : asked) {
      EXPECT_TRUE(handover.hand_over(msg::Lookup::kType, false, body, {},
                                     [&](const client::Answer& answer) { bodies.push_back(answer.body); }));
    }
  });
  loop.run_until([&] { return bodies.size() == 2; }, base::now().mono + std::chrono::seconds(60));
  other.join();
  EXPECT_EQ(bodies, asked);
  EXPECT_EQ(handover.handed_over(), 0U);
}

TEST(HandoverTest, TakesNoMoreThanItsBounds) {
  Handover handover({.frontends = {kInside}}, {});
  const auto hand_over = [&](std::size_t bytes) {
    return handover.hand_over(msg::Lookup::kType, false, base::Bytes(bytes, 'x'), {}, {});
  };
  EXPECT_FALSE(hand_over(Handover::kUnderWayBytesMax + 1));
  for (std::size_t i = 0; i < Handover::kUnderWayMax; ++i) ASSERT_TRUE(hand_over(0));
  EXPECT_FALSE(hand_over(0));
  EXPECT_EQ(handover.handed_over(), Handover::kUnderWayMax);
}

class HandoverFind : public testing::Test {
 protected:
  HandoverFind() {
    mirror->put(kKey, std::make_shared<Mirror::Kept>("an answer", base::Seq(7)));
    mirror->tell_mark(base::Seq(7));
    mirror->tell_lease(base::now().mono + std::chrono::hours(1));
  }
  std::optional<client::Answer> find(const client::Options& options = {}) const {
    return handover.find(msg::Lookup::kType, kLookup, options);
  }

  const std::shared_ptr<Mirror> mirror = std::make_shared<Mirror>();
  Handover handover{{.frontends = {kInside}}, {}, mirror};
};

TEST_F(HandoverFind, AKeptAnswerComesAtOnce) {
  const auto answer = find();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "an answer");
  EXPECT_EQ(answer->header.seq, base::Seq(7));
}

TEST_F(HandoverFind, NoAnswerThatMustComeFromTheStoreIsTakenFromMemory) {
  EXPECT_FALSE(find({.fresh = true}));
  EXPECT_FALSE(find({.trace = true}));
  EXPECT_FALSE(find({.token = "its client may have been revoked"}));
  EXPECT_TRUE(find({.token = ""})) << "a client without a token; the edge lends the mirror no lease if it needs one";
}

TEST_F(HandoverFind, TheClockIsReadForEachLookUp) {
  mirror->tell_lease(base::now().mono);
  EXPECT_FALSE(find());
}

}  // namespace
