// (b): every client looks an item up, and then buys it with probability p.
#include <fmt/format.h>

#include <algorithm>

#include "lab/experiments.h"
#include "lab/sweep.h"

namespace lab {
namespace {

constexpr unsigned kSteps = 5;         // p = 0, 1/5, ... 1
constexpr unsigned kSweepClients = 5;  // as in the labs, unless --clients has fewer

SweepArm look_and_buy(Shopper& shopper, const Goods& goods, unsigned count, double p) {
  SweepArm arm;
  for (unsigned i = 0; i < count; ++i) {
    const auto item = goods.any(shopper.random());
    const auto looked = shopper.must(msg::Lookup{item, {}});
    arm.lookups.add(looked.took, looked.spans);
    if (!shopper.random().chance(p)) continue;
    const auto bought = shopper.must(one_piece(item));
    arm.buys.add(bought.took, bought.spans);
  }
  return arm;
}

SweepArm sum_of(const std::vector<SweepArm>& parts) {
  SweepArm sum;
  for (const auto& part : parts) {
    sum.lookups.add(part.lookups);
    sum.buys.add(part.buys);
  }
  return sum;
}

}  // namespace

Section measure_sweep(Rig& rig) {
  Section section{'b', "", "", {}, {}, {}};
  const auto& allowed = rig.task().clients;
  const auto clients = std::min(kSweepClients, *std::max_element(allowed.begin(), allowed.end()));
  section.text = fmt::format(
      "{} clients look a random item up and buy it with probability p. The more is bought, the "
      "more look-ups miss, because a buy removes its item from every cache.",
      clients);
  std::vector<SweepPoint> points(kSteps + 1);
  for (const auto cache : {Cache::kOn, Cache::kOff}) {
    rig.use(cache);
    const Goods goods(rig, kItems, kPieces);
    auto shoppers = several(rig, clients);
    for (unsigned i = 0; i <= kSteps; ++i) {
      auto& point = points[i];
      point.p = static_cast<double>(i) / kSteps;
      rig.say(fmt::format("(b) {}: p = {:.1f}", word(cache), point.p));
      const auto work = [&](Shopper& shopper) { return look_and_buy(shopper, goods, rig.task().requests, point.p); };
      (cache == Cache::kOn ? point.on : point.off) = sum_of(together(shoppers, work));
    }
  }
  section.tables = {sweep_table(points), beside_published('b', sweep_figures(points))};
  section.plots = {{"b-sweep", "mean time of a request", "probability of a buy", "ms", Plot::Kind::kLines, {1, 2}}};
  return section;
}

}  // namespace lab
