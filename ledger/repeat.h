// Repeat: a request that comes again with its key, and what it is answered (G3, ADR 19).
//
// Whatever a client sends under a used key, is_repeat is asked first, and only then the record is read as that of this
// kind of request. Its kind and its shape are compared before the digests, so that equal digests alone never suffice.
// Threads: none. Tests: tests/ledger/repeat_test.cpp.
#pragma once

#include "ledger/command.h"
#include "ledger/items.h"
#include "ledger/key_record.h"

namespace ledger {

// Whether the command is the request that made this record. `items` are those that are committed.
bool is_repeat(const Command& command, const KeyRecord& record, const Items& items);

// The answer that the change had the first time, for a committed record of which is_repeat is true. A record without
// `change` does not tell it: then the items are shown as they are now, and `at` is missing.
msg::ItemReply answer_again(const msg::ChangePrice& price, const KeyRecord& record, const Items& items);
msg::ItemReply answer_again(const msg::Restock& restock, const KeyRecord& record, const Items& items);
msg::ItemsReply answer_again(const msg::AddItems& add, const KeyRecord& record, const Items& items);

}  // namespace ledger
