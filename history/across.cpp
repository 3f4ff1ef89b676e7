#include "history/across.h"

#include <fmt/format.h>

#include "history/elsewhere.h"
#include "history/lists.h"
#include "history/searches.h"

namespace history {
namespace {

std::string text(Place place) { return fmt::format("{} seq {}", place % 2 == 0 ? "at" : "after", place / 2); }

class Across {
 public:
  Across(const Operations& operations, const Keys& keys, const Told& told, const Edits& edits, const Holds& holds,
         Findings& findings)
      : operations_(operations),
        keys_(keys),
        told_(told),
        edits_(edits),
        holds_(holds),
        findings_(findings),
        searches_(operations, keys, told, edits, findings),
        lists_(operations, keys, findings),
        elsewhere_(operations, keys, holds) {}

  void walk();
  const Absences& absences() const { return searches_.absences(); }

 private:
  // `who` is the index of an operation, or the number of operations plus the index of an effect.
  struct Moment {
    Time time;
    bool is_end;
    std::uint32_t who;
  };
  bool is_effect(std::uint32_t who) const { return who >= operations_.size(); }
  const Effect& effect(std::uint32_t who) const { return keys_.effects()[who - operations_.size()]; }
  std::vector<Moment> moments() const;
  void begin(std::uint32_t who);
  void end(std::uint32_t who);
  Interval interval(Index index, Place floor);
  void shows(Interval& interval, Index index);
  void absent(Interval& interval, std::optional<msg::ItemId> item);
  void broken(std::uint32_t who, const Bound& floor, const Interval& interval);

  const Operations& operations_;
  const Keys& keys_;
  const Told& told_;
  const Edits& edits_;
  const Holds& holds_;
  Findings& findings_;
  Searches searches_;
  Lists lists_;
  Elsewhere elsewhere_;
  std::vector<Bound> floors_;  // by operation: floor_ when it was invoked
  Bound floor_;                // the greatest place of all operations that have ended
};

std::vector<Across::Moment> Across::moments() const {
  std::vector<Moment> all;
  all.reserve(2 * (operations_.size() + keys_.effects().size()));
  std::uint32_t who = 0;
  for (; who < operations_.size(); ++who) {
    if (!is_definite(operations_[who])) continue;
    all.push_back({begin_of(operations_[who]), false, who});
    all.push_back({operations_[who].returned, true, who});
  }
  for (const auto& effect : keys_.effects()) {
    if (effect.seq) all.push_back({effect.from, false, who});
    if (effect.seq) all.push_back({effect.until, true, who});
    ++who;
  }
  // Moments at one instant are concurrent, so beginnings come first.
  std::sort(all.begin(), all.end(), [](const Moment& a, const Moment& b) {
    return std::tuple(a.time, a.is_end, a.who) < std::tuple(b.time, b.is_end, b.who);
  });
  return all;
}

void Across::walk() {
  floors_.resize(operations_.size());
  for (const auto& moment : moments()) moment.is_end ? end(moment.who) : begin(moment.who);
}

// An effect has only one place, so it is judged at its beginning.
void Across::begin(std::uint32_t who) {
  if (!is_effect(who)) {
    floors_[who] = floor_;
    return;
  }
  Interval interval;
  interval.not_after(at(effect(who).seq), effect(who).told, "the event itself");
  if (floor_.place > interval.until.place) broken(who, floor_, interval);
}

void Across::end(std::uint32_t who) {
  if (is_effect(who)) {
    if (at(effect(who).seq) > floor_.place) floor_ = {at(effect(who).seq), effect(who).told, "the event itself"};
    return;
  }
  const auto& floor = floors_[who];
  const auto interval = this->interval(who, floor.place);
  const Interval change{.from = {}, .until = holds_.change_until(who)};
  if (floor.place > change.until.place) return broken(who, floor, change);
  if (std::max(floor.place, interval.from.place) > interval.until.place) return broken(who, floor, interval);
  const auto place = std::max(floor.place, interval.from.place);
  if (place > floor_.place) floor_ = {place, who, "an answer"};
}

Interval Across::interval(Index index, Place floor) {
  const auto& operation = operations_[index];
  Interval interval;
  shows(interval, index);
  const auto* refusal = refusal_of(operation);
  // The refusal of a write may name the seq of the event that voided its key, which is later than the refusal itself.
  const auto may_be_settled = [&](msg::Code code) {
    return !write_key(operation).empty() && msg::reach(code) == msg::Reach::kThisCopy;
  };
  const bool tells_state = !refusal || (msg::is_business(refusal->code) && !may_be_settled(refusal->code));
  if (operation.seq && tells_state) {
    interval.not_before(after(operation.seq), index, "the header's seq");
  }
  if (refusal && refusal->code == msg::Code::kUnknownItem) absent(interval, item_of(operation, *refusal));
  searches_.narrow(interval, index, floor);
  lists_.narrow(interval, index);
  holds_.narrow(interval, index, floor);
  edits_.narrow(interval, index, floor);
  elsewhere_.narrow(interval, index, floor);
  return interval;
}

void Across::shows(Interval& interval, Index index) {
  const auto& operation = operations_[index];
  for (const auto* item : items_shown(operation)) {
    interval.not_before(after(item->version), index, "an item");
    if (tells_what_a_change_left(operation)) continue;
    const auto* next = told_.after(item->id, item->version);
    if (next) interval.not_after(before(next->version), next->told, "a later version of an item");
    holds_.narrow(interval, item->id, item->version);
  }
  const bool as_it_is = std::holds_alternative<msg::GetOrder>(operation.request) ||
                        std::holds_alternative<msg::ListOrders>(operation.request);
  for (const auto* order : orders_shown(operation)) {
    interval.not_before(after(last_seq(*order)), index, "an order");
    if (as_it_is) lists_.cancelled_later(interval, *order);
  }
  if (const auto* outcome = std::get_if<msg::OutcomeReply>(&operation.answer)) {
    interval.not_before(after(outcome->seq), index, "an outcome");
  }
  if (const auto* reply = std::get_if<msg::EventsReply>(&operation.answer)) {
    interval.not_before(after(reply->mark), index, "the watermark");
    const auto* events = std::get_if<msg::Events>(&operation.request);
    if (events && reply->blocks.empty()) interval.not_after(before(events->from), index, "a page without events");
  }
}

void Across::absent(Interval& interval, std::optional<msg::ItemId> item) {
  const auto known = item ? told_.there_since(*item) : std::nullopt;
  if (known) interval.not_after(before(known->seq), known->told, "an item that is said not to be there");
}

void Across::broken(std::uint32_t who, const Bound& floor, const Interval& interval) {
  const auto& until = interval.until;
  if (is_effect(who)) {
    findings_.add(kTimePart,
                  fmt::format("the event with seq {} was asked for when places {} had been told already",
                              effect(who).seq, text(floor.place)),
                  {floor.told, effect(who).asked, effect(who).told});
  } else if (floor.place > until.place) {
    findings_.add(kTimePart,
                  fmt::format("stale: {} had been told before this was asked, and the answer holds only before seq {} "
                              "({})",
                              text(floor.place), until.place / 2 + 1, until.what),
                  {floor.told, who, until.told});
  } else {
    findings_.add(kTimePart,
                  fmt::format("an answer of two times: one part of it holds only {} ({}), another only before seq {} "
                              "({})",
                              text(interval.from.place), interval.from.what, until.place / 2 + 1, until.what),
                  {who, until.told});
  }
}

}  // namespace

Absences check_across(const Operations& operations, const Keys& keys, const Told& told, const Edits& edits,
                      const Holds& holds, Findings& findings) {
  Across across(operations, keys, told, edits, holds, findings);
  across.walk();
  return across.absences();
}

}  // namespace history
