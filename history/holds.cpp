#include "history/holds.h"

#include <fmt/format.h>

#include <iterator>

#include "history/rules.h"

namespace history {
namespace {

constexpr const char* kHoldsPart = "holds";

template <class Lines>
auto line_of(const Lines& lines, msg::ItemId item) {
  return std::find_if(lines.begin(), lines.end(), [&](const auto& line) { return line.item == item; });
}

// Only these two show a hold as it is at the moment of the answer. A write may show it as it was a little earlier.
bool shows_now(const Request& request) {
  return std::holds_alternative<msg::GetHold>(request) || std::holds_alternative<msg::ListHolds>(request);
}

}  // namespace

Holds::Holds(const Operations& operations, const Keys& keys, Findings& findings)
    : operations_(operations), findings_(findings), all_(keys.stamps()) {
  collect(keys);
  if (stories_.empty()) return;
  std::copy_if(all_.begin(), all_.end(), std::back_inserter(decided_),
               [](const auto& stamp) { return stamp.is_decided; });
  time(keys);
  numbers(keys);
  for (const auto& [no, story] : stories_) judge(no, story);
  for (auto& [item, changes] : changes_) std::sort(changes.begin(), changes.end());
}

void Holds::collect(const Keys& keys) {
  for (Index index = 0; index < operations_.size(); ++index) {
    for (const auto* hold : holds_shown(operations_[index])) show(*hold, index);
    const auto* extend = std::get_if<msg::ExtendHold>(&operations_[index].request);
    if (!extend) continue;
    auto& first = first_extension_.emplace(extend->key, index).first->second;
    if (operations_[index].invoked < operations_[first].invoked) first = index;
  }
  for (const auto& [seq, event] : keys.events()) this->event(event);
  for (const auto& effect : keys.effects()) write(effect);
  for (auto& [no, story] : stories_) {
    if (!story.rows.empty()) story.expires = std::max(story.expires, story.rows.rbegin()->second.hold->expires);
  }
  for (const auto& effect : keys.effects()) {  // an extension that only its outcome tells of
    if (effect.kind != Effect::Kind::kChange) continue;
    const auto* extend = std::get_if<msg::ExtendHold>(&operations_[effect.asked].request);
    if (!extend) continue;
    auto& extended = stories_[extend->hold];
    const bool is_shown = !extended.rows.empty() && extended.rows.rbegin()->first >= effect.seq;
    const bool is_event = effect.seq && keys.events().count(effect.seq) > 0;
    if (effect.seq && !is_shown && !is_event) extended.may_be_extended = true;
  }
}

void Holds::time(const Keys& keys) {
  for (const auto& effect : keys.effects()) {
    if (effect.seq) moments_.push_back({effect.seq, effect.from, effect.until});
  }
  std::sort(moments_.begin(), moments_.end(), [](const Moment& a, const Moment& b) { return a.seq < b.seq; });
  for (std::size_t i = 1; i < moments_.size(); ++i) moments_[i].from = std::max(moments_[i].from, moments_[i - 1].from);
  for (auto i = moments_.size(); i-- > 1;) moments_[i - 1].until = std::min(moments_[i - 1].until, moments_[i].until);
}

// H1.
void Holds::show(const msg::Hold& hold, Index told) {
  auto& story = stories_[hold.no];
  const auto [known, is_new] = story.rows.emplace(hold.version, Row{&hold, told});
  auto& row = known->second;
  if (!is_new &&
      (row.hold->state != hold.state || row.hold->expires != hold.expires || row.hold->order != hold.order)) {
    findings_.add(kHoldsPart, fmt::format("hold {} is told in two ways as of seq {}", hold.no, hold.version),
                  {row.told, told});
  }
  if (operations_[told].returned < operations_[row.told].returned) row.told = told;
  if (hold.state == msg::HoldState::kOpen) return;
  end(hold.no, {hold.state, hold.version, told, hold.order.value_or(base::OrderNo())});
}

void Holds::event(const Keys::Shown& shown) {
  if (shown.hold) show(*shown.hold, shown.told);
  if (const auto* extended = std::get_if<msg::HoldExtended>(&shown.event.what)) {
    auto& expires = stories_[extended->hold].expires;
    expires = std::max(expires, extended->expires);
  }
  if (const auto* confirmed = std::get_if<msg::HoldConfirmed>(&shown.event.what)) {
    end(confirmed->hold, {msg::HoldState::kConfirmed, shown.seq, shown.told, confirmed->no});
  }
  if (const auto* ended = std::get_if<msg::HoldEnded>(&shown.event.what)) {
    end(ended->hold, {ended->key ? msg::HoldState::kReleased : msg::HoldState::kExpired, shown.seq, shown.told, {}});
  }
}

// Keeps all that a write of this history did to a hold, or may have done.
void Holds::write(const Effect& effect) {
  if (effect.asked == kNobody || effect.kind == Effect::Kind::kVoid) return;
  const auto& asked = operations_[effect.asked].request;
  const bool is_told = effect.kind == Effect::Kind::kChange || effect.kind == Effect::Kind::kOrder;
  if (effect.hold) stories_[effect.hold->no].placed = &effect;
  if (std::holds_alternative<msg::PlaceHold>(asked) && !effect.hold) ++unsettled_;
  if (const auto* extend = std::get_if<msg::ExtendHold>(&asked); extend && !is_told) {
    stories_[extend->hold].may_be_extended = true;
  }
  if (const auto* release = std::get_if<msg::ReleaseHold>(&asked)) {
    if (is_told) end(release->hold, {msg::HoldState::kReleased, effect.seq, effect.told, {}});
    if (!is_told) stories_[release->hold].may_have_ended = true;
  }
  if (const auto* confirmed = std::get_if<msg::ConfirmHold>(&asked)) confirm(effect, *confirmed);
  if (!effect.is_unclear) return;
  for (const auto& operation : operations_) {  // any of these may have made the order
    const auto* other = std::get_if<msg::ConfirmHold>(&operation.request);
    if (other && other->key == effect.order->key) stories_[other->hold].may_have_ended = true;
  }
}

// H2.
void Holds::confirm(const Effect& effect, const msg::ConfirmHold& request) {
  const auto* order = effect.order;
  if (!order) {
    stories_[request.hold].may_have_ended = true;
    return;
  }
  if (effect.is_unclear) return;
  end(request.hold, {msg::HoldState::kConfirmed, order->seq, effect.told, order->no});
  const auto* hold = find(request.hold);
  if (!hold) return;
  bool is = order->customer == hold->customer && (request.lines || order->lines.size() == hold->lines.size());
  std::vector<msg::ItemId> seen;
  for (const auto& line : order->lines) {
    const auto held = line_of(hold->lines, line.item);
    const bool is_all = held != hold->lines.end() && line.quantity == held->quantity;
    is = is && held != hold->lines.end() && line.price == held->price && line.quantity <= held->quantity &&
         (request.lines || is_all) && std::count(seen.begin(), seen.end(), line.item) == 0;
    seen.push_back(line.item);
  }
  if (is) return;
  findings_.add(kHoldsPart, fmt::format("order {} is not of the pieces of hold {}, at its prices", order->no, hold->no),
                {effect.told, stories_[request.hold].rows.begin()->second.told});
}

void Holds::end(base::HoldNo no, const End& end) {
  auto& known = stories_[no].end;
  if (!known) {
    known = end;
  } else if (known->state != end.state || known->seq != end.seq || known->order != end.order) {
    findings_.add(kHoldsPart,
                  fmt::format("hold {} ends twice: it was {} at seq {}, and {} at seq {}", no, msg::word(known->state),
                              known->seq, msg::word(end.state), end.seq),
                  {known->told, end.told});
  } else if (operations_[end.told].returned < operations_[known->told].returned) {
    known->told = end.told;
  }
}

// H3.
void Holds::numbers(const Keys& keys) {
  auto holds = keys.holds();
  std::sort(holds.begin(), holds.end(), [](const auto& a, const auto& b) {
    return std::pair(a.hold->seq, a.hold->no) < std::pair(b.hold->seq, b.hold->no);
  });
  std::uint64_t missing = 0;
  bool here = false;
  for (std::size_t i = 0; i < holds.size(); ++i) {
    const auto& hold = *holds[i].hold;
    if (i > 0) {
      const auto& last = *holds[i - 1].hold;
      const std::vector<Index> both{holds[i - 1].told, holds[i].told};
      if (hold.no <= last.no || hold.seq <= last.seq) {
        findings_.add(kHoldsPart,
                      fmt::format("hold {} has seq {}, hold {} has seq {}", last.no, last.seq, hold.no, hold.seq),
                      both);
      } else if (here && (missing += hold.no.value() - last.no.value() - 1) > unsettled_) {
        findings_.add(kHoldsPart,
                      fmt::format("between hold {} and hold {} numbers are missing, and no write is unanswered that "
                                  "could have them",
                                  last.no, hold.no),
                      both);
        missing = 0;
      }
    }
    here = here || holds[i].placed_here;
  }
}

void Holds::judge(base::HoldNo no, const Story& story) {
  const Row* last = nullptr;
  for (const auto& [version, row] : story.rows) {
    if (last && row.hold->expires < last->hold->expires) {
      findings_.add(kHoldsPart, fmt::format("the end of hold {} moved back", no), {last->told, row.told});
    }
    if (story.end && version > story.end->seq) {
      findings_.add(
          kHoldsPart,
          fmt::format("hold {} was {} at seq {}, and changed later", no, msg::word(story.end->state), story.end->seq),
          {story.end->told, row.told});
    }
    in_time(no, version, row.hold->state == msg::HoldState::kExpired, row.hold->expires, row.told);
    last = &row;
  }
  if (!story.hold()) return;
  const bool is_row = story.end && story.rows.count(story.end->seq) > 0;
  if (story.end && !is_row) {
    // It may have been extended after the last row that an answer shows.
    const bool expired = story.end->state == msg::HoldState::kExpired;
    if (!expired || !story.may_be_extended) in_time(no, story.end->seq, expired, story.expires_most(), story.end->told);
  }
  expire(story);
}

// H4. `version` is an event of the hold, and `expires` is its end after that event, or as of that event if it ended.
void Holds::in_time(base::HoldNo no, base::Seq version, bool expired, std::int64_t expires, Index told) {
  const auto* over = first_decided_at(expires);
  if (over && (expired ? over->seq < version : over->seq <= version)) {
    findings_.add(
        kHoldsPart,
        fmt::format("hold {} is over at {}, and the event with seq {} was decided at {}, before its event with "
                    "seq {}",
                    no, expires, over->seq, over->at, version),
        {over->told, told});
  }
  const auto* open = expired ? last_before(expires) : nullptr;
  if (!open || open->seq < version) return;
  findings_.add(kHoldsPart,
                fmt::format("hold {} lasts until {}, and had expired when the event with seq {} was decided at {}", no,
                            expires, open->seq, open->at),
                {open->told, told});
}

void Holds::expire(const Story& story) {
  const bool expired = story.end && story.end->state == msg::HoldState::kExpired;
  if (!story.is_known() || (story.end && !expired)) return;
  Expiry expiry{.hold = story.hold(), .placed = story.placed, .expires = story.expires};
  if (story.end) {
    expiry.seq = story.end->seq;
    expiry.told = story.end->told;
  }
  expiry.earliest = story.hold()->seq;
  for (const auto& [version, row] : story.rows) {
    if (row.hold->state == msg::HoldState::kOpen) expiry.earliest = std::max(expiry.earliest, version);
  }
  const auto* open = last_before(story.expires);
  const auto* over = first_decided_at(story.expires);
  if (open) expiry.earliest = std::max(expiry.earliest, open->seq);
  if (over && over->seq.value() > 0) expiry.latest = base::Seq(over->seq.value() - 1);
  expiry.from = story.placed->from;
  const auto later = std::upper_bound(moments_.begin(), moments_.end(), expiry.earliest,
                                      [](base::Seq seq, const Moment& moment) { return seq < moment.seq; });
  if (later != moments_.begin()) expiry.from = std::max(expiry.from, std::prev(later)->from);
  const auto ended = std::upper_bound(moments_.begin(), moments_.end(), expiry.latest,
                                      [](base::Seq seq, const Moment& moment) { return seq < moment.seq; });
  if (over && ended != moments_.end()) expiry.until = ended->until;
  if (story.end) expiry.until = operations_[expiry.told].returned;
  expiries_.push_back(expiry);
  const bool is_sure = !story.may_be_extended || story.rows.rbegin()->second.hold->state == msg::HoldState::kExpired;
  if (!over || !is_sure) return;
  for (const auto& line : expiry.hold->lines) changes_[line.item].emplace_back(expiry.earliest, over);
}

const Holds::Story* Holds::story(base::HoldNo no) const {
  const auto found = stories_.find(no);
  return found == stories_.end() ? nullptr : &found->second;
}

const msg::Hold* Holds::find(base::HoldNo no) const {
  const auto* found = story(no);
  return found ? found->hold() : nullptr;
}

bool Holds::is_exact(base::HoldNo no) const {
  const auto* found = story(no);
  return found && found->is_known();
}

base::OrderNo Holds::became(base::HoldNo no) const {
  const auto* found = story(no);
  return found && found->end ? found->end->order : base::OrderNo();
}

// The first told event that was decided for a request at this time or later. Times do not fall (keys.h, O4).
const Keys::Stamp* Holds::first_decided_at(std::int64_t time) const {
  const auto found = std::lower_bound(decided_.begin(), decided_.end(), time,
                                      [](const Keys::Stamp& stamp, std::int64_t at) { return stamp.at < at; });
  return found == decided_.end() ? nullptr : &*found;
}

// The last told event from before this time.
const Keys::Stamp* Holds::last_before(std::int64_t time) const {
  const auto found = std::lower_bound(all_.begin(), all_.end(), time,
                                      [](const Keys::Stamp& stamp, std::int64_t at) { return stamp.at < at; });
  return found == all_.begin() ? nullptr : &*std::prev(found);
}

// The last place at which the hold can be open.
Bound Holds::open_until(const Story& story) const {
  Interval open;
  if (story.end) open.not_after(before(story.end->seq), story.end->told, "the end of a hold");
  const auto* over = story.hold() && story.placed ? first_decided_at(story.expires_most()) : nullptr;
  if (over) open.not_after(before(over->seq), over->told, "an event after the end of a hold");
  return open.until;
}

// The first place at which the hold can be over.
Bound Holds::over_from(const Story& story) const {
  Interval over;
  if (story.hold()) over.not_before(after(story.hold()->seq), story.rows.begin()->second.told, "a hold");
  if (story.end) {
    over.not_before(after(story.end->seq), story.end->told, "the end of a hold");
  } else if (story.is_known()) {
    const auto* open = last_before(story.expires);
    if (open) over.not_before(after(open->seq), open->told, "an event before the end of a hold");
  }
  return over.from;
}

// H5.
void Holds::narrow(Interval& interval, Index index, Place floor) const {
  const auto& operation = operations_[index];
  for (const auto* hold : holds_shown(operation)) {
    interval.not_before(after(hold->version), index, "a hold");
    if (shows_now(operation.request)) shown(interval, *hold);
  }
  const auto* refusal = refusal_of(operation);
  const auto no = hold_of(operation.request);
  if (refusal && refusal->code == msg::Code::kMoreThanRemains) fewer(index, *refusal);
  if (refusal && no && *no) refused(interval, *no, refusal->code);
  const auto* list = std::get_if<msg::ListHolds>(&operation.request);
  const auto* reply = std::get_if<msg::HoldsReply>(&operation.answer);
  if (list && reply) hidden(interval, *list, *reply, floor);
}

void Holds::narrow(Interval& interval, msg::ItemId item, base::Seq version) const {
  const auto changes = changes_.find(item);
  if (changes == changes_.end()) return;
  const auto next = std::lower_bound(changes->second.begin(), changes->second.end(), version,
                                     [](const auto& change, base::Seq seq) { return change.first < seq; });
  if (next == changes->second.end()) return;
  interval.not_after(before(next->second->seq), next->second->told, "an event after the end of a hold of the item");
}

// A confirmation is refused only if it wants more pieces than the hold has.
void Holds::fewer(Index index, const msg::Refusal& refusal) const {
  const auto* confirm = std::get_if<msg::ConfirmHold>(&operations_[index].request);
  const auto* known = confirm ? story(confirm->hold) : nullptr;
  if (!known || !known->hold() || !confirm->lines || !refusal.item) return;
  const auto asked = line_of(*confirm->lines, *refusal.item);
  const auto held = line_of(known->hold()->lines, *refusal.item);
  if (held == known->hold()->lines.end() || asked == confirm->lines->end() || asked->quantity > held->quantity) return;
  findings_.add(kHoldsPart,
                fmt::format("hold {} has {} of item {}, and was said to have fewer", confirm->hold, held->quantity,
                            *refusal.item),
                {known->rows.begin()->second.told, index}, refusal.item);
}

void Holds::shown(Interval& interval, const msg::Hold& hold) const {
  const auto& story = *this->story(hold.no);
  const auto next = story.rows.upper_bound(hold.version);
  if (next != story.rows.end()) {
    interval.not_after(before(next->first), next->second.told, "a later version of a hold");
  }
  if (hold.state != msg::HoldState::kOpen) return;
  if (story.end) interval.not_after(before(story.end->seq), story.end->told, "the end of a hold");
  const auto* over = first_decided_at(hold.expires);  // by then it has ended or was extended
  if (over) interval.not_after(before(over->seq), over->told, "an event after the end of a hold");
}

void Holds::hidden(Interval& interval, const msg::ListHolds& list, const msg::HoldsReply& reply, Place floor) const {
  auto row = reply.holds.begin();
  for (auto at = stories_.upper_bound(list.after.value_or(base::HoldNo()));
       at != stories_.end() && (!reply.next || at->first <= *reply.next); ++at) {
    while (row != reply.holds.end() && row->no < at->first) ++row;
    if (row != reply.holds.end() && row->no == at->first) continue;
    const auto* hold = at->second.hold();
    if (!hold || (list.customer && !same_text(*list.customer, hold->customer))) continue;
    const auto over = over_from(at->second);
    const bool was_placed = std::max(floor, interval.from.place) >= after(hold->seq);
    if (was_placed) {
      interval.not_before(over.place, over.told, "the end of a hold that the list does not show");
    } else if (over.place > interval.until.place) {
      interval.not_after(before(hold->seq), at->second.rows.begin()->second.told, "a hold that the list does not show");
    }
  }
}

void Holds::refused(Interval& interval, base::HoldNo no, msg::Code code) const {
  const auto found = stories_.lower_bound(no);
  const auto* known = story(no);
  if (code == msg::Code::kUnknownHold) {  // numbers have no gaps
    const auto placed = std::find_if(found, stories_.end(), [](const auto& each) { return each.second.hold(); });
    if (placed == stories_.end()) return;
    const auto& row = placed->second.rows.begin()->second;
    interval.not_after(before(row.hold->seq), row.told, "the hold, or one after it");
  } else if (code == msg::Code::kHoldOver && known) {
    const auto over = over_from(*known);
    interval.not_before(over.place, over.told, over.what);
  } else if ((code == msg::Code::kMoreThanRemains || code == msg::Code::kLimit) && known) {  // it is open
    const auto until = open_until(*known);
    interval.not_after(until.place, until.told, until.what);
  }
}

// A repetition is answered at any time after the change.
Bound Holds::change_until(Index index) const {
  const auto* extend = std::get_if<msg::ExtendHold>(&operations_[index].request);
  const bool is_done = extend && std::holds_alternative<msg::HoldReply>(operations_[index].answer);
  const auto* known = is_done && first_extension_.at(extend->key) == index ? story(extend->hold) : nullptr;
  return known ? open_until(*known) : Interval().until;
}

}  // namespace history
