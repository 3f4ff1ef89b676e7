#include "lab/sweep.h"

namespace lab {
namespace {

Cell mean_cell(const Tiers& tiers) { return tiers.count() > 0 ? Cell(tiers.mean_ms()) : Cell(std::string("-")); }

double mean_over(const std::vector<SweepPoint>& points, SweepArm SweepPoint::*arm) {
  double sum = 0;
  for (const auto& point : points) sum += (point.*arm).mean_ms();
  return points.empty() ? 0 : sum / static_cast<double>(points.size());
}

}  // namespace

double SweepArm::mean_ms() const {
  const auto count = lookups.count() + buys.count();
  return count == 0 ? 0 : (lookups.total_ms() + buys.total_ms()) / static_cast<double>(count);
}

Table sweep_table(const std::vector<SweepPoint>& points) {
  Table table{"b-sweep",
              "mean time of a request, look-ups and buys together (milliseconds)",
              {"p", "cache", "no cache", "look-up, cache", "look-up, no cache", "buy, cache", "buy, no cache"},
              {}};
  for (const auto& point : points) {
    table.rows.push_back({point.p, point.on.mean_ms(), point.off.mean_ms(), mean_cell(point.on.lookups),
                          mean_cell(point.off.lookups), mean_cell(point.on.buys), mean_cell(point.off.buys)});
  }
  return table;
}

Figures sweep_figures(const std::vector<SweepPoint>& points) {
  return {{"request, cache, over all p", mean_over(points, &SweepPoint::on)},
          {"request, no cache, over all p", mean_over(points, &SweepPoint::off)}};
}

}  // namespace lab
