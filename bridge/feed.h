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

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bridge/asker.h"
#include "json/events.h"
#include "msg/events.h"
#include "msg/partly.h"

namespace bridge {

// The topics of each item that an event has named, as of the last event that was followed.
class Topics {
 public:
  void learn(msg::ItemId item, std::string topic, msg::Topics more = {}) {
    topics_.try_emplace(item, Known<std::string>{std::move(topic), {}});
    more_.try_emplace(item, Known<msg::Topics>{std::move(more), {}});
  }
  // Takes the topics of new items, and those that edited items had before. Topics that are known stay.
  void learn(const msg::Event& event);
  // Takes the topics that items have after the event, unless a later event was followed.
  void follow(const msg::Event& event, msg::Seq seq);
  bool knows(msg::ItemId item) const { return topics_.count(item) != 0 && more_.count(item) != 0; }
  std::string_view of(msg::ItemId item) const;  // the first one
  const msg::Topics& more_of(msg::ItemId item) const;

 private:
  template <class Value>
  struct Known {
    Value value;
    msg::Seq seq;  // of the event that gave it
  };
  std::unordered_map<msg::ItemId, Known<std::string>> topics_;
  std::unordered_map<msg::ItemId, Known<msg::Topics>> more_;
};

std::vector<msg::ItemId> items_of(const msg::Event& event);

struct FeedEvent {
  json::EventId id;
  bool hidden = false;  // the bridge itself may not see it
  std::string_view type;
  std::vector<msg::ItemId> items;
  std::vector<std::string> topics;  // folded, as the customer (text/fold.h)
  std::string customer;
  std::optional<msg::Seq> revoked;  // the credential that it ends
  std::string text;                 // the text that is sent: id, event, data
  std::string public_text;          // the same for those who may not see everything; empty: nothing is sent
  std::optional<msg::Event> order;  // if it is of an order: the buyer sees more of it than the public
};
using FeedBatch = std::vector<std::shared_ptr<const FeedEvent>>;

// An event that changes the topic of an item has both topics.
std::shared_ptr<const FeedEvent> rendered(const json::SeqEvent& event, const Topics& topics);

// Passes an event that the viewer may see and that matches at least one value of each kind that the filter names.
struct Filter {
  std::vector<std::string> types;
  std::vector<msg::ItemId> items;
  std::vector<std::string> topics;  // folded, as the customers
  std::vector<std::string> customers;
  msg::Viewer viewer{.everything = true, .by = {}, .customer = {}};

  bool passes(const FeedEvent& event) const;
  // The text that the viewer gets of an event that passes.
  std::string text_of(const FeedEvent& event) const;

 private:
  bool is_own(const FeedEvent& event) const { return event.order && msg::is_own(viewer, *event.order); }
};

// A subscriber's request.
struct EventStream {
  // The first event wanted, or the last event that the subscriber has seen. Without both, the stream begins with the
  // next event.
  std::optional<msg::Seq> from;
  std::optional<json::EventId> seen;
  Filter filter;
  std::optional<Owner> owner{};  // missing: clients without a token may have it
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
