// (c) and (d): what a hit and a miss take, and what a cache that is never stale costs a buy.
#include <fmt/format.h>

#include "lab/experiments.h"
#include "lab/published.h"
#include "lab/tiers.h"

namespace lab {
namespace {

struct Steps {
  std::string name;
  Tiers tiers;
  std::uint64_t hits = 0;
};

base::Quantity look(Shopper& shopper, base::ItemId item, Steps& steps) {
  const auto reply = shopper.must(msg::Lookup{item, {}});
  steps.tiers.add(reply.took, reply.spans);
  steps.hits += was_hit(reply.spans) ? 1 : 0;
  return reply->item.stock;
}

void buy_one(Shopper& shopper, base::ItemId item, Steps& steps) {
  const auto reply = shopper.must(one_piece(item));
  steps.tiers.add(reply.took, reply.spans);
}

Table table_of(const std::vector<Steps>& all) {
  Table table{"c-steps", "mean times of the steps", {"step", "count", "hits"}, {}};
  for (auto& column : tier_columns()) table.columns.push_back(std::move(column));
  for (const auto& steps : all) {
    std::vector<Cell> row{steps.name, steps.tiers.count(), steps.hits};
    for (auto& cell : tier_cells(steps.tiers)) row.push_back(std::move(cell));
    table.rows.push_back(std::move(row));
  }
  return table;
}

struct Cost {
  Tiers buys;
  std::uint64_t held = 0;  // buys of an item that the cache held
};

Cost buy_what_was_seen(const Rig& rig) {
  const Goods goods(rig, kItems, kPieces);
  Shopper shopper(rig);
  Cost cost;
  for (unsigned i = 0; i < rig.task().requests; ++i) {
    const auto item = goods.any(shopper.random());
    shopper.must(msg::Lookup{item, {}});
    const auto again = shopper.must(msg::Lookup{item, {}});
    cost.held += was_hit(again.spans) ? 1 : 0;
    const auto bought = shopper.must(one_piece(item));
    cost.buys.add(bought.took, bought.spans);
  }
  return cost;
}

}  // namespace

Section show_hit_and_miss(Rig& rig) {
  Section section{'c',
                  "",
                  "One client looks an item up twice: the second answer comes from the cache. Another client "
                  "buys a piece through another frontend, and the next look-up must be a miss that shows the "
                  "new stock. The look-up after it is a hit again.",
                  {},
                  {},
                  {}};
  rig.use(Cache::kOn);
  const Goods goods(rig, kItems, kPieces);
  Shopper reader(rig, 0, true), buyer(rig, 1);
  std::vector<Steps> steps{{"first look-up", {}}, {"hit", {}}, {"buy", {}}, {"miss", {}}, {"hit again", {}}};
  rig.say(fmt::format("(c) {} rounds", rig.task().requests));
  bool fresh = true;
  for (unsigned i = 0; i < rig.task().requests; ++i) {
    rig.count("(c)", i);
    const auto item = goods.any(reader.random());
    const auto before = look(reader, item, steps[0]);
    look(reader, item, steps[1]);
    buy_one(buyer, item, steps[2]);
    fresh = fresh && look(reader, item, steps[3]) < before;
    look(reader, item, steps[4]);
  }
  section.checks = {{"no look-up after a buy came from the cache", steps[3].hits == 0}};
  // On another store somebody else may bring pieces meanwhile.
  if (rig.is_own()) section.checks.push_back({"every look-up after a buy showed a smaller stock", fresh});
  Table bars{"c-means", "mean time that the client waits (milliseconds)", {"step", "mean"}, {}};
  for (const auto& one : steps) bars.rows.push_back({one.name, one.tiers.mean_ms()});
  const Figures figures{{"hit", steps[1].tiers.mean_ms()}, {"miss", steps[3].tiers.mean_ms()}};
  section.tables = {table_of(steps), std::move(bars), beside_published('c', figures)};
  section.plots = {{"c-means", "hit, buy, miss", "step", "ms", Plot::Kind::kBars, {1}}};
  return section;
}

Section measure_consistency(Rig& rig) {
  Section section{'d',
                  "",
                  "A client looks an item up until the cache holds it, and buys it. The buy is answered only "
                  "when every frontend has dropped the item from its cache. The wait for that is in gate; the "
                  "store waits also without a cache, so a cache adds only the dropping.",
                  {},
                  {},
                  {}};
  Table table{
      "d-cost", "buys of items that were looked up just before", {"frontends have", "buys", "of cached items"}, {}};
  for (auto& column : tier_columns()) table.columns.push_back(std::move(column));
  Table bars{"d-means", "mean time of a buy (milliseconds)", {"frontends have", "buy", "gate"}, {}};
  Figures figures;
  for (const auto cache : {Cache::kOff, Cache::kOn}) {
    rig.use(cache);
    rig.say(fmt::format("(d) {}", word(cache)));
    const auto cost = buy_what_was_seen(rig);
    std::vector<Cell> row{std::string(word(cache)), cost.buys.count(), cost.held};
    for (auto& cell : tier_cells(cost.buys)) row.push_back(std::move(cell));
    table.rows.push_back(std::move(row));
    bars.rows.push_back({std::string(word(cache)), cost.buys.mean_ms(), cost.buys.mean_ms("gate")});
    figures[fmt::format("buy, {}", word(cache))] = cost.buys.mean_ms();
  }
  section.tables = {std::move(table), std::move(bars), beside_published('d', figures)};
  section.plots = {{"d-means", "a buy, and its wait for the caches", "", "ms", Plot::Kind::kBars, {1, 2}}};
  return section;
}

}  // namespace lab
