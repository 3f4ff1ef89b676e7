// bench: puts load on a store, from clients that wait for each answer before their next request (a closed loop), in one
// thread.
//
// There are clients x inflight chains of requests. The answer to a chain's request submits its next request at once,
// until the time is over. Then bench waits for the requests that are under way. To measure the store and not itself, it
// encodes the bodies of reads before the start, and takes the latency from the client's answer.
//
// It sells items of its own (tasks/goods.h), unless it is told to sell those of the store.
//
// Business refusals (out of stock) are counted apart, so that a store with nothing to sell does not look fast. Every
// other failure is an error. `ops` counts the successes within the time, and `refused` the business refusals within the
// time; latencies and errors include every request. With --record each request is written to a file as it ends, which
// costs some microseconds each.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/notice.h"
#include "base/random.h"
#include "msg/internal.h"
#include "tasks/goods.h"
#include "tasks/histogram.h"
#include "tasks/interruption.h"
#include "tasks/orders.h"
#include "tasks/output.h"
#include "tasks/record.h"
#include "tasks/tasks.h"

namespace tasks {
namespace {

constexpr std::size_t kItemsMax = 10'000;
constexpr std::uint32_t kSearchLimit = 10;
constexpr std::size_t kOwnItems = 8;
constexpr std::int64_t kOwnPieces = 100'000'000;
constexpr double kSecondsMax = 1'000'000;
constexpr std::uint64_t kNearEnd = 20;            // events before the end of the stream
constexpr std::uint32_t kEventsBytes = 4 * 1024;  // size of a page
constexpr std::uint32_t kEventsWaitMs = 100;
constexpr base::Duration kProgressEvery = std::chrono::seconds(1);

enum class Op { kLookup, kSearch, kOrder, kBuy, kEvents, kMix };

Op op_of(std::string_view word) {
  if (word == "search") return Op::kSearch;
  if (word == "order") return Op::kOrder;
  if (word == "buy") return Op::kBuy;
  if (word == "events") return Op::kEvents;
  return word == "mix" ? Op::kMix : Op::kLookup;
}

// The contents of the store that requests can name, and encoded requests for them.
struct Goods {
  struct Item {
    base::ItemId id;
    base::Bytes lookup;
    std::size_t search;  // index in `searches` of its topic's request
  };
  std::vector<Item> items;  // never empty
  std::vector<base::Bytes> searches;
  std::uint64_t last_order = 0;
  base::Seq last_event;  // the last seq that an answer has revealed
};

class Collector {
 public:
  explicit Collector(Goods& goods) : goods_(goods) {}
  void add(const msg::Item& item) {
    const auto [topic, is_new] = topics_.emplace(item.topic, goods_.searches.size());
    if (is_new) goods_.searches.push_back(msg::encoded(msg::Search{.topic = item.topic, .limit = kSearchLimit}));
    goods_.items.push_back({item.id, msg::encoded(msg::Lookup{.item = item.id}), topic->second});
  }

 private:
  Goods& goods_;
  std::map<std::string, std::size_t> topics_;
};

// Fills `goods` with the items of the store. A store without items is a refusal.
std::optional<msg::Refusal> find_items(client::Client& store, bool hot, Goods& goods) {
  Collector collector(goods);
  msg::Search search{.limit = hot ? 1 : msg::kPageMax};
  do {
    const auto page = store.call(search);
    if (page.refusal) return page.refusal;
    goods.last_event = page.seq;
    for (const auto& item : page->items) collector.add(item);
    search.after = page->next;
  } while (!hot && search.after && goods.items.size() < kItemsMax);
  if (!goods.items.empty()) return std::nullopt;
  return msg::Refusal{.code = msg::Code::kUnknownItem, .message = "the store has no items; see: pygmy import --help"};
}

std::optional<msg::Refusal> find_orders(client::Client& store, bool hot, Goods& goods) {
  std::uint64_t last = 0;
  if (auto refusal = find_last_order(store, last)) return refusal;
  goods.last_order = hot ? std::min<std::uint64_t>(last, 1) : last;
  return std::nullopt;
}

struct Counts {
  std::uint64_t ops = 0;
  std::uint64_t errors = 0;
  std::uint64_t stale = 0;  // answers marked as stale
  std::array<std::uint64_t, msg::kWordCount<msg::Code>> refused{};
  std::array<std::uint64_t, msg::kWordCount<msg::Code>> failed{};
  std::string first_error;
};

class Load {
 public:
  Load(client::Client& store, const BenchTask& task, Goods goods, Recorder* recorder)
      : store_(store),
        op_(op_of(task.op)),
        chains_(task.clients * task.inflight),
        stale_ok_ms_(task.stale_ok_ms),
        goods_(std::move(goods)),
        recorder_(recorder),
        under_way_(recorder ? chains_ : 0) {
    for (unsigned chain = 0; chain < chains_; ++chain) {
      options_.push_back({.spread = chain / task.inflight, .stale_ok_ms = stale_ok_ms_});
    }
    buy_.lines.push_back({{}, base::Quantity(1), {}});
  }

  // Runs for `length`, or until an interruption. Calls `second` about once a second, with the time since the start and
  // the successes of that second.
  template <class Second>
  void run(base::Duration length, const Interruption& interruption, Second second) {
    const auto begin = base::now().mono;
    const auto end = begin + length;
    const auto came = [&] { return interruption.came(); };
    for (unsigned chain = 0; chain < chains_; ++chain) next(chain);
    for (auto at = begin + kProgressEvery; at < end && !came(); at += kProgressEvery) {
      const auto before = counts_.ops;
      store_.run_until(came, at);
      second(at - begin, counts_.ops - before);
    }
    store_.run_until(came, end);
    over_ = true;
    lasted_ = base::now().mono - begin;
    store_.run_until([this] { return store_.under_way() == 0; });
  }

  const Counts& counts() const { return counts_; }
  const Histogram& latencies() const { return latencies_; }
  base::Duration lasted() const { return lasted_; }

 private:
  void next(unsigned chain) {
    const auto& item = goods_.items[random_.below(goods_.items.size())];
    switch (pick()) {
      case Op::kSearch:
        return submit(chain, msg::Search::kType, false, goods_.searches[item.search]);
      case Op::kOrder:
        return submit(chain, msg::GetOrder::kType, false, msg::encoded(msg::GetOrder{some_order()}));
      case Op::kEvents:
        return submit(chain, msg::Events::kType, false, msg::encoded(some_events()));
      case Op::kBuy:
        return submit(chain, msg::PlaceOrder::kType, true, buy(item.id));
      case Op::kLookup:
      case Op::kMix:
        return submit(chain, msg::Lookup::kType, false, item.lookup);
    }
  }

  // A mix is 80 % lookup, 10 % search, 5 % order and 5 % buy. While there is no order to ask for, it buys instead.
  Op pick() {
    if (op_ != Op::kMix) return op_;
    const auto dice = random_.below(100);
    if (dice < 80) return Op::kLookup;
    if (dice < 90) return Op::kSearch;
    return dice < 95 && goods_.last_order > 0 ? Op::kOrder : Op::kBuy;
  }

  base::OrderNo some_order() { return base::OrderNo(1 + random_.below(goods_.last_order)); }

  // Half of the pages begin near the end of the stream, where others write. The other half begin anywhere in it, also
  // in the trimmed part.
  msg::Events some_events() {
    const auto next = goods_.last_event.next().value();
    const auto near = next - random_.below(std::min(next, kNearEnd));
    const auto from = random_.chance(0.5) ? near : 1 + random_.below(next);
    return {base::Seq(from), kEventsBytes, kEventsWaitMs};
  }

  base::Bytes buy(base::ItemId item) {
    buy_.key = run_;
    buy_.key += std::to_string(++buys_);
    buy_.lines.front().item = item;
    return msg::encoded(buy_);
  }

  void submit(unsigned chain, std::string_view type, bool is_write, base::Bytes body) {
    if (recorder_) under_way_[chain] = {base::now().mono, type, body};
    // The lambda captures two words. They fit into the std::function, so nothing is allocated.
    store_.submit(type, is_write, std::move(body), options_[chain],
                  [this, chain](const client::Answer& answer) { on_answer(chain, answer); });
  }

  void on_answer(unsigned chain, const client::Answer& answer) {
    if (recorder_) record(chain, answer);
    latencies_.add(base::micros(answer.took));
    if (answer.header.stale_ms) ++counts_.stale;
    if (op_ == Op::kEvents && answer.header.seq) goods_.last_event = std::max(goods_.last_event, *answer.header.seq);
    if (answer.refusal) {
      count(*answer.refusal);
    } else if (goods_.last_order == 0) {
      learn_order(answer);
    }
    if (over_) return;
    if (!answer.refusal) ++counts_.ops;
    next(chain);
  }

  void record(unsigned chain, const client::Answer& answer) {
    const auto returned = base::now().mono;
    const auto& asked = under_way_[chain];
    recorder_->add(chain, asked.invoked, returned, asked.type, asked.body, answer, stale_ok_ms_);
  }

  void count(const msg::Refusal& refusal) {
    const auto code = static_cast<std::size_t>(refusal.code);
    if (msg::is_business(refusal.code)) {
      if (!over_) ++counts_.refused[code];
      return;
    }
    ++counts_.failed[code];
    if (counts_.errors++ == 0) counts_.first_error = refusal.message;
  }

  // In a mix on a store without orders, the first order that is bought can be asked for.
  void learn_order(const client::Answer& answer) {
    if (op_ != Op::kMix) return;
    const auto reply = msg::decode<msg::OrderReply>(answer.body);
    if (reply) goods_.last_order = reply->order.no.value();
  }

  client::Client& store_;
  Op op_;
  unsigned chains_;
  std::optional<std::uint32_t> stale_ok_ms_;
  Goods goods_;
  Recorder* recorder_;
  struct UnderWay {
    base::Mono invoked;
    std::string_view type;
    base::Bytes body;
  };
  std::vector<UnderWay> under_way_;       // by chain; empty without a recorder
  std::vector<client::Options> options_;  // by chain; all chains of a client begin with the same frontend
  base::Random random_{base::entropy()};
  std::string run_ = base::new_key() + "-";
  std::uint64_t buys_ = 0;
  msg::PlaceOrder buy_;
  bool over_ = false;
  base::Duration lasted_{};
  Counts counts_;
  Histogram latencies_;
};

Json by_code(const decltype(Counts::refused)& counts) {
  auto json = Json::object();
  for (std::size_t code = 0; code < counts.size(); ++code) {
    if (counts[code] > 0) json[std::string(msg::kWords<msg::Code>[code])] = counts[code];
  }
  return json;
}

Json result_of(const BenchTask& task, const Load& load) {
  const auto& counts = load.counts();
  const auto& latencies = load.latencies();
  const auto us = std::max<std::uint64_t>(1, base::micros(load.lasted()));
  return {{"op", task.op},
          {"items", task.items},
          {"clients", task.clients},
          {"inflight", task.inflight},
          {"seconds", static_cast<double>(us / 1000) / 1000},
          {"ops", counts.ops},
          {"ops_s", counts.ops * 1'000'000 / us},
          {"p50_us", latencies.quantile(50, 100)},
          {"p99_us", latencies.quantile(99, 100)},
          {"p999_us", latencies.quantile(999, 1000)},
          {"max_us", latencies.max()},
          {"errors", counts.errors},
          {"first_error", counts.first_error},
          {"stale", counts.stale},
          {"refused", by_code(counts.refused)},
          {"errors_by_code", by_code(counts.failed)}};
}

void print_codes(const char* what, const Json& codes) {
  for (const auto& [code, count] : codes.items()) {
    fmt::print("  {:<9} {:>12}  {}\n", what, count.get<std::uint64_t>(), code);
  }
}

void print_result(const Json& result, const Counts& counts) {
  const auto number = [&](const char* name) { return result[name].get<std::uint64_t>(); };
  fmt::print("{} of {} items, {} clients with {} under way each, {:.1f} s\n", result["op"].get<std::string>(),
             result["items"].get<std::string>(), number("clients"), number("inflight"),
             result["seconds"].get<double>());
  fmt::print("  {:<9} {:>12}  {} a second\n", "ops", number("ops"), number("ops_s"));
  for (const auto& [name, field] :
       {std::pair{"p50", "p50_us"}, {"p99", "p99_us"}, {"p99.9", "p999_us"}, {"max", "max_us"}}) {
    fmt::print("  {:<9} {:>12}  us\n", name, number(field));
  }
  fmt::print("  {:<9} {:>12}{}{}\n", "errors", counts.errors, counts.errors > 0 ? "  the first: " : "",
             counts.first_error);
  if (counts.stale > 0) fmt::print("  {:<9} {:>12}  answers are marked as stale\n", "stale", counts.stale);
  print_codes("error", result["errors_by_code"]);
  print_codes("refused", result["refused"]);
  if (result["refused"].contains("out_of_stock"))
    base::notice("items ran out; to measure buys: pygmy restock ID 1000000\n");
}

// Makes the connections before the clock starts.
void knock(client::Client& store) {
  for (std::size_t i = 0; i < store.frontends().size(); ++i) (void)store.call(msg::Status{}, {.spread = i});
}

bool sells(const BenchTask& task) { return task.op == "buy" || task.op == "mix"; }

std::optional<msg::Refusal> prepare(client::Client& store, const BenchTask& task, BenchGoods& own, Goods& goods) {
  const bool hot = task.items == "hot";
  if (sells(task) && !task.items_of_the_store) {
    if (auto refusal = own.bring(hot ? 1 : kOwnItems, base::Quantity(kOwnPieces))) return refusal;
    Collector collector(goods);
    for (const auto& item : own.items()) collector.add(item);
  } else if (auto refusal = find_items(store, hot, goods)) {
    return refusal;
  }
  const auto op = op_of(task.op);
  if (op != Op::kOrder && op != Op::kMix) return std::nullopt;
  if (auto refusal = find_orders(store, hot, goods)) return refusal;
  if (op == Op::kMix || goods.last_order > 0) return std::nullopt;
  return msg::Refusal{.code = msg::Code::kUnknownOrder,
                      .message = "there are no orders yet; first: pygmy bench --op buy"};
}

void run(Load& load, const BenchTask& task, const Interruption& interruption) {
  const bool show = isatty(STDERR_FILENO) == 1;
  const auto length = std::chrono::duration<double>(std::clamp(task.seconds, 0.001, kSecondsMax));
  load.run(
      std::chrono::duration_cast<base::Duration>(length), interruption, [&](base::Duration passed, std::uint64_t ops) {
        if (!show) return;
        base::notice("\r{:>5} s  {:>8} ops/s  {} errors\033[K", passed / kProgressEvery, ops, load.counts().errors);
      });
  if (show) base::notice("\r\033[K");
}

}  // namespace

int bench(const Common& common, const BenchTask& task) {
  if (task.items_of_the_store && sells(task) && !task.yes) {
    return usage_error("this would sell the goods of the store: add --yes, or leave --items-of-the-store out");
  }
  std::optional<Recorder> recorder;
  if (!task.record.empty()) {
    auto created = Recorder::create(task.record);
    if (!created) return usage_error(created.error().message);
    recorder = std::move(*created);
  }
  const Interruption interruption;
  auto store = common.connect();
  BenchGoods own(store, recorder ? &*recorder : nullptr);
  Goods goods;
  if (const auto refusal = prepare(store, task, own, goods)) {
    (void)own.take_back();
    return complain(common, *refusal);
  }
  knock(store);
  Load load(store, task, std::move(goods), recorder ? &*recorder : nullptr);
  run(load, task, interruption);
  const auto left = own.take_back();
  const auto result = result_of(task, load);
  if (common.json) {
    print_json(result);
  } else {
    print_result(result, load.counts());
  }
  if (left)
    return complain(common, {.code = left->code, .message = "items of the topic bench keep stock: " + left->message});
  if (recorder && !recorder->end())
    return usage_error(task.record + ": the record could not be written completely; is the disk full?");
  return load.counts().errors == 0 ? kDone : kUnknown;
}

}  // namespace tasks
