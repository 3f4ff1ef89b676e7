// The tasks that add and change items: add, price, edit, terms, restock, count, transfer, movements.
#include <fmt/format.h>

#include "base/notice.h"
#include "base/print.h"
#include "base/time_text.h"
#include "tasks/currency.h"
#include "tasks/details.h"
#include "tasks/moment.h"
#include "tasks/output.h"
#include "tasks/shop.h"
#include "tasks/tasks.h"

namespace tasks {
namespace {

std::optional<base::Seq> expected(const std::optional<std::uint64_t>& version) {
  return version ? std::optional(base::Seq(*version)) : std::nullopt;
}

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
