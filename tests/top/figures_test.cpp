// The figures of a store, from its statuses.
#include "top/figures.h"

#include <gmock/gmock.h>

#include <stdexcept>

#include "tests/top/store.h"

namespace top {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

View view_at(Figures& figures, base::Mono now) { return figures.view({now, 0}); }

const Process& named(const View& view, const std::string& instance) {
  for (const auto& process : view.processes) {
    if (process.status.instance == instance) return process;
  }
  throw std::runtime_error("no process " + instance);
}

Figures heard(std::uint64_t turns) {
  Figures figures(kStart);
  for (std::uint64_t turn = 0; turn <= turns; ++turn) figures.heard(status_at(turn), kStart + seconds(turn));
  return figures;
}

TEST(Figures, RatesNeedTwoStatuses) {
  auto figures = heard(0);
  EXPECT_FALSE(figures.has_rates());
  EXPECT_FALSE(view_at(figures, kStart).rates);
  EXPECT_FALSE(named(view_at(figures, kStart), "order-1").per_s);
  figures = heard(1);
  ASSERT_TRUE(figures.has_rates());
  const auto rates = *view_at(figures, kStart + seconds(1)).rates;
  EXPECT_EQ(rates.commit_s, 100U);
  EXPECT_EQ(rates.watermark_s, 100U);
  EXPECT_EQ(rates.lookups_s, 300U);
  EXPECT_EQ(rates.hit_ratio, 0.9);
  EXPECT_EQ(json::to_text(rates.requests_s), R"({"lookup":300,"place":100})");
}

TEST(Figures, EveryProcessHasARateAndItsBytes) {
  auto figures = heard(2);
  const auto view = view_at(figures, kStart + seconds(2));
  EXPECT_EQ(named(view, "broker-1").per_s, 100U) << "events";
  EXPECT_EQ(named(view, "broker-1").bytes, 512U);
  EXPECT_EQ(named(view, "frontend-1").per_s, 400U) << "requests";
  EXPECT_EQ(named(view, "frontend-1").bytes, 3U * 1024 * 1024);
  EXPECT_EQ(named(view, "order-1").per_s, 100U);
  EXPECT_EQ(named(view, "order-1").office, "writer");
  EXPECT_EQ(named(view, "order-1").status.lag, 3U);
}

TEST(Figures, ARateIsThatOfTheLastSeconds) {
  auto figures = heard(10);
  figures.heard(status_at(10), kStart + seconds(11));  // nothing has happened
  EXPECT_LT(view_at(figures, kStart + seconds(11)).rates->commit_s, 100U);
  for (int i = 12; i < 16; ++i) figures.heard(status_at(10), kStart + seconds(i));
  EXPECT_EQ(view_at(figures, kStart + seconds(15)).rates->commit_s, 0U);
}

TEST(Figures, AnotherLifeOfAProcessIsARestart) {
  auto figures = heard(1);
  EXPECT_EQ(named(view_at(figures, kStart + seconds(1)), "order-1").restarts, 0U);
  auto status = status_at(2);
  status.processes[2].beat.incarnation = base::Incarnation(2);
  status.processes[2].beat.counters = {{"requests_place", 3}};
  figures.heard(status, kStart + seconds(2));
  const auto restarted = view_at(figures, kStart + seconds(2));
  EXPECT_EQ(named(restarted, "order-1").restarts, 1U);
  EXPECT_FALSE(named(restarted, "order-1").per_s) << "it counts from 0 again";
  EXPECT_EQ(named(restarted, "frontend-1").restarts, 0U);
}

TEST(Figures, AProcessThatIsForgottenLeavesNothing) {
  auto figures = heard(1);
  auto status = status_at(2);
  status.processes.pop_back();
  figures.heard(status, kStart + seconds(2));
  figures.heard(status_at(3), kStart + seconds(3));
  EXPECT_EQ(named(view_at(figures, kStart + seconds(3)), "order-1").restarts, 0U);
}

TEST(Figures, AStoreThatDoesNotAnswerHasNoRates) {
  auto figures = heard(2);
  figures.refused("no store answers");
  const auto silent = view_at(figures, kStart + milliseconds(6500));
  EXPECT_EQ(silent.unanswered, base::Duration(milliseconds(4500)));
  EXPECT_EQ(silent.refusal, "no store answers");
  EXPECT_FALSE(silent.rates);
  EXPECT_FALSE(named(silent, "frontend-1").per_s);
  EXPECT_EQ(named(silent, "frontend-1").status.applied, msg::Seq(1200)) << "as it was told last";
  figures.heard(status_at(9), kStart + seconds(9));
  EXPECT_FALSE(view_at(figures, kStart + seconds(9)).unanswered);
  EXPECT_FALSE(view_at(figures, kStart + seconds(9)).rates) << "they begin anew";
}

TEST(Figures, AStoreThatHasNeverAnsweredIsSilentSinceTheBegin) {
  Figures figures(kStart);
  EXPECT_FALSE(view_at(figures, kStart).unanswered);
  figures.refused("no store answers");
  EXPECT_EQ(view_at(figures, kStart + seconds(2)).unanswered, base::Duration(seconds(2)));
}

TEST(Figures, TitlesOfHotItemsAreAskedForOnce) {
  Figures figures(kStart);
  msg::OrderPlaced placed;
  placed.lines.resize(1);
  placed.lines[0].item = base::ItemId(7);
  placed.lines[0].quantity = base::Quantity(2);
  figures.streamed({.what = placed}, kStart);
  EXPECT_THAT(figures.untitled(kStart), testing::ElementsAre(base::ItemId(7)));
  figures.titled(base::ItemId(7), "A book");
  EXPECT_THAT(figures.untitled(kStart), testing::IsEmpty());
  const auto hot = view_at(figures, kStart).hot;
  ASSERT_EQ(hot.size(), 1U);
  EXPECT_EQ(hot[0].title, "A book");
  EXPECT_EQ(hot[0].pieces, 2U);
}

TEST(Figures, AreOneJsonObject) {
  auto figures = heard(1);
  const auto json = to_json(view_at(figures, kStart + seconds(1)));
  EXPECT_EQ(json["rates"]["commit_s"], 100);
  EXPECT_EQ(json["rates"]["p50_us"]["read"], 175);
  EXPECT_EQ(json["processes"][1].dump(), R"({"instance":"frontend-1","per_s":400,"bytes":3145728,"restarts":0})");
  EXPECT_EQ(json["status"]["processes"][2]["instance"], "order-1");
  EXPECT_FALSE(json.contains("refusal"));
  figures.refused("gone");
  EXPECT_EQ(to_json(view_at(figures, kStart + seconds(3)))["refusal"], "gone");
  EXPECT_EQ(to_json(view_at(figures, kStart + seconds(3)))["unanswered_ms"], 2000);
}

}  // namespace
}  // namespace top
