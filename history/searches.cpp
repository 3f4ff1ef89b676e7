#include "history/searches.h"

#include <fmt/format.h>

#include "history/rules.h"
#include "text/fold.h"

namespace history {
namespace {

const std::vector<msg::ItemId>& found_in(const std::unordered_map<std::string, std::vector<msg::ItemId>>& index,
                                         std::string_view text) {
  static const std::vector<msg::ItemId> kNone;
  const auto found = index.find(text::folded(text));
  return found == index.end() ? kNone : found->second;
}

// True if the store cannot choose the ids of this addition, because they would pass the greatest possible id.
bool needs_ids_beyond(const msg::AddItems& add, msg::ItemId* last_free) {
  msg::ItemId greatest;
  std::uint64_t chosen = 0;
  for (const auto& item : add.items) {
    greatest = std::max(greatest, item.id.value_or(msg::ItemId()));
    chosen += item.id ? 0 : 1;
  }
  *last_free = msg::ItemId(msg::kItemIdMax - chosen);
  return greatest > *last_free;
}

}  // namespace

Searches::Searches(const Operations& operations, const Keys& keys, const Told& told, Findings& findings)
    : operations_(operations), told_(told), findings_(findings) {
  for (const auto& [id, name] : told.names()) {
    items_.push_back(id);
    by_title_[text::folded(name.title)].push_back(id);
    by_topic_[text::folded(name.topic)].push_back(id);
  }
  learn_additions(keys);
  for (const auto& operation : operations) {
    const auto* search = std::get_if<msg::Search>(&operation.request);
    const auto* reply = std::get_if<msg::ItemsReply>(&operation.answer);
    if (search && reply && !reply->next && !operation.stale_ms) learn_end(*search);
  }
}

void Searches::learn_additions(const Keys& keys) {
  for (const auto& effect : keys.effects()) {
    if (effect.asked == kNobody || effect.kind == Effect::Kind::kVoid) continue;
    const auto* add = std::get_if<msg::AddItems>(&operations_[effect.asked].request);
    const auto* reply = std::get_if<msg::ItemsReply>(&operations_[effect.asked].answer);
    if (!add) continue;
    for (std::size_t i = 0; i < add->items.size(); ++i) {
      const bool is_told = reply && i < reply->items.size();
      added_.push_back({&add->items[i], is_told ? reply->items[i].id : add->items[i].id, &effect});
    }
  }
}

void Searches::learn_end(const msg::Search& search) {
  auto& known = query_of(search).known_after;
  known = std::min(known.value_or(msg::ItemId(msg::kItemIdMax)), search.after.value_or(msg::ItemId()));
}

Searches::Query& Searches::query_of(const msg::Search& search) {
  // No valid text has a NUL, so two different queries never have the same name.
  std::string name = search.topic ? "t" + text::folded(*search.topic) : "-";
  name += '\0';
  name += search.text ? "t" + *search.text : "-";
  const auto [query, is_new] = queries_.try_emplace(std::move(name));
  if (!is_new) return query->second;
  for (const auto id : search.topic ? found_in(by_topic_, *search.topic) : items_) {
    const auto& known = told_.names().at(id);
    if (!search.text || matches(search, known.title, known.topic) == Truth::kYes) query->second.found.push_back(id);
  }
  return query->second;
}

void Searches::narrow(Interval& interval, Index index) {
  const auto& operation = operations_[index];
  const auto* refusal = refusal_of(operation);
  if (const auto* search = std::get_if<msg::Search>(&operation.request)) {
    if (const auto* reply = std::get_if<msg::ItemsReply>(&operation.answer)) page(interval, *search, *reply, index);
  } else if (const auto* lookup = std::get_if<msg::Lookup>(&operation.request); lookup && lookup->title) {
    const bool tells = !refusal || refusal->code == msg::Code::kUnknownItem;
    if (tells) titled(interval, *lookup, index);
  } else if (const auto* add = std::get_if<msg::AddItems>(&operation.request)) {
    if (!refusal || refusal->code != msg::Code::kLimit) return;
    msg::ItemId last_free;
    if (!needs_ids_beyond(*add, &last_free)) more(interval, {}, last_free, index);
  }
}

void Searches::page(Interval& interval, const msg::Search& search, const msg::ItemsReply& reply, Index index) {
  const auto& found = query_of(search).found;
  auto row = reply.items.begin();
  const auto foreign = [&](const msg::Item& item) {
    if (matches(search, item.title, item.topic) != Truth::kNo) return;
    findings_.add(kTimePart, fmt::format("item {} is not one that the search asks for", item.id), {index}, item.id);
  };
  for (auto id = std::upper_bound(found.begin(), found.end(), search.after.value_or(msg::ItemId()));
       id != found.end() && (!reply.next || *id <= *reply.next); ++id) {
    for (; row != reply.items.end() && row->id < *id; ++row) foreign(*row);
    if (row != reply.items.end() && row->id == *id) {
      ++row;
    } else {
      hides(interval, *id, index);
    }
  }
  for (; row != reply.items.end(); ++row) foreign(*row);
  if (reply.next) more(interval, search, *reply.next, index);
}

// If several items have one title, the answer is the one with the least id.
void Searches::titled(Interval& interval, const msg::Lookup& lookup, Index index) {
  const auto* reply = std::get_if<msg::ItemReply>(&operations_[index].answer);
  for (const auto id : found_in(by_title_, *lookup.title)) {
    if (reply && id >= reply->item.id) return;
    hides(interval, id, index);
  }
}

bool Searches::is_added(msg::ItemId item) const {
  return std::any_of(added_.begin(), added_.end(), [&](const Added& added) { return added.id == item; });
}

// A matching item after `than` must exist: one that a page without a `next` showed, or one that was added here.
void Searches::more(Interval& interval, const msg::Search& search, msg::ItemId than, Index index) {
  const auto is_known = [&](const Query& query) { return query.known_after && *query.known_after <= than; };
  if (!is_known(query_of(search)) && !is_known(query_of({}))) return;
  for (auto id = std::upper_bound(items_.begin(), items_.end(), than); id != items_.end(); ++id) {
    const auto& known = told_.names().at(*id);
    if (matches(search, known.title, known.topic) != Truth::kNo && !is_added(*id)) return;
  }
  const Effect* first = nullptr;
  for (const auto& added : added_) {
    if ((added.id && *added.id <= than) || added.effect->from > operations_[index].returned) continue;
    if (matches(search, added.item->title, added.item->topic) == Truth::kNo) continue;
    if (!added.effect->seq) return;
    if (!first || added.effect->seq < first->seq) first = added.effect;
  }
  if (first) return interval.not_before(after(first->seq), first->told, "an item that follows the page");
  findings_.add(kTimePart, fmt::format("an item after {} is said to be there, and nobody added one", than), {index});
}

void Searches::hides(Interval& interval, msg::ItemId item, Index index) {
  const auto known = told_.there_since(item);
  if (known) interval.not_after(before(known->seq), known->told, "an item that the answer does not show");
  const auto [last, is_new] = absences_.emplace(item, index);
  if (begin_of(operations_[index]) > begin_of(operations_[last->second])) last->second = index;
}

}  // namespace history
