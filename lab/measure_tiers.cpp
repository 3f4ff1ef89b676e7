// (a): sequential requests of one kind after the other, by several clients, with and without the cache.
#include <fmt/format.h>

#include "lab/experiments.h"
#include "lab/published.h"
#include "lab/tiers.h"

namespace lab {
namespace {

struct Asked {
  Tiers tiers;
  std::uint64_t hits = 0;
  base::OrderNo last;  // number of the last order
};

template <class Reply>
void note(Asked& asked, const Reply& reply) {
  asked.tiers.add(reply.took, reply.spans);
}

template <class Request>
Asked repeat(Shopper& shopper, unsigned count, Request request) {
  Asked asked;
  for (unsigned i = 0; i < count; ++i) {
    const auto reply = shopper.must(request());
    note(asked, reply);
    asked.hits += was_hit(reply.spans) ? 1 : 0;
    if constexpr (requires { reply->order.no; }) asked.last = reply->order.no;
  }
  return asked;
}

struct Kind {
  const char* name;
  bool may_hit;
  std::function<Asked(Shopper&)> ask;
};

std::vector<Kind> kinds(const Goods& goods, unsigned count) {
  return {{"search", true, [=](Shopper& shopper) { return repeat(shopper, count, all_goods); }},
          {"look-up", true,
           [&goods, count](Shopper& shopper) {
             return repeat(shopper, count, [&] { return msg::Lookup{goods.any(shopper.random()), {}}; });
           }},
          {"buy", false,
           [&goods, count](Shopper& shopper) {
             return repeat(shopper, count, [&] { return one_piece(goods.any(shopper.random())); });
           }},
          {"order query", false, [&goods, count](Shopper& shopper) {
             const auto own = repeat(shopper, 1, [&] { return one_piece(goods.any(shopper.random())); }).last;
             return repeat(shopper, count, [&] { return msg::GetOrder{own}; });
           }}};
}

Asked sum_of(const std::vector<Asked>& parts) {
  Asked sum;
  for (const auto& part : parts) {
    sum.tiers.add(part.tiers);
    sum.hits += part.hits;
  }
  return sum;
}

// The names of the published figures that this row is beside.
void keep_figures(Figures& figures, const std::string& kind, Cache cache, unsigned clients, double ms) {
  if (clients == 1) figures[fmt::format("{}, {}", kind, word(cache))] = ms;
  figures[fmt::format("{}, {}, {} clients", kind, word(cache), clients)] = ms;
  if (cache == Cache::kOn) figures[fmt::format("{}, {} clients", kind, clients)] = ms;
}

std::vector<Cell> row_of(Cache cache, unsigned clients, const Kind& kind, const Asked& asked) {
  std::vector<Cell> row{std::string(word(cache)), std::uint64_t{clients}, std::string(kind.name), asked.tiers.count()};
  row.emplace_back(kind.may_hit ? Cell(asked.hits) : Cell(std::string("-")));
  for (auto& cell : tier_cells(asked.tiers)) row.push_back(std::move(cell));
  return row;
}

}  // namespace

Section measure_tiers(Rig& rig) {
  Section section{'a',
                  "",
                  "Each client makes all its searches, then all look-ups, buys and order queries, one after "
                  "the other. The time in a tier includes that of the tiers behind it; a request that the "
                  "cache answers reaches neither catalog nor order. commit is the journal's part of a buy, "
                  "gate the wait until every frontend has dropped what the buy changed.",
                  {},
                  {},
                  {}};
  Table table{"a-tiers", "mean time of a request in each tier", {"cache", "clients", "request", "count", "hits"}, {}};
  for (auto& column : tier_columns()) table.columns.push_back(std::move(column));
  Table bars{"a-clients", "mean time that a client waits (milliseconds)", {"clients and cache"}, {}};
  bars.columns.insert(bars.columns.end(), {"search", "look-up", "buy", "order query"});
  Figures figures;
  for (const auto cache : {Cache::kOn, Cache::kOff}) {
    rig.use(cache);
    const Goods goods(rig, kItems, kPieces);
    for (const auto clients : rig.task().clients) {
      auto shoppers = several(rig, clients);
      std::vector<Cell> bar{fmt::format("{}, {}", clients, word(cache))};
      for (const auto& kind : kinds(goods, rig.task().requests)) {
        rig.say(fmt::format("(a) {}, clients {}: {}", word(cache), clients, kind.name));
        const auto asked = sum_of(together(shoppers, kind.ask));
        table.rows.push_back(row_of(cache, clients, kind, asked));
        bar.emplace_back(asked.tiers.mean_ms());
        keep_figures(figures, kind.name, cache, clients, asked.tiers.mean_ms());
      }
      bars.rows.push_back(std::move(bar));
    }
  }
  section.tables = {std::move(table), std::move(bars), beside_published('a', figures)};
  section.plots = {{"a-clients", "mean time of a request", "clients", "ms", Plot::Kind::kBars, {1, 2, 3, 4}}};
  return section;
}

}  // namespace lab
