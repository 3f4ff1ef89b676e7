// orders: the newest first, or the oldest first, also of one customer and of a span of time.
#include "tasks/orders.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>

#include "base/notice.h"
#include "tasks/currency.h"
#include "tasks/moment.h"
#include "tasks/output.h"
#include "tasks/tasks.h"

namespace tasks {
namespace {

constexpr std::uint64_t kOrdersMax = std::uint64_t{1} << 40;

// The orders with these numbers, both included.
struct Span {
  std::uint64_t first = 1;
  std::uint64_t last = 0;
};

struct Listed {
  std::vector<msg::Order> orders;  // the oldest first
  bool more = false;
  base::Seq seq;
};

// The first order from this number on that the client may see, which need not be the next one. Tells why it cannot be
// read in `refusal`; finds nothing if there is a refusal already.
std::optional<msg::Order> first_order(client::Client& store, std::uint64_t from, std::optional<msg::Refusal>& refusal) {
  if (refusal) return std::nullopt;
  const auto page = store.call(msg::ListOrders{{}, base::OrderNo(from - 1), 1});
  refusal = page.refusal;
  return refusal || page->orders.empty() ? std::nullopt : std::optional(page->orders.front());
}

// Reads orders of the store. After a refusal it finds nothing more.
class Reader {
 public:
  explicit Reader(client::Client& store) : store_(store) {}

  const std::optional<msg::Refusal>& refusal() const { return refusal_; }

  // The number of the last order that was placed before this time.
  std::uint64_t before(base::WallMs time) {
    std::uint64_t last = 0;
    if (!refusal_) refusal_ = find_last_before(store_, time, last);
    return last;
  }

  std::uint64_t last() {
    std::uint64_t last = 0;
    if (!refusal_) refusal_ = find_last_order(store_, last);
    return last;
  }

  Listed oldest(const OrdersTask& task, Span span) {
    Listed listed;
    const auto more = add(task, {span.first, span.last}, task.limit, listed);
    listed.more = more && !listed.orders.empty();
    return listed;
  }

  // Pages go forward, so this reads ever longer spans from the end, until it has enough orders of the customer.
  Listed newest(const OrdersTask& task, Span span) {
    Listed listed;
    for (std::uint64_t width = task.limit + 1; span.first <= span.last && listed.orders.size() <= task.limit;
         width *= 2) {
      const auto first = span.last - std::min(width - 1, span.last - span.first);
      Listed part;
      for (auto next = first; add(task, {next, span.last}, msg::kPageMax, part);) {
        next = part.orders.back().no.value() + 1;
        keep_newest(part.orders, task.limit + 1);
      }
      part.orders.insert(part.orders.end(), listed.orders.begin(), listed.orders.end());
      listed.orders = std::move(part.orders);
      listed.seq = part.seq;
      span.last = first - 1;
    }
    listed.more = listed.orders.size() > task.limit;
    keep_newest(listed.orders, task.limit);
    return listed;
  }

 private:
  static void keep_newest(std::vector<msg::Order>& orders, std::size_t count) {
    if (orders.size() > count) orders.erase(orders.begin(), orders.end() - static_cast<std::ptrdiff_t>(count));
  }

  // Adds a page of the span. Returns whether the span has more.
  bool add(const OrdersTask& task, Span span, std::uint32_t limit, Listed& listed) {
    if (refusal_ || span.first > span.last) return false;
    const auto page = store_.call(msg::ListOrders{task.customer, base::OrderNo(span.first - 1), limit});
    refusal_ = page.refusal;
    if (refusal_) return false;
    listed.seq = page.seq;
    for (const auto& order : page->orders) {
      if (order.no.value() > span.last) return false;
      listed.orders.push_back(order);
    }
    return page->next && page->next->value() < span.last;
  }

  client::Client& store_;
  std::optional<msg::Refusal> refusal_;
};

base::Result<Span> span_of(const OrdersTask& task, Reader& reader) {
  Span span{task.after.value_or(0) + 1, std::numeric_limits<std::uint64_t>::max()};
  if (task.before) span.last = std::max<std::uint64_t>(*task.before, 1) - 1;
  for (const auto& [text, is_begin] : {std::pair{task.since, true}, std::pair{task.until, false}}) {
    if (text.empty()) continue;
    const auto time = parse_begin(text);
    if (!time) return base::fail(time.error().message);
    const auto earlier = reader.before(*time);
    if (is_begin) span.first = std::max(span.first, earlier + 1);
    if (!is_begin) span.last = std::min(span.last, earlier);
  }
  if (!task.oldest) span.last = std::min(span.last, reader.last());
  return span;
}

void print(const Common& common, client::Client& store, const OrdersTask& task, const Listed& listed) {
  if (common.json) {
    Json json{{"orders", Json::array()}, {"seq", listed.seq.value()}};
    for (const auto& order : listed.orders) json["orders"].push_back(to_json(order));
    if (listed.more) json["next"] = listed.orders.back().no.value();
    return print_json(json);
  }
  const auto currency = listed.orders.empty() ? Currency() : shown_currency(store);
  for (const auto& order : listed.orders) print_order(order, currency);
  if (listed.orders.empty()) base::notice("no orders\n");
  if (listed.more) {
    base::notice("there is more: add {} {}\n", task.oldest ? "--after" : "--before", listed.orders.back().no);
  }
}

}  // namespace

std::uint64_t last_that(const std::function<bool(std::uint64_t)>& holds) {
  std::uint64_t yes = 0;
  std::uint64_t no = 1;
  while (no < kOrdersMax && holds(no)) {
    yes = no;
    no *= 2;
  }
  while (no - yes > 1) {
    const auto probe = yes + (no - yes) / 2;
    (holds(probe) ? yes : no) = probe;
  }
  return yes;
}

std::optional<msg::Refusal> find_last_order(client::Client& store, std::uint64_t& last) {
  std::optional<msg::Refusal> refusal;
  last = last_that([&](std::uint64_t no) { return first_order(store, no, refusal).has_value(); });
  return refusal;
}

std::optional<msg::Refusal> find_last_before(client::Client& store, base::WallMs time, std::uint64_t& last) {
  std::optional<msg::Refusal> refusal;
  last = last_that([&](std::uint64_t no) {
    const auto order = first_order(store, no, refusal);
    return order && order->at < time;
  });
  return refusal;
}

int orders(const Common& common, const OrdersTask& asked) {
  auto task = asked;
  task.oldest = task.oldest || task.after;
  auto store = common.connect();
  Reader reader(store);
  const auto span = span_of(task, reader);
  if (!span) return usage_error(span.error().message);
  auto listed = task.oldest ? reader.oldest(task, *span) : reader.newest(task, *span);
  if (reader.refusal()) return complain(common, *reader.refusal());
  if (!task.oldest) std::reverse(listed.orders.begin(), listed.orders.end());
  print(common, store, task, listed);
  return kDone;
}

}  // namespace tasks
