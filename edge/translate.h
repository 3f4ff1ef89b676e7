// Between the structs of the public header and those of the protocol. Private to edge/.
#pragma once

#include <string>
#include <utility>

#include "client/client.h"
#include "edge/edge.h"
#include "msg/refusal.h"
#include "msg/requests.h"

namespace pygmy {

inline Item translated(const msg::Item& item) {
  return {item.id.value(),
          item.title,
          item.topic,
          item.price.value(),
          item.stock.value(),
          item.version.value(),
          msg::held_of(item).value(),
          msg::is_retired(item)};
}

inline Items translated(const msg::ItemsReply& reply) {
  Items items;
  for (const auto& item : reply.items) items.items.push_back(translated(item));
  items.next = reply.next.value_or(base::ItemId()).value();
  return items;
}

inline msg::Search translated(const Search& search) {
  msg::Search asked{.topic = search.topic, .text = search.text, .limit = search.limit};
  if (search.after > 0) asked.after = base::ItemId(search.after);
  return asked;
}

inline msg::PlaceOrder translated(const NewOrder& order) {
  msg::PlaceOrder place{.key = order.key,
                        .type = order.type == OrderType::kBuy ? msg::OrderType::kBuy : msg::OrderType::kSell};
  if (!order.customer.empty()) place.customer = order.customer;
  for (const auto& line : order.lines) {
    msg::DemandLine demand{base::ItemId(line.item), base::Quantity(line.quantity), {}};
    if (line.price) demand.price = base::Cents(*line.price);
    place.lines.push_back(demand);
  }
  return place;
}

inline Order translated(const msg::Order& order) {
  Order told{.no = order.no.value(),
             .seq = order.seq.value(),
             .at = order.at,
             .type = order.type == msg::OrderType::kBuy ? OrderType::kBuy : OrderType::kSell,
             .key = order.key,
             .customer = order.customer,
             .lines = {},
             .total = order.total.value()};
  for (const auto& line : order.lines) {
    told.lines.push_back({line.item.value(), line.quantity.value(), line.price.value()});
  }
  return told;
}

inline Outcome translated(const msg::OutcomeReply& reply) {
  Outcome outcome{.effect = Effect::kNone, .seq = reply.seq.value()};
  switch (reply.outcome) {
    case msg::OutcomeKind::kOrder:
      outcome.effect = Effect::kOrder;
      break;
    case msg::OutcomeKind::kChange:
      outcome.effect = Effect::kChange;
      break;
    case msg::OutcomeKind::kVoid:
      break;
  }
  if (reply.order) outcome.order = translated(*reply.order);
  return outcome;
}

template <class T, class Translate>
auto translated(const client::Reply<T>& reply, Translate translate) {
  Reply<decltype(translate(*reply))> told;
  if (reply.refusal) told.refusal = {std::string(msg::word(reply.refusal->code)), reply.refusal->message};
  told.seq = reply.seq.value();
  if (reply.ok()) told.value = translate(*reply);
  return told;
}

}  // namespace pygmy
