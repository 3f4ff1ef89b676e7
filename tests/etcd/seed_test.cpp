// A restored stream is put into a real etcd, and brokers continue it.
#include "broker/etcd/seed.h"

#include <gmock/gmock.h>

#include <future>

#include "base/log.h"
#include "tests/etcd/member.h"

namespace broker::etcd {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr auto kPatience = seconds(10);
constexpr base::Term kTerm(7);

class SeedTest : public testing::Test {
 protected:
  SeedTest() { base::log::start(base::log::Level::kOff, "test"); }
  // Block 9 of a stream.
  static Commit last() {
    msg::Block block;
    block.no = BlockNo(9);
    block.first = Seq(30);
    block.count = 1;
    block.term = kTerm;
    block.prev.bytes = msg::no_hash();
    block.events.bytes = msg::encoded(msg::Event{1000, msg::KeyVoided{"k"}});
    Commit commit{block.no, block.first, block.last(), msg::encode_block(block), {}};
    commit.control = msg::Control{.store = "store-a"};
    return commit;
  }
  Seed seed(const std::string& prefix = "pygmy") const {
    return Seed({.endpoints = {member.client()}, .prefix = prefix});
  }
  base::Result<void> put() const { return seed().put(last(), kTerm, kPatience); }

  Member member;
};

TEST_F(SeedTest, ABrokerThatHasTheArchiveContinuesWhereItEnds) {
  ASSERT_TRUE(put());
  Broker a(member, "a", BlockNo(9));
  a.lead();
  EXPECT_EQ(a.tail().block, BlockNo(9));
  EXPECT_EQ(a.tail().last, Seq(30));
  EXPECT_EQ(a.tail().control.store, "store-a");
  EXPECT_GT(a.tail().term, kTerm) << "the term is greater than that of any block";
  const auto first = a.tail().term;
  a.commit_one();
  Broker b(member, "b", BlockNo(10));
  ASSERT_TRUE(b.wait<LeaderSeen>());
  b.lead();
  EXPECT_EQ(b.tail().block, BlockNo(10));
  EXPECT_GT(b.tail().term, first);
}

TEST_F(SeedTest, ABrokerThatHasNothingSeesWhereTheStreamEndsAndDoesNotLead) {
  ASSERT_TRUE(put());
  Broker b(member, "b");
  ASSERT_TRUE(b.wait<BlockSeen>());
  EXPECT_EQ(b.seen, std::vector<base::Bytes>{last().bytes});
  b.journal().take_over(BlockNo(0));
  const auto refused = b.wait<NotTakenOver>();
  ASSERT_TRUE(refused);
  EXPECT_THAT(refused->why, HasSubstr("block 1 has left the journal"));
}

TEST_F(SeedTest, AStoreThatIsThereIsNotTouched) {
  Broker a(member, "a");
  ASSERT_TRUE(a.wait<LeadVacant>());
  a.lead();
  a.commit_one();
  const auto room = seed().room(kPatience);
  ASSERT_FALSE(room);
  EXPECT_THAT(room.error().message, HasSubstr("another --etcd-prefix"));
  EXPECT_THAT(room.error().message, HasSubstr("etcdctl del --prefix pygmy/"));
  EXPECT_FALSE(put());
  a.commit_one();
  EXPECT_TRUE(seed("pygmy2").room(kPatience)) << "another prefix is free";
}

TEST_F(SeedTest, AStoreWithinAnotherOrAroundItIsRefused) {
  ASSERT_TRUE(seed("shops/two").put(last(), kTerm, kPatience));
  const auto around = seed("shops").room(kPatience);
  ASSERT_FALSE(around);
  EXPECT_THAT(around.error().message, HasSubstr("nested"));
  EXPECT_THAT(around.error().message, Not(HasSubstr("etcdctl del"))) << "it would remove the other store";
  const auto within = seed("shops/two/three").room(kPatience);
  ASSERT_FALSE(within);
  EXPECT_THAT(within.error().message, HasSubstr("shops/two/lead of another one are nested"));
  EXPECT_TRUE(seed("shops/three").room(kPatience));
}

TEST_F(SeedTest, ASecondSeedIsRefused) {
  ASSERT_TRUE(seed().room(kPatience));
  ASSERT_TRUE(put());
  EXPECT_FALSE(put());
}

TEST_F(SeedTest, AMemberThatDoesNotAnswerForAWhileIsAskedAgain) {
  ASSERT_TRUE(seed().room(kPatience)) << "the member runs";
  member.signal(SIGSTOP);
  auto done = std::async(std::launch::async, [this] { return put(); });
  EXPECT_EQ(done.wait_for(seconds(2)), std::future_status::timeout);
  member.signal(SIGCONT);
  EXPECT_TRUE(done.get());
  EXPECT_FALSE(put()) << "the store is there";
}

TEST_F(SeedTest, WithoutEtcdThereIsAnErrorInTime) {
  member.kill();
  const auto room = seed().room(seconds(1));
  ASSERT_FALSE(room);
  EXPECT_THAT(room.error().message, HasSubstr("does not answer"));
  const auto put = seed().put(last(), kTerm, seconds(1));
  ASSERT_FALSE(put);
  EXPECT_THAT(put.error().message, HasSubstr("may still take"));
}

}  // namespace
}  // namespace broker::etcd
