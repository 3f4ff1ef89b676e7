// Answers: the events and refusals of the commands with a new key, and what several of them share. Parts of decide():
// ledger/decide.h tells the order of the checks, and decide_items.cpp, decide_orders.cpp and decide_holds.cpp have the
// rules.
//
// Threads: none. Tests: tests/ledger/decide_test.cpp and those beside it, of edits, stock, holds, places and terms too.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "ledger/outlook.h"
#include "ledger/terms.h"
#include "msg/events.h"
#include "msg/refusal.h"
#include "msg/requests.h"

namespace ledger {

using Answer = std::variant<msg::Event, msg::Refusal>;

// The command is valid, and its key is new. `at` is stamped into the event.
Answer answer(const Outlook& outlook, const msg::AddItems& add, std::int64_t at);
Answer answer(const Outlook& outlook, const msg::ChangePrice& change, std::int64_t at);
Answer answer(const Outlook& outlook, const msg::EditItem& edit, std::int64_t at);
Answer answer(const Outlook& outlook, const msg::Restock& restock, std::int64_t at);
Answer answer(const Outlook& outlook, const msg::CountStock& count, std::int64_t at);
Answer answer(const Outlook& outlook, const msg::Transfer& transfer, std::int64_t at);
Answer answer(const Outlook& outlook, const msg::PlaceOrder& place, std::int64_t at);
Answer answer(const Outlook& outlook, const msg::Cancel& cancel, std::int64_t at);
Answer answer(const Outlook& outlook, const msg::PlaceHold& place, std::int64_t at);
Answer answer(const Outlook& outlook, const msg::ConfirmHold& confirm, std::int64_t at);
Answer answer(const Outlook& outlook, const msg::ExtendHold& extend, std::int64_t at);
Answer answer(const Outlook& outlook, const msg::ReleaseHold& release, std::int64_t at);

// Sums the demand of all lines before any stock is compared: two lines may name the same item (TRAPS 19). The store
// takes pieces of every item in, but does not sell one that is not for sale at the time `at`.
std::variant<std::vector<Demand>, msg::Refusal> sum_demand(const Outlook& outlook,
                                                           const std::vector<msg::DemandLine>& lines, bool sells,
                                                           std::int64_t at);

// The lines of a hold that ends.
std::vector<msg::HoldLine> ended_lines(const Outlook& outlook, const msg::Hold& hold);

// True if an item with these places cannot have pieces at these, too.
bool is_full_with(std::optional<msg::Places> places, const msg::Places& more);

// `available`, `there`: the pieces that could be had, of all places or of one.
msg::Refusal out_of_stock(base::ItemId id, base::Quantity asked, base::Quantity available);
msg::Refusal too_few_at(const std::string& place, base::ItemId id, base::Quantity asked, base::Quantity there);
msg::Refusal stock_limit(base::ItemId id);
msg::Refusal total_limit();
msg::Refusal too_many_places(base::ItemId id);

}  // namespace ledger
