#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <set>
#include <type_traits>

#include "base/check.h"
#include "base/core.h"
#include "base/event_fd.h"
#include "base/file_id.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/random.h"
#include "base/result.h"
#include "base/time.h"

namespace {

// --- ids ---

static_assert(!std::is_convertible_v<base::Seq, base::ItemId>);
static_assert(!std::is_constructible_v<base::Seq, base::ItemId>);
static_assert(!std::is_convertible_v<std::uint64_t, base::Seq>);
static_assert(!std::is_convertible_v<base::Quantity, base::Cents>);
static_assert(!std::is_convertible_v<base::Seq, std::uint64_t>);

TEST(Ids, AreComparedAndCountedUp) {
  EXPECT_LT(base::Seq(2), base::Seq(10));
  EXPECT_EQ(base::Seq(2).next(), base::Seq(3));
  EXPECT_EQ(base::Seq(2).next(5), base::Seq(7));
  EXPECT_FALSE(base::Seq());
  EXPECT_TRUE(base::Seq(1));
  EXPECT_EQ(base::epoch_of(base::Seq(9)), base::Epoch(9));
}

TEST(Ids, ArePrintedAsNumbers) { EXPECT_EQ(fmt::format("{} {}", base::Seq(7), base::Cents(-5)), "7 -5"); }

TEST(Amounts, AreAddedAndTakenAway) {
  auto stock = base::Quantity(5);
  stock -= base::Quantity(7);
  EXPECT_EQ(stock, base::Quantity(-2));
  stock += base::Quantity(3);
  EXPECT_EQ(stock, base::Quantity(1));
  EXPECT_EQ(-(base::Cents(10) - base::Cents(3)), base::Cents(-7));
}

// --- CHECK ---

TEST(CheckDeathTest, PrintsItsValuesAndAborts) {
  const int stock = -1;
  EXPECT_DEATH(CHECK(stock >= 0, "item={} stock={}", 7, stock), "base_test.cpp.*stock >= 0.*item=7 stock=-1");
}

TEST(Check, DoesNothingWhenAllIsWell) {
  int evaluated = 0;
  CHECK(++evaluated == 1, "never formatted: {}", ++evaluated);
  EXPECT_EQ(evaluated, 1);
}

// --- random ---

TEST(Random, IsSplitMix64) {
  base::Random random(1234567);
  EXPECT_EQ(random.next(), 6457827717110365317ULL);
  EXPECT_EQ(random.next(), 3203168211198807973ULL);
  EXPECT_EQ(random.next(), 9817491932198370423ULL);
}

TEST(Random, StaysWithinItsBoundsAndReachesThem) {
  base::Random random(1);
  std::set<std::uint64_t> below;
  std::set<std::uint64_t> between;
  bool large_unit = false;
  for (int i = 0; i < 1000; ++i) {
    below.insert(random.below(3));
    between.insert(random.between(5, 7));
    const auto unit = random.unit();
    ASSERT_TRUE(unit >= 0 && unit < 1);
    ASSERT_FALSE(random.chance(0));
    ASSERT_TRUE(random.chance(1));
    large_unit |= unit > 0.9;
  }
  EXPECT_TRUE(large_unit);
  EXPECT_EQ(below, (std::set<std::uint64_t>{0, 1, 2}));
  EXPECT_EQ(between, (std::set<std::uint64_t>{5, 6, 7}));
}

TEST(Random, KeysAreLongAndNeverTheSame) {
  std::set<std::string> keys;
  for (int i = 0; i < 1000; ++i) keys.insert(base::new_key());
  EXPECT_EQ(keys.size(), 1000U);
  for (const auto& key : keys) {
    ASSERT_EQ(key.size(), 25U);
    ASSERT_EQ(key.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz"), std::string::npos) << key;
  }
}

TEST(Random, KeysAreRandomInEachPlaceBehindTheTime) {
  std::vector<std::set<char>> digits(25);
  for (int i = 0; i < 1000; ++i) {
    const auto key = base::new_key();
    for (std::size_t place = 9; place < key.size(); ++place) digits[place].insert(key[place]);
  }
  for (std::size_t place = 9; place < digits.size(); ++place) EXPECT_EQ(digits[place].size(), 36U) << place;
}

TEST(Random, KeysBeginWithTheTimeInBase36) {
  const auto before = base::now().wall;
  const auto time = std::stoll(base::new_key().substr(0, 9), nullptr, 36);
  EXPECT_LE(before, time);
  EXPECT_LE(time, base::now().wall);
}

TEST(Random, EachBitOfASeedFromTheSystemIsRandom) {
  std::uint64_t set = 0;
  std::uint64_t clear = 0;
  for (int i = 0; i < 200; ++i) {
    const auto seed = base::entropy();
    set |= seed;
    clear |= ~seed;
  }
  EXPECT_EQ(set, UINT64_MAX);
  EXPECT_EQ(clear, UINT64_MAX);
}

TEST(Random, KeysRiseWithTime) {
  const auto earlier = base::new_key();
  const auto then = base::now().wall;
  while (base::now().wall == then) {
  }
  EXPECT_LT(earlier, base::new_key());
}

// --- the outbox of a core ---

TEST(Outbox, PacksWhatGoesToOnePeer) {
  base::Outbox out;
  EXPECT_TRUE(out.empty());
  out.send("tcp://a:1") += "one";
  out.send("tcp://a:1") += "two";
  out.send("tcp://b:1") += "three";
  EXPECT_EQ(out.sends()["tcp://a:1"], std::vector<base::Bytes>{"onetwo"});
  EXPECT_EQ(out.sends()["tcp://b:1"], std::vector<base::Bytes>{"three"});
  out.clear();
  EXPECT_TRUE(out.empty());
}

TEST(Outbox, HasEachEffectUntilItIsCleared) {
  const std::vector<void (*)(base::Outbox&)> effects{
      [](base::Outbox& out) {
        out.reply({"c", false}) += "a";
      },
      [](base::Outbox& out) { out.send("tcp://a:1") += "a"; }, [](base::Outbox& out) { out.publish("B", "a"); },
      [](base::Outbox& out) { out.hang_up("tcp://a:1"); }, [](base::Outbox& out) { out.follow("tcp://a:1"); }};
  for (std::size_t i = 0; i < effects.size(); ++i) {
    base::Outbox out;
    effects[i](out);
    EXPECT_FALSE(out.empty()) << i;
    out.clear();
    EXPECT_TRUE(out.empty()) << i;
  }
}

TEST(Outbox, BeginsANewFrameWhenOneIsFull) {
  base::Outbox out;
  const base::ClientId client{"c", false};
  out.reply(client) += std::string(base::kFrameBytesTarget, 'x');
  out.reply(client) += "more";
  ASSERT_EQ(out.replies()[client].size(), 2U);
  EXPECT_EQ(out.replies()[client][1], "more");
}

TEST(Outbox, TellsADelimitedClientFromAnother) {
  base::Outbox out;
  out.reply({"c", false}) += "a";
  out.reply({"c", true}) += "b";
  EXPECT_EQ(out.replies().size(), 2U);
}

TEST(Outbox, KeepsTheFirstReasonToStop) {
  base::Outbox out;
  EXPECT_FALSE(out.stopped());
  out.stop("the disk is full");
  out.stop("something that followed from it");
  EXPECT_EQ(out.stopped(), "the disk is full");
}

// --- descriptors and files ---

TEST(EventFd, IsReadableFromARaiseUntilItIsCleared) {
  base::EventFd event;
  const auto readable = [&] {
    pollfd one{event.fd(), POLLIN, 0};
    return ::poll(&one, 1, 0) == 1;
  };
  EXPECT_FALSE(readable());
  event.raise();
  event.raise();
  EXPECT_TRUE(readable());
  event.clear();
  EXPECT_FALSE(readable());
  event.clear();  // there is nothing to clear
  event.raise();
  EXPECT_TRUE(readable());
}

TEST(FileId, IsThatOfTheFileUnderEachOfItsNames) {
  EXPECT_EQ(base::file_id("/proc/self/exe"), base::file_id("/proc/" + std::to_string(::getpid()) + "/exe"));
  EXPECT_NE(base::file_id("/dev/null"), base::file_id("/dev/zero"));
  auto* null = std::fopen("/dev/null", "r");
  EXPECT_EQ(base::file_id(::fileno(null)), base::file_id("/dev/null"));
  std::fclose(null);
  EXPECT_EQ(base::file_id("/nowhere"), std::nullopt);
  EXPECT_EQ(base::file_id(-1), std::nullopt);
}

// --- the rest ---

TEST(Result, IsAValueOrALine) {
  const base::Result<int> good = 5;
  const base::Result<int> bad = base::fail("field 'qty' is missing");
  EXPECT_EQ(good.value(), 5);
  EXPECT_EQ(bad.error().message, "field 'qty' is missing");
}

TEST(Time, IsToldInMicrosecondsAndMilliseconds) {
  EXPECT_EQ(base::micros(std::chrono::milliseconds(2)), 2000U);
  EXPECT_DOUBLE_EQ(base::millis(std::chrono::microseconds(1500)), 1.5);
  const auto first = base::now();
  EXPECT_LE(first.mono, base::now().mono);
  EXPECT_GT(first.wall, 1'600'000'000'000);
}

TEST(Throttle, LetsOneLineASecondThrough) {
  base::log::Throttle throttle;
  const base::Mono start{std::chrono::hours(1)};
  EXPECT_TRUE(throttle.pass(start));
  EXPECT_FALSE(throttle.pass(start + std::chrono::milliseconds(999)));
  EXPECT_TRUE(throttle.pass(start + std::chrono::milliseconds(1000)));
}

}  // namespace
