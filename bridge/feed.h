// The stream's events for subscribers over HTTP (server-sent events), without any I/O.
//
// The bridge pulls the stream once (bridge/puller.h) into one window of recent events, each rendered once. A subscriber
// is a place in the stream and a filter, and nothing else: no queue is kept for anybody. One that is behind the window
// is served from the store until it is in it; one that does not read is cut off by its connection's deadline, and comes
// back with the id of the last event that it saw. So none is lost and nothing grows.
//
// Threads: none; owned by the server's thread. Tests: tests/bridge/feed_test.cpp
#pragma once

#include <fmt/format.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "msg/block.h"
#include "msg/events.h"
#include "msg/requests.h"

namespace bridge {

// {"seq":..,"at":..,"type":"stock_moved",...}: the fields of PROTOCOL 7 without `req`, `digest` and `incarnation`,
// which are for programs of the store. An order's own `type` is `order_type` here.
std::string event_json(msg::Seq seq, const msg::Event& event);

// The id of an event for subscribers: "SEQ-TAG". The tag is the beginning of the hash of the event's block, as eight
// hex digits. Blocks are chained by their hashes, so the id also names the history that led to the event: a store that
// was restored to an earlier moment gives the same seq another id. An id without a tag ("SEQ") names a place in any
// history.
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
};

// The content of an answer to `events`.
struct EventPage {
  std::vector<SeqEvent> events;    // from the seq that was asked for on
  std::optional<msg::Seq> begins;  // set if the stream begins only here: what was asked for is not kept any more
  // Of the blocks, if there are any: the first seq, the hash that the first block follows, the hashes of first and
  // last.
  msg::Seq first;
  msg::Hash prev, first_hash, last_hash;
};
// Fails if a block or an event cannot be read.
base::Result<EventPage> page_of(const msg::EventsReply& reply, msg::Seq from);

// Where these blocks begin, if that is after `from`: what was before is not kept any more.
std::optional<msg::Seq> trimmed_to(const msg::EventsReply& reply, msg::Seq from);

// The topic of every item that an event has named; a topic never changes.
class Topics {
 public:
  void learn(msg::ItemId item, std::string topic) { topics_[item] = std::move(topic); }
  void learn(const msg::Event& event);  // what items_added says
  bool knows(msg::ItemId item) const { return topics_.count(item) != 0; }
  std::string_view of(msg::ItemId item) const;

 private:
  std::unordered_map<msg::ItemId, std::string> topics_;
};

std::vector<msg::ItemId> items_of(const msg::Event& event);

struct FeedEvent {
  EventId id;
  std::string_view type;
  std::vector<msg::ItemId> items;
  std::vector<std::string> topics;  // lower case
  std::string customer;
  std::string text;  // as it is sent: id, event, data
};
using FeedBatch = std::vector<std::shared_ptr<const FeedEvent>>;

std::shared_ptr<const FeedEvent> rendered(const SeqEvent& event, const Topics& topics);

// Shown is what has one of the values of each kind that is asked for.
struct Filter {
  std::vector<std::string> types;
  std::vector<msg::ItemId> items;
  std::vector<std::string> topics;  // compared without case (ASCII)
  std::vector<std::string> customers;

  bool passes(const FeedEvent& event) const;
};

// A subscriber's request.
struct EventStream {
  std::optional<msg::Seq> from;  // the first event wanted; neither this nor `seen`: from now on
  std::optional<EventId> seen;   // the last event that it has seen; it is sent what follows
  Filter filter;
};

class Feed {
 public:
  // Enough that a page that reloads finds its place without asking the store.
  static constexpr std::size_t kWindowBytesMax = 8 * 1024 * 1024;

  explicit Feed(std::size_t bytes_max = kWindowBytesMax) : bytes_max_(bytes_max) {}

  // Empties the window; `next` is the first event that it takes then.
  void begin(msg::Seq next);
  // The same, because the stream has turned out to have another history: no id that was given before is good any more.
  void begin_another_history(msg::Seq next);
  // Takes the events that follow the last one, and ignores others.
  void publish(const FeedBatch& batch);

  // The window holds at least one event from then on.
  bool begun() const { return !window_.empty(); }
  msg::Seq next() const { return next_; }  // after the last one in the window
  msg::Seq first() const { return window_.empty() ? next_ : window_.front()->id.seq; }
  bool holds(msg::Seq from) const { return from >= first(); }
  std::uint64_t history() const { return history_; }  // rises with each other history
  // An event in the window: first() <= seq < next().
  const FeedEvent& at(msg::Seq seq) const { return *window_[seq.value() - first().value()]; }
  const FeedEvent& last() const { return *window_.back(); }  // once it has begun

 private:
  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::uint64_t history_ = 0;
  msg::Seq next_;
  std::deque<std::shared_ptr<const FeedEvent>> window_;
};

}  // namespace bridge
