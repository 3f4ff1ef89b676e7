#include "load/parts.h"

#include <gtest/gtest.h>

namespace load {
namespace {

// The defaults of OPERATIONS and of --help.
TEST(BenchTask, LooksUpForFiveSecondsWithEightClientsOfOneProcess) {
  const BenchTask task;
  EXPECT_EQ(std::tuple(task.op, task.items, task.items_of_the_store, task.lines),
            std::tuple("lookup", "uniform", false, 1U));
  EXPECT_EQ(std::tuple(task.clients, task.processes, task.seconds, task.warmup), std::tuple(8U, 1U, 5.0, 0.0));
  EXPECT_EQ(task.trace_every, 100U);
  EXPECT_FALSE(task.inflight || task.rate || task.requests || task.stale_ok_ms) << "a closed loop";
}

TEST(Parts, AddUpToTheTask) {
  BenchTask task;
  task.clients = 8;
  task.rate = 900;
  task.requests = 1000;
  task.processes = 3;
  const auto parts = parts_of(task);
  ASSERT_EQ(parts.size(), 3U);
  unsigned clients = 0;
  double rate = 0;
  std::uint64_t requests = 0;
  for (const auto& part : parts) {
    EXPECT_EQ(part.processes, 1U);
    EXPECT_GE(part.clients, 2U);
    clients += part.clients;
    rate += *part.rate;
    requests += *part.requests;
  }
  EXPECT_EQ(clients, 8U);
  EXPECT_DOUBLE_EQ(rate, 900);
  EXPECT_EQ(requests, 1000U);
}

TEST(Parts, StartTogetherAndTheirTalliesAddUp) {
  std::optional<Tally> total;
  const int code = run_parts(
      std::vector<BenchTask>(3),
      [](const BenchTask&, const Parent& parent) {
        parent.wait();
        parent.tell(std::chrono::seconds(1), 1, 0);
        Tally tally;
        tally.ops = 5;
        parent.end(tally);
        return tasks::kDone;
      },
      total);
  EXPECT_EQ(code, tasks::kDone);
  ASSERT_TRUE(total);
  EXPECT_EQ(total->ops, 15U);
}

TEST(Parts, OneThatFailsHoldsNobodyUpAndItsCodeIsKept) {
  std::optional<Tally> total;
  std::vector<BenchTask> tasks(2);
  tasks[1].op = "buy";
  const int code = run_parts(
      tasks,
      [](const BenchTask& task, const Parent& parent) {
        if (task.op == "buy") return tasks::kUnknown;
        parent.wait();
        parent.end(Tally{});
        return tasks::kDone;
      },
      total);
  EXPECT_EQ(code, tasks::kUnknown);
  EXPECT_TRUE(total);
}

TEST(Parts, OneThatThrowsEndsWithACode) {
  std::optional<Tally> total;
  const int code = run_parts(
      std::vector<BenchTask>(2), [](const BenchTask&, const Parent&) -> int { throw std::runtime_error("broken"); },
      total);
  EXPECT_EQ(code, tasks::kRefused);
  EXPECT_FALSE(total);
}

}  // namespace
}  // namespace load
