// The output of the client commands: items, orders and events as JSON and as text, and complaints.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "json/events.h"
#include "json/json.h"
#include "msg/block.h"
#include "tasks/money.h"
#include "tasks/tasks.h"

namespace tasks {

using Json = nlohmann::ordered_json;

// The same members as over HTTP and in the protocol: money in cents, instants in milliseconds since 1970 UTC.
template <class Body>
Json to_json(const Body& body) {
  return Json::parse(json::to_text(body));
}
// An item always has its held and its available pieces here and tells whether it is retired, and an order has its
// state.
Json to_json(const msg::Item& item);
Json to_json(msg::Order order);
Json event_to_json(base::Seq seq, const msg::Event& event);
// Returns the fields of the event on one line for people: those of event_to_json without `seq`, `at` and `type`. Each
// amount is a text like "25.99 EUR".
std::string event_text(const msg::Event& event, const Currency& currency);

void print_json(const Json& json);
// `with_version`: also the version, which a change may name (--expect-version).
void print_item(const msg::Item& item, const Currency& currency, bool with_version = false);
// Tells in words what a count has found: "2 more than the books said".
std::string difference_text(base::Quantity delta);
void print_order(const msg::Order& order, const Currency& currency);
void print_hold(const msg::Hold& hold, const Currency& currency);
void print_movement(const msg::Movement& movement);
// `last`: the last event of the stream.
void print_subscription(const msg::Subscription& subscription, base::Seq last);

// "1 order", "2 orders". `noun`: one that takes an s.
std::string count_text(std::uint64_t count, std::string_view noun);
// "12.3 s" or "640 ms".
std::string duration_text(std::uint64_t milliseconds);
// "2026-11-21 04:31:10.123 UTC"; `milliseconds` since 1970 UTC.
std::string time_text(std::int64_t milliseconds);

// Prints what went wrong and what to do next. `key`: the key of a write. Returns the exit code for the refusal.
int complain(const Common& common, const msg::Refusal& refusal, const std::string& key = {});
// Has the reader of a pipe see what was printed. Throws std::system_error if it cannot be written.
void flush_output();

int usage_error(const std::string& what);
// Prints why a command does nothing, for a reason that does not come from a store. Returns kRefused.
int refuse(const std::string& why, bool json);

bool colours(int fd);  // true if `fd` is a terminal and NO_COLOR is not set

}  // namespace tasks
