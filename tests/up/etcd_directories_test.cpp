// Tests whether a member of etcd may be started with the data in its directory.
#include "up/etcd_directories.h"

#include <gmock/gmock.h>

namespace up {
namespace {

using Start = EtcdVerdict::Start;
using ::testing::HasSubstr;

constexpr std::uint64_t kOurs = 7;

// The directories of three members, given by the ids in their logs. 0: no log.
EtcdDirectories directories(std::uint64_t one, std::uint64_t two, std::uint64_t three) {
  EtcdDirectories all;
  for (const auto member : {one, two, three}) {
    const auto name = "etcd-" + std::to_string(all.size() + 1);
    all.push_back({.instance = name, .path = "/data/" + name, .member = member, .cluster = member ? kOurs : 0});
  }
  return all;
}

EtcdVerdict second(const EtcdDirectories& all) { return verdict(all, "etcd-2", kOurs); }

TEST(EtcdDirectories, AMemberWithItsOwnDataStartsAsItIs) {
  EXPECT_EQ(second(directories(1, 2, 3)).start, Start::kAsItIs);
  EXPECT_EQ(second(directories(0, 2, 0)).start, Start::kAsItIs) << "it starts, although no majority has data";
}

TEST(EtcdDirectories, AMemberThatHasLostItsDataStartsAnewIfTheOthersAreAMajority) {
  EXPECT_EQ(second(directories(1, 0, 3)).start, Start::kAnew);
  const auto alone = second(directories(1, 0, 0));
  EXPECT_EQ(alone.start, Start::kNot);
  EXPECT_THAT(alone.why, HasSubstr("/data/etcd-2"));
}

TEST(EtcdDirectories, AMemberWithDataOfAnotherClusterDoesNotStartAndCountsForNothing) {
  auto all = directories(1, 2, 3);
  all[1].cluster = kOurs + 1;
  EXPECT_EQ(second(all).start, Start::kNot);
  EXPECT_THAT(second(all).why, HasSubstr("another etcd cluster"));
  EXPECT_TRUE(has_majority(all, kOurs));
  all[0].member = all[0].cluster = 0;
  EXPECT_FALSE(has_majority(all, kOurs));
  EXPECT_EQ(verdict(all, "etcd-1", kOurs).start, Start::kNot);
}

TEST(EtcdDirectories, TwoCopiesOfOneMemberDoNotStart) {
  const auto all = directories(1, 3, 3);
  EXPECT_EQ(second(all).start, Start::kNot);
  EXPECT_THAT(second(all).why, HasSubstr("data of the same member"));
  EXPECT_EQ(verdict(all, "etcd-3", kOurs).start, Start::kNot);
  EXPECT_FALSE(has_majority(all, kOurs)) << "two copies of one member do not count";
}

TEST(EtcdDirectories, AMemberWhoseLogCannotBeReadDoesNotStart) {
  auto all = directories(1, 0, 3);
  all[1].damage = "it cannot be read";
  EXPECT_EQ(second(all).start, Start::kNot);
  EXPECT_THAT(second(all).why, HasSubstr("it cannot be read"));
}

TEST(EtcdDirectories, TheClusterIsTheOneOfMostLogs) {
  EXPECT_EQ(cluster_of(directories(0, 0, 0)), std::nullopt);
  EXPECT_EQ(cluster_of(directories(0, 2, 0)), kOurs);
  auto all = directories(1, 2, 3);
  all[2].cluster = kOurs + 1;
  EXPECT_EQ(cluster_of(all), kOurs);
  EXPECT_EQ(lost(all, kOurs), "/data/etcd-3");
  all[1].member = all[1].cluster = 0;
  EXPECT_EQ(cluster_of(all), std::nullopt) << "one each";
}

}  // namespace
}  // namespace up
