// lookup, search, buy, sell, cancel, order, outcome.
#include <fmt/format.h>
#include <algorithm>

#include "base/notice.h"
#include "base/print.h"
#include "base/random.h"
#include "base/time_text.h"
#include "tasks/currency.h"
#include "tasks/details.h"
#include "tasks/output.h"
#include "tasks/shop.h"
#include "tasks/tasks.h"
#include "text/fold.h"

namespace tasks {
namespace {

template <class Body>
void print_stale(const client::Reply<Body>& reply) {
  if (reply.stale_ms) base::notice("stale: at most {} old, as of seq {}\n", duration_text(*reply.stale_ms), reply.seq);
}

template <class Body>
void add_stale(Json& json, const client::Reply<Body>& reply) {
  if (!reply.stale_ms) return;
  json["stale"] = true;
  json["stale_ms"] = *reply.stale_ms;
  json["as_of"] = reply.seq.value();
}

}  // namespace

int show_order(const Common& common, client::Client& store, const client::Reply<msg::OrderReply>& reply,
               const std::string& key) {
  if (reply.refusal) return complain(common, *reply.refusal, key);
  if (common.json) {
    print_json(to_json(reply.body->order));
  } else {
    print_order(reply.body->order, shown_currency(store));
  }
  return kDone;
}

int show_item(const Common& common, client::Client& store, const client::Reply<msg::ItemReply>& reply,
              const std::string& key, std::optional<base::Quantity> delta) {
  if (reply.refusal) return complain(common, *reply.refusal, key);
  if (!common.json) {
    print_item(reply.body->item, shown_currency(store), true);
    if (delta) base::print("{}\n", difference_text(*delta));
    print_details(reply.body->item);
    print_stale(reply);
    return kDone;
  }
  auto json = to_json(reply.body->item);
  if (delta) json["delta"] = delta->value();
  add_stale(json, reply);
  print_json(json);
  return kDone;
}

std::string key_or_new(const std::string& key) { return key.empty() ? base::new_key() : key; }

namespace {

base::Result<msg::DemandLine> parse_line(const std::string& text) {
  const auto colon = text.find(':');
  const auto item = parse_number(std::string_view(text).substr(0, colon));
  const auto quantity = colon == std::string::npos ? 1 : parse_signed(std::string_view(text).substr(colon + 1));
  if (!item || !quantity || *quantity < 1) {
    return base::fail(
        fmt::format("'{}' is not an order line: write ID, or ID:QUANTITY with a quantity of at least 1", text));
  }
  return msg::DemandLine{base::ItemId(*item), base::Quantity(*quantity), {}};
}

}  // namespace

base::Result<std::vector<msg::DemandLine>> parse_lines(const std::vector<std::string>& texts) {
  std::vector<msg::DemandLine> lines;
  for (const auto& text : texts) {
    auto line = parse_line(text);
    if (!line) return base::fail(line.error().message);
    lines.push_back(*line);
  }
  return lines;
}

base::Result<void> expect_price(std::vector<msg::DemandLine>& lines, const std::string& price,
                                const Currency& currency) {
  if (price.empty()) return {};
  if (lines.size() != 1) return base::fail("--expect-price is for an order or a hold of one item");
  const auto expected = parse_money(price, currency);
  if (!expected) return base::fail(expected.error().message);
  lines[0].price = *expected;
  return {};
}

namespace {

base::Result<msg::PlaceOrder> parse_order(const PlaceTask& task, const Currency& currency) {
  msg::PlaceOrder request;
  request.key = key_or_new(task.key);
  request.type = task.type;
  if (!task.customer.empty()) request.customer = task.customer;
  auto lines = parse_lines(task.items);
  if (!lines) return base::fail(lines.error().message);
  request.lines = std::move(*lines);
  if (task.quantity && request.lines.size() == 1 && task.items[0].find(':') != std::string::npos) {
    return base::fail(
        fmt::format("{} and --qty {} both name a quantity: leave one of them out", task.items[0], *task.quantity));
  }
  if (task.quantity && request.lines.size() != 1) {
    return base::fail("--qty is for an order of one item; for several write ID:QUANTITY");
  }
  if (task.quantity) request.lines[0].quantity = base::Quantity(*task.quantity);
  if (auto ok = expect_price(request.lines, task.expect_price, currency); !ok) return base::fail(ok.error().message);
  for (auto& line : request.lines) line.place = task.place;
  return request;
}

}  // namespace

msg::Refusal with_amount(msg::Refusal refusal, const Currency& currency) {
  if (refusal.code != msg::Code::kPriceChanged || !refusal.item || !refusal.price) return refusal;
  refusal.message = fmt::format("the price of item {} is {} now", *refusal.item, priced(*refusal.price, currency));
  return refusal;
}

client::Client Common::connect() const {
  return client::Client({.frontends = frontends,
                         .timeout = timeout,
                         .token = token,
                         .advice = "start one with `pygmy up`, or name it with --frontend / PYGMY_FRONTEND"});
}

base::Result<msg::Lookup> request_of(const LookupTask& task) {
  if (task.title) return msg::Lookup{.title = task.title};
  if (task.what.empty()) return base::fail("name the item: lookup ID, lookup TITLE, or lookup --title TITLE");
  if (const auto id = parse_number(task.what)) return msg::Lookup{.item = base::ItemId(*id)};
  return msg::Lookup{.title = task.what};
}

int lookup(const Common& common, const LookupTask& task) {
  const auto request = request_of(task);
  if (!request) return usage_error(request.error().message);
  auto store = common.connect();
  return show_item(common, store, store.call(*request, {.stale_ok_ms = task.stale_ok_ms, .fresh = task.fresh}));
}

namespace {

// The store shows retired items only among all items, so those of a topic are picked here.
client::Reply<msg::ItemsReply> search_all_of(client::Client& store, const std::string& topic, msg::Search request,
                                             const client::Options& options) {
  const auto folded = text::folded(topic);
  const auto limit = *request.limit;
  request.topic.reset();
  request.limit = msg::kPageMax;
  std::vector<msg::Item> found;
  for (;;) {
    auto page = store.call(request, options);
    if (page.refusal) return page;
    for (auto& item : page.body->items) {
      const auto topics = item.topics.value_or(msg::Topics());
      const bool is_of_it = text::folded(item.topic) == folded ||
                            std::any_of(topics.begin(), topics.end(),
                                        [&](const std::string& each) { return text::folded(each) == folded; });
      if (is_of_it) found.push_back(std::move(item));
    }
    request.after = page.body->next;
    if (request.after && found.size() <= limit) continue;
    page.body->next.reset();
    if (found.size() > limit) {
      found.resize(limit);
      page.body->next = found.back().id;
    }
    page.body->items = std::move(found);
    return page;
  }
}

}  // namespace

int search(const Common& common, const SearchTask& task) {
  msg::Search request;
  request.topic = task.topic;
  request.text = task.text;
  if (task.after) request.after = base::ItemId(*task.after);
  request.limit = task.limit;
  if (task.retired) request.retired = true;
  if (task.low) request.low = true;
  auto store = common.connect();
  const client::Options options{.stale_ok_ms = task.stale_ok_ms};
  const auto reply =
      task.retired && task.topic ? search_all_of(store, *task.topic, request, options) : store.call(request, options);
  if (reply.refusal) return complain(common, *reply.refusal);
  if (common.json) {
    Json json{{"items", Json::array()}, {"seq", reply.seq.value()}};
    for (const auto& item : reply.body->items) json["items"].push_back(to_json(item));
    if (reply.body->next) json["next"] = reply.body->next->value();
    add_stale(json, reply);
    print_json(json);
    return kDone;
  }
  const auto currency = reply.body->items.empty() ? Currency() : shown_currency(store);
  for (const auto& item : reply.body->items) print_item(item, currency);
  if (reply.body->items.empty()) base::notice("nothing found\n");
  if (reply.body->next) base::notice("there is more: add --after {}\n", *reply.body->next);
  print_stale(reply);
  return kDone;
}

int place(const Common& common, const PlaceTask& task) {
  auto store = common.connect();
  AskedCurrency asked;
  if (!task.expect_price.empty()) asked = ask_currency(store);
  if (asked.refusal) return complain(common, *asked.refusal);
  const auto request = parse_order(task, asked.currency);
  if (!request) return usage_error(request.error().message);
  auto reply = store.call(*request);
  if (reply.refusal) reply.refusal = with_amount(*reply.refusal, asked.currency);
  return show_order(common, store, reply, request->key);
}

int cancel(const Common& common, const CancelTask& task) {
  msg::Cancel request{.key = key_or_new(task.key), .no = base::OrderNo(task.no), .kind = task.kind};
  const auto lines = parse_lines(task.items);
  if (!lines) return usage_error(lines.error().message);
  if (!lines->empty()) request.lines.emplace();
  for (const auto& line : *lines) request.lines->push_back({line.item, line.quantity});
  if (!task.reason.empty()) request.reason = task.reason;
  auto store = common.connect();
  return show_order(common, store, store.call(request), request.key);
}

int order(const Common& common, std::uint64_t no) {
  auto store = common.connect();
  return show_order(common, store, store.call(msg::GetOrder{base::OrderNo(no)}));
}

int outcome(const Common& common, const std::string& key) {
  auto store = common.connect();
  const auto reply = store.call(msg::Outcome{key});
  if (reply.refusal) return complain(common, *reply.refusal, key);
  const auto& body = *reply.body;
  if (common.json) {
    Json json{{"key", key}, {"outcome", msg::word(body.outcome)}, {"seq", body.seq.value()}};
    if (body.order) json["order"] = to_json(*body.order);
    if (body.hold) json["hold"] = to_json(*body.hold);
    print_json(json);
  } else if (body.outcome == msg::OutcomeKind::kVoid) {
    base::print("key {} has taken no effect and never will (voided at seq {})\n", key, body.seq);
  } else if (body.order) {
    print_order(*body.order, shown_currency(store));
  } else if (body.hold) {
    print_hold(*body.hold, shown_currency(store));
  } else {
    base::print("the change with key {} took effect at seq {}\n", key, body.seq);
  }
  return kDone;
}

}  // namespace tasks
