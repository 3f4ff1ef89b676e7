// Silent processes: they stay known until an operator has them forgotten, at all frontends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "frontend/routes.h"
#include "msg/codec.h"
#include "tests/frontend/edge_fixture.h"

namespace {

using edge_test::EdgeTest;
using frontend::Routes;
using support::at;
using testing::ElementsAre;
using Through = Routes::Through;

msg::Heartbeat beat_of_life(const std::string& instance, std::uint64_t incarnation = 1) {
  msg::Heartbeat beat;
  beat.instance = instance;
  beat.incarnation = base::Incarnation(incarnation);
  beat.store = "store-a";
  beat.tcp = "tcp://" + instance;
  beat.state = msg::State::kLive;
  beat.counters = {{"requests_lookup", 5}};
  return beat;
}

// The frontend's own heartbeat, as its routes fill it.
msg::Heartbeat told_by(Routes& routes, const std::string& frontend, int ms) {
  auto beat = beat_of_life(frontend);
  beat.silent = routes.next_silent(at(ms).mono);
  auto lives = routes.forgotten(Through::kUs, at(ms).mono);
  if (!lives.empty()) beat.forgotten = std::move(lives);
  return beat;
}

TEST(SilentTest, ASilentProcessStaysKnownForHours) {
  Routes routes("here");
  routes.hear(beat_of_life("o1"), at(0).mono);
  for (int minute = 1; minute <= 300; ++minute) routes.gone(at(60'000 * minute).mono);
  EXPECT_EQ(routes.known().count("o1"), 1U);
}

TEST(SilentTest, AFrontendThatHasJustStartedLearnsOfThemFromTheOthers) {
  Routes old("here");
  old.hear(beat_of_life("o1"), at(0).mono);
  old.hear(beat_of_life("o2"), at(0).mono);
  old.hear(beat_of_life("o3"), at(90'000).mono);
  Routes fresh("here");
  for (int i = 0; i < 3; ++i) fresh.hear(told_by(old, "f1", 90'000), at(5000).mono);
  ASSERT_EQ(fresh.known().size(), 3U) << "f1 and the two silent ones";
  const auto& known = fresh.known().at("o2");
  EXPECT_EQ(known.heard, at(5000).mono - std::chrono::seconds(90));
  EXPECT_EQ(known.beat.tcp, "tcp://o2");
  EXPECT_TRUE(known.beat.counters.empty()) << "a heartbeat stays small";
  EXPECT_TRUE(fresh.gone(at(5000).mono).empty()) << "nothing was ever connected";
}

TEST(SilentTest, NothingThatIsToldReplacesWhatWasHeard) {
  Routes old("here");
  old.hear(beat_of_life("o1"), at(0).mono);
  Routes other("here");
  other.hear(beat_of_life("o1", 2), at(3000).mono);
  other.hear(told_by(old, "f1", 3000), at(3000).mono);
  EXPECT_EQ(other.known().at("o1").beat.incarnation, base::Incarnation(2));
}

TEST(SilentTest, ATaleOfAnotherStoreOrOfALeaderIsNotTaken) {
  Routes routes("here");
  auto teller = beat_of_life("f1");
  auto foreign = beat_of_life("o1");
  foreign.store = "store-b";
  auto leader = beat_of_life("broker-9");
  leader.leader = msg::Leadership{.term = base::Term(99)};
  for (const auto& bytes : {msg::encoded(foreign), msg::encoded(leader), std::string("nonsense")}) {
    teller.silent = msg::Silent{{bytes}, 2000};
    routes.hear(teller, at(0).mono);
  }
  EXPECT_EQ(routes.known().size(), 1U);
}

TEST(SilentTest, ALongHeartbeatIsNeitherToldNorTaken) {
  auto longest = beat_of_life("o1");
  longest.counters.clear();
  longest.host = std::string(1000, 'h');
  longest.host.append(Routes::kSilentBytesMax - msg::encoded(longest).size(), 'h');
  auto longer = longest;
  longer.host += 'h';
  for (const auto& [beat, is_told] : {std::pair{longest, true}, std::pair{longer, false}}) {
    Routes routes("here");
    routes.hear(beat, at(0).mono);
    EXPECT_EQ(routes.next_silent(at(3000).mono).has_value(), is_told);
    Routes other("here");
    auto teller = beat_of_life("f1");
    teller.silent = msg::Silent{{msg::encoded(beat)}, 2000};
    other.hear(teller, at(0).mono);
    EXPECT_EQ(other.known().count("o1"), is_told ? 1U : 0U);
  }
}

TEST(SilentTest, AReleaseIsBounded) {
  Routes old("here");
  auto modest = beat_of_life("o1");
  modest.release = std::string(msg::kReleaseBytesMax, 'r');
  auto proud = beat_of_life("o2");
  proud.release = std::string(msg::kReleaseBytesMax + 1, 'r');
  old.hear(modest, at(0).mono);
  old.hear(proud, at(0).mono);
  EXPECT_EQ(old.known().at("o1").beat.release, modest.release);
  EXPECT_EQ(old.known().at("o2").beat.release, std::nullopt);
  Routes fresh("here");
  auto teller = beat_of_life("f1");
  for (const auto& beat : {modest, proud}) {
    teller.silent = msg::Silent{{msg::encoded(beat)}, 2000};
    fresh.hear(teller, at(3000).mono);
  }
  EXPECT_EQ(fresh.known().at("o1").beat.release, modest.release);
  EXPECT_EQ(fresh.known().at("o2").beat.release, std::nullopt);
}

TEST(SilentTest, AnAgeBeyondAllMeasureIsHarmless) {
  Routes routes("here");
  auto teller = beat_of_life("f1");
  teller.silent = msg::Silent{{msg::encoded(beat_of_life("o1"))}, ~std::uint64_t{0}};
  routes.hear(teller, at(0).mono);
  EXPECT_LT(routes.known().at("o1").heard, at(0).mono);
}

TEST(SilentTest, OnlyASilentProcessIsForgotten) {
  Routes routes("here");
  routes.hear(beat_of_life("o1"), at(0).mono);
  EXPECT_FALSE(routes.forget("o1", at(900).mono));
  EXPECT_FALSE(routes.forget("o9", at(900).mono));
  EXPECT_TRUE(routes.forget("o1", at(1000).mono));
  EXPECT_EQ(routes.known().count("o1"), 0U);
  EXPECT_EQ(routes.forget("o1", at(1500).mono)->instance, "o1") << "a repeated request gets the same answer";
}

TEST(SilentTest, AProcessForgottenThroughOneFrontendIsForgottenByAll) {
  Routes one("here");
  Routes other("here");
  Routes third("here");
  for (auto* routes : {&one, &other, &third}) routes->hear(beat_of_life("o1"), at(0).mono);
  ASSERT_TRUE(one.forget("o1", at(5000).mono));
  other.hear(told_by(one, "f1", 5050), at(5050).mono);
  EXPECT_EQ(other.known().count("o1"), 0U);
  other.hear(told_by(third, "f3", 5060), at(5060).mono);
  EXPECT_EQ(other.known().count("o1"), 0U) << "the third has not heard of it yet";
  EXPECT_TRUE(other.forgotten(Through::kUs, at(5060).mono).empty()) << "the news is not passed on for ever";
  EXPECT_THAT(other.forgotten(Through::kAny, at(5060).mono), ElementsAre(msg::Life{"o1", base::Incarnation(1)}));
  EXPECT_TRUE(other.forgotten(Through::kAny, at(65'050).mono).empty());
}

TEST(SilentTest, AProcessThatIsHeardAgainIsKnownAgain) {
  Routes one("here");
  one.hear(beat_of_life("o1"), at(0).mono);
  ASSERT_TRUE(one.forget("o1", at(5000).mono));
  one.hear(beat_of_life("o1"), at(5100).mono);
  EXPECT_EQ(one.known().count("o1"), 1U);
  EXPECT_TRUE(one.forgotten(Through::kAny, at(5100).mono).empty());
}

TEST(SilentTest, ALiveProcessIsNotForgottenBecauseAnotherFrontendDidNotHearIt) {
  Routes cut_off("here");
  Routes other("here");
  cut_off.hear(beat_of_life("o1"), at(0).mono);
  other.hear(beat_of_life("o1"), at(4900).mono);
  ASSERT_TRUE(cut_off.forget("o1", at(5000).mono));
  other.hear(told_by(cut_off, "f1", 5000), at(5000).mono);
  EXPECT_EQ(other.known().count("o1"), 1U);
}

TEST(SilentTest, ForgottenOnesAreBounded) {
  Routes routes("here");
  auto teller = beat_of_life("f1");
  for (int i = 0; i < 500; ++i) {
    teller.forgotten = std::vector<msg::Life>{{fmt::format("o{}", i), base::Incarnation(1)}};
    routes.hear(teller, at(i).mono);
  }
  EXPECT_EQ(routes.forgotten(Through::kAny, at(500).mono).size(), Routes::kForgottenMax);
}

TEST_F(EdgeTest, ASilentProcessStaysInTheStatusUntilItIsForgotten) {
  start();
  for (int ms = 0; ms <= 200'000; ms += 50) tick(ms);
  ask(1, msg::Status{}, 200'000);
  const auto known = [&](const std::string& instance) {
    const auto status = msg::decode<msg::StatusReply>(last_body).value();
    return std::any_of(status.processes.begin(), status.processes.end(),
                       [&](const auto& seen) { return seen.beat.instance == instance && seen.age_ms == 200'000; });
  };
  EXPECT_TRUE(known("order-2"));
  ask(2, msg::Forget{"order-2"}, 200'000);
  EXPECT_EQ(msg::decode<msg::ForgetReply>(last_body)->forgotten.instance, "order-2");
  ask(3, msg::Status{}, 200'000);
  EXPECT_FALSE(known("order-2"));
  EXPECT_EQ(msg::decode<msg::StatusReply>(last_body)->forgotten->at(0).instance, "order-2");
  tick(200'050);
  EXPECT_EQ(own->forgotten->at(0).instance, "order-2") << "the other frontends are told";
  EXPECT_TRUE(own->silent) << "and of those that are silent still";
}

TEST_F(EdgeTest, AProcessThatIsNotSilentIsNotForgotten) {
  start();
  take_answers();
  ask(1, msg::Forget{"order-2"}, 500);
  ask(2, msg::Forget{std::string(1000, 'x')}, 500);
  EXPECT_EQ(take_answers(), (Answers{"1:invalid", "2:invalid"}));
}

TEST_F(EdgeTest, AProcessThatIsLongGoneGetsNoRequests) {
  start();
  for (int ms = 0; ms <= 70'000; ms += 50) tick(ms);
  hear(stream.beat(stream.commit()), 70'000);
  grant(70'000);
  sent.clear();
  lookup(1, 1, 70'000);
  buy(2, "k", 70'000);
  EXPECT_TRUE(sent.empty());
  hear_replica("catalog-1", 70'050);
  hear_replica("order-1", 70'050);
  tick(70'050);
  EXPECT_EQ(sent.size(), 2U);
}

}  // namespace
