#include "history/across.h"

#include <fmt/format.h>

#include <unordered_map>

namespace history {
namespace {

constexpr const char* kTimePart = "time";

using Place = std::uint64_t;
constexpr Place kEnd = std::numeric_limits<Place>::max();

Place at(base::Seq seq) { return 2 * seq.value(); }
Place after(base::Seq seq) { return 2 * seq.value() + 1; }

// Who was told so, and what it was: for the one line that explains.
struct Bound {
  Place place = 0;
  Index told = kNobody;
  std::string_view what;
};

struct Interval {
  Bound from;
  Bound until{kEnd, kNobody, {}};

  void not_before(Place place, Index told, std::string_view what) {
    if (place > from.place) from = {place, told, what};
  }
  void not_after(Place place, Index told, std::string_view what) {
    if (place < until.place) until = {place, told, what};
  }
};

std::string text(Place place) { return fmt::format("{} seq {}", place % 2 == 0 ? "at" : "after", place / 2); }

class Across {
 public:
  Across(const Operations& operations, const Keys& keys, const Told& told, Findings& findings)
      : operations_(operations), keys_(keys), told_(told), findings_(findings) {
    for (const auto& order : keys.orders()) {
      orders_.push_back(&order);
      by_customer_[order.order->customer].push_back(&order);
    }
    for (const auto& [id, name] : told.names()) by_topic_[name.item->topic].push_back(id);
  }

  void walk();

 private:
  // Operations, and after them the effects.
  struct Moment {
    Time time;
    bool is_end;
    std::uint32_t who;
  };
  using Orders = std::vector<const Keys::ToldOrder*>;

  bool is_effect(std::uint32_t who) const { return who >= operations_.size(); }
  const Effect& effect(std::uint32_t who) const { return keys_.effects()[who - operations_.size()]; }
  std::vector<Moment> moments() const;
  void begin(std::uint32_t who);
  void end(std::uint32_t who);
  Interval interval(Index index);
  void shows(Interval& interval, Index index);
  void shows_whole(Interval& interval, const msg::Search& search, const msg::ItemsReply& reply, Index index);
  void lists(Interval& interval, const msg::ListOrders& list, const msg::OrdersReply& reply, Index index);
  void finds_nothing(Interval& interval, base::OrderNo no);
  void broken(std::uint32_t who, const Bound& floor, const Interval& interval);

  const Operations& operations_;
  const Keys& keys_;
  const Told& told_;
  Findings& findings_;
  Orders orders_;
  std::unordered_map<std::string_view, Orders> by_customer_;
  std::unordered_map<std::string_view, std::vector<msg::ItemId>> by_topic_;
  std::vector<Bound> floors_;  // when each was invoked
  Bound floor_;                // the greatest place of all that have ended
};

std::vector<Across::Moment> Across::moments() const {
  std::vector<Moment> all;
  all.reserve(2 * (operations_.size() + keys_.effects().size()));
  std::uint32_t who = 0;
  for (; who < operations_.size(); ++who) {
    if (!is_definite(operations_[who])) continue;
    all.push_back({operations_[who].invoked, false, who});
    all.push_back({operations_[who].returned, true, who});
  }
  for (const auto& effect : keys_.effects()) {
    if (effect.seq) all.push_back({effect.from, false, who});
    if (effect.seq) all.push_back({effect.until, true, who});
    ++who;
  }
  // What happens in one instant is concurrent: beginnings first.
  std::sort(all.begin(), all.end(), [](const Moment& a, const Moment& b) {
    return std::tuple(a.time, a.is_end, a.who) < std::tuple(b.time, b.is_end, b.who);
  });
  return all;
}

void Across::walk() {
  floors_.resize(operations_.size());
  for (const auto& moment : moments()) moment.is_end ? end(moment.who) : begin(moment.who);
}

// An effect has one place only, so that it can be judged when it is asked for.
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
  auto interval = this->interval(who);
  const auto& floor = floors_[who];
  if (std::max(floor.place, interval.from.place) > interval.until.place) return broken(who, floor, interval);
  const auto place = std::max(floor.place, interval.from.place);
  if (place > floor_.place) floor_ = {place, who, "an answer"};
}

Interval Across::interval(Index index) {
  const auto& operation = operations_[index];
  Interval interval;
  shows(interval, index);
  for (const auto* order : orders_shown(operation)) interval.not_before(after(order->seq), index, "an order");
  if (const auto* outcome = std::get_if<msg::OutcomeReply>(&operation.answer)) {
    interval.not_before(after(outcome->seq), index, "an outcome");
  }
  if (const auto* search = std::get_if<msg::Search>(&operation.request)) {
    if (const auto* reply = std::get_if<msg::ItemsReply>(&operation.answer)) {
      shows_whole(interval, *search, *reply, index);
    }
  }
  if (const auto* list = std::get_if<msg::ListOrders>(&operation.request)) {
    if (const auto* reply = std::get_if<msg::OrdersReply>(&operation.answer)) lists(interval, *list, *reply, index);
  }
  if (const auto* get = std::get_if<msg::GetOrder>(&operation.request)) {
    if (refusal_of(operation)) {
      finds_nothing(interval, get->no);
    } else if (const auto* reply = std::get_if<msg::OrderReply>(&operation.answer);
               reply && reply->order.no != get->no) {
      findings_.add(kTimePart, fmt::format("order {} was asked for, order {} is the answer", get->no, reply->order.no),
                    {index});
    }
  }
  return interval;
}

void Across::shows(Interval& interval, Index index) {
  const auto& operation = operations_[index];
  for (const auto* item : items_shown(operation)) {
    interval.not_before(after(item->version), index, "an item");
    if (tells_what_a_change_left(operation)) continue;
    const auto* next = told_.after(item->id, item->version);
    if (next) interval.not_after(at(next->version) - 1, next->told, "a later version of an item");
  }
}

// Rows ascend, within the page; an item of the topic that is not among them did not exist yet.
void Across::shows_whole(Interval& interval, const msg::Search& search, const msg::ItemsReply& reply, Index index) {
  auto last = search.after.value_or(msg::ItemId());
  for (const auto& item : reply.items) {
    if (item.id <= last)
      findings_.add(kTimePart, fmt::format("a page of a search goes back to item {}", item.id), {index});
    last = item.id;
  }
  const auto limit = search.limit.value_or(msg::kPageDefault);
  if (reply.items.size() > limit) findings_.add(kTimePart, "a page of a search is longer than its limit", {index});
  if (search.text || !search.topic) return;
  const auto topic = by_topic_.find(*search.topic);
  if (topic == by_topic_.end()) return;
  auto row = reply.items.begin();
  for (auto id = std::upper_bound(topic->second.begin(), topic->second.end(), search.after.value_or(msg::ItemId()));
       id != topic->second.end() && (!reply.next || *id <= last); ++id) {
    while (row != reply.items.end() && row->id < *id) ++row;
    if (row != reply.items.end() && row->id == *id) continue;
    const auto* first = told_.first(*id);
    interval.not_after(at(first->version) - 1, first->told, "an item that the search does not show");
  }
}

void Across::lists(Interval& interval, const msg::ListOrders& list, const msg::OrdersReply& reply, Index index) {
  auto last = list.after.value_or(base::OrderNo());
  for (const auto& order : reply.orders) {
    if (order.no <= last) findings_.add(kTimePart, fmt::format("a page of orders goes back to {}", order.no), {index});
    if (list.customer && order.customer != *list.customer) {
      findings_.add(kTimePart, fmt::format("order {} is another customer's", order.no), {index});
    }
    if (!list.customer && order.no != last.next()) {
      findings_.add(kTimePart, fmt::format("a page of orders goes from {} to {}", last, order.no), {index});
    }
    last = order.no;
  }
  const auto& all = list.customer ? by_customer_[*list.customer] : orders_;
  auto row = reply.orders.begin();
  auto known = std::upper_bound(all.begin(), all.end(), list.after.value_or(base::OrderNo()),
                                [](base::OrderNo no, const auto* order) { return no < order->order->no; });
  for (; known != all.end() && (!reply.next || (*known)->order->no <= last); ++known) {
    while (row != reply.orders.end() && row->no < (*known)->order->no) ++row;
    if (row != reply.orders.end() && row->no == (*known)->order->no) continue;
    return interval.not_after(at((*known)->order->seq) - 1, (*known)->told, "an order that the list does not show");
  }
}

// Numbers have no gaps: while there was no order `no`, there was none of a greater number either.
void Across::finds_nothing(Interval& interval, base::OrderNo no) {
  const auto known = std::lower_bound(orders_.begin(), orders_.end(), no,
                                      [](const auto* order, base::OrderNo least) { return order->order->no < least; });
  if (known == orders_.end()) return;
  interval.not_after(at((*known)->order->seq) - 1, (*known)->told, "the order, or one after it");
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

void check_across(const Operations& operations, const Keys& keys, const Told& told, Findings& findings) {
  Across(operations, keys, told, findings).walk();
}

}  // namespace history
