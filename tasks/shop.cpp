// lookup, search, buy, sell, cancel, order, outcome, add, price, edit, terms, restock, count, transfer, movements.
#include <fmt/format.h>
#include <algorithm>

#include "base/notice.h"
#include "base/print.h"
#include "base/random.h"
#include "base/time_text.h"
#include "tasks/currency.h"
#include "tasks/details.h"
#include "tasks/moment.h"
#include "tasks/output.h"
#include "tasks/shop.h"
#include "tasks/tasks.h"
#include "text/fold.h"

namespace tasks {
namespace {

std::optional<base::Seq> expected(const std::optional<std::uint64_t>& version) {
  return version ? std::optional(base::Seq(*version)) : std::nullopt;
}

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

namespace {

// `delta`: by how much a count has changed the stock, if that is known.
int show_item(const Common& common, client::Client& store, const client::Reply<msg::ItemReply>& reply,
              const std::string& key = {}, std::optional<base::Quantity> delta = {}) {
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

}  // namespace

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

namespace {

// Names that come twice are a mistake of the sender.
base::Result<msg::AttributeChanges> changes_of(const std::vector<std::string>& given,
                                               const std::vector<std::string>& removed) {
  msg::AttributeChanges changes;
  for (const auto& text : given) {
    auto attribute = read_attribute(text);
    if (!attribute) return base::fail(attribute.error().message);
    if (!changes.emplace(attribute->first, attribute->second).second) {
      return base::fail(fmt::format("--attribute {}: it comes twice", attribute->first));
    }
  }
  for (const auto& name : removed) {
    if (!changes.emplace(name, std::nullopt).second) {
      return base::fail(fmt::format("--no-attribute {}: it comes twice, or has a value, too", name));
    }
  }
  return changes;
}

// The topics of a command line besides the first one.
msg::Topics more_of(const std::vector<std::string>& topics) {
  return topics.empty() ? msg::Topics() : msg::Topics(topics.begin() + 1, topics.end());
}

base::Result<msg::NewItem> item_of(const AddTask& task, base::Cents price) {
  msg::NewItem item{{}, task.title, task.topics.at(0), price, base::Quantity(task.stock)};
  if (task.id) item.id = base::ItemId(*task.id);
  if (!task.description.empty()) item.description = task.description;
  if (task.topics.size() > 1) item.topics = more_of(task.topics);
  const auto changes = changes_of(task.attributes, {});
  if (!changes) return base::fail(changes.error().message);
  for (const auto& [name, value] : *changes) {
    if (!item.attributes) item.attributes.emplace();
    item.attributes->emplace(name, *value);
  }
  return item;
}

}  // namespace

int add(const Common& common, const AddTask& task) {
  auto store = common.connect();
  const auto asked = ask_currency(store);
  if (asked.refusal) return complain(common, *asked.refusal);
  const auto amount = parse_money(task.price, asked.currency);
  if (!amount) return usage_error(amount.error().message);
  auto item = item_of(task, *amount);
  if (!item) return usage_error(item.error().message);
  const msg::AddItems request{key_or_new(task.key), {std::move(*item)}};
  const auto reply = store.call(request);
  if (reply.refusal) return complain(common, *reply.refusal, request.key);
  if (common.json) {
    print_json(to_json(reply.body->items.at(0)));
  } else {
    print_item(reply.body->items.at(0), asked.currency);
    print_details(reply.body->items.at(0));
  }
  return kDone;
}

int price(const Common& common, const PriceTask& task) {
  auto store = common.connect();
  const auto asked = ask_currency(store);
  if (asked.refusal) return complain(common, *asked.refusal);
  const auto cents = parse_money(task.amount, asked.currency);
  if (!cents) return usage_error(cents.error().message);
  const msg::ChangePrice request{key_or_new(task.key), base::ItemId(task.item), *cents, expected(task.expect_version)};
  return show_item(common, store, store.call(request), request.key);
}

int edit(const Common& common, const EditTask& task) {
  const auto changes = changes_of(task.attributes, task.removed);
  if (!changes) return usage_error(changes.error().message);
  if (task.one_topic && task.topics.size() > 1) return usage_error("--one-topic and several --topic: leave one out");
  msg::EditItem request{.key = key_or_new(task.key),
                        .item = base::ItemId(task.item),
                        .title = task.title,
                        .retired = task.retired,
                        .version = expected(task.expect_version),
                        .description = task.description};
  if (!task.topics.empty()) request.topic = task.topics.front();
  if (task.one_topic || task.topics.size() > 1) request.topics = more_of(task.topics);
  if (!changes->empty()) request.attributes = *changes;
  if (task.low) request.low = base::Quantity(*task.low);
  if (!msg::changes_something(request)) {
    return usage_error(
        "name what is to change: --title TITLE, --topic TOPIC, --one-topic, --description TEXT, --no-description, "
        "--attribute NAME=VALUE, --no-attribute NAME, --low N, --no-low, --retire or --restore");
  }
  auto store = common.connect();
  return show_item(common, store, store.call(request), request.key);
}

namespace {

base::Result<msg::Terms> terms_of(const TermsTask& task) {
  msg::Terms terms;
  if (task.per_order) terms.per_order = base::Quantity(*task.per_order);
  if (task.per_customer) terms.per_customer = base::Quantity(*task.per_customer);
  terms.window = task.window_ms;
  for (const auto& [text, rule] : {std::pair{&task.from, &terms.from}, std::pair{&task.until, &terms.until}}) {
    if (text->empty()) continue;
    const auto at = parse_begin(*text);
    if (!at) return base::fail(at.error().message);
    *rule = *at;
  }
  return terms;
}

}  // namespace

int terms(const Common& common, const TermsTask& task) {
  const auto wanted = terms_of(task);
  if (!wanted) return usage_error(wanted.error().message);
  if (task.none && *wanted != msg::Terms{}) return usage_error("--none removes all terms: name no others with it");
  if ((*wanted == msg::Terms{}) != task.none) {
    return usage_error(
        "name all terms that the item is to have, or --none: --per-order N, --per-customer N with "
        "--window 24h, --from TIME, --until TIME");
  }
  const msg::EditItem request{
      key_or_new(task.key), base::ItemId(task.item), {}, {}, {}, expected(task.expect_version), *wanted};
  auto store = common.connect();
  const auto code = show_item(common, store, store.call(request), request.key);
  if (code == kDone && wanted->until && *wanted->until <= base::now().wall) {
    base::notice("pygmy: nobody can buy it any more: until {} is over\n", base::instant_text(*wanted->until));
  }
  return code;
}

int restock(const Common& common, const RestockTask& task) {
  msg::Restock request{key_or_new(task.key),          base::ItemId(task.item),
                       base::Quantity(task.delta),    {},
                       expected(task.expect_version), task.place};
  if (!task.reason.empty()) request.reason = task.reason;
  if (task.opens) request.opens = true;
  auto store = common.connect();
  return show_item(common, store, store.call(request), request.key);
}

namespace {

// Returns by how much the count that made this answer changed the stock; nothing if the answer is not of that moment
// any more, or if the store does not tell.
std::optional<base::Quantity> delta_of_count(client::Client& store, const msg::Item& counted) {
  const auto reply = store.call(msg::ListMovements{counted.id, counted.version.next(), 1});
  if (reply.refusal || reply->movements.empty()) return std::nullopt;
  const auto& last = reply->movements.front();
  if (last.seq != counted.version || last.kind != msg::MovementKind::kCounted) return std::nullopt;
  return last.delta;
}

}  // namespace

int count(const Common& common, const CountTask& task) {
  msg::CountStock request{key_or_new(task.key),          base::ItemId(task.item),
                          base::Quantity(task.stock),    {},
                          expected(task.expect_version), task.place};
  if (!task.reason.empty()) request.reason = task.reason;
  if (task.opens) request.opens = true;
  auto store = common.connect();
  const auto reply = store.call(request);
  const auto delta = reply.ok() ? delta_of_count(store, reply->item) : std::nullopt;
  return show_item(common, store, reply, request.key, delta);
}

int transfer(const Common& common, const TransferTask& task) {
  msg::Transfer request{.key = key_or_new(task.key),
                        .item = base::ItemId(task.item),
                        .quantity = base::Quantity(task.quantity),
                        .from = task.from,
                        .to = task.to,
                        .version = expected(task.expect_version)};
  if (!task.reason.empty()) request.reason = task.reason;
  if (task.opens) request.opens = true;
  auto store = common.connect();
  return show_item(common, store, store.call(request), request.key);
}

int movements(const Common& common, const MovementsTask& task) {
  msg::ListMovements request{base::ItemId(task.item), {}, task.limit};
  if (task.before) request.before = base::Seq(*task.before);
  auto store = common.connect();
  const auto reply = store.call(request);
  if (reply.refusal) return complain(common, *reply.refusal);
  const auto& page = *reply.body;
  if (common.json) {
    Json json{{"movements", Json::array()}, {"seq", reply.seq.value()}};
    for (const auto& each : page.movements) json["movements"].push_back(to_json(each));
    if (page.next) json["next"] = page.next->value();
    print_json(json);
    return kDone;
  }
  for (const auto& each : page.movements) print_movement(each);
  if (page.movements.empty()) base::notice("no movements before this seq\n");
  if (page.next) base::notice("there is more: add --before {}\n", *page.next);
  return kDone;
}

}  // namespace tasks
