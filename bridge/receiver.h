// Receiver: the body that a webhook sends for an event, and the addresses to which it may send. Both are pure.
//
// An operator names the receiver's URL, but the name's owner decides which address it has. Without this check a
// receiver could have the bridge speak to the services of its own machine or network, such as the metadata of a cloud.
// Check each address that the name has, and connect to an address that was checked.
//
// Threads: none. Tests: tests/bridge/receiver_test.cpp.
#pragma once

#include <utility>

#include <boost/asio/ip/address.hpp>

#include "bridge/webhook.h"
#include "json/events.h"

namespace bridge {

// The body is {"type","timestamp","data"} as Standard Webhooks has it: the type of the event, when it was decided, and
// the event as json::to_text tells it. The id names the event and its history.
Letter letter_of(const json::SeqEvent& event);

// Returns true if the address is one that everybody on the internet can reach: not of this machine, of a private or a
// shared network, of a link, of a group, or kept for other purposes; also if it is an address of IPv4 within one of
// IPv6.
bool is_public(const boost::asio::ip::address& address);

}  // namespace bridge
