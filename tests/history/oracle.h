// Oracle: decides whether a small history has an order. It tries every order that real time allows on the naive shop.
//
// If PROTOCOL leaves the store a choice, the oracle accepts any: the reason that a refusal names if there are several,
// and the number of rows of a page. The oracle does not compute seqs. It only requires that all answers tell the same
// seq of an event, and that seqs rise with the events.
#pragma once

#include "tests/history/seqs.h"
#include "tests/history/shop.h"

namespace history {

class Oracle {
 public:
  // A frontend that has sent a write twice voids its key before it passes on a refusal (ADR 9).
  explicit Oracle(const Operations& operations) : operations_(operations) {
    for (const auto& operation : operations) {
      const std::string key(write_key(operation));
      const auto is_it = [&](const Operation& other) { return tells_void(other, key); };
      if (key.empty()) continue;
      if (std::none_of(operations.begin(), operations.end(), is_it)) continue;
      operations_.push_back({0, operation.invoked, kNever, msg::Outcome{key}, {}});
    }
  }

  bool has_order() { return search(Shop(), std::vector<bool>(operations_.size()), {}); }

 private:
  // The bounds of the seqs of events 1, 2, ...
  struct Seqs {
    std::vector<std::uint64_t> least{0}, most{0};
    void grow(std::uint64_t events) {
      while (least.size() <= events) {
        least.push_back(0);
        most.push_back(std::numeric_limits<std::uint64_t>::max() - 1000);
      }
    }
    void at_least(std::uint64_t event, std::uint64_t seq) {
      grow(event);
      least[event] = std::max(least[event], seq);
    }
    void at_most(std::uint64_t event, std::uint64_t seq) {
      grow(event);
      most[event] = std::min(most[event], seq);
    }
    bool exist() {
      for (std::size_t i = 1; i < least.size(); ++i) least[i] = std::max(least[i], least[i - 1] + 1);
      for (std::size_t i = least.size() - 1; i > 1; --i) most[i - 1] = std::min(most[i - 1], most[i] - 1);
      for (std::size_t i = 1; i < least.size(); ++i) {
        if (least[i] > most[i]) return false;
      }
      return true;
    }
  };

  static bool tells_void(const Operation& operation, const std::string& key) {
    const auto* refusal = refusal_of(operation);
    const auto* outcome = std::get_if<msg::Outcome>(&operation.request);
    const auto* reply = std::get_if<msg::OutcomeReply>(&operation.answer);
    return (refusal && refusal->code == msg::Code::kKeyVoided && write_key(operation) == key) ||
           (outcome && outcome->key == key && reply && reply->outcome == msg::OutcomeKind::kVoid);
  }

  bool must_be(std::size_t i) const { return is_definite(operations_[i]); }

  bool search(const Shop& shop, const std::vector<bool>& taken, const Seqs& seqs) {
    auto first_end = kNever;
    bool all = true;
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      if (taken[i] || !must_be(i)) continue;
      all = false;
      first_end = std::min(first_end, operations_[i].returned);
    }
    if (all) return true;
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      if (taken[i] || begin_of(operations_[i]) > first_end) continue;
      if (!must_be(i) && !changes(i)) continue;
      auto next = shop;
      auto bound = seqs;
      auto now_taken = taken;
      now_taken[i] = true;
      if (must_be(i) ? answers(next, operations_[i], bound) : happens(next, operations_[i], shop.seq())) {
        if (search(next, now_taken, bound)) return true;
      }
    }
    return false;
  }

  bool changes(std::size_t i) const {
    return !write_key(operations_[i]).empty() || std::holds_alternative<msg::Outcome>(operations_[i].request);
  }
  static bool happens(Shop& shop, const Operation& operation, std::uint64_t before) {
    std::visit(shop, operation.request);
    return shop.seq() > before;
  }

  static bool answers(Shop& shop, const Operation& operation, Seqs& seqs) {
    if (!std::visit([&](const auto& request) { return agrees(shop, request, operation.answer, seqs); },
                    operation.request)) {
      return false;
    }
    if (operation.seq) {
      seqs.at_most(shop.seq(), operation.seq.value());
      seqs.at_least(shop.seq() + 1, operation.seq.value() + 1);
    }
    return seqs.exist();
  }

  static bool agrees(Shop& shop, const msg::Search& search, const Answer& told, Seqs& seqs) {
    const auto* reply = std::get_if<msg::ItemsReply>(&told);
    return reply &&
           is_page(shop.all(search), reply->items, reply->next, search.limit,
                   [](const msg::Item& item) { return item.id; }) &&
           binds(shop.all(search), reply->items, seqs);
  }
  static bool agrees(Shop& shop, const msg::ListOrders& list, const Answer& told, Seqs& seqs) {
    const auto* reply = std::get_if<msg::OrdersReply>(&told);
    return reply &&
           is_page(shop.all(list), reply->orders, reply->next, list.limit,
                   [](const msg::Order& order) { return order.no; }) &&
           binds(shop.all(list), reply->orders, seqs);
  }
  template <class R>
  static bool agrees(Shop& shop, const R& request, const Answer& told, Seqs& seqs) {
    if (const auto* refusal = std::get_if<msg::Refusal>(&told)) return refuses(shop, request, *refusal);
    return is(shop(request), told, seqs);
  }

  // True if the page has all rows up to `next` and more rows follow, or if it has no `next` and has all rows.
  template <class Row, class Id, class IdOf>
  static bool is_page(std::vector<Row> all, const std::vector<Row>& rows, const std::optional<Id>& next,
                      const std::optional<std::uint32_t>& limit, IdOf id_of) {
    const auto there = all.size();
    if (next) std::erase_if(all, [&](const Row& row) { return id_of(row) > *next; });
    return (!next || all.size() < there) && rows.size() <= limit.value_or(msg::kPageDefault) &&
           std::equal(all.begin(), all.end(), rows.begin(), rows.end(),
                      [&](const Row& a, const Row& b) { return id_of(a) == id_of(b); });
  }
  static bool binds(std::vector<msg::Item> all, const std::vector<msg::Item>& rows, Seqs& seqs) {
    all.resize(std::min(all.size(), rows.size()));
    return is(msg::ItemsReply{std::move(all), {}, {}}, msg::ItemsReply{rows, {}, {}}, seqs);
  }
  static bool binds(std::vector<msg::Order> all, const std::vector<msg::Order>& rows, Seqs& seqs) {
    all.resize(std::min(all.size(), rows.size()));
    return is(msg::OrdersReply{std::move(all), {}}, msg::OrdersReply{rows, {}}, seqs);
  }

  static bool is(Answer made, Answer told, Seqs& seqs) {
    if (made.index() != told.index()) return false;
    std::vector<std::uint64_t> events;
    each_seq(made, [&](base::Seq& seq) { events.push_back(std::exchange(seq, {}).value()); });
    std::size_t i = 0;
    bool as_many = true;
    each_seq(told, [&](base::Seq& seq) {
      as_many = as_many && i < events.size();
      if (!as_many) return;
      seqs.at_least(events[i], seq.value());
      seqs.at_most(events[i], std::exchange(seq, {}).value());
      ++i;
    });
    return as_many && bytes(made) == bytes(told);
  }
  static std::string bytes(const Answer& answer) {
    return std::visit(
        [](const auto& each) -> std::string {
          if constexpr (std::is_same_v<std::decay_t<decltype(each)>, NoAnswer>) {
            return {};
          } else {
            return msg::encoded(each);
          }
        },
        answer);
  }

  // True if the refusal's reason is true.
  template <class R>
  static bool refuses(Shop shop, const R& request, const msg::Refusal& refusal) {
    if constexpr (requires { request.key; }) {
      if (refusal.code == msg::Code::kKeyReused || refusal.code == msg::Code::kKeyVoided || shop.is_used(request.key)) {
        const auto answer = shop(request);
        const auto* made = std::get_if<msg::Refusal>(&answer);
        return made && made->code == refusal.code && !refusal.item && !refusal.stock && !refusal.price;
      }
    }
    return reason_is_true(shop, request, refusal);
  }
  template <class R>
  static bool reason_is_true(Shop& shop, const R& request, const msg::Refusal& refusal) {
    const auto answer = shop(request);
    const auto* made = std::get_if<msg::Refusal>(&answer);
    const bool may_be_silent = requires { request.item; };  // it need not name its only item
    return made && made->code == refusal.code && (made->item == refusal.item || (may_be_silent && !refusal.item)) &&
           made->stock == refusal.stock && made->price == refusal.price && made->from == refusal.from &&
           made->until == refusal.until && made->allowed == refusal.allowed;
  }
  static bool reason_is_true(Shop& shop, const msg::PlaceOrder& place, const msg::Refusal& refusal) {
    const auto lines = std::count_if(place.lines.begin(), place.lines.end(),
                                     [&](const msg::DemandLine& line) { return refusal.item == line.item; });
    if (lines == 0) return false;
    auto alone = place;  // with only the lines of that item
    std::erase_if(alone.lines, [&](const msg::DemandLine& line) { return refusal.item != line.item; });
    if (refusal.code == msg::Code::kOutOfStock || refusal.code == msg::Code::kLimit) {
      for (auto& line : alone.lines) line.price.reset();
      return reason_is_true<msg::PlaceOrder>(shop, alone, refusal);
    }
    return reason_is_true<msg::PlaceOrder>(shop, alone, refusal);
  }
  static bool reason_is_true(Shop& shop, const msg::AddItems& add, const msg::Refusal& refusal) {
    const bool asked = std::any_of(add.items.begin(), add.items.end(),
                                   [&](const msg::NewItem& item) { return item.id == refusal.item; });
    return refusal.code == msg::Code::kItemExists && asked && shop.items().count(*refusal.item) > 0;
  }

  Operations operations_;
};

}  // namespace history
