// Reads: answers the reads of an order replica from its view.
//
//   R1  A read changes nothing.
//   R2  A client's credential must be valid as of what is applied. A buyer sees the orders and holds of its own
//       customer alone; one of another customer is answered like one that does not exist.
//   R3  Nothing that must be there is left out silently: an order, a hold or a movement that the view does not have is
//       Lost, and is not answered: the view has diverged.
//   R4  An answer reveals the seq up to which its rows tell of the stream: that of the last event of the order or the
//       hold that is shown, else all that is applied.
//   R5  A page ascends (movements: descends), and `next` is the last row on it, if more follow.
//
// Bounds: a page has at most its limit of rows, and no further row after about 512 KiB.
// Lifetime: all that it is given outlives it. Threads: none. Tests: tests/order/core_test.cpp,
// tests/order/rights_test.cpp, tests/order/hold_test.cpp, tests/order/movements_test.cpp,
// tests/order/subscriptions_test.cpp, tests/order/lost_row_test.cpp.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "ledger/credentials.h"
#include "ledger/holds.h"
#include "ledger/items.h"
#include "ledger/orders.h"
#include "ledger/subscriptions.h"
#include "msg/catalogue.h"
#include "msg/refusal.h"
#include "order/rights.h"
#include "order/store.h"

namespace order {

// The client that asks, and what is applied at that moment.
struct Reader {
  std::optional<base::Seq> by;  // Header.by
  base::Seq applied;
  std::int64_t at = 0;  // time of the last event that is applied
};

template <class Body>
struct Shown {
  base::Seq reveals;
  Body body;
};

struct Lost {
  std::string why;
};

template <class Request>
using Read = std::variant<Shown<typename Request::Reply>, msg::Refusal, Lost>;

class Reads {
 public:
  Reads(Store& store, const ledger::Items& items, const ledger::Orders& orders, const ledger::Holds& holds,
        const ledger::Credentials& credentials, const ledger::Subscriptions& subscriptions)
      : store_(store),
        items_(items),
        orders_(orders),
        holds_(holds),
        credentials_(credentials),
        subscriptions_(subscriptions) {}

  Read<msg::GetOrder> read(const msg::GetOrder& get, const Reader& reader) const;
  Read<msg::ListOrders> read(const msg::ListOrders& list, const Reader& reader) const;
  Read<msg::GetHold> read(const msg::GetHold& get, const Reader& reader) const;
  Read<msg::ListHolds> read(const msg::ListHolds& list, const Reader& reader) const;
  Read<msg::ListMovements> read(const msg::ListMovements& list, const Reader& reader) const;
  Read<msg::ListSubscriptions> read(const msg::ListSubscriptions& list, const Reader& reader) const;
  Read<msg::ListCredentials> read(const msg::ListCredentials& list, const Reader& reader) const;
  // From frontends and audits: no credential is needed.
  Read<msg::FindCredential> read(const msg::FindCredential& find, const Reader& reader) const;
  Read<msg::Rows> read(const msg::Rows& rows, const Reader& reader) const;

  // Such a row must be there and is not.
  Lost lost(base::OrderNo no) const;
  Lost lost(base::HoldNo no) const;

 private:
  std::optional<base::OrderNo> hole_in(const std::vector<msg::Order>& orders, base::OrderNo after,
                                       std::size_t limit) const;
  std::vector<msg::Row> rows_of(const msg::Rows& asked) const;

  Store& store_;
  const ledger::Items& items_;
  const ledger::Orders& orders_;
  const ledger::Holds& holds_;
  const ledger::Credentials& credentials_;
  const ledger::Subscriptions& subscriptions_;
};

}  // namespace order
