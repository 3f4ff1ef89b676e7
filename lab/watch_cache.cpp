// (h): what is in a cache that holds fewer answers than there are items, request by request.
//
// The frontend tells no client what it holds. The rule of the cache says it (lab/lru.h), and each request shows whether
// the rule was right: a look-up of an item that is held must be a hit, and any other a miss.
#include <fmt/format.h>

#include <algorithm>

#include "lab/experiments.h"
#include "lab/lru.h"
#include "lab/tiers.h"
#include "msg/counters.h"

namespace lab {
namespace {

constexpr unsigned kShown = 40;    // requests in the table
constexpr unsigned kWindows = 50;  // points of the plot, about
constexpr double kBuyChance = 0.15;

struct Watch {
  explicit Watch(std::size_t items_max) : lru(items_max) {}

  Lru lru;
  std::uint64_t hits = 0, misses = 0, evicted = 0, dropped = 0, unlike = 0;
  Table contents{"h-contents",
                 "the first requests, and what the cache holds after each",
                 {"request", "what", "item", "seen", "leaves", "the cache holds, last used first"},
                 {}};
  Table over_time{"h-time", "counts over time", {"request", "held", "hits", "misses", "evicted"}, {}};
};

// Small numbers are asked for more often, so that a small cache is of use.
std::uint64_t popular(base::Random& random, std::uint64_t count) {
  return std::min(random.below(count), random.below(count)) + 1;
}

std::string held(const Lru& lru) { return lru.items().empty() ? "-" : fmt::format("{}", fmt::join(lru.items(), " ")); }

void show(Watch& watch, unsigned request, const char* what, std::uint64_t item, const char* seen, std::string leaves) {
  if (watch.contents.rows.size() >= kShown) return;
  watch.contents.rows.push_back(
      {std::uint64_t{request}, std::string(what), item, std::string(seen), std::move(leaves), held(watch.lru)});
}

void look_up(Shopper& shopper, base::ItemId id, std::uint64_t item, unsigned request, Watch& watch) {
  const auto reply = shopper.must(msg::Lookup{id, {}});
  const bool hit = was_hit(reply.spans);
  const auto expected = watch.lru.look_up(item);
  ++(hit ? watch.hits : watch.misses);
  watch.unlike += hit == expected.hit ? 0 : 1;
  watch.evicted += expected.evicted ? 1 : 0;
  show(watch, request, "look-up", item, hit ? "hit" : "miss",
       expected.evicted ? fmt::format("{}", *expected.evicted) : "-");
}

void buy(Shopper& shopper, base::ItemId id, std::uint64_t item, unsigned request, Watch& watch) {
  shopper.must(one_piece(id));
  const bool was_held = watch.lru.drop(item);
  watch.dropped += was_held ? 1 : 0;
  show(watch, request, "buy", item, "-", was_held ? fmt::format("{}", item) : "-");
}

struct Told {  // by the frontend
  std::uint64_t entries = 0, hits = 0, misses = 0, evicted = 0, invalidated = 0;
};

const msg::Heartbeat* own_beat(const msg::StatusReply& status) {
  for (const auto& seen : status.processes) {
    if (seen.beat.instance == status.edge) return &seen.beat;
  }
  return nullptr;
}

// A frontend tells its counters as of its last heartbeat. It counts the requests for the status, too: when that count
// has changed, the heartbeat is later than the first request.
Told ask_frontend(Shopper& shopper) {
  Told told;
  std::optional<std::uint64_t> first;
  wait_for(shopper, [&](const msg::StatusReply& status) {
    const auto* beat = own_beat(status);
    if (beat == nullptr) return false;
    told = {msg::counter_of(*beat, "cache_entries"), msg::counter_of(*beat, "cache_hits"),
            msg::counter_of(*beat, "cache_misses"), msg::counter_of(*beat, "cache_evicted"),
            msg::counter_of(*beat, "cache_invalidated")};
    const auto asked = msg::counter_of(*beat, "requests_status");
    return asked != *(first ? first : first = asked);
  });
  return told;
}

Table compared(const Watch& watch, const Told& before, const Told& after) {
  const auto row = [](const char* name, std::uint64_t expected, std::uint64_t told) {
    return std::vector<Cell>{std::string(name), expected, told};
  };
  return {"h-counters",
          "the counters of the frontend, beside what the client saw and the rule says",
          {"counter", "expected", "of the frontend"},
          {row("cache_entries", watch.lru.items().size(), after.entries),
           row("cache_hits", watch.hits, after.hits - before.hits),
           row("cache_misses", watch.misses, after.misses - before.misses),
           row("cache_evicted", watch.evicted, after.evicted - before.evicted),
           row("cache_invalidated", watch.dropped, after.invalidated - before.invalidated)}};
}

void watch_requests(Rig& rig, Shopper& shopper, const Goods& goods, Watch& watch) {
  const auto count = rig.task().requests;
  rig.say(fmt::format("(h) {} requests", count));
  for (unsigned i = 1; i <= count; ++i) {
    const auto item = popular(shopper.random(), goods.items().size());
    const auto id = goods.items()[item - 1].id;
    if (shopper.random().chance(kBuyChance)) {
      buy(shopper, id, item, i, watch);
    } else {
      look_up(shopper, id, item, i, watch);
    }
    if (i % std::max(1U, count / kWindows) == 0) {
      watch.over_time.rows.push_back(
          {std::uint64_t{i}, std::uint64_t{watch.lru.items().size()}, watch.hits, watch.misses, watch.evicted});
    }
    rig.count("(h)", i);
  }
}

}  // namespace

Section watch_cache(Rig& rig) {
  const auto size = rig.task().cache_items;
  const auto items = std::max<std::size_t>(10, size + size / 2);
  Section section{'h', "", "", {}, {}, {}};
  section.text = fmt::format(
      "A client looks up and buys some of {} items through one frontend, whose cache holds {} "
      "answers. A look-up of another item evicts the one that was used least recently; a buy "
      "removes its item.",
      items, size);
  rig.use(Cache::kSmall);
  const Goods goods(rig, items, kPieces);
  Shopper shopper(rig, 0, true);
  const auto before = ask_frontend(shopper);
  Watch watch(size);
  watch_requests(rig, shopper, goods, watch);
  const auto after = ask_frontend(shopper);
  section.checks = {{"the cache never holds more than its bound", after.entries <= size}};
  section.tables = {compared(watch, before, after), std::move(watch.contents), std::move(watch.over_time)};
  section.tables.front().title += fmt::format(" (hits that the rule did not expect, or misses: {})", watch.unlike);
  section.plots = {
      {"h-time", "a cache that is smaller than the shop", "request", "count", Plot::Kind::kLines, {1, 2, 3, 4}}};
  return section;
}

}  // namespace lab
