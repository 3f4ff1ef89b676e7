// Lists: what an answer to `order` or `orders` says of the orders that it does not show.
//
// Numbers have no gaps, and rise with the seq: an order that an answer should have shown and did not show was not
// placed yet. A page that says that more follows needs an order of this history, or one of before it, that does.
//
// Lifetime: points into the operations and keys. Threads: none. Tests: tests/history/keys_test.cpp
#pragma once

#include <unordered_map>

#include "history/keys.h"
#include "history/place.h"

namespace history {

class Lists {
 public:
  Lists(const Operations& operations, const Keys& keys, Findings& findings);

  // What the answer says of other orders than those that it shows; nothing if it is none of these.
  void narrow(Interval& interval, Index index);

 private:
  using Orders = std::vector<const Keys::ToldOrder*>;

  void page(Interval& interval, const msg::ListOrders& list, const msg::OrdersReply& reply, Index index);
  void more(Interval& interval, const msg::ListOrders& list, base::OrderNo than, Index index);
  void finds_nothing(Interval& interval, base::OrderNo no);
  const Orders& orders_of(const msg::ListOrders& list) const;

  const Operations& operations_;
  Findings& findings_;
  Orders orders_;
  std::unordered_map<std::string_view, Orders> by_customer_;
  std::unordered_map<std::string_view, std::uint64_t> unsettled_;  // by customer
  std::uint64_t all_unsettled_ = 0;
  base::OrderNo first_here_;  // the first that was placed in this history; 0: none was
};

}  // namespace history
