#include "history/keys.h"

#include <fmt/format.h>

#include "history/rules.h"
#include "msg/block.h"
#include "msg/codec.h"
#include "msg/effects.h"

namespace history {
namespace {

bool refused(const Operation& operation) { return is_definite(operation) && refusal_of(operation); }

// The answer to a cancellation also shows the order, so it mentions another key than its own.
bool uses(const Operation& operation, std::string_view key) { return !key.empty() && write_key(operation) == key; }

bool refused_with(const Operation& operation, msg::Code code) {
  const auto* refusal = refusal_of(operation);
  return refusal && refusal->code == code;
}

// Equal for two requests that mean the same: a missing customer or reason counts as an empty one (PROTOCOL 2.1).
std::string meaning(const Request& request) {
  return std::visit(
      [](auto each) {
        if constexpr (requires {
                        each.key;
                        each.customer;
                      })
          each.customer = each.customer.value_or("");
        if constexpr (requires { each.reason; }) each.reason = each.reason.value_or("");
        return std::string(each.kType) + msg::encoded(each);
      },
      request);
}

bool same_request(const Request& a, const Request& b) { return meaning(a) == meaning(b); }

// When a change was decided, as its answer tells.
std::int64_t time_of_change(const Operation& operation) {
  const auto* item = std::get_if<msg::ItemReply>(&operation.answer);
  return (item ? item->at : std::get<msg::ItemsReply>(operation.answer).at).value_or(0);
}

// The requests that make such events are not recorded.
bool is_of_no_record(const msg::Event& event) {
  return std::holds_alternative<msg::ActNoted>(event.what) || msg::changes_access(event) ||
         msg::is_of_subscription(event);
}

// Returns true if the request asks for this order.
bool asks_for(const Request& request, const msg::Order& order) {
  const auto* place = std::get_if<msg::PlaceOrder>(&request);
  const auto* confirm = std::get_if<msg::ConfirmHold>(&request);
  return (place && fits(*place, order)) || (confirm && fits(*confirm, order));
}
bool confirms(const Operation& operation) { return std::holds_alternative<msg::ConfirmHold>(operation.request); }
bool makes_order(const Request& request) {
  return std::holds_alternative<msg::PlaceOrder>(request) || std::holds_alternative<msg::ConfirmHold>(request);
}

}  // namespace

// All that answers tell of one key.
struct Keys::Did {
  std::string_view key;
  Effect effect;
  const msg::Event* event = nullptr;  // of a change that is not a cancellation
  bool voided = false;                // a refusal says so
  Index voided_told = kNobody;
  Index left = kNobody;  // the first operation whose answer tells what the change left
};

Keys::Keys(const Operations& operations, Findings& findings) : operations_(operations), findings_(findings) {
  collect();
  std::sort(mentions_.begin(), mentions_.end(), [](const Mention& a, const Mention& b) {
    return std::pair(a.key, a.operation) < std::pair(b.key, b.operation);
  });
  for (std::size_t begin = 0; begin < mentions_.size();) {
    auto end = begin + 1;
    while (end < mentions_.size() && mentions_[end].key == mentions_[begin].key) ++end;
    judge(&mentions_[begin], &mentions_[begin] + (end - begin));
    begin = end;
  }
  numbers();
  times();
}

void Keys::collect() {
  for (Index index = 0; index < operations_.size(); ++index) {
    const auto& operation = operations_[index];
    const auto orders = orders_shown(operation);
    std::string_view key = write_key(operation);
    if (const auto* outcome = std::get_if<msg::Outcome>(&operation.request)) key = outcome->key;
    const bool cancels = std::holds_alternative<msg::Cancel>(operation.request);
    if (!key.empty() && (orders.empty() || cancels)) mentions_.push_back({key, index, nullptr});
    if (cancels) key = {};  // its answer shows the order of another key
    for (const auto* order : orders) {
      if (order->cancellations) {
        for (const auto& each : *order->cancellations) mentions_.push_back({each.key, index, nullptr, nullptr, &each});
      }
      if (!key.empty() && order->key != key) {
        findings_.add(kKeysPart, fmt::format("the answer to key {} is the order of key {}", key, order->key), {index});
      }
      mentions_.push_back({key.empty() ? std::string_view(order->key) : key, index, order});
    }
    for (const auto* hold : holds_shown(operation)) {
      mentions_.push_back({hold->key, index, nullptr, nullptr, nullptr, hold});
    }
    if (const auto* reply = std::get_if<msg::EventsReply>(&operation.answer)) collect_events(index, *reply);
  }
  mention_events();
}

// Pages overlap: for each event, the operation that had its answer first is kept.
void Keys::collect_events(Index index, const msg::EventsReply& reply) {
  for (const auto& bytes : reply.blocks) {
    const auto block = msg::decode_block(bytes.bytes);
    if (!block) continue;  // asked.h reports it
    auto events = msg::decode_events(block->events.bytes, block->count);
    if (!events) continue;
    auto seq = block->first;
    for (auto& event : *events) {
      const auto shown = events_.find(seq);
      if (shown == events_.end()) {
        events_.emplace(seq, Shown{seq, std::move(event), index, {}, {}, {}});
      } else {
        if (!(shown->second.event == event)) {
          findings_.add(kKeysPart, fmt::format("two events are shown as seq {}", seq), {shown->second.told, index});
        }
        if (at(index).returned < at(shown->second.told).returned) shown->second.told = index;
      }
      seq = seq.next();
    }
  }
}

void Keys::mention_events() {
  for (auto& [seq, shown] : events_) {
    if (is_of_no_record(shown.event)) continue;
    if (const auto* placed = std::get_if<msg::OrderPlaced>(&shown.event.what)) {
      shown.order = {placed->no,    seq,           shown.event.at, placed->type, placed->key, placed->customer,
                     placed->lines, placed->total, shown.event.by, {},           {}};
    }
    if (const auto* cancelled = std::get_if<msg::OrderCancelled>(&shown.event.what)) {
      shown.cancellation = {cancelled->no,    seq,
                            shown.event.at,   cancelled->kind,
                            cancelled->key,   cancelled->lines,
                            cancelled->total, cancelled->reason,
                            shown.event.by};
    }
    if (const auto* confirmed = std::get_if<msg::HoldConfirmed>(&shown.event.what)) {
      shown.order = {confirmed->no,
                     seq,
                     shown.event.at,
                     msg::OrderType::kBuy,
                     confirmed->key,
                     confirmed->customer,
                     confirmed->lines,
                     confirmed->total,
                     shown.event.by,
                     {},
                     {}};
    }
    if (const auto* placed = std::get_if<msg::HoldPlaced>(&shown.event.what)) {
      shown.hold = {
          placed->hold,     seq,           seq, shown.event.at, placed->expires, msg::HoldState::kOpen, placed->key,
          placed->customer, placed->lines, {},  shown.event.by};
    }
    const auto* key = msg::key_of(shown.event);
    if (!key || key->empty()) continue;
    mentions_.push_back({*key, shown.told, shown.order ? &*shown.order : nullptr, &shown,
                         shown.cancellation ? &*shown.cancellation : nullptr, shown.hold ? &*shown.hold : nullptr});
  }
}

void Keys::judge(const Mention* begin, const Mention* end) {
  Did did{.key = begin->key};
  for (auto mention = begin; mention != end; ++mention) take(did, *mention);
  if (did.voided && did.effect.kind != Effect::Kind::kVoid && did.effect.kind != Effect::Kind::kUntold) {
    findings_.add(kKeysPart, fmt::format("key {} is void, and did something all the same", did.key),
                  {did.voided_told, did.effect.told});
  }
  refusals(did, begin, end);
  switch (did.effect.kind) {
    case Effect::Kind::kOrder:
      return place(did, begin, end);
    case Effect::Kind::kChange:
      return change(did, begin, end);
    case Effect::Kind::kVoid: {
      auto effect = did.effect;
      effect.from = kNever;
      for (auto mention = begin; mention != end; ++mention) {
        if (!mention->event) effect.from = std::min(effect.from, at(mention->operation).invoked);
      }
      if (effect.from == kNever) return foreign_.push_back({effect.seq, effect.told, did.key});
      effects_.push_back(effect);
      return;
    }
    case Effect::Kind::kUntold:
      return untold(did, begin, end);
  }
}

void Keys::take(Did& did, const Mention& mention) {
  const auto& operation = at(mention.operation);
  if (!is_definite(operation)) return;
  if (mention.cancellation) return take(did, mention, *mention.cancellation);
  if (mention.hold) return take(did, mention, *mention.hold);
  if (mention.event && !mention.order) {
    const bool is_void = std::holds_alternative<msg::KeyVoided>(mention.event->event.what);
    agree(did, is_void ? Effect::Kind::kVoid : Effect::Kind::kChange, mention.event->seq, mention.operation);
    if (!is_void) did.event = &mention.event->event;
    return;
  }
  if (refused_with(operation, msg::Code::kKeyVoided)) {
    did.voided = true;
    did.voided_told = mention.operation;
  }
  if (const auto* outcome = std::get_if<msg::OutcomeReply>(&operation.answer)) {
    if (outcome->outcome == msg::OutcomeKind::kVoid) agree(did, Effect::Kind::kVoid, outcome->seq, mention.operation);
    if (outcome->outcome == msg::OutcomeKind::kChange)
      agree(did, Effect::Kind::kChange, outcome->seq, mention.operation);
    if (outcome->order && outcome->order->seq != outcome->seq) {
      findings_.add(
          kKeysPart,
          fmt::format("key {}: its outcome has seq {}, its order {}", did.key, outcome->seq, outcome->order->seq),
          {mention.operation});
    }
  }
  const bool changed = std::holds_alternative<msg::ItemReply>(operation.answer) ||
                       std::holds_alternative<msg::ItemsReply>(operation.answer);
  if (changed) agree(did, Effect::Kind::kChange, seq_of_change(did, mention.operation), mention.operation);
  if (const auto* reply = std::get_if<msg::HoldReply>(&operation.answer); reply && uses(operation, did.key)) {
    const bool is_release = std::holds_alternative<msg::ReleaseHold>(operation.request);
    agree(did, Effect::Kind::kChange, is_release ? reply->hold.version : base::Seq(), mention.operation);
  }
  if (!mention.order) return;
  if (did.effect.order && !same_placed(*did.effect.order, *mention.order)) {
    findings_.add(kKeysPart,
                  fmt::format("key {} is told as two different orders, {} and {}", did.key, did.effect.order->no,
                              mention.order->no),
                  {did.effect.told, mention.operation});
    return;
  }
  agree(did, Effect::Kind::kOrder, mention.order->seq, mention.operation);
  if (did.effect.kind == Effect::Kind::kOrder) did.effect.order = mention.order;
}

// C1.
void Keys::take(Did& did, const Mention& mention, const msg::Cancellation& cancellation) {
  const auto* known = did.effect.cancellation;
  if (known && !(*known == cancellation)) {
    findings_.add(kKeysPart, fmt::format("key {} is told as two different cancellations", did.key),
                  {did.effect.told, mention.operation});
    return;
  }
  agree(did, Effect::Kind::kChange, cancellation.seq, mention.operation);
  if (did.effect.kind == Effect::Kind::kChange) did.effect.cancellation = &cancellation;
}

void Keys::take(Did& did, const Mention& mention, const msg::Hold& hold) {
  const auto* known = did.effect.hold;
  if (known && !same_placed(*known, hold)) {
    findings_.add(kKeysPart, fmt::format("key {} is told as two different holds", did.key),
                  {did.effect.told, mention.operation});
    return;
  }
  agree(did, Effect::Kind::kChange, hold.seq, mention.operation);
  if (did.effect.kind == Effect::Kind::kChange) did.effect.hold = &hold;
}

// The seq of a change, which is the version of the items that it left; 0 if the answer shows the items as they are now.
base::Seq Keys::seq_of_change(Did& did, Index index) {
  if (!tells_what_a_change_left(at(index))) return {};
  const auto items = items_shown(at(index));
  const auto same = [](const msg::Item* a, const msg::Item* b) { return *a == *b; };
  if (did.left == kNobody) did.left = index;
  const auto first = items_shown(at(did.left));
  if (!std::equal(items.begin(), items.end(), first.begin(), first.end(), same)) {
    findings_.add(kKeysPart, fmt::format("key {} is told to have left two different things", did.key),
                  {did.left, index});
  }
  const auto seq = items.empty() ? base::Seq() : items.front()->version;
  if (std::any_of(items.begin(), items.end(), [&](const msg::Item* item) { return item->version != seq; })) {
    findings_.add(kKeysPart, fmt::format("key {} is told to have left items of several versions", did.key), {index});
  }
  return seq;
}

// K1 and K2. Keeps the operation that had its answer first.
void Keys::agree(Did& did, Effect::Kind kind, base::Seq seq, Index told) {
  auto& effect = did.effect;
  if (effect.kind != Effect::Kind::kUntold && effect.kind != kind) {
    findings_.add(kKeysPart, fmt::format("key {} is told to have done two things", did.key), {effect.told, told});
    return;
  }
  if (seq && effect.seq && seq != effect.seq) {
    findings_.add(kKeysPart, fmt::format("key {} is told to have seq {} and seq {}", did.key, effect.seq, seq),
                  {effect.told, told});
    return;
  }
  effect.kind = kind;
  if (seq) effect.seq = seq;
  if (at(told).returned < effect.until) {
    effect.until = at(told).returned;
    effect.told = told;
  }
}

void Keys::place(const Did& did, const Mention* begin, const Mention* end) {
  auto effect = did.effect;
  effect.from = kNever;
  bool used = false;
  for (auto mention = begin; mention != end; ++mention) {
    const auto& operation = at(mention->operation);
    if (!uses(operation, did.key)) continue;
    used = true;
    if (refused(operation) || !asks_for(operation.request, *effect.order)) continue;
    effect.from = std::min(effect.from, operation.invoked);
    const auto* last = effect.asked == kNobody ? nullptr : &at(effect.asked);
    const bool is_another = last && !same_request(last->request, operation.request);
    effect.is_of_several = effect.is_of_several || is_another;
    effect.is_unclear = effect.is_unclear || (is_another && (confirms(*last) || confirms(operation)));
    // A definite answer says which of several requests placed the order.
    if (!last || (!is_definite(*last) && is_definite(operation))) effect.asked = mention->operation;
  }
  const bool is_known = effect.asked != kNobody && is_definite(at(effect.asked));
  effect.is_of_several = effect.is_of_several && !is_known;
  effect.is_unclear = effect.is_unclear && !is_known;
  const bool has_item_prices = effect.asked != kNobody && !effect.is_unclear && !confirms(at(effect.asked));
  arithmetic(*effect.order, effect.told);
  orders_.push_back({effect.order, effect.told, used, has_item_prices});
  if (used && effect.asked == kNobody) {
    findings_.add(kKeysPart,
                  fmt::format("order {} of key {} is not what was asked for, or was refused to all that asked",
                              effect.order->no, did.key),
                  {begin->operation, effect.told});
  } else if (used) {
    effects_.push_back(effect);
  }
}

void Keys::change(const Did& did, const Mention* begin, const Mention* end) {
  auto effect = did.effect;
  if (effect.cancellation) cancellations_.push_back({effect.cancellation, effect.told});
  if (did.left != kNobody && effect.seq) stamps_.push_back({effect.seq, time_of_change(at(did.left)), did.left});
  effect.from = kNever;
  bool used = false;
  for (auto mention = begin; mention != end; ++mention) {
    const auto& operation = at(mention->operation);
    if (!uses(operation, did.key)) continue;
    used = true;
    if (!may_have_done(did, operation)) continue;
    // A definite answer says which of several requests with this key took effect; without one it may be any of them.
    if (effect.asked == kNobody || (!is_definite(at(effect.asked)) && is_definite(operation))) {
      effect.asked = mention->operation;
    }
  }
  if (effect.hold) holds_.push_back({effect.hold, effect.told, used});
  if (effect.asked == kNobody) {
    if (used) {
      findings_.add(
          kKeysPart,
          fmt::format("key {} changed the shop otherwise than was asked for, or was refused to all that asked",
                      did.key),
          {begin->operation, effect.told});
    } else {
      foreign_.push_back({effect.seq, effect.told, did.key});
    }
    return;
  }
  if (!is_definite(at(effect.asked)) && !effect.hold) {
    auto possible = unanswered(begin, end);
    std::erase_if(possible, [&](Index each) { return !may_have_done(did, at(each)); });
    if (possible.size() > 1) return perhaps(possible);  // the seq is told, but not which of the requests took effect
  }
  for (auto mention = begin; mention != end; ++mention) {
    const auto& operation = at(mention->operation);
    const bool other =
        !uses(operation, did.key) || refused(operation) || !same_request(operation.request, at(effect.asked).request);
    if (!other) effect.from = std::min(effect.from, operation.invoked);
  }
  effects_.push_back(effect);
}

// No answer tells of the key, so each request without an answer may have taken effect.
void Keys::untold(const Did& did, const Mention* begin, const Mention* end) {
  if (!did.voided) perhaps(unanswered(begin, end));
}

// The unanswered valid requests. If some are the same, only the one that was invoked first.
std::vector<Index> Keys::unanswered(const Mention* begin, const Mention* end) const {
  std::vector<Index> requests;
  for (auto mention = begin; mention != end; ++mention) {
    const auto& operation = at(mention->operation);
    if (!uses(operation, mention->key) || is_definite(operation)) continue;
    if (is_valid(operation.request) == Truth::kNo) continue;
    const auto same = std::find_if(requests.begin(), requests.end(),
                                   [&](Index other) { return same_request(at(other).request, operation.request); });
    if (same == requests.end()) {
      requests.push_back(mention->operation);
    } else if (operation.invoked < at(*same).invoked) {
      *same = mention->operation;
    }
  }
  return requests;
}

void Keys::perhaps(const std::vector<Index>& requests) {
  for (const auto index : requests) {
    effects_.push_back({.asked = index, .from = at(index).invoked});
    ++unsettled_;
    if (makes_order(at(index).request)) ++orders_unsettled_;
  }
}

// True if the operation may have taken effect, as far as answers tell of its key.
bool Keys::may_have_done(const Did& did, const Operation& operation) const {
  if (refused(operation)) return false;
  switch (did.effect.kind) {
    case Effect::Kind::kOrder:
      return asks_for(operation.request, *did.effect.order);
    case Effect::Kind::kChange:
      if (did.effect.cancellation) {
        const auto* cancel = std::get_if<msg::Cancel>(&operation.request);
        return cancel && fits(*cancel, *did.effect.cancellation);
      }
      if (did.effect.hold) {
        const auto* place = std::get_if<msg::PlaceHold>(&operation.request);
        return place && fits(*place, *did.effect.hold);
      }
      return !makes_order(operation.request) && (!did.event || fits(operation.request, *did.event));
    case Effect::Kind::kVoid:
      return false;
    case Effect::Kind::kUntold:
      return !did.voided;
  }
  return true;
}

// K4.
void Keys::refusals(const Did& did, const Mention* begin, const Mention* end) {
  for (auto mention = begin; mention != end; ++mention) {
    const auto& operation = at(mention->operation);
    if (!refused_with(operation, msg::Code::kKeyReused)) continue;
    const bool reused = std::any_of(begin, end, [&](const Mention& mentioned) {
      const auto& other = at(mentioned.operation);
      return uses(other, did.key) && other.invoked <= operation.returned && may_have_done(did, other) &&
             !same_request(other.request, operation.request);
    });
    if (!reused) {
      findings_.add(kKeysPart,
                    fmt::format("key {} is said to belong to another request, and none can have used it", did.key),
                    {mention->operation, did.effect.told});
    }
  }
}

}  // namespace history
