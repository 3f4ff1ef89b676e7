// Checks before `up` starts anything: the journal must be as new as the views beside it, and have the currency that was
// asked for.
#pragma once

#include <string>
#include <vector>

#include "up/plan.h"

namespace up {

// Throws std::runtime_error with what to do if a view has applied more of the store than its SQLite journal has. The
// processes would notice it, too, but a broker that hears of its members late may have appended by then.
void require_newest_journal(const std::vector<ChildPlan>& plans);

// Throws std::runtime_error if the stream in the SQLite journal has another currency than `code`; an empty code is
// right. The broker checks it, too: it also finds it in a stream that was trimmed or is in etcd.
void require_currency(const std::vector<ChildPlan>& plans, const std::string& code);
// The code of the currency that the store has or, if it is a new one, will have. Empty: it has none, or it is not
// known.
std::string currency_of(const std::vector<ChildPlan>& plans, const std::string& code);

}  // namespace up
