// What the client commands print: things of the shop as JSON and as text, and complaints.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/audit_stream.h"
#include "cli/money.h"
#include "cli/tasks.h"
#include "msg/block.h"

namespace cli {

using Json = nlohmann::ordered_json;

// A price is a decimal number in the shop's units and, exactly, `..._cents`.
Json to_json(const msg::Item& item);
Json to_json(const msg::Order& order);
Json event_to_json(base::Seq seq, const msg::Event& event);

void print_json(const Json& json);
void print_item(const msg::Item& item);
void print_order(const msg::Order& order);
void print_checks(const std::vector<Check>& checks, bool json);

// "12.3 s", "640 ms".
std::string duration_text(std::uint64_t milliseconds);
// "2026-11-21 04:31:10.123 UTC".
std::string time_text(std::int64_t milliseconds);

// Says what went wrong and what to do next; `key` is that of a write. Returns the exit code that fits.
int complain(const Common& common, const msg::Refusal& refusal, const std::string& key = {});
int usage_error(const std::string& what);
// What is not done, for a reason that no store has given. Returns kRefused.
int refuse(const std::string& why, bool json);

bool colours(int fd);  // a terminal, and NO_COLOR is not set

}  // namespace cli
