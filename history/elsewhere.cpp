#include "history/elsewhere.h"

#include <algorithm>
#include <iterator>

namespace history {
namespace {

bool moves_pieces_of_one_item(const Request& request) {
  return std::holds_alternative<msg::Restock>(request) || std::holds_alternative<msg::CountStock>(request) ||
         std::holds_alternative<msg::Transfer>(request);
}

}  // namespace

Elsewhere::Elsewhere(const Operations& operations, const Keys& keys, const Holds& holds) : operations_(operations) {
  for (const auto& operation : operations) {
    for (const auto* item : items_shown(operation)) {
      if (item->places) touched_[item->id];
    }
  }
  if (touched_.empty()) return;
  touch(keys, holds);
  if (all_are_unsure_) return;
  for (Index index = 0; index < operations.size(); ++index) {
    for (const auto* item : items_shown(operations[index])) {
      if (!item->places || unsure_.count(item->id) > 0) continue;
      const auto& seqs = touched_.at(item->id);
      const auto next = seqs.upper_bound(item->version);
      const Span span{at(item->version), next == seqs.end() ? kEnd : before(*next), index};
      for (const auto& each : *item->places) spans_[each.place].push_back(span);
    }
  }
  for (auto& [place, spans] : spans_) merge(spans);
}

// One item after the other may have had pieces there. Afterwards the spans ascend and have gaps between them.
void Elsewhere::merge(std::vector<Span>& spans) {
  std::sort(spans.begin(), spans.end());
  std::size_t kept = 0;
  for (const auto& span : spans) {
    if (kept > 0 && span.from - 1 <= spans[kept - 1].until) {
      spans[kept - 1].until = std::max(spans[kept - 1].until, span.until);
    } else {
      spans[kept++] = span;
    }
  }
  spans.resize(kept);
}

void Elsewhere::touch(const Keys& keys, const Holds& holds) {
  for (const auto& operation : operations_) {
    for (const auto* item : items_shown(operation)) touch(item->id, item->version);
  }
  for (const auto& order : keys.orders()) {
    for (const auto& line : order.order->lines) touch(line.item, order.order->seq);
  }
  for (const auto& [cancellation, told] : keys.cancellations()) {
    for (const auto& line : cancellation->lines) touch(line.item, cancellation->seq);
  }
  for (const auto& effect : keys.effects()) {
    if (effect.kind != Effect::Kind::kVoid && !effect.order && !effect.cancellation) touch(effect, keys, holds);
  }
}

// 0: the seq is not told.
void Elsewhere::touch(msg::ItemId item, base::Seq seq) {
  if (!seq) unsure_.insert(item);
  const auto found = touched_.find(item);
  if (found != touched_.end() && seq) found->second.insert(seq);
}

// A write that moved pieces, or may have moved some, and that no answer shows as an order.
void Elsewhere::touch(const Effect& effect, const Keys& keys, const Holds& holds) {
  const auto& operation = operations_[effect.asked];
  const auto touch_lines = [&](const auto& lines) {
    for (const auto& line : lines) touch(line.item, effect.seq);
  };
  // `whole`: the order or hold of the request; null: nobody saw it.
  const auto touch_named = [&](const auto& request, const auto* whole) {
    if (request.lines) return touch_lines(*request.lines);
    if (whole) return touch_lines(whole->lines);
    all_are_unsure_ = true;
  };
  if (const auto* place = std::get_if<msg::PlaceOrder>(&operation.request)) return touch_lines(place->lines);
  if (const auto* cancel = std::get_if<msg::Cancel>(&operation.request)) {
    return touch_named(*cancel, keys.order(cancel->no));
  }
  if (const auto* confirm = std::get_if<msg::ConfirmHold>(&operation.request)) {
    return touch_named(*confirm, holds.find(confirm->hold));
  }
  if (moves_pieces_of_one_item(operation.request)) {
    touch(item_of(operation, {}).value_or(msg::ItemId()), effect.seq);
  }
}

void Elsewhere::narrow(Interval& interval, Index index, Place floor) const {
  const auto* refusal = refusal_of(operations_[index]);
  if (!refusal || refusal->code != msg::Code::kUnknownPlace) return;
  const auto spans = spans_.find(place_of(operations_[index].request));
  if (spans == spans_.end()) return;
  constexpr std::string_view kWhat = "an item with pieces at the place";
  const auto& last = spans->second.back();
  if (last.until == kEnd) interval.not_after(last.from - 1, last.told, kWhat);
  const Span least{std::max(floor, interval.from.place), 0, kNobody};
  const auto later = std::upper_bound(spans->second.begin(), spans->second.end(), least);
  if (later == spans->second.begin()) return;
  const auto& span = *std::prev(later);
  if (span.until == kEnd || least.from > span.until) return;
  interval.not_before(span.until + 2, span.told, kWhat);  // an answer is between two events: both places are odd
}

}  // namespace history
