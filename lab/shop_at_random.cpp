// (g): a client that searches, looks up and buys at random, while a restocker adds 2 pieces to random items.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "lab/experiments.h"
#include "lab/tiers.h"

namespace lab {
namespace {

constexpr std::size_t kFewItems = 10;
constexpr std::int64_t kFewPieces = 3;
constexpr std::int64_t kRestocked = 2;
constexpr unsigned kRestockEvery = 5;  // steps of the client
constexpr unsigned kPlotted = 100;     // points of the plot, about

struct Shopping {
  Tiers searches, lookups, buys, sold_out;
  std::uint64_t restocks = 0;
  std::uint64_t restocks_refused = 0;
  std::map<base::ItemId, std::int64_t> expected;  // stock
  Table over_time{"g-stock", "pieces in stock over time", {"request", "pieces", "bought", "sold out"}, {}};
};

// Leaves the restock under way while the client goes on.
void restock_any(Shopper& restocker, const Goods& goods, Shopping& shopping) {
  const auto item = goods.any(restocker.random());
  const msg::Restock request{base::new_key(), item, base::Quantity(kRestocked), {}, {}};
  ++shopping.restocks;
  restocker.client().submit(request, {}, [&shopping, item](const client::Answer& answer) {
    if (answer.refusal) {
      ++shopping.restocks_refused;
    } else {
      shopping.expected[item] += kRestocked;
    }
  });
  restocker.client().run_until([] { return true; });
}

void buy_any(Shopper& shopper, base::ItemId item, Shopping& shopping) {
  const auto reply = shopper.ask(one_piece(item));
  if (reply.refusal && reply.refusal->code != msg::Code::kOutOfStock) shopper.must(msg::Lookup{item, {}});
  (reply.ok() ? shopping.buys : shopping.sold_out).add(reply.took, reply.spans);
  if (reply.ok()) --shopping.expected[item];
}

void step(Shopper& shopper, const Goods& goods, Shopping& shopping) {
  const auto item = goods.any(shopper.random());
  switch (shopper.random().below(3)) {
    case 0: {
      const auto reply = shopper.must(all_goods());
      return shopping.searches.add(reply.took, reply.spans);
    }
    case 1: {
      const auto reply = shopper.must(msg::Lookup{item, {}});
      return shopping.lookups.add(reply.took, reply.spans);
    }
    default:
      return buy_any(shopper, item, shopping);
  }
}

void note_stock(Shopping& shopping, unsigned steps) {
  std::int64_t pieces = 0;
  for (const auto& [item, stock] : shopping.expected) pieces += stock;
  shopping.over_time.rows.push_back({std::uint64_t{steps},
                                     static_cast<std::uint64_t>(std::max<std::int64_t>(pieces, 0)),
                                     shopping.buys.count(), shopping.sold_out.count()});
}

bool stock_is_as_expected(Shopper& shopper, const Shopping& shopping) {
  return std::all_of(shopping.expected.begin(), shopping.expected.end(), [&](const auto& one) {
    const auto stock = shopper.must(msg::Lookup{one.first, {}})->item.stock.value();
    return stock == one.second && stock >= 0;
  });
}

}  // namespace

Section shop_at_random(Rig& rig) {
  Section section{'g',
                  "",
                  "One client searches, looks up and buys at random, while a restocker adds 2 pieces to a "
                  "random item for every fifth request. There are few pieces, so that buys meet items that "
                  "are sold out. At the end the stock of every item must be what was brought, plus what was "
                  "restocked, minus what was bought.",
                  {},
                  {},
                  {}};
  rig.use(Cache::kOn);
  const Goods goods(rig, kFewItems, kFewPieces);
  Shopper shopper(rig), restocker(rig, 1);
  Shopping shopping;
  for (const auto& item : goods.items()) {
    shopping.expected[item.id] = shopper.must(msg::Lookup{item.id, {}})->item.stock.value();
  }
  const auto count = rig.task().requests;
  rig.say(fmt::format("(g) {} requests", count));
  for (unsigned i = 1; i <= count; ++i) {
    if (i % kRestockEvery == 0) restock_any(restocker, goods, shopping);
    step(shopper, goods, shopping);
    if (i % std::max(1U, count / kPlotted) == 0) note_stock(shopping, i);
    rig.count("(g)", i);
  }
  restocker.client().run_until([&] { return restocker.client().under_way() == 0; });
  Table table{"g-requests", "requests of the client", {"request", "count"}, {}};
  for (auto& column : tier_columns()) table.columns.push_back(std::move(column));
  for (const auto& [name, tiers] : {std::pair{"search", &shopping.searches},
                                    {"look-up", &shopping.lookups},
                                    {"buy", &shopping.buys},
                                    {"buy of a sold out item", &shopping.sold_out}}) {
    std::vector<Cell> row{std::string(name), tiers->count()};
    for (auto& cell : tier_cells(*tiers)) row.push_back(std::move(cell));
    table.rows.push_back(std::move(row));
  }
  section.checks = {{"the stock of every item adds up", stock_is_as_expected(shopper, shopping)},
                    {fmt::format("restocks refused: {} of {}", shopping.restocks_refused, shopping.restocks),
                     shopping.restocks_refused == 0}};
  section.tables = {std::move(table), std::move(shopping.over_time)};
  section.plots = {{"g-stock", "pieces in stock over time", "request", "pieces", Plot::Kind::kLines, {1, 2, 3}}};
  return section;
}

}  // namespace lab
