// The requests that the journal makes to etcd, and the meaning of the answers.
#include "broker/etcd/requests.h"

#include <gtest/gtest.h>

namespace broker::etcd {
namespace {

using base::BlockNo;

constexpr std::int64_t kOurs = 40;

class OutcomeTest : public testing::Test {
 protected:
  // The parts of etcd's answer to an append whose comparison failed.
  void leader_is(std::int64_t revision) {
    auto* kv = answer.add_responses()->mutable_range()->add_kvs();
    kv->set_key("p/lead");
    kv->set_mod(revision);
  }
  void stored_is(const std::string& bytes) { answer.add_responses()->mutable_range()->add_kvs()->set_value(bytes); }
  void nothing_is_stored() { answer.add_responses()->mutable_range(); }
  Appended appended() const { return outcome(answer, kOurs, block).appended; }
  bool still_leading() const { return outcome(answer, kOurs, block).still_leading; }

  Commit block{BlockNo(7), base::Seq(9), base::Seq(9), "bytes", {}};
  rpc::TxnResponse answer;
};

TEST_F(OutcomeTest, ABlockThatWasPutNowIsCommitted) {
  answer.set_succeeded(true);
  EXPECT_EQ(appended(), Appended::kNow);
  EXPECT_TRUE(still_leading());
}

TEST_F(OutcomeTest, OurBytesMeanThatAnEarlierTrySucceeded) {
  leader_is(kOurs);
  stored_is("bytes");
  EXPECT_EQ(appended(), Appended::kEarlier);
  EXPECT_TRUE(still_leading());
}

TEST_F(OutcomeTest, AnEarlierTryCountsAlsoWhenTheLeadIsLost) {
  leader_is(kOurs + 3);
  stored_is("bytes");
  EXPECT_EQ(appended(), Appended::kEarlier);
  EXPECT_FALSE(still_leading());
}

TEST_F(OutcomeTest, WithAnotherLeaderAndWithoutOurBytesItIsFenced) {
  leader_is(kOurs + 3);
  nothing_is_stored();
  EXPECT_EQ(appended(), Appended::kFenced);
  answer.clear_responses();
  leader_is(kOurs + 3);
  stored_is("of the other leader");
  EXPECT_EQ(appended(), Appended::kFenced);
}

TEST_F(OutcomeTest, OtherBytesAlthoughWeLeadBreakTheJournal) {
  leader_is(kOurs);
  stored_is("of nobody");
  EXPECT_EQ(appended(), Appended::kBroken);
  answer.clear_responses();
  leader_is(kOurs);
  nothing_is_stored();
  EXPECT_EQ(appended(), Appended::kBroken) << "the block before is missing";
}

TEST(AppendTest, PutsTheBlockIfWeLeadAndItIsTheNext) {
  const Keys keys("p");
  Commit block{BlockNo(7), base::Seq(9), base::Seq(9), "bytes", {}};
  const auto request = append(keys, kOurs, block);
  ASSERT_EQ(request.compare_size(), 3);
  EXPECT_EQ(request.compare(0).key(), "p/lead");
  EXPECT_EQ(request.compare(0).mod(), kOurs);
  EXPECT_EQ(request.compare(1).key(), keys.block(BlockNo(7)));
  EXPECT_EQ(request.compare(1).result(), rpc::Compare::EQUAL);
  EXPECT_EQ(request.compare(2).key(), keys.block(BlockNo(6)));
  EXPECT_EQ(request.compare(2).result(), rpc::Compare::GREATER);
  EXPECT_EQ(request.success_size(), 1);
  block.control = msg::Control{};
  EXPECT_EQ(append(keys, kOurs, block).success_size(), 2) << "it also puts the control record";
}

TEST(KeysTest, TellsTheNumberOfABlock) {
  const Keys keys("shops/one");
  EXPECT_EQ(keys.block_of(keys.block(BlockNo(123))), BlockNo(123));
  EXPECT_LT(keys.block(BlockNo(9)), keys.block(BlockNo(10))) << "the keys ascend in etcd's order";
  EXPECT_FALSE(keys.block_of(keys.lead()));
  EXPECT_FALSE(keys.block_of(keys.blocks() + "12x"));
  EXPECT_EQ(after_all("p/block/"), "p/block0");
}

TEST(NoneTest, ComparesTheWholeRange) {
  const auto compare = none("p/");
  EXPECT_EQ(compare.key(), "p/");
  EXPECT_EQ(compare.end(), "p0");
  EXPECT_EQ(compare.target(), rpc::Compare::CREATE);
  EXPECT_EQ(compare.create(), 0);
}

TEST(SeededTest, OurNameMeansThatAnEarlierTrySucceeded) {
  rpc::TxnResponse answer;
  EXPECT_FALSE(seeded(answer, "ours")) << "there are keys, but no leader";
  auto* lead = answer.add_responses()->mutable_range()->add_kvs();
  lead->set_value("another's");
  EXPECT_FALSE(seeded(answer, "ours"));
  lead->set_value("ours");
  EXPECT_TRUE(seeded(answer, "ours"));
  answer.clear_responses();
  answer.set_succeeded(true);
  EXPECT_TRUE(seeded(answer, "ours"));
}

TEST(RemoveBeforeTest, ComparesTheLeaderAndTheNewestBlockThatTheMajorityHas) {
  const Keys keys("p");
  const auto request = remove_before(keys, kOurs, BlockNo(7), 33);
  ASSERT_EQ(request.compare_size(), 2);
  EXPECT_EQ(request.compare(0).key(), "p/lead");
  EXPECT_EQ(request.compare(0).mod(), kOurs);
  EXPECT_EQ(request.compare(1).key(), keys.block(BlockNo(7)));
  EXPECT_EQ(request.compare(1).mod(), 33);
  ASSERT_EQ(request.success_size(), 1);
  EXPECT_EQ(request.success(0).delete_range().end(), keys.block(BlockNo(7))) << "block 7 stays";
}

TEST(KeysTest, KnowsTheStoresWhoseKeysWouldContainItsOwn) {
  EXPECT_EQ(Keys("shop").outer_leads(), std::vector<std::string>{});
  EXPECT_EQ(Keys("/shop").outer_leads(), std::vector<std::string>{});
  EXPECT_EQ(Keys("/shops/one/a").outer_leads(), (std::vector<std::string>{"/shops/one/lead", "/shops/lead"}));
}

}  // namespace
}  // namespace broker::etcd
