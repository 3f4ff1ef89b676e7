// decide: the shop's answer to a command. All rules of the shop are written in ledger/decide*.cpp, with the parts that
// they include, and nowhere else (DESIGN 4).
//
// Total: every command has an answer, and nothing is thrown. Pure: the same outlook, command and time give the same
// decision. Only the writer decides; everybody else evolves.
//
//   Event      The command takes effect. The outlook does not have the event yet: call outlook.decided(event).
//   Refusal    The command has no effect. If its code is a business code, it rests on the pending events:
//              answer once they are committed.
//   KeyRecord  The key was used before, for the same request (ledger/repeat.h). Its seq is 0 while it is pending.
//
// Order of the checks: the command itself (`invalid`), its key, then for each line the item, whether it is for sale,
// the price; the stock, what the terms of sale allow in an order and to a customer, and at last the total. A command
// that took effect gets its record, also if it would be `invalid` now.
//
// outlook.must_wait(command) must be false, and so must next_end(outlook, at): a hold or a subscription that is over by
// `at` is ended before anything is decided, so that no decision sees it, and the stream tells which items are low.
#pragma once

#include <variant>

#include "ledger/command.h"
#include "ledger/key_record.h"
#include "ledger/outlook.h"

namespace ledger {

using Decision = std::variant<msg::Event, msg::Refusal, KeyRecord>;

// `at` is stamped into the event: milliseconds since 1970 UTC.
Decision decide(const Outlook& outlook, const Command& command, std::int64_t at);

// The event that ends the open hold which ended first, if it is over at this time; else the same of a subscription;
// else the event that tells the level of an item; nothing if none of them is due. Call outlook.decided() with it, and
// ask again.
std::optional<msg::Event> next_end(const Outlook& outlook, std::int64_t at);

msg::Refusal unknown_item(base::ItemId id);

// The refusal of a request for a hold that is not there, or that its client may not see.
msg::Refusal unknown_hold(base::HoldNo no);

// The refusal of a request about a subscription that is not there.
msg::Refusal unknown_subscription(const std::string& name);

// The refusal of a request for an order that is not there, or that its client may not see.
msg::Refusal unknown_order(base::OrderNo no);

}  // namespace ledger
