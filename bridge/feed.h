// The stream's events for subscribers over HTTP (server-sent events), without any I/O.
//
// The bridge pulls the stream once (bridge/puller.h) into one window of recent events, and renders each event once. A
// subscriber is only a place in the stream and a filter; the bridge keeps no queue per subscriber. A subscriber that is
// behind the window is served from the store until it reaches the window. A subscriber that does not read is cut off by
// its connection's deadline, and comes back with the id of the last event that it saw. So no event is lost and no
// memory grows.
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

// An event as JSON: {"seq":..,"at":..,"type":"stock_moved",...}. It has the fields of PROTOCOL 7 without `req`,
// `digest` and `incarnation`, which only the store's own programs need. An order's own `type` is `order_type` here.
std::string event_json(msg::Seq seq, const msg::Event& event);

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

// The topic of each item that an event has named. An item's topic never changes.
class Topics {
 public:
  void learn(msg::ItemId item, std::string topic) { topics_[item] = std::move(topic); }
  void learn(const msg::Event& event);  // takes the topics from `items_added`
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
  std::vector<std::string> topics;  // folded, as the customer (text/fold.h)
  std::string customer;
  std::string text;  // the text that is sent: id, event, data
};
using FeedBatch = std::vector<std::shared_ptr<const FeedEvent>>;

std::shared_ptr<const FeedEvent> rendered(const SeqEvent& event, const Topics& topics);

// Passes an event that matches at least one value of each kind that the filter names.
struct Filter {
  std::vector<std::string> types;
  std::vector<msg::ItemId> items;
  std::vector<std::string> topics;  // folded, as the customers
  std::vector<std::string> customers;

  bool passes(const FeedEvent& event) const;
};

// A subscriber's request.
struct EventStream {
  // The first event wanted, or the last event that the subscriber has seen. Without both, the stream begins with the
  // next event.
  std::optional<msg::Seq> from;
  std::optional<EventId> seen;
  Filter filter;
};

class Feed {
 public:
  // Large enough that a page that reloads usually finds its place without a request to the store.
  static constexpr std::size_t kWindowBytesMax = 8 * 1024 * 1024;

  explicit Feed(std::size_t bytes_max = kWindowBytesMax) : bytes_max_(bytes_max) {}

  // Empties the window. `next` is the first event that the window takes afterwards.
  void begin(msg::Seq next);
  // Does the same after the stream has turned out to have another history: no id that was given before is valid any
  // more.
  void begin_another_history(msg::Seq next);
  // Takes the events that follow the last one, and ignores all others.
  void publish(const FeedBatch& batch);

  // From then on the window always holds at least one event.
  bool begun() const { return !window_.empty(); }
  msg::Seq next() const { return next_; }  // the seq after the window's last event
  msg::Seq first() const { return window_.empty() ? next_ : window_.front()->id.seq; }
  bool holds(msg::Seq from) const { return from >= first(); }
  std::uint64_t history() const { return history_; }  // rises each time the stream turns out to have another history
  // Returns an event of the window. Needs first() <= seq < next().
  const FeedEvent& at(msg::Seq seq) const { return *window_[seq.value() - first().value()]; }
  const FeedEvent& last() const { return *window_.back(); }  // needs begun()

 private:
  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::uint64_t history_ = 0;
  msg::Seq next_;
  std::deque<std::shared_ptr<const FeedEvent>> window_;
};

}  // namespace bridge
