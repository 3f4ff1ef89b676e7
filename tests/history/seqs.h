// The seqs in an answer: a world maps those of its shop to others, and the oracle compares them. Threads: none.
#pragma once

#include "history/history.h"

namespace history {

// Visits every seq in an answer, in a fixed order.
template <class Visit>
void each_seq(Answer& answer, Visit visit) {
  const auto visit_item = [&](msg::Item& item) {
    visit(item.version);
    if (item.edited) visit(*item.edited);
  };
  if (auto* item = std::get_if<msg::ItemReply>(&answer)) visit_item(item->item);
  if (auto* items = std::get_if<msg::ItemsReply>(&answer)) {
    for (auto& item : items->items) visit_item(item);
  }
  const auto visit_order = [&](msg::Order& order) {
    visit(order.seq);
    if (!order.cancellations) return;
    for (auto& each : *order.cancellations) visit(each.seq);
  };
  const auto visit_hold = [&](msg::Hold& hold) {
    visit(hold.seq);
    visit(hold.version);
  };
  if (auto* order = std::get_if<msg::OrderReply>(&answer)) visit_order(order->order);
  if (auto* orders = std::get_if<msg::OrdersReply>(&answer)) {
    for (auto& order : orders->orders) visit_order(order);
  }
  if (auto* outcome = std::get_if<msg::OutcomeReply>(&answer)) {
    visit(outcome->seq);
    if (outcome->order) visit(outcome->order->seq);
    if (outcome->hold) visit_hold(*outcome->hold);
  }
  if (auto* hold = std::get_if<msg::HoldReply>(&answer)) visit_hold(hold->hold);
  if (auto* holds = std::get_if<msg::HoldsReply>(&answer)) {
    for (auto& hold : holds->holds) visit_hold(hold);
  }
  if (auto* events = std::get_if<msg::EventsReply>(&answer)) visit(events->mark);
  if (auto* refusal = std::get_if<msg::Refusal>(&answer); refusal && refusal->version) visit(*refusal->version);
}

}  // namespace history
