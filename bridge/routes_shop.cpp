// Items, movements, counts, transfers, topics: PROTOCOL 4 over HTTP.
#include <fmt/format.h>

#include "base/decimal.h"
#include "bridge/exchange.h"
#include "bridge/schema.h"
#include "bridge/shop_parts.h"
#include "json/events.h"
#include "msg/effects.h"
#include "msg/places.h"
#include "msg/sha256.h"
#include "text/fold.h"

namespace bridge {

// A rule that is null leaves.
json::Problem TermsPatch::read(const json::Value& json) {
  if (json.is_null()) return std::nullopt;
  const auto* object = std::get_if<json::Value::Object>(&json.value);
  if (!object) return "expected an object";
  if (object->empty()) return "names no rule; null removes all";
  json::Value set{json::Value::Object()};
  names.emplace();
  for (const auto& [name, value] : *object) {
    names->push_back(name);
    if (!value.is_null()) std::get<json::Value::Object>(set.value).push_back({name, value});
  }
  return json::read(set, rules);
}

namespace {

constexpr std::uint32_t kWaitForEventMs = 2000;

// The ETag of an item. After a restore to an earlier moment, a version may name two contents, so the tag also holds a
// hash of the content (ADR 26).
std::string tag_of(const msg::Item& item, std::string_view json) {
  return fmt::format("\"{}-{}\"", item.version, json::short_hash(msg::sha256(json)));
}
std::string tag_of(const msg::Item& item) { return tag_of(item, json::to_text(item)); }

Step list_items(Exchange& exchange) {
  msg::Search search{exchange.parameter("topic"), exchange.parameter("text"), after_of<msg::ItemId>(exchange),
                     limit_of(exchange)};
  for (const auto& [name, flag] : {std::pair("retired", &msg::Search::retired), {"low", &msg::Search::low}}) {
    const auto value = exchange.parameter(name).value_or("false");
    if (value != "true" && value != "false") {
      return exchange.refuse(msg::Code::kInvalid, fmt::format("{}: neither true nor false", name));
    }
    if (value == "true") search.*flag = true;
  }
  return exchange.call(search, [](Exchange& self, const msg::ItemsReply& reply) {
    return self.answer(200, ItemsAnswer{reply.items, reply.next});
  });
}

Step show_item(Exchange& self, const ShownItems::Shown& item) {
  if (!self.may_be_stale() && names_tag(self.request.header("If-None-Match"), item.tag, Comparison::kWeak)) {
    return self.respond({304, {}, {}, {{"ETag", item.tag}}});
  }
  return self.respond({200, "application/json", item.json, {{"ETag", item.tag}}});
}

Step show_answer(Exchange& self, msg::ItemId id, const client::Answer& answer) {
  if (const auto* shown = answer.refusal ? nullptr : self.shown_items().find(id, answer.body)) {
    return show_item(self, *shown);
  }
  const auto reply = client::reply_of<msg::ItemReply>(answer);
  if (reply.refusal) return self.refuse(*reply.refusal);
  auto json = json::to_text(reply->item);
  auto tag = tag_of(reply->item, json);
  return show_item(self, self.shown_items().keep(id, {answer.body, std::move(json), std::move(tag)}));
}

Step get_item(Exchange& exchange) {
  const auto id = id_of<msg::ItemId>(exchange);
  if (!id) return no_number(exchange);
  return exchange.call_unread(msg::Lookup{*id, {}}, [id = *id](Exchange& self, const client::Answer& answer) {
    return show_answer(self, id, answer);
  });
}

// For an answer without `at`, which shows the items as they are now. Such an answer comes from an order replica of the
// release before, or concerns a key that was used before views kept the answer (ADR 19), or before an item was edited.
// The event that the key made tells the item as it was.
template <class What, class Then>
Step answer_with_event(Exchange& exchange, Then then) {
  return exchange.call(msg::Outcome{exchange.key()}, [then](Exchange& self, const msg::OutcomeReply& outcome) {
    const auto seq = outcome.seq;
    return self.call(msg::Events{seq, 1, kWaitForEventMs}, [then, seq](Exchange& at, const msg::EventsReply& reply) {
      if (json::trimmed_to(reply, seq)) return at.refuse(msg::Code::kUnavailable, "the event of this key was trimmed");
      const auto page = json::page_of(reply, seq);
      if (!page || page->events.empty()) {
        return at.refuse(msg::Code::kUnavailable, "the event of this key is not available at the moment");
      }
      const auto* what = std::get_if<What>(&page->events.front().event.what);
      if (!what) return at.refuse(msg::Code::kKeyReused, "this key was used for another request: use a new key");
      return then(at, page->events.front(), *what);
    });
  });
}

// Several items have no common path.
Step answer_added(Exchange& self, const ItemsAnswer& answer) {
  Headers headers;
  if (answer.items.size() == 1) headers.emplace_back("Location", fmt::format("/v1/items/{}", answer.items[0].id));
  return self.answer(201, answer, std::move(headers));
}

Step show_added(Exchange& self, const json::SeqEvent& event, const msg::ItemsAdded& added) {
  ItemsAnswer answer;
  for (const auto& item : added.items) answer.items.push_back(msg::as_added(item.id, item, event.id.seq));
  return answer_added(self, answer);
}

Step add_items(Exchange& exchange) {
  msg::Refusal refusal;
  const auto body = exchange.body<ItemsBody>(refusal);
  if (!body) return exchange.refuse(refusal);
  return exchange.call(msg::AddItems{exchange.key(), body->items}, [](Exchange& self, const msg::ItemsReply& reply) {
    if (reply.at) return answer_added(self, {reply.items, {}});
    return answer_with_event<msg::ItemsAdded>(self, show_added);
  });
}

// The event does not hold the whole item, so this answer has no ETag.
Step show_price_event(Exchange& self, const json::SeqEvent& event, const msg::PriceChanged& changed) {
  return self.answer(
      200,
      PatchAnswer{
          .item = changed.item, .price = changed.price, .was = changed.was, .seq = event.id.seq, .at = event.event.at});
}

Step change_price(Exchange& exchange, const msg::ChangePrice& change) {
  return exchange.call(change, [](Exchange& self, const msg::ItemReply& reply) {
    const auto& item = reply.item;
    if (!reply.at || !reply.was) return answer_with_event<msg::PriceChanged>(self, show_price_event);
    const PatchAnswer answer{
        .item = item.id, .price = item.price, .was = *reply.was, .seq = item.version, .at = *reply.at};
    return self.answer(200, answer, {{"ETag", tag_of(item)}});
  });
}

Step show_edit_event(Exchange& self, const json::SeqEvent& event, const msg::ItemEdited& edited) {
  return self.answer(200, PatchAnswer{.item = edited.item,
                                      .title = edited.title,
                                      .topic = edited.topic,
                                      .retired = edited.retired,
                                      .terms = edited.terms,
                                      .description = edited.description,
                                      .topics = edited.topics,
                                      .attributes = edited.attributes,
                                      .low = edited.low,
                                      .seq = event.id.seq,
                                      .at = event.event.at});
}

Step edit_item(Exchange& exchange, const msg::EditItem& edit) {
  return exchange.call(edit, [edit](Exchange& self, const msg::ItemReply& reply) {
    const auto& item = reply.item;
    if (!reply.at) return answer_with_event<msg::ItemEdited>(self, show_edit_event);
    PatchAnswer answer{.item = item.id,
                       .title = edit.title,
                       .topic = edit.topic,
                       .retired = edit.retired,
                       .description = edit.description,
                       .topics = edit.topics,
                       .low = edit.low,
                       .seq = item.version,
                       .at = *reply.at};
    if (edit.terms) answer.terms = item.terms.value_or(msg::Terms{});
    if (edit.attributes) answer.attributes = item.attributes.value_or(msg::Attributes());
    return self.answer(200, answer, {{"ETag", tag_of(item)}});
  });
}

// The greatest version below `bound` that If-Match names by a strong tag; nothing if it names "*" or no such version.
std::optional<msg::Seq> version_named(const Exchange& exchange, msg::Seq bound) {
  std::optional<msg::Seq> greatest;
  const auto header = exchange.request.header("If-Match");
  for (std::string_view list = header; !list.empty();) {
    const auto tag = trimmed(take_until(list, ','));
    if (tag == "*") return std::nullopt;
    const auto number = tag.starts_with('"') ? base::decimal(tag.substr(1, tag.find('-') - 1)) : std::nullopt;
    if (number && *number < bound.value()) greatest = std::max(greatest, std::optional(msg::Seq(*number)));
  }
  return greatest;
}

// If-Match did not hold: either another request has changed the item, or this one has, earlier. The key's outcome
// decides it, and then the change goes to the store as it did the first time. Asking for the outcome voids an unused
// key, so "nothing was changed" stays true.
template <class Change, class Then>
Step not_matched(Exchange& exchange, const Change& change, const std::string& tag, Then then) {
  return exchange.call(msg::Outcome{change.key}, [change, tag, then](Exchange& self, const msg::OutcomeReply& outcome) {
    if (outcome.outcome == msg::OutcomeKind::kVoid) {
      return self.refuse(412, "precondition_failed",
                         fmt::format("the item's ETag is {} now; nothing was changed, and this key is void", tag));
    }
    auto again = change;
    again.version = version_named(self, outcome.seq);
    return then(self, again);
  });
}

// Sends a change to the store, with If-Match only if the item has that tag. Then the change names the version, and the
// writer compares it once more: of two clients that change the item at the same instant, one is refused.
template <class Change, class Then>
Step change_item(Exchange& exchange, const Change& change, Then then) {
  if (!exchange.request.has("If-Match")) return then(exchange, change);
  if (exchange.request.header("If-Match").empty()) {  // a client may have got no tag, and means one
    return exchange.refuse(msg::Code::kMalformed, "If-Match: is empty: leave it out to change the item as it is");
  }
  return exchange.call(msg::Lookup{change.item, {}}, [change, then](Exchange& self, const msg::ItemReply& reply) {
    const auto tag = tag_of(reply.item);
    if (!names_tag(self.request.header("If-Match"), tag, Comparison::kStrong)) {
      return not_matched(self, change, tag, then);
    }
    auto expecting = change;
    expecting.version = version_named(self, reply.item.version.next());
    return then(self, expecting);
  });
}

msg::EditItem edit_of(const std::string& key, msg::ItemId id, const PatchBody& body) {
  msg::EditItem edit{.key = key,
                     .item = id,
                     .title = body.title,
                     .topic = body.topic,
                     .retired = body.retired,
                     .attributes = body.attributes};
  if (body.terms) edit.terms = body.terms->rules;
  if (body.terms) edit.rules = body.terms->names;
  if (body.description) edit.description = body.description->value;
  if (body.topics) edit.topics = body.topics->value;
  if (body.low) edit.low = body.low->value;
  return edit;
}

Step patch_item(Exchange& exchange) {
  return with_id_and_body<msg::ItemId, PatchBody>(exchange, [&](msg::ItemId id, const PatchBody& body) -> Step {
    const bool edits = msg::changes_something(body);
    if (body.price.has_value() == edits) {
      return exchange.refuse(
          msg::Code::kInvalid,
          "a request changes either the price, or at least one of title, topic, topics, description, "
          "attributes, low, retired and terms");
    }
    if (edits) {
      return change_item(exchange, edit_of(exchange.key(), id, body), edit_item);
    }
    return change_item(exchange, msg::ChangePrice{exchange.key(), id, *body.price, {}}, change_price);
  });
}

// The place of a movement or a count; nothing if it is main.
std::optional<std::string> place_of(const msg::StockMoved& moved) {
  return moved.places ? std::optional(moved.places->front().place) : std::nullopt;
}
std::optional<std::string> unless_main(const std::optional<std::string>& place) {
  return place == msg::kMainPlace ? std::nullopt : place;
}

Step show_movement_event(Exchange& self, const json::SeqEvent& event, const msg::StockMoved& moved) {
  return self.answer(201, MovementAnswer{moved.item, moved.delta, moved.stock, moved.reason, event.id.seq,
                                         event.event.at, place_of(moved)});
}

Step restock(Exchange& exchange, const msg::Restock& restock) {
  return exchange.call(restock, [restock](Exchange& self, const msg::ItemReply& reply) {
    const auto& item = reply.item;
    if (!reply.at) return answer_with_event<msg::StockMoved>(self, show_movement_event);
    const auto reason = restock.reason.value_or("");
    return self.answer(201, MovementAnswer{item.id, restock.delta, item.stock, reason, item.version, *reply.at,
                                           unless_main(restock.place)});
  });
}

Step move_stock(Exchange& exchange) {
  return with_id_and_body<msg::ItemId, MovementBody>(exchange, [&](msg::ItemId id, const MovementBody& body) -> Step {
    const msg::Restock request{exchange.key(), id, body.delta, body.reason, {}, body.place, body.opens};
    return change_item(exchange, request, restock);
  });
}

Step list_movements(Exchange& exchange) {
  const auto id = id_of<msg::ItemId>(exchange);
  if (!id) return no_number(exchange);
  const auto before = exchange.number("before");
  const msg::ListMovements movements{*id, before ? std::optional(msg::Seq(*before)) : std::nullopt, limit_of(exchange)};
  return exchange.call(movements,
                       [](Exchange& self, const msg::MovementsReply& reply) { return self.answer(200, reply); });
}

Step show_count_event(Exchange& self, const json::SeqEvent& event, const msg::StockMoved& moved) {
  return self.answer(201, CountAnswer{moved.item, moved.stock, moved.reason, event.id.seq, event.event.at,
                                      place_of(moved), moved.found});
}

Step count(Exchange& exchange, const msg::CountStock& count) {
  return exchange.call(count, [count](Exchange& self, const msg::ItemReply& reply) {
    const auto& item = reply.item;
    if (!reply.at) return answer_with_event<msg::StockMoved>(self, show_count_event);
    CountAnswer answer{item.id,      item.stock, count.reason.value_or(""),
                       item.version, *reply.at,  unless_main(count.place)};
    if (count.place || item.places) answer.found = count.stock;
    return self.answer(201, answer);
  });
}

Step count_stock(Exchange& exchange) {
  return with_id_and_body<msg::ItemId, CountBody>(exchange, [&](msg::ItemId id, const CountBody& body) -> Step {
    const msg::CountStock request{exchange.key(), id, body.stock, body.reason, {}, body.place, body.opens};
    return change_item(exchange, request, count);
  });
}

Step show_transfer_event(Exchange& self, const json::SeqEvent& event, const msg::StockMoved& moved) {
  return self.answer(201, TransferAnswer{moved.item, moved.stock, moved.reason, event.id.seq, event.event.at,
                                         moved.places.value_or(msg::Places())});
}

Step transfer(Exchange& exchange, const msg::Transfer& transfer) {
  return exchange.call(transfer, [transfer](Exchange& self, const msg::ItemReply& reply) {
    const auto& item = reply.item;
    if (!reply.at) return answer_with_event<msg::StockMoved>(self, show_transfer_event);
    std::optional<msg::Places> places;
    const auto main = std::string(msg::kMainPlace);
    msg::shift(places, msg::all_at(transfer.from.value_or(main), transfer.quantity), -1);
    msg::shift(places, msg::all_at(transfer.to.value_or(main), transfer.quantity));
    return self.answer(201, TransferAnswer{item.id, item.stock, transfer.reason.value_or(""), item.version, *reply.at,
                                           places.value_or(msg::Places())});
  });
}

Step transfer_stock(Exchange& exchange) {
  return with_id_and_body<msg::ItemId, TransferBody>(exchange, [&](msg::ItemId id, const TransferBody& body) -> Step {
    const msg::Transfer request{exchange.key(), id, body.pieces, body.from, body.to, body.reason, {}, body.opens};
    return change_item(exchange, request, transfer);
  });
}

// The key is the topic without case. The spelling is that of the item with the least id.
using Counts = std::map<std::string, TopicCount>;

// Reads all items page by page, because the store has no list of topics.
Step count_topics(Exchange& exchange, std::shared_ptr<Counts> counts, std::optional<msg::ItemId> after) {
  const msg::Search page{{}, {}, after, msg::kPageMax};
  return exchange.call(page, [counts = std::move(counts)](Exchange& self, const msg::ItemsReply& reply) {
    for (const auto& item : reply.items) {
      std::map<std::string, std::string> topics{{text::folded(item.topic), item.topic}};  // each once
      for (const auto& topic : item.topics.value_or(msg::Topics())) topics.try_emplace(text::folded(topic), topic);
      for (const auto& [folded, topic] : topics)
        ++counts->try_emplace(folded, TopicCount{topic, 0}).first->second.items;
    }
    if (reply.next) return count_topics(self, counts, reply.next);
    TopicsAnswer answer;
    for (const auto& [topic, count] : *counts) answer.topics.push_back(count);
    return self.answer(200, answer);
  });
}

Step list_topics(Exchange& exchange) { return count_topics(exchange, std::make_shared<Counts>(), {}); }

}  // namespace

void add_shop_routes(std::vector<Route>& table) {
  table.push_back({.method = "GET",
                   .path = "/v1/items/{id}",
                   .name = "getItem",
                   .what = "One item",
                   .handle = get_item,
                   .answer = schema_of<msg::Item>,
                   .conditional = true,
                   .may_be_stale = true});
  table.push_back({.method = "GET",
                   .path = "/v1/items",
                   .name = "listItems",
                   .what = "Items by topic, by words, by both, or all; ascending by id",
                   .handle = list_items,
                   .query = {{"topic", Kind::kText, "the topic, whole, without case"},
                             {"text", Kind::kText, "words of the title or their beginnings, all of them"},
                             limit_parameter(),
                             {"after", Kind::kNumber, "only greater ids: the `next` of the page before"},
                             {"retired", Kind::kText, "true: retired items, too; only without topic and text"},
                             {"low", Kind::kText, "true: only items that are low; only without the others"}},
                   .answer = schema_of<ItemsAnswer>,
                   .may_be_stale = true});
  table.push_back({.method = "POST",
                   .path = "/v1/items",
                   .name = "addItems",
                   .what = "New items, all or none",
                   .handle = add_items,
                   .success = 201,
                   .body = request_schema_of<ItemsBody>,
                   .answer = schema_of<ItemsAnswer>,
                   .keyed = true});
  table.push_back({.method = "PATCH",
                   .path = "/v1/items/{id}",
                   .name = "changeItem",
                   .what = "Changes the price, or the title, the topics, the description, the attributes, the "
                           "threshold, the terms of sale and whether the item is retired, as a JSON merge patch: null "
                           "removes a member; with "
                           "If-Match only if the item's ETag is still that one",
                   .handle = patch_item,
                   .body = request_schema_of<PatchBody>,
                   .answer = schema_of<PatchAnswer>,
                   .keyed = true,
                   .conditional = true});
  table.push_back({.method = "POST",
                   .path = "/v1/items/{id}/movements",
                   .name = "moveStock",
                   .what =
                       "Pieces come in or go out without an order; with If-Match only if the item's ETag is still that "
                       "one",
                   .handle = move_stock,
                   .success = 201,
                   .body = request_schema_of<MovementBody>,
                   .answer = schema_of<MovementAnswer>,
                   .keyed = true,
                   .conditional = true});
  table.push_back(
      {.method = "GET",
       .path = "/v1/items/{id}/movements",
       .name = "listMovements",
       .what = "All that moved the stock of an item or what is held of it, the newest first",
       .handle = list_movements,
       .query = {limit_parameter(), {"before", Kind::kNumber, "only lesser seqs: the `next` of the page before"}},
       .answer = schema_of<msg::MovementsReply>});
  table.push_back({.method = "POST",
                   .path = "/v1/items/{id}/counts",
                   .name = "countStock",
                   .what = "The pieces of a place were counted: they are this number from now on; with If-Match only "
                           "if the item's ETag is still that one",
                   .handle = count_stock,
                   .success = 201,
                   .body = request_schema_of<CountBody>,
                   .answer = schema_of<CountAnswer>,
                   .keyed = true,
                   .conditional = true});
  table.push_back({.method = "POST",
                   .path = "/v1/items/{id}/transfers",
                   .name = "transferStock",
                   .what =
                       "Pieces go from one place to another, and the stock stays as it is; with If-Match only if the "
                       "item's ETag is still that one",
                   .handle = transfer_stock,
                   .success = 201,
                   .body = request_schema_of<TransferBody>,
                   .renamed = {{"quantity", "pieces"}, {"from", "from_place"}, {"to", "to_place"}},
                   .example = R"({"pieces":1,"to_place":"annex","opens":true})",
                   .answer = schema_of<TransferAnswer>,
                   .keyed = true,
                   .conditional = true});
  table.push_back({.method = "GET",
                   .path = "/v1/topics",
                   .name = "listTopics",
                   .what = "The topics, each with its number of items",
                   .handle = list_topics,
                   .answer = schema_of<TopicsAnswer>});
}

}  // namespace bridge
