#include "frontend/mirror.h"

#include <atomic>
#include <thread>

#include "frontend/cache.h"
#include "tests/frontend/edge_fixture.h"

namespace edge_test {
namespace {

using frontend::Cache;
using frontend::Mirror;

const base::Bytes kLookup = msg::encoded(msg::Lookup{base::ItemId(1), {}});

class MirrorTest : public EdgeTest {
 protected:
  MirrorTest() {
    mirror = std::make_shared<Mirror>();
    make();
    start();
  }

  // A lookup through the core, which fills the cache.
  void fill(std::int64_t stock, std::uint64_t version, int ms) {
    lookup(++id, 1, ms);
    tell_item(sent.size() - 1, stock, version, ms);
  }

  static std::int64_t stock_of(const Mirror::KeptPtr& kept) {
    return kept ? msg::decode<msg::ItemReply>(kept->body)->item.stock.value() : -1;
  }
  // All three steps of a look-up. -1: there is no answer.
  std::int64_t look(int ms) const {
    Mirror::Look look(*mirror);
    return look.take(key) ? stock_of(look.answer(at(ms).mono)) : -1;
  }

  const std::string key = frontend::cache_key(msg::Lookup::kType, msg::Header{}.v, kLookup);
  std::uint64_t id = 0;
};

TEST_F(MirrorTest, GivesWhatTheCacheHoldsUntilAnEventTouchesIt) {
  EXPECT_EQ(look(10), -1) << "nothing is cached yet";
  fill(7, 2, 10);
  EXPECT_EQ(look(20), 7);
  publish({support::stock_moved(1, 6, 13)}, 30, base::Seq(5));
  EXPECT_EQ(look(40), -1) << "dropped before the event is acknowledged";
}

TEST_F(MirrorTest, WithoutALeaseNothingIsGiven) {
  fill(7, 2, 10);
  EXPECT_EQ(look(494), 7);
  EXPECT_EQ(look(496), -1) << "500 ms minus the margin";
}

TEST_F(MirrorTest, AThreadThatIsPausedAfterItHasTakenTheAnswerDoesNotGiveIt) {
  fill(7, 2, 10);
  Mirror::Look look(*mirror);
  ASSERT_TRUE(look.take(key));
  EXPECT_EQ(look.answer(at(600).mono), nullptr);
}

// Meanwhile others may have seen a later stock: the lease that covers the answer has ended.
TEST_F(MirrorTest, ALeaseThatBeganAfterTheAnswerWasTakenDoesNotCoverIt) {
  fill(7, 2, 10);
  Mirror::Look look(*mirror);
  ASSERT_TRUE(look.take(key));
  publish({support::stock_moved(1, 6, 13)}, 1000, base::Seq(5));
  tick(1000);
  grant(1000);
  EXPECT_EQ(look.answer(at(1010).mono), nullptr);
  fill(13, 5, 1020);
  EXPECT_EQ(this->look(1030), 13);
}

TEST_F(MirrorTest, AnAnswerBeyondTheWatermarkIsNotGiven) {
  publish({support::stock_moved(1, 6, 13)}, 10, base::Seq(4));  // seq 5
  fill(13, 5, 20);
  EXPECT_EQ(look(30), -1);
  mark(5, 40);
  EXPECT_EQ(look(50), 13);
}

TEST_F(MirrorTest, AnEdgeThatStopsGivesNothingMoreAndThenGivesItsLeaseBack) {
  fill(7, 2, 10);
  edge->on_stop({at(20), out});
  EXPECT_EQ(look(21), -1);
  grant(22);
  EXPECT_EQ(look(23), -1) << "a late grant";
  EXPECT_FALSE(released);
  tick(30);
  EXPECT_TRUE(released);
}

TEST_F(MirrorTest, AViewThatDivergesEmptiesIt) {
  fill(7, 2, 10);
  auto beat = stream.beat(stream.commit());
  beat.leader->diverged = {"catalog-1"};
  hear(beat, 20);
  EXPECT_EQ(look(30), -1);
}

TEST_F(MirrorTest, AnswersThatThreadsTakeCountAsAnsweredByTheCache) {
  fill(7, 2, 10);
  look(20);
  look(20);
  tick(60);
  const auto told = [&] {
    return std::vector{counter("cache_hits"), counter("requests_lookup"), counter("requests_search")};
  };
  using Figures = std::vector<std::optional<std::uint64_t>>;
  EXPECT_EQ(told(), (Figures{2U, 3U, 0U}));
  tick(120);
  EXPECT_EQ(told(), (Figures{2U, 3U, 0U}));
}

TEST(CacheWithMirror, AnEntryThatAThreadTakesStaysLonger) {
  const auto mirror = std::make_shared<Mirror>();
  Cache cache(3'000, 0, mirror);
  const std::string body(400, 'x');
  cache.put("taken", {body, base::Seq(1), {}, false});
  cache.put("not taken", {body, base::Seq(1), {}, false});
  EXPECT_TRUE(Mirror::Look(*mirror).take("taken"));
  cache.put("more", {body, base::Seq(1), {}, false});
  EXPECT_TRUE(Mirror::Look(*mirror).take("taken"));
  EXPECT_FALSE(Mirror::Look(*mirror).take("not taken"));
  EXPECT_EQ(cache.find("not taken"), nullptr);
}

TEST(CacheWithMirror, TheCopiesCountAgainstTheBound) {
  Cache plain(1 << 20);
  Cache mirrored(1 << 20, 0, std::make_shared<Mirror>());
  plain.put("k", {std::string(1'000, 'x'), base::Seq(1), {}, false});
  mirrored.put("k", {std::string(1'000, 'x'), base::Seq(1), {}, false});
  EXPECT_EQ(mirrored.bytes(), plain.bytes() + 1'001);
}

// Under ThreadSanitizer this shows that the mirror needs no other lock (./dev tsan). One thread is the core: it
// replaces each value by the next one and moves the watermark after that. No look-up may show less than was promised
// before.
TEST(MirrorThreads, LookUpsOfManyThreadsNeverGoBack) {
  constexpr std::uint64_t kLast = 20'000;
  Mirror mirror;
  std::atomic<std::uint64_t> acknowledged = 0;
  std::atomic<int> wrong = 0;
  std::atomic<int> ready = 0;
  mirror.tell_lease(base::Mono::max());
  const auto read = [&] {
    ++ready;
    while (acknowledged < kLast) {
      const auto floor = acknowledged.load();
      Mirror::Look look(mirror);
      if (!look.take("k")) continue;
      const auto kept = look.answer(base::Mono{});
      if (kept && (kept->seq.value() < floor || kept->body != std::to_string(kept->seq.value()))) ++wrong;
    }
  };
  std::thread one(read);
  std::thread two(read);
  while (ready < 2) std::this_thread::yield();
  for (std::uint64_t seq = 1; seq <= kLast; ++seq) {
    mirror.drop("k");
    acknowledged = seq;
    mirror.put("k", std::make_shared<Mirror::Kept>(std::to_string(seq), base::Seq(seq)));
    mirror.tell_mark(base::Seq(seq));
  }
  one.join();
  two.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace edge_test
