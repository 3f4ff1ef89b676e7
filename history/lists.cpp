#include "history/lists.h"

#include <fmt/format.h>

#include "text/fold.h"

namespace history {
namespace {

// Returns the first order with a number after `no`.
template <class Orders>
auto next_of(const Orders& orders, base::OrderNo no) {
  return std::upper_bound(orders.begin(), orders.end(), no,
                          [](base::OrderNo last, const auto* order) { return last < order->order->no; });
}

}  // namespace

Lists::Lists(const Operations& operations, const Keys& keys, Findings& findings)
    : operations_(operations), findings_(findings) {
  for (const auto& order : keys.orders()) {
    orders_.push_back(&order);
    by_customer_[text::folded(order.order->customer)].push_back(&order);
    if (order.placed_here && !first_here_) first_here_ = order.order->no;
  }
  for (const auto& told : keys.cancellations())
    cancelled_[told.cancellation->no].emplace_back(told.cancellation->seq, told.told);
  for (auto& [no, all] : cancelled_) std::sort(all.begin(), all.end());
  for (const auto& effect : keys.effects()) {
    if (effect.kind != Effect::Kind::kUntold) continue;
    if (std::holds_alternative<msg::ConfirmHold>(operations[effect.asked].request)) {
      ++all_unsettled_;
      ++of_any_unsettled_;
    }
    const auto* place = std::get_if<msg::PlaceOrder>(&operations[effect.asked].request);
    if (!place) continue;
    ++all_unsettled_;
    const auto customer = place->customer.value_or("");
    if (customer.empty()) ++of_any_unsettled_;
    ++unsettled_[text::folded(customer)];
  }
}

void Lists::narrow(Interval& interval, Index index) {
  const auto& operation = operations_[index];
  if (const auto* list = std::get_if<msg::ListOrders>(&operation.request)) {
    if (const auto* reply = std::get_if<msg::OrdersReply>(&operation.answer)) page(interval, *list, *reply, index);
  } else if (const auto* get = std::get_if<msg::GetOrder>(&operation.request)) {
    const auto* refusal = refusal_of(operation);
    if (refusal && refusal->code == msg::Code::kUnknownOrder) finds_nothing(interval, get->no);
  } else if (const auto* cancel = std::get_if<msg::Cancel>(&operation.request)) {
    const auto* refusal = refusal_of(operation);
    if (refusal && refusal->code == msg::Code::kUnknownOrder) finds_nothing(interval, cancel->no);
  }
}

void Lists::cancelled_later(Interval& interval, const msg::Order& shown) const {
  const auto found = cancelled_.find(shown.no);
  if (found == cancelled_.end()) return;
  for (const auto& [seq, told] : found->second) {
    if (seq > last_seq(shown))
      return interval.not_after(before(seq), told, "a cancellation that the order does not show");
  }
}

const Lists::Orders& Lists::orders_of(const msg::ListOrders& list) const {
  static const Orders kNone;
  if (!list.customer) return orders_;
  const auto found = by_customer_.find(text::folded(*list.customer));
  return found == by_customer_.end() ? kNone : found->second;
}

void Lists::page(Interval& interval, const msg::ListOrders& list, const msg::OrdersReply& reply, Index index) {
  auto last = list.after.value_or(base::OrderNo());
  for (const auto& order : reply.orders) {
    if (!list.customer && order.no != last.next()) {
      findings_.add(kTimePart, fmt::format("a page of orders goes from {} to {}", last, order.no), {index});
    }
    last = order.no;
  }
  if (!list.customer && reply.next.value_or(last) != last) {
    findings_.add(kTimePart,
                  fmt::format("a page of orders ends with {}, the next one begins after {}", last, *reply.next),
                  {index});
  }
  if (reply.next) more(interval, list, *reply.next, index);
  const auto& all = orders_of(list);
  auto row = reply.orders.begin();
  for (auto known = next_of(all, list.after.value_or(base::OrderNo()));
       known != all.end() && (!reply.next || (*known)->order->no <= *reply.next); ++known) {
    while (row != reply.orders.end() && row->no < (*known)->order->no) ++row;
    if (row != reply.orders.end() && row->no == (*known)->order->no) continue;
    return interval.not_after(before((*known)->order->seq), (*known)->told, "an order that the list does not show");
  }
}

// An order after `than` must exist. Orders from before this history have lower numbers than all that were placed in it.
void Lists::more(Interval& interval, const msg::ListOrders& list, base::OrderNo than, Index index) {
  const auto& all = orders_of(list);
  const auto first = next_of(all, than);
  const bool is_it = first != all.end() && (*first)->order->no == than.next();
  if (!is_it) {
    if (!first_here_ || than.next() < first_here_) return;
    const auto unsettled = list.customer ? unsettled_.find(text::folded(*list.customer)) : unsettled_.end();
    if (of_any_unsettled_ > 0 || (list.customer ? unsettled != unsettled_.end() : all_unsettled_ > 0)) return;
  }
  if (first != all.end()) {
    return interval.not_before(after((*first)->order->seq), (*first)->told, "an order that follows the page");
  }
  findings_.add(kTimePart, fmt::format("an order after {} is said to follow, and nobody placed one", than), {index});
}

// Numbers have no gaps: while order `no` did not exist, no order with a greater number existed.
void Lists::finds_nothing(Interval& interval, base::OrderNo no) {
  if (!no) return;
  const auto known = next_of(orders_, base::OrderNo(no.value() - 1));
  if (known == orders_.end()) return;
  interval.not_after(before((*known)->order->seq), (*known)->told, "the order, or one after it");
}

}  // namespace history
