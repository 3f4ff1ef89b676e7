// Lists: finds out what an answer to `order` or `orders` proves about the orders and cancellations that it does not
// show.
//
// Order numbers have no gaps and rise with the seq. So if an answer does not show an order that it should have shown,
// the order was not placed yet. If a page says that more orders follow, one of this history or an older one must
// follow.
//
// Lifetime: points into the operations and keys. Threads: none. Tests: tests/history/keys_test.cpp
#pragma once

#include <string>
#include <unordered_map>

#include "history/keys.h"
#include "history/place.h"

namespace history {

class Lists {
 public:
  Lists(const Operations& operations, const Keys& keys, Findings& findings);

  // Narrows the interval by the orders that the answer does not show. Ignores answers to other requests.
  void narrow(Interval& interval, Index index);
  // Narrows the interval by the first cancellation of this order that the answer should show and does not.
  void cancelled_later(Interval& interval, const msg::Order& shown) const;

 private:
  using Orders = std::vector<const Keys::ToldOrder*>;

  void page(Interval& interval, const msg::ListOrders& list, const msg::OrdersReply& reply, Index index);
  void more(Interval& interval, const msg::ListOrders& list, base::OrderNo than, Index index);
  void finds_nothing(Interval& interval, base::OrderNo no);
  const Orders& orders_of(const msg::ListOrders& list) const;

  const Operations& operations_;
  Findings& findings_;
  Orders orders_;
  std::unordered_map<std::string, Orders> by_customer_;       // folded
  std::unordered_map<std::string, std::uint64_t> unsettled_;  // the same
  std::uint64_t all_unsettled_ = 0;
  // Confirmations of a hold of any customer, and orders that name none: that of a buyer has its credential's (ADR 46).
  std::uint64_t of_any_unsettled_ = 0;
  std::map<base::OrderNo, std::vector<std::pair<base::Seq, Index>>> cancelled_;  // by seq
  base::OrderNo first_here_;  // the first order that was placed in this history; 0: none
};

}  // namespace history
