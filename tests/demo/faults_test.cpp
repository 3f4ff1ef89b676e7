// The faults of a demo, by seed.
#include "demo/faults.h"

#include <gmock/gmock.h>

#include <map>
#include <utility>

namespace demo {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const std::vector<std::string> kInstances{"broker-1", "frontend-1", "order-1"};

struct At {
  base::Duration at;
  Fault fault;
};

std::vector<At> faults_of(std::uint64_t seed, base::Duration length = std::chrono::minutes(10)) {
  Faults faults(seed);
  std::vector<At> all;
  for (base::Duration passed{}; passed < length; passed += milliseconds(100)) {
    if (const auto fault = faults.next(passed, kInstances)) all.push_back({passed, *fault});
  }
  return all;
}

TEST(Faults, AreTheSameForASeed) {
  const auto first = faults_of(7);
  const auto second = faults_of(7);
  ASSERT_EQ(first.size(), second.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].at, second[i].at);
    EXPECT_EQ(first[i].fault.instance, second[i].fault.instance);
    EXPECT_EQ(first[i].fault.pause, second[i].fault.pause);
  }
  EXPECT_NE(first.front().at, faults_of(8).front().at);
}

TEST(Faults, OneBeginsAfterTheOneBeforeHasEnded) {
  base::Duration end{};
  for (const auto& [at, fault] : faults_of(1)) {
    EXPECT_GE(at, end + Faults::kLeast);
    EXPECT_LE(at, end + Faults::kMost + milliseconds(100));
    end = at + fault.pause;
  }
}

TEST(Faults, KillAndPauseEveryProcess) {
  std::map<std::string, std::pair<int, int>> hurt;
  for (const auto& [at, fault] : faults_of(3)) {
    if (fault.pause == base::Duration::zero()) {
      ++hurt[fault.instance].first;
    } else {
      ++hurt[fault.instance].second;
      EXPECT_GE(fault.pause, Faults::kPauseLeast);
      EXPECT_LE(fault.pause, Faults::kPauseMost);
    }
  }
  for (const auto& instance : kInstances) {
    EXPECT_GT(hurt[instance].first, 0) << instance;
    EXPECT_GT(hurt[instance].second, 0) << instance;
  }
}

TEST(Faults, NeedAProcess) {
  Faults faults(1);
  EXPECT_FALSE(faults.next(seconds(100), {}));
  EXPECT_TRUE(faults.next(seconds(100), kInstances));
}

}  // namespace
}  // namespace demo
