// Repeat: recognises a request that comes again with its key, and answers it as the first time (G3, ADR 19).
//
// A client may send any request under a used key. So is_repeat must be called before the record is read as that of this
// kind of request. It compares kind and shape before the digests, so equal digests alone are never enough.
// Threads: none. Tests: tests/ledger/repeat_test.cpp.
#pragma once

#include "ledger/command.h"
#include "ledger/items.h"
#include "ledger/key_record.h"

namespace ledger {

// True if the command is the request that made this record. `items` are the committed ones.
bool is_repeat(const Command& command, const KeyRecord& record, const Items& items);

// The first answer to the change, again. The record must be committed, and is_repeat true for it. If the record has no
// `change`, or if an item was edited after it, that answer is not known any more: the reply then shows the items as
// they are now, without `at`.
msg::ItemReply answer_again(const msg::ChangePrice& price, const KeyRecord& record, const Items& items);
msg::ItemReply answer_again(const msg::CountStock& count, const KeyRecord& record, const Items& items);
msg::ItemReply answer_again(const msg::Transfer& transfer, const KeyRecord& record, const Items& items);
msg::ItemReply answer_again(const msg::EditItem& edit, const KeyRecord& record, const Items& items);
msg::ItemReply answer_again(const msg::Restock& restock, const KeyRecord& record, const Items& items);
msg::ItemsReply answer_again(const msg::AddItems& add, const KeyRecord& record, const Items& items);

}  // namespace ledger
