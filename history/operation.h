// Operation: what one client asked, when, and what it was told. A history is any number of them, in any order.
//
// Times are nanoseconds of one monotonic clock; processes of one machine share it. `invoked` must not be later than the
// moment the request left, `returned` not earlier than the moment the answer came: then what the checker calls "before"
// truly was before.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "msg/refusal.h"
#include "msg/requests.h"

namespace history {

using Time = std::int64_t;
constexpr Time kNever = std::numeric_limits<Time>::max();

struct NoAnswer {};  // of a write: it may take effect at any time after it was invoked, or never

using Request = std::variant<msg::Lookup, msg::Search, msg::PlaceOrder, msg::AddItems, msg::ChangePrice, msg::Restock,
                             msg::GetOrder, msg::ListOrders, msg::Outcome, msg::Events>;
using Answer = std::variant<NoAnswer, msg::Refusal, msg::ItemReply, msg::ItemsReply, msg::OrderReply, msg::OrdersReply,
                            msg::OutcomeReply, msg::EventsReply>;

struct Operation {
  std::uint64_t client = 0;  // for people: whoever asks one thing after the other
  Time invoked = 0;
  Time returned = kNever;  // of a definite answer
  Request request;
  Answer answer;
  base::Seq seq;                             // of the answer's header; 0: not recorded
  std::optional<std::uint32_t> stale_ok_ms;  // of the request's header
  std::optional<std::uint64_t> stale_ms;     // of the answer's header
};
using Operations = std::vector<Operation>;
using Index = std::uint32_t;  // of an operation
constexpr Index kNobody = std::numeric_limits<Index>::max();

// The answer says what is or what happened: no answer, `unknown`, `busy` and `unavailable` do not. (`busy` and
// `unavailable` speak for one copy of a write only, so nothing is concluded from them.)
bool is_definite(const Operation& operation);
inline Time end_of(const Operation& operation) { return is_definite(operation) ? operation.returned : kNever; }
// The answer tells the shop as it was at one moment between this time and its end: since the request, or, if it is
// marked as old, for as much longer as it says. Clocks of two processes may differ by the margin of a lease (DESIGN 5).
Time begin_of(const Operation& operation);

const msg::Refusal* refusal_of(const Operation& operation);
// The key of a write that may change the shop; empty: a read, or `outcome`.
std::string_view write_key(const Operation& operation);
// The item that a refusal is about: the one that it names, or the only one of its request.
std::optional<msg::ItemId> item_of(const Operation& operation, const msg::Refusal& refusal);
// By how much the request would move the stock of the item.
base::Quantity moved_by(const Request& request, msg::ItemId item);
// The items that an answer shows, as they were at one moment; empty if it shows none.
std::vector<const msg::Item*> items_shown(const Operation& operation);
// The answer tells what the change of this key left behind (ItemReply::at), however long ago that was, and nothing of
// the items as they are now.
bool tells_what_a_change_left(const Operation& operation);
// The orders that an answer shows.
std::vector<const msg::Order*> orders_shown(const Operation& operation);

// One line for people: who, when, what, and the answer. Times in milliseconds after `origin`.
std::string describe(const Operation& operation, Time origin);

}  // namespace history
