// Replies: makes the body of the answer to a command: the first time from the event that decided it, and each later
// time from the record of its key.
//
//   P1  A repetition has the answer of the first time (G3): the order as the key's event left it, and a change from the
//       key's record. Holds, credentials and subscriptions are shown as they are now.
//   P2  reveals() is the seq of the last event that the body tells of.
//
// The caller makes sure that the orders and holds of an event or a record are in the store (CHECKed).
// Lifetime: all that it is given outlives it. Threads: none. Tests: tests/order/writer_test.cpp,
// tests/order/cancel_test.cpp, tests/order/hold_test.cpp, tests/order/subscriptions_test.cpp,
// tests/order/rights_test.cpp.
#pragma once

#include <variant>

#include "ledger/command.h"
#include "ledger/credentials.h"
#include "ledger/items.h"
#include "ledger/key_record.h"
#include "ledger/subscriptions.h"
#include "msg/events.h"
#include "order/store.h"

namespace order {

using Reply = std::variant<msg::ItemReply, msg::ItemsReply, msg::OrderReply, msg::HoldReply, msg::OutcomeReply,
                           msg::CredentialReply, msg::NoteReply, msg::SubscriptionReply>;

// The hold that first() shows for this event; nothing if it shows none. The answer to a confirmation shows an order.
std::optional<base::HoldNo> hold_shown_by(const msg::Event& event);

class Replies {
 public:
  Replies(const ledger::Items& items, const ledger::Credentials& credentials,
          const ledger::Subscriptions& subscriptions, Store& store)
      : items_(items), credentials_(credentials), subscriptions_(subscriptions), store_(store) {}

  // The answer to the request that this event decided, right after it was applied. `order` is the order that the event
  // placed or cancelled, and `hold` the hold that it placed or changed, as the event left them.
  Reply first(const msg::Event& event, base::Seq seq, const msg::Order* order, const msg::Hold* hold) const;
  // The answer to a repeated request. `record` is that of its key, and its event is applied.
  Reply again(const ledger::Command& command, const ledger::KeyRecord& record) const;
  // As P2. An answer that shows that a subscription has ended may tell of everything up to `applied`.
  static base::Seq reveals(const Reply& reply, base::Seq applied);

 private:
  const ledger::Items& items_;
  const ledger::Credentials& credentials_;
  const ledger::Subscriptions& subscriptions_;
  Store& store_;
};

}  // namespace order
