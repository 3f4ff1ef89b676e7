#include "history/edits.h"

#include <fmt/format.h>

#include "history/rules.h"
#include "text/fold.h"

namespace history {
namespace {

constexpr const char* kEditsPart = "edits";

bool has_same_values(const Edits::Face& a, const Edits::Face& b) {
  return a.title == b.title && a.topic == b.topic && a.retired == b.retired && a.terms == b.terms &&
         a.description == b.description && a.topics == b.topics && a.attributes == b.attributes && a.low == b.low;
}

Edits::Face face_of(const msg::Item& item, Index told) {
  return {item.edited.value_or(base::Seq()),
          item.title,
          item.topic,
          msg::is_retired(item),
          item.terms.value_or(msg::Terms{}),
          item.version,
          told,
          item.description ? std::string_view(*item.description) : std::string_view(),
          item.topics.value_or(msg::Topics()),
          item.attributes.value_or(msg::Attributes()),
          item.low};
}

Edits::Face face_of(const msg::NewItem& item, base::Seq seq, Index told) {
  return {{},
          item.title,
          item.topic,
          false,
          {},
          seq,
          told,
          item.description ? std::string_view(*item.description) : std::string_view(),
          item.topics.value_or(msg::Topics()),
          item.attributes.value_or(msg::Attributes())};
}

// Returns what the edit says about this rule; nothing if it leaves the rule as it is.
template <class Rule>
std::optional<Rule> named_rule(const msg::EditItem& edit, std::string_view name, Rule msg::Terms::*rule) {
  const bool is_named =
      edit.terms && (!edit.rules || std::find(edit.rules->begin(), edit.rules->end(), name) != edit.rules->end());
  return is_named ? std::optional<Rule>(std::in_place, (*edit.terms).*rule) : std::nullopt;
}

std::optional<std::string> attribute(const Edits::Face& face, const std::string& name) {
  const auto found = face.attributes.find(name);
  return found == face.attributes.end() ? std::nullopt : std::optional(found->second);
}

// Returns true if the writer may refuse a buy or a hold like this while the item has this face.
bool explains(const Edits::Face& face, const msg::Refusal& refusal) {
  if (refusal.code == msg::Code::kLimit) return !face.retired && (face.terms.per_order || face.terms.per_customer);
  if (refusal.from) return !face.retired && face.terms.from == refusal.from;
  if (refusal.until) return !face.retired && face.terms.until == refusal.until;
  return face.retired;
}

}  // namespace

Edits::Edits(const Operations& operations, const Keys& keys, Findings& findings)
    : operations_(operations), findings_(findings) {
  collect(keys);
  for (auto& [item, faces] : faces_) {
    std::sort(faces.begin(), faces.end(), [](const Face& a, const Face& b) { return a.edited < b.edited; });
    judge(item, faces);
  }
  learn_orders(keys);
  judge_sales(keys);
}

void Edits::collect(const Keys& keys) {
  for (Index index = 0; index < operations_.size(); ++index) {
    for (const auto* item : items_shown(operations_[index])) see(item->id, face_of(*item, index));
  }
  for (const auto& effect : keys.effects()) {
    if (effect.asked == kNobody || effect.kind == Effect::Kind::kVoid) continue;
    const auto& request = operations_[effect.asked].request;
    if (const auto* edit = std::get_if<msg::EditItem>(&request)) {
      edits_[edit->item].push_back({effect.seq, edit, effect.from});
    }
    const auto* add = effect.seq ? std::get_if<msg::AddItems>(&request) : nullptr;
    if (!add) continue;
    for (const auto& item : add->items) {
      if (item.id) see(*item.id, face_of(item, effect.seq, effect.told));
    }
  }
  for (auto& [item, edits] : edits_) {
    std::sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) { return a.seq < b.seq; });
  }
}

// E1.
void Edits::see(msg::ItemId item, const Face& face) {
  auto& faces = faces_[item];
  const auto known =
      std::find_if(faces.begin(), faces.end(), [&](const Face& each) { return each.edited == face.edited; });
  if (known == faces.end()) {
    faces.push_back(face);
    return;
  }
  known->last = std::max(known->last, face.last);
  if (has_same_values(*known, face)) return;
  findings_.add(
      kEditsPart,
      fmt::format("item {} has two titles, topics, descriptions, attributes or terms, or is retired and is not, as "
                  "edited at seq {}",
                  item, face.edited),
      {known->told, face.told}, item);
}

void Edits::judge(msg::ItemId item, const Faces& faces) {
  const Face* before = nullptr;
  for (const auto& face : faces) {
    judge(item, face, before);
    before = &face;
  }
}

// E1, E2.
void Edits::judge(msg::ItemId item, const Face& face, const Face* before) {
  const auto wrong = [&](std::string_view what) {
    findings_.add(kEditsPart, fmt::format("item {}, as edited at seq {}: {}", item, face.edited, what),
                  {before ? before->told : kNobody, face.told}, item);
  };
  if (!face.edited && (face.retired || face.low || face.terms != msg::Terms{}))
    wrong("it has what only an edit gives it");
  const auto& edits = edits_of(item);
  const bool is_made =
      std::any_of(edits.begin(), edits.end(), [&](const Edit& edit) { return !edit.seq || edit.seq == face.edited; });
  if (before && !is_made) return wrong("nobody edited it");
  const bool has_title = follows(
      item, face, before, [](const Face& each) { return each.title; },
      [](const msg::EditItem& edit) -> std::optional<std::string_view> { return edit.title; });
  if (!has_title) wrong("it has a title that nobody gave it");
  const bool has_topic = follows(
      item, face, before, [](const Face& each) { return each.topic; },
      [](const msg::EditItem& edit) -> std::optional<std::string_view> { return edit.topic; });
  if (!has_topic) wrong("it has a topic that nobody gave it");
  const bool is_as_told = follows(
      item, face, before, [](const Face& each) { return each.retired; },
      [](const msg::EditItem& edit) { return edit.retired; });
  if (!is_as_told) wrong(face.retired ? "nobody retired it" : "nobody brought it back");
  if (!rules_follow(item, face, before)) wrong("it has terms of sale that nobody gave it");
  const bool has_description = follows(
      item, face, before, [](const Face& each) { return each.description; },
      [](const msg::EditItem& edit) -> std::optional<std::string_view> { return edit.description; });
  if (!has_description) wrong("it has a description that nobody gave it");
  const bool has_topics = follows(
      item, face, before, [](const Face& each) { return each.topics; },
      [](const msg::EditItem& edit) { return edit.topics; });
  if (!has_topics) wrong("it has other topics that nobody gave it");
  const bool has_threshold = follows(
      item, face, before, [](const Face& each) { return each.low.value_or(msg::kNoLow); },
      [](const msg::EditItem& edit) { return edit.low; });
  if (!has_threshold) wrong("it has a threshold that nobody gave it");
  if (!attributes_follow(item, face, before)) wrong("it has attributes that nobody gave it");
}

// An edit may name single rules, so each of them is judged alone.
bool Edits::rules_follow(msg::ItemId item, const Face& face, const Face* before) const {
  const auto follow = [&](const auto& field) {
    const auto rule = field.member;
    return follows(
        item, face, before, [rule](const Face& each) { return each.terms.*rule; },
        [&field, rule](const msg::EditItem& edit) { return named_rule(edit, field.name, rule); });
  };
  return std::apply([&](const auto&... each) { return (follow(each) && ...); }, msg::Terms::fields());
}

bool Edits::attributes_follow(msg::ItemId item, const Face& face, const Face* before) const {
  std::set<std::string> names;
  for (const auto* each : {&face, before}) {
    if (!each) continue;
    for (const auto& [name, value] : each->attributes) names.insert(name);
  }
  for (const auto& edit : edits_of(item)) {
    for (const auto& [name, value] : edit.request->attributes.value_or(msg::AttributeChanges())) names.insert(name);
  }
  return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    return follows(
        item, face, before, [&](const Face& each) { return attribute(each, name); },
        [&](const msg::EditItem& edit) -> std::optional<std::optional<std::string>> {
          const auto changes = edit.attributes.value_or(msg::AttributeChanges());
          const auto found = changes.find(name);
          return found == changes.end() ? std::nullopt
                                        : std::optional<std::optional<std::string>>(std::in_place, found->second);
        });
  });
}

// Of the edits with a told seq, the last one that names the value decides, or else the face before. Any edit without a
// told seq may have come after it, but not after the edit that made the face.
template <class Value, class Named>
bool Edits::follows(msg::ItemId item, const Face& face, const Face* before, Value value, Named named) const {
  const auto& edits = edits_of(item);
  bool is_known = before != nullptr;
  auto expected = value(before ? *before : face);
  base::Seq named_at;
  for (const auto& edit : edits) {
    if (!edit.seq || edit.seq > face.edited || (before && edit.seq <= before->edited)) continue;
    const auto name = named(*edit.request);
    if (!name) continue;
    is_known = true;
    expected = *name;
    named_at = edit.seq;
  }
  if (!is_known || expected == value(face)) return true;
  if (named_at == face.edited) return false;
  return std::any_of(edits.begin(), edits.end(), [&](const Edit& edit) {
    const auto name = named(*edit.request);
    return !edit.seq && name && *name == value(face);
  });
}

const std::vector<Edits::Edit>& Edits::edits_of(msg::ItemId item) const {
  static const std::vector<Edit> kNone;
  const auto found = edits_.find(item);
  return found == edits_.end() ? kNone : found->second;
}

bool Edits::is_edited(msg::ItemId item) const {
  const auto found = faces_.find(item);
  const bool has_one = found == faces_.end() || (found->second.size() == 1 && !found->second.front().edited);
  return !has_one || !edits_of(item).empty();
}

bool Edits::may_change_beyond(msg::ItemId than) const {
  const bool has_faces =
      std::any_of(faces_.upper_bound(than), faces_.end(), [](const auto& each) { return each.second.size() > 1; });
  return has_faces || edits_.upper_bound(than) != edits_.end();
}

// The last place at which the item certainly has this face; kEnd: for ever.
Place Edits::end_of(msg::ItemId item, const Face& face, Time time) const {
  auto end = kEnd;
  const auto next = [&](base::Seq seq) {
    if (seq > face.edited) end = std::min(end, before(seq));
  };
  for (const auto& each : faces_.at(item)) next(each.edited);
  bool may_end_unseen = false;
  for (const auto& edit : edits_of(item)) {
    next(edit.seq);
    may_end_unseen = may_end_unseen || (!edit.seq && edit.from <= time);
  }
  return may_end_unseen ? std::min(end, after(face.last)) : end;
}

void Edits::exclude(Interval& interval, msg::ItemId item, const Face& face, Place since, Place floor, Time time,
                    std::string_view what) const {
  const auto end = end_of(item, face, time);
  const auto least = std::max(floor, interval.from.place);
  if (end == kEnd) {
    interval.not_after(since > 0 ? since - 1 : 0, face.told, what);
    if (since == 0) interval.not_before(1, face.told, what);
  } else if (least >= since && least <= end) {
    interval.not_before(end + 2, face.told, what);  // an answer is between two events: both places are odd
  }
}

// E4.
void Edits::narrow(Interval& interval, Index index, Place floor) const {
  const auto& operation = operations_[index];
  const auto* refusal = refusal_of(operation);
  if (!refusal) return;
  const bool is_of_face =
      refusal->code == msg::Code::kNotForSale || (refusal->code == msg::Code::kLimit && refusal->allowed);
  const auto item = is_of_face ? item_of(operation, *refusal) : std::nullopt;
  const auto found = item ? faces_.find(*item) : faces_.end();
  if (found == faces_.end()) return;
  for (const auto& face : found->second) {
    if (explains(face, *refusal)) continue;
    exclude(interval, *item, face, at(face.edited), floor, operation.returned, "an item that was for sale");
  }
}

void Edits::learn_orders(const Keys& keys) {
  for (const auto& each : keys.orders()) {
    const bool counts = each.placed_here && each.order->type == msg::OrderType::kBuy && !each.order->customer.empty();
    if (counts) bought_[text::folded(each.order->customer)].push_back(each.order);
  }
  for (const auto& each : keys.cancellations()) {
    auto& cancelled = cancelled_[each.cancellation->no];
    for (const auto& line : each.cancellation->lines) cancelled[line.item] += line.quantity;
  }
  for (const auto& effect : keys.effects()) {
    if (effect.asked == kNobody || effect.cancellation || effect.kind == Effect::Kind::kVoid) continue;
    const auto* cancel = std::get_if<msg::Cancel>(&operations_[effect.asked].request);
    if (cancel) perhaps_cancelled_.insert(cancel->no);
  }
}

// E3. A hold is compared with the terms when it is placed, and not when it is confirmed.
void Edits::judge_sales(const Keys& keys) {
  for (const auto& each : keys.orders()) {
    const auto& order = *each.order;
    if (!each.has_item_prices || order.type != msg::OrderType::kBuy) continue;
    std::map<msg::ItemId, base::Quantity> pieces;
    for (const auto& line : order.lines) pieces[line.item] += line.quantity;
    for (const auto& [item, quantity] : pieces) {
      judge({item, quantity, order.seq, order.at, order.customer, each.told});
    }
  }
  for (const auto& each : keys.holds()) {
    const auto& hold = *each.hold;
    for (const auto& line : hold.lines) {
      judge({line.item, line.quantity, hold.seq, hold.at, hold.customer, each.told});
    }
  }
}

// The face that the item certainly had right before the sale; null if it is not certain.
const Edits::Face* Edits::face_before(const Sale& sale) const {
  const auto found = faces_.find(sale.item);
  if (found == faces_.end()) return nullptr;
  const Face* last = nullptr;
  for (const auto& face : found->second) {
    if (face.edited < sale.seq) last = &face;
  }
  if (!last || end_of(sale.item, *last, operations_[sale.told].returned) < before(sale.seq)) return nullptr;
  return last;
}

void Edits::judge(const Sale& sale) {
  const auto* face = face_before(sale);
  if (!face) return;
  const auto wrong = [&](std::string_view why) {
    findings_.add(kEditsPart, fmt::format("item {} was bought or held with seq {}, and {}", sale.item, sale.seq, why),
                  {face->told, sale.told}, sale.item);
  };
  const auto& terms = face->terms;
  if (face->retired) wrong("it was retired");
  if (terms.from && sale.at < *terms.from) wrong("it was not for sale yet");
  if (terms.until && sale.at >= *terms.until) wrong("it was not for sale any more");
  if (terms.per_order && sale.pieces > *terms.per_order) wrong("its terms allow fewer pieces in one order");
  if (terms.per_customer) judge_customer(sale, *face);
}

void Edits::judge_customer(const Sale& sale, const Face& face) {
  const auto has = bought(sale, face.terms.window.value_or(0)) + sale.pieces;
  if (!sale.customer.empty() && has <= *face.terms.per_customer) return;
  findings_.add(
      kEditsPart,
      fmt::format("item {} was bought or held with seq {}, and its terms allow fewer pieces for each customer",
                  sale.item, sale.seq),
      {face.told, sale.told}, sale.item);
}

base::Quantity Edits::bought(const Sale& sale, std::int64_t window) const {
  base::Quantity all;
  const auto orders = bought_.find(text::folded(sale.customer));
  if (orders == bought_.end()) return all;
  for (auto each = orders->second.rbegin(); each != orders->second.rend(); ++each) {
    const auto& order = **each;
    if (order.seq >= sale.seq || perhaps_cancelled_.count(order.no) > 0) continue;
    if (order.at <= sale.at - window) break;  // the times of events rise
    for (const auto& line : order.lines) {
      if (line.item == sale.item) all += line.quantity;
    }
    const auto cancelled = cancelled_.find(order.no);
    if (cancelled == cancelled_.end()) continue;
    const auto pieces = cancelled->second.find(sale.item);
    if (pieces != cancelled->second.end()) all -= pieces->second;
  }
  return all;
}

}  // namespace history
