// The events of the stream as people and programs outside read them: as JSON, with ids, and page by page.
//
// Threads: none. Tests: tests/json/events_test.cpp
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "msg/block.h"
#include "msg/events.h"
#include "msg/requests.h"

namespace json {

// The first 32 bits of a hash as 8 hexadecimal digits. This part of an event's id and of an ETag names a history.
constexpr std::size_t kShortHashDigits = 8;
std::string short_hash(const msg::Hash& hash);

// An event as JSON: {"seq":..,"at":..,"by":..,"type":"stock_moved",...}. It has the fields of PROTOCOL 7 without `req`,
// `digest`, `hash` and `incarnation`, which only the store's own programs need. An order's own `type` is `order_type`
// here.
std::string to_text(msg::Seq seq, const msg::Event& event);

// The id of an event for subscribers: "SEQ-TAG". The tag is the first eight hexadecimal digits of the hash of the
// event's block. Blocks are chained by their hashes, so the id also names the history that led to the event: in a store
// that was restored to an earlier moment, the same seq gets another id. An id without a tag ("SEQ") names a place in
// any history.
struct EventId {
  msg::Seq seq;
  std::string tag;

  std::string text() const { return tag.empty() ? std::to_string(seq.value()) : fmt::format("{}-{}", seq, tag); }
  friend bool operator==(const EventId&, const EventId&) = default;
};
std::optional<EventId> event_id_of(std::string_view text);

struct SeqEvent {
  EventId id;
  msg::Event event;
  bool hidden = false;  // the client may not see it; `event` says nothing
};

// The content of an answer to `events`.
struct EventPage {
  std::vector<SeqEvent> events;    // from the requested seq on
  std::optional<msg::Seq> begins;  // set if the stream begins only here, because the requested events were trimmed
  // About the answer's blocks, if it has any: the seq of their first event, the hash that the first block follows, and
  // the hashes of the first and the last block.
  msg::Seq first;
  msg::Hash prev, first_hash, last_hash;
};
// Fails if a block or an event cannot be decoded.
base::Result<EventPage> page_of(const msg::EventsReply& reply, msg::Seq from);

// Returns the seq at which these blocks begin, if it is greater than `from`: then the events before it were trimmed.
std::optional<msg::Seq> trimmed_to(const msg::EventsReply& reply, msg::Seq from);

}  // namespace json
