#include "order/store.h"

#include <utility>

#include "msg/cancellations.h"

namespace order {

void add_cancellations(Store& store, msg::Order& order, base::Seq until) {
  for (auto& cancellation : store.cancellations(order.no)) {
    if (cancellation.seq > until) return;
    msg::add_cancellation(order, std::move(cancellation));
  }
}

std::optional<msg::Order> whole_order(Store& store, base::OrderNo no, base::Seq until) {
  auto order = store.order(no);
  if (order) add_cancellations(store, *order, until);
  return order;
}

std::vector<msg::Order> whole_orders_since(Store& store, const std::string& customer, std::int64_t since,
                                           std::uint32_t limit) {
  auto orders = store.orders_since(customer, since, limit);
  for (auto& order : orders) add_cancellations(store, order);
  return orders;
}

base::Seq last_seq(const msg::Order& order) {
  return order.cancellations && !order.cancellations->empty() ? order.cancellations->back().seq : order.seq;
}

}  // namespace order
