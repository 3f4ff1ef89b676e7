// Operation: a request of one client, its answer, and the times of both. A history is any number of operations, in any
// order.
//
// Times are nanoseconds of one monotonic clock, which the processes of one machine share. `invoked` must not be later
// than the moment the request left, and `returned` not earlier than the moment the answer came. Then everything that
// the checker calls "before" really was before.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "msg/catalogue.h"
#include "msg/refusal.h"

namespace history {

using Time = std::int64_t;
constexpr Time kNever = std::numeric_limits<Time>::max();

struct NoAnswer {};  // to a write: it may take effect at any time after it was invoked, or never

// The requests of clients whose answers make a promise about the shop; not those for the status, notes, movements and
// credentials.
using Request = decltype(msg::CatalogRequests() + msg::OrderRequests() + msg::WriterRequests() + msg::ItemChanges() +
                         msg::HoldChanges() + msg::HoldRequests() + msg::EventRequests())::Variant;
using Answer = std::variant<NoAnswer, msg::Refusal, msg::ItemReply, msg::ItemsReply, msg::OrderReply, msg::OrdersReply,
                            msg::OutcomeReply, msg::EventsReply, msg::HoldReply, msg::HoldsReply>;

struct Operation {
  std::uint64_t client = 0;  // for people: its operations follow each other
  Time invoked = 0;
  Time returned = kNever;  // when a definite answer came
  Request request;
  Answer answer;
  base::Seq seq;                             // of the answer's header; 0: not recorded
  std::optional<std::uint32_t> stale_ok_ms;  // of the request's header
  std::optional<std::uint64_t> stale_ms;     // of the answer's header
};
using Operations = std::vector<Operation>;
using Index = std::uint32_t;  // of an operation
constexpr Index kNobody = std::numeric_limits<Index>::max();

// Returns true if the answer says how the shop is, or what happened. An operation without an answer, or with `unknown`,
// `busy` or `unavailable`, is not definite. (The last two are about one copy of a write, so they prove nothing.)
bool is_definite(const Operation& operation);
inline Time end_of(const Operation& operation) { return is_definite(operation) ? operation.returned : kNever; }
// Returns the time from which on the moment may be that the answer shows; the moment is before end_of(). This is the
// time of the invocation. For an answer that is marked as old, it is earlier by the age and by the margin of a lease,
// because the clocks of two processes may differ by so much (DESIGN 5).
Time begin_of(const Operation& operation);

const msg::Refusal* refusal_of(const Operation& operation);
// Returns the key of a write that may change the shop. It is empty for a read and for `outcome`.
std::string_view write_key(const Operation& operation);
// The place at which a restock or a count moves pieces; of a transfer, that to which it moves them.
std::string place_of(const Request& request);
// Returns the item that a refusal is about: the item that it names, or the only item of its request.
std::optional<msg::ItemId> item_of(const Operation& operation, const msg::Refusal& refusal);
// The version that the item of a change must have, if the request names one.
std::optional<base::Seq> expected_version(const Request& request);
// The change that the request would make to the stock of the item, or, if it holds pieces, to those that are available;
// 0 for a cancellation of all that remains, and for a count, which sets the stock.
base::Quantity moved_by(const Request& request, msg::ItemId item);
// The items in an answer, as they were at one moment; empty if there are none.
std::vector<const msg::Item*> items_shown(const Operation& operation);
// Returns true if the answer shows the items as the change of its key left them (ItemReply::at), and not as they were
// when the answer was given.
bool tells_what_a_change_left(const Operation& operation);
// The orders in an answer.
std::vector<const msg::Order*> orders_shown(const Operation& operation);
// The holds in an answer.
std::vector<const msg::Hold*> holds_shown(const Operation& operation);
// The hold that a request is about; it may be 0. Nothing if the request names none.
std::optional<base::HoldNo> hold_of(const Request& request);
// The seq of the last event that an order, as an answer shows it, tells of.
base::Seq last_seq(const msg::Order& order);

// One line for people: client, times, request and answer. Times are in milliseconds after `origin`.
std::string describe(const Operation& operation, Time origin);

}  // namespace history
