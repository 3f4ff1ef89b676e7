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

bool finds(const msg::Search& search, const Edits::Face& face) {
  const bool may_be_shown = !face.retired || search.retired.value_or(false);
  return may_be_shown && matches(search, face.title, face.topic, face.topics) == Truth::kYes;
}

// Each item once for each text that it had.
void learn(std::unordered_map<std::string, std::vector<msg::ItemId>>& index, std::string_view text, msg::ItemId id) {
  auto& ids = index[text::folded(text)];
  if (ids.empty() || ids.back() != id) ids.push_back(id);
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

Searches::Searches(const Operations& operations, const Keys& keys, const Told& told, const Edits& edits,
                   Findings& findings)
    : operations_(operations), told_(told), edits_(edits), findings_(findings) {
  for (const auto& [id, faces] : edits.faces()) {
    items_.push_back(id);
    for (const auto& face : faces) {
      learn(by_title_, face.title, id);
      learn(by_topic_, face.topic, id);
      for (const auto& topic : face.topics) learn(by_topic_, topic, id);
    }
  }
  learn_additions(keys);
  for (const auto& operation : operations) {
    const auto* search = std::get_if<msg::Search>(&operation.request);
    const auto* reply = std::get_if<msg::ItemsReply>(&operation.answer);
    if (search && reply && !reply->next && !operation.stale_ms && !search->low.value_or(false)) learn_end(*search);
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
  if (search.retired.value_or(false)) name += '\0';
  const auto [query, is_new] = queries_.try_emplace(std::move(name));
  if (!is_new) return query->second;
  for (const auto id : search.topic ? found_in(by_topic_, *search.topic) : items_) {
    const auto& faces = edits_.faces().at(id);
    const bool is_found =
        std::any_of(faces.begin(), faces.end(), [&](const auto& face) { return finds(search, face); });
    if (is_found) query->second.found.push_back(id);
  }
  return query->second;
}

void Searches::narrow(Interval& interval, Index index, Place floor) {
  const auto& operation = operations_[index];
  const auto* refusal = refusal_of(operation);
  if (const auto* search = std::get_if<msg::Search>(&operation.request)) {
    const auto* reply = std::get_if<msg::ItemsReply>(&operation.answer);
    if (reply && !search->low.value_or(false)) page(interval, *search, *reply, index, floor);
  } else if (const auto* lookup = std::get_if<msg::Lookup>(&operation.request); lookup && lookup->title) {
    const bool tells = !refusal || refusal->code == msg::Code::kUnknownItem;
    if (tells) titled(interval, *lookup, index, floor);
  } else if (const auto* add = std::get_if<msg::AddItems>(&operation.request)) {
    if (!refusal || refusal->code != msg::Code::kLimit) return;
    msg::ItemId last_free;
    if (!needs_ids_beyond(*add, &last_free)) more(interval, {.retired = true}, last_free, index);
  }
}

void Searches::page(Interval& interval, const msg::Search& search, const msg::ItemsReply& reply, Index index,
                    Place floor) {
  const auto& found = query_of(search).found;
  auto row = reply.items.begin();
  const auto foreign = [&](const msg::Item& item) {
    const bool may_be_shown = !msg::is_retired(item) || search.retired.value_or(false);
    if (may_be_shown && matches(search, item.title, item.topic, item.topics.value_or(msg::Topics())) != Truth::kNo)
      return;
    findings_.add(kTimePart, fmt::format("item {} is not one that the search asks for", item.id), {index}, item.id);
  };
  for (auto id = std::upper_bound(found.begin(), found.end(), search.after.value_or(msg::ItemId()));
       id != found.end() && (!reply.next || *id <= *reply.next); ++id) {
    for (; row != reply.items.end() && row->id < *id; ++row) foreign(*row);
    if (row != reply.items.end() && row->id == *id) {
      foreign(*row++);  // it may show another face than the one that is asked for
    } else {
      hides(interval, *id, index, floor, [&](const Edits::Face& face) { return finds(search, face); });
    }
  }
  for (; row != reply.items.end(); ++row) foreign(*row);
  if (reply.next) more(interval, search, *reply.next, index);
}

// If several items have one title, the answer is the one with the least id.
void Searches::titled(Interval& interval, const msg::Lookup& lookup, Index index, Place floor) {
  const auto* reply = std::get_if<msg::ItemReply>(&operations_[index].answer);
  for (const auto id : found_in(by_title_, *lookup.title)) {
    if (reply && id >= reply->item.id) return;
    hides(interval, id, index, floor,
          [&](const Edits::Face& face) { return !face.retired && same_text(face.title, *lookup.title); });
  }
}

bool Searches::is_added(msg::ItemId item) const {
  return std::any_of(added_.begin(), added_.end(), [&](const Added& added) { return added.id == item; });
}

// A matching item after `than` must exist: one that a page without a `next` showed, or one that was added here.
void Searches::more(Interval& interval, const msg::Search& search, msg::ItemId than, Index index) {
  const auto is_known = [&](const Query& query) { return query.known_after && *query.known_after <= than; };
  const bool is_all = search.retired.value_or(false);  // no other search shows more
  if (!is_known(query_of(search)) && (is_all || !is_known(query_of({})))) return;
  if (edits_.may_change_beyond(than)) return;
  for (auto id = std::upper_bound(items_.begin(), items_.end(), than); id != items_.end(); ++id) {
    const auto& known = edits_.faces().at(*id).front();
    const bool may_be_shown = !known.retired || is_all;
    if (may_be_shown && matches(search, known.title, known.topic, known.topics) != Truth::kNo && !is_added(*id)) return;
  }
  const Effect* first = nullptr;
  for (const auto& added : added_) {
    if ((added.id && *added.id <= than) || added.effect->from > operations_[index].returned) continue;
    const auto topics = added.item->topics.value_or(msg::Topics());
    if (matches(search, added.item->title, added.item->topic, topics) == Truth::kNo) continue;
    if (!added.effect->seq) return;
    if (!first || added.effect->seq < first->seq) first = added.effect;
  }
  if (first) return interval.not_before(after(first->seq), first->told, "an item that follows the page");
  findings_.add(kTimePart, fmt::format("an item after {} is said to be there, and nobody added one", than), {index});
}

// An item that was never edited did not exist yet. Another one did not have a face that the request finds.
template <class Finds>
void Searches::hides(Interval& interval, msg::ItemId item, Index index, Place floor, Finds finds) {
  const auto known = told_.there_since(item);
  if (edits_.is_edited(item)) {
    for (const auto& face : edits_.faces().at(item)) {
      if (!finds(face)) continue;
      const auto since = face.edited || !known ? face.edited : known->seq;
      edits_.exclude(interval, item, face, at(since), floor, operations_[index].returned,
                     "an item that the answer does not show");
    }
    return;
  }
  if (known) interval.not_after(before(known->seq), known->told, "an item that the answer does not show");
  const auto [last, is_new] = absences_.emplace(item, index);
  if (begin_of(operations_[index]) > begin_of(operations_[last->second])) last->second = index;
}

}  // namespace history
