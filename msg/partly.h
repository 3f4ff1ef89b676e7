// Partly: the part of the stream for a client that may not see all of it.
//
// It shows the catalogue: new and edited items, prices and stock. Of an order or a hold it shows the lines, because
// they change what can be bought. The customer and the key are shown only if the order or hold is the client's own: its
// credential placed it, or it names its customer. So nobody can name another's key, which `outcome` would answer. All
// other events are left out. Threads: none. Tests: tests/msg/partly_test.cpp.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "msg/credentials.h"
#include "msg/events.h"
#include "msg/requests.h"

namespace msg {

struct Viewer {
  bool everything = false;
  std::optional<base::Seq> by;  // its credential
  std::string customer;         // of a buyer
};

// `credential`: of the client; without one it may do what `anonymous` says.
Viewer viewer_of(const std::optional<Credential>& credential, Anonymous anonymous);

// Says whether the event is of an order of the viewer.
bool is_own(const Viewer& viewer, const Event& event);

// The event as the viewer sees it; nothing if it may not see it.
std::optional<Event> shown_to(const Viewer& viewer, Event event);

// The answer with the parts instead of its blocks. Fails if a block cannot be read.
base::Result<EventsReply> partly(const EventsReply& reply, const Viewer& viewer);

}  // namespace msg
