// Checks the fields of an event that the writer wants to append: the limits of msg/limits.h, texts without control
// characters, and the total of an order. The broker's own events cannot be appended. The check knows no other event and
// no item, so an event that passes may still contradict the state of the shop.
//
// Threads: none. Tests: tests/msg/well_formed_test.cpp
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "msg/events.h"

namespace msg {

// Returns the first fault of terms of sale and the name of its field; nothing if there is none.
std::optional<std::string> fault_of(const Terms& terms);
// The same of single rules, which need not make terms together.
std::optional<std::string> fault_of_rules(const Terms& rules);
// Returns the first fault of a description, of topics besides the first one, or of attributes; nothing if there is
// none.
std::optional<std::string> fault_of_description(std::string_view description);
std::optional<std::string> fault_of(const Topics& topics);
std::optional<std::string> fault_of(const Attributes& attributes);
// The same of one of them. The name is the field of a fault of the value.
std::optional<std::string> fault_of_attribute(std::string_view name, std::string_view value);

// Returns the first fault of the places of an item.
std::optional<std::string> fault_of(const Places& places);
// Returns the fault of a subscription's name; nothing if there is none.
std::optional<std::string> fault_of_subscription(std::string_view name);

// Returns the first fault and the name of its field; nothing if there is none.
std::optional<std::string> fault_of_appended(const Event& event);
// The same of an event of the writer in a stream, which an earlier release may have decided: its texts may have control
// characters, and the total of an order may pass its limit (ADR 36).
std::optional<std::string> fault_of_decided(const Event& event);

}  // namespace msg
