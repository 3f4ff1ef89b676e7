// trace: makes one request and shows how long each tier had it.
#include <fmt/format.h>

#include <algorithm>

#include "base/print.h"
#include "base/random.h"
#include "client/waterfall.h"
#include "msg/internal.h"
#include "tasks/goods.h"
#include "tasks/output.h"
#include "tasks/tasks.h"

namespace tasks {
namespace {

void print_waterfall(const std::vector<client::Bar>& bars) {
  constexpr std::uint64_t kWidth = 48;
  const auto total = std::max<std::uint64_t>(1, bars.front().us);
  for (const auto& bar : bars) {
    const auto begin = std::min(kWidth - 1, bar.begin_us * kWidth / total);
    const auto length = std::clamp<std::uint64_t>(bar.us * kWidth / total, 1, kWidth - begin);
    base::print("  {:<9} {:>8} us  {}{}\n", bar.tier, bar.us, std::string(begin, ' '), std::string(length, '='));
  }
}

template <class Body>
int show_trace(const Common& common, const std::string& what, const client::Reply<Body>& reply) {
  if (reply.refusal) return complain(common, *reply.refusal);
  const auto bars = client::waterfall(reply.spans, base::micros(reply.took));
  if (common.json) {
    Json json{{"request", what}, {"seq", reply.seq.value()}, {"spans", Json::array()}};
    for (const auto& bar : bars) json["spans"].push_back({{"tier", bar.tier}, {"us", bar.us}});
    print_json(json);
  } else {
    base::print("{}, answered with seq {}\n", what, reply.seq);
    print_waterfall(bars);
  }
  return kDone;
}

msg::PlaceOrder one_piece(base::ItemId item) {
  msg::PlaceOrder request;
  request.key = base::new_key();
  request.lines.push_back({item, base::Quantity(1), {}});
  return request;
}

// Buys an item that was brought for this, so that no goods of the shop are sold.
int trace_own(const Common& common, client::Client& store, const client::Options& options) {
  BenchGoods goods(store, nullptr);
  if (const auto refusal = goods.bring(1, base::Quantity(1))) return complain(common, *refusal);
  const auto item = goods.items().front().id;
  const int code = show_trace(common, fmt::format("buy {}", item), store.call(one_piece(item), options));
  const auto left = goods.take_back();
  return left ? complain(common, *left) : code;
}

}  // namespace

int trace(const Common& common, const TraceTask& task) {
  const bool buys = task.what == "buy";
  const auto id = parse_number(task.item);
  if (!id && (!buys || !task.item.empty())) {
    return usage_error(task.item.empty() ? "name the item: trace lookup ID"
                                         : fmt::format("'{}' is not an item id", task.item));
  }
  if (buys && id && !task.yes) {
    return usage_error(fmt::format(
        "this would buy a piece of item {} of the store: add --yes, or leave {} out to buy an item of the topic bench",
        *id, *id));
  }
  auto store = common.connect();
  const client::Options options{.trace = true};
  (void)store.call(msg::Status{});  // makes the connection, so that its time is not measured
  if (!id) return trace_own(common, store, options);
  const auto what = task.what + " " + task.item;
  if (!buys) return show_trace(common, what, store.call(msg::Lookup{base::ItemId(*id), {}}, options));
  return show_trace(common, what, store.call(one_piece(base::ItemId(*id)), options));
}

}  // namespace tasks
