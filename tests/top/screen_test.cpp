// The screens of `pygmy top`, as they look in terminals of several sizes.
#include "top/screen.h"

#include <gmock/gmock.h>

#include "tests/top/store.h"
#include "text/columns.h"
#include "top/figures.h"

namespace top {
namespace {

using std::chrono::seconds;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

constexpr base::WallMs kNow = 1'795'955'581'000;  // 2026-11-29 12:33:01 UTC

View a_view() {
  Figures figures(kStart);
  for (std::uint64_t turn = 0; turn <= 2; ++turn) figures.heard(status_at(turn), kStart + seconds(turn));
  auto view = figures.view({kStart + seconds(2), kNow});
  view.every = seconds(1);
  view.asked = "tcp://127.0.0.1:7410";
  view.hot = {{base::ItemId(2), "RPCs for Dummies", 41}, {base::ItemId(1), "Größe, 日本 \x1b[2J", 7}};
  return view;
}

std::string text_of(const std::vector<Line>& lines) {
  std::string text = "\n";
  for (const auto& line : lines) text += line.text + "\n";
  return text;
}

std::string shown(const View& view, Size size = {}, bool has_keys = false) {
  const Keys keys;
  return text_of(screen(view, size, has_keys ? &keys : nullptr));
}

TEST(Screen, IsThisInATerminalOf80Columns) {
  EXPECT_EQ(shown(a_view(), {80, 24}, true), R"(
pygmy top  2026-11-29 12:33:01 UTC, every 1.0 s, told by frontend-1
store      zd9t6ioqecw4zqx7, term 1, writer order-1, epoch 2, leases 1
stream     commit 1200 +100/s, watermark 1199 +100/s
requests   400/s in all, lookup 300, place 100, cache hits 90.0 %
latency    read p50 0.17 ms p99 0.25 ms, change p50 1.75 ms p99 2.48 ms,
           commit 1.00 ms of 5 events

instance    role      state         applied  lag  per s  bytes  restarts
broker-1    broker    live             1200    0    100    512         0
frontend-1  frontend  live             1200    0    400   3.0M         0
order-1     order     live, writer     1197    3    100      0         0

  pieces  sold in the last minute
      41  2  RPCs for Dummies
       7  1  Größe, 日本 \u001b[2J








q quits  s sorts by name  space pauses
)");
}

TEST(Screen, IsThisInATerminalOf60Columns) {
  EXPECT_EQ(shown(a_view(), {60, 16}, true), R"(
pygmy top  2026-11-29 12:33:01 UTC, every 1.0 s,
           told by frontend-1
store      zd9t6ioqecw4zqx7, term 1, writer order-1,
           epoch 2, leases 1
stream     commit 1200 +100/s, watermark 1199 +100/s
requests   400/s in all, lookup 300, place 100,
           cache hits 90.0 %
latency    read p50 0.17 ms p99 0.25 ms,
           change p50 1.75 ms p99 2.48 ms,
           commit 1.00 ms of 5 events

instance    state         lag  per s  bytes  restarts
broker-1    live            0    100    512         0
frontend-1  live            0    400   3.0M         0
order-1     live, writer    3    100      0         0
q quits  s sorts by name  space pauses
)");
}

TEST(Screen, IsThisWithoutATerminal) {
  EXPECT_EQ(shown(a_view(), {200, 0}), R"(
pygmy top  2026-11-29 12:33:01 UTC, every 1.0 s, told by frontend-1
store      zd9t6ioqecw4zqx7, term 1, writer order-1, epoch 2, leases 1
stream     commit 1200 +100/s, watermark 1199 +100/s
requests   400/s in all, lookup 300, place 100, cache hits 90.0 %
latency    read p50 0.17 ms p99 0.25 ms, change p50 1.75 ms p99 2.48 ms, commit 1.00 ms of 5 events

instance    role      state         applied  lag  per s  bytes  restarts
broker-1    broker    live             1200    0    100    512         0
frontend-1  frontend  live             1200    0    400   3.0M         0
order-1     order     live, writer     1197    3    100      0         0

  pieces  sold in the last minute
      41  2  RPCs for Dummies
       7  1  Größe, 日本 \u001b[2J
)");
}

TEST(Screen, IsNeverWiderOrHigherThanTheTerminal) {
  auto view = a_view();
  view.processes[0].status.instance = std::string(100, 'x');
  view.processes[1].status.trouble = {std::string(300, 'y')};
  view.unanswered = seconds(3);
  view.refusal = std::string(300, 'z');
  const Keys keys;
  for (std::size_t columns = 1; columns < 130; ++columns) {
    for (const std::size_t rows : {1UL, 2UL, 3UL, 7UL, 12UL, 24UL, 50UL}) {
      const auto lines = screen(view, {columns, rows}, &keys);
      ASSERT_EQ(lines.size(), rows) << columns;
      for (const auto& line : lines) ASSERT_LE(text::columns_of(line.text), columns) << line.text;
    }
  }
}

TEST(Screen, TellsHowManyProcessesHaveNoRoom) {
  auto view = a_view();
  for (int i = 0; i < 20; ++i) view.processes.push_back(view.processes[2]);
  const auto low = shown(view, {80, 12}, true);
  EXPECT_THAT(low, HasSubstr("… and 21 more: make the terminal higher\n"));
  EXPECT_THAT(low, Not(HasSubstr("sold in the last minute")));
}

TEST(Screen, ShowsTheProcessesInALowTerminal) {
  auto view = a_view();
  view.processes[0].status.trouble = {"the disk is full"};
  EXPECT_EQ(shown(view, {40, 10}, true), R"(
pygmy top  2026-11-29 12:33:01 UTC,
           every 1.0 s,
           told by frontend-1
TROUBLE    broker-1: the disk is full

instance    state         lag  per s
broker-1    live            0    100
frontend-1  live            0    400
order-1     live, writer    3    100
q quits  s sorts by name  space pauses
)");
}

TEST(Screen, BreaksALongPartBetweenItsWords) {
  auto view = a_view();
  view.unanswered = seconds(12);
  view.refusal = "no store answers at tcp://127.0.0.1:7410";
  EXPECT_THAT(shown(view, {40, 24}), HasSubstr(R"(
NO ANSWER  for 12.0 s, no store answers
           at tcp://127.0.0.1:7410,
           the figures are of then
)"));
}

TEST(Screen, TextsOfTheStoreCommandNoTerminal) {
  auto view = a_view();
  view.processes[0].status.instance = "a\x1b[2J\nb";
  view.store->writer = "\x07";
  view.refusal = "\x1b]0;title\x07";
  view.unanswered = seconds(1);
  for (const auto& line : screen(view, {}, nullptr)) {
    for (const char c : line.text) ASSERT_GE(static_cast<unsigned char>(c), 0x20U) << line.text;
  }
}

TEST(Screen, SaysSinceWhenTheStoreDoesNotAnswer) {
  auto view = a_view();
  view.rates.reset();
  view.unanswered = seconds(12);
  view.refusal = "no store answers at tcp://127.0.0.1:7410";
  const auto silent = shown(view);
  EXPECT_THAT(silent,
              HasSubstr("NO ANSWER  for 12.0 s, no store answers at tcp://127.0.0.1:7410, the figures are of then\n"));
  EXPECT_THAT(silent, HasSubstr("commit 1200, watermark 1199\n")) << "no rate is shown";
  EXPECT_THAT(silent, Not(HasSubstr("requests ")));
}

TEST(Screen, SaysWhomItAsksBeforeTheFirstAnswer) {
  View view{.at = kNow, .every = seconds(1), .asked = "tcp://127.0.0.1:7410"};
  EXPECT_EQ(shown(view), "\npygmy top  2026-11-29 12:33:01 UTC, every 1.0 s, asking tcp://127.0.0.1:7410\n");
}

TEST(Screen, ShowsTroubleAndSilence) {
  auto view = a_view();
  view.processes[2].status.silent = true;
  view.processes[2].status.age_ms = 12'300;
  view.processes[1].status.trouble = {"the disk is full"};
  view.store->diverged = {"order-9"};
  view.store->leader_age_ms = 5000;
  const auto lines = screen(view, {}, nullptr);
  EXPECT_THAT(lines, testing::Contains(Line{"TROUBLE    frontend-1: the disk is full", Style::kBad}));
  EXPECT_THAT(lines, testing::Contains(Line{"DIVERGED   order-9: see pygmy status", Style::kBad}));
  EXPECT_THAT(lines, testing::Contains(Line{"           the broker has been silent for 5.0 s", Style::kBad}));
  EXPECT_THAT(text_of(lines), HasSubstr("silent 12.3 s, writer"));
}

TEST(Screen, SortsByWhatIsAskedFor) {
  auto view = a_view();
  const auto first = [&](Sort by) {
    sort(view, by);
    return view.processes.front().status.instance;
  };
  EXPECT_EQ(first(Sort::kLag), "order-1");
  EXPECT_EQ(first(Sort::kRate), "frontend-1");
  EXPECT_EQ(first(Sort::kName), "broker-1");
  EXPECT_EQ(first(Sort::kBytes), "frontend-1");
  view.processes[1].restarts = 2;
  const auto restarted = view.processes[1].status.instance;
  EXPECT_EQ(first(Sort::kRestarts), restarted);
  EXPECT_EQ(next(Sort::kRestarts), Sort::kName);
}

TEST(Screen, SaysThatItIsPaused) {
  const Keys paused{Sort::kLag, true};
  const auto lines = screen(a_view(), {80, 24}, &paused);
  EXPECT_THAT(lines.front().text, EndsWith("PAUSED"));
  EXPECT_EQ(lines.back().text, "q quits  s sorts by lag  space goes on");
}

}  // namespace
}  // namespace top
