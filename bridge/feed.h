// The stream's events for subscribers over HTTP (server-sent events), without any I/O.
//
// The bridge pulls the stream once (bridge/puller.h) into one window of recent events, each rendered once. A subscriber
// is a place in the stream and a filter, and nothing else: no queue is kept for anybody. One that is behind the window
// is served from the store until it is in it; one that does not read is cut off by its connection's deadline, and comes
// back with the id of the last event that it saw. So none is lost and nothing grows.
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

#include "msg/block.h"
#include "msg/events.h"
#include "msg/requests.h"

namespace bridge {

// {"seq":..,"at":..,"type":"stock_moved",...}: the fields of PROTOCOL 7 less `req` and `incarnation`, which are 64-bit
// numbers for programs of the store. An order's own `type` is `order_type` here.
std::string event_json(msg::Seq seq, const msg::Event& event);

struct SeqEvent {
  msg::Seq seq;
  msg::Event event;
};

// The events of these blocks from `from` on. An error if the blocks cannot be read.
base::Result<std::vector<SeqEvent>> events_of(const msg::EventsReply& reply, msg::Seq from);

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
  msg::Seq seq;
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

class Feed {
 public:
  // Enough that a page that reloads finds its place without asking the store.
  static constexpr std::size_t kWindowBytesMax = 8 * 1024 * 1024;

  explicit Feed(std::size_t bytes_max = kWindowBytesMax) : bytes_max_(bytes_max) {}

  // Forgets all; the next event will be this one.
  void begin(msg::Seq next);
  // What comes after the last one; others are ignored.
  void publish(const FeedBatch& batch);

  bool begun() const { return static_cast<bool>(next_); }
  msg::Seq next() const { return next_; }  // after the last one in the window
  msg::Seq first() const { return window_.empty() ? next_ : window_.front()->seq; }
  bool holds(msg::Seq from) const { return from >= first(); }

  // Appends what passes from `from` on to `out` until that has about bytes_max bytes. Returns where to go on.
  msg::Seq read(msg::Seq from, const Filter& filter, std::size_t bytes_max, std::string& out) const;

 private:
  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  msg::Seq next_;
  std::deque<std::shared_ptr<const FeedEvent>> window_;
};

}  // namespace bridge
