// decide: what the shop says to a command. The only place where a rule of the shop is written (DESIGN 4).
//
// Total: every command has an answer, and nothing is thrown. Pure: the same outlook, command and time give the same
// decision. Only the writer decides; everybody else evolves.
//
//   Event      it happens; the event is not yet part of the outlook: tell it with outlook.decided(event)
//   Refusal    it does not; business codes rest on what is ahead, so their answers have to wait for it to be committed
//   KeyRecord  this key has done it already, for the same request (ledger/repeat.h; seq 0: it is ahead)
//
// Order of the checks: the command by itself (`invalid`), its key, then line by line: the item, the price, the stock.
#pragma once

#include <variant>

#include "ledger/command.h"
#include "ledger/key_record.h"
#include "ledger/outlook.h"

namespace ledger {

using Decision = std::variant<msg::Event, msg::Refusal, KeyRecord>;

// `at` is stamped into the event: milliseconds since 1970 UTC.
Decision decide(const Outlook& outlook, const Command& command, std::int64_t at);

}  // namespace ledger
