// Subscription: one subscriber's place in the stream of events, without any I/O.
//
// A subscriber begins at a seq, or after the last event that it has seen. Before anything is sent, that event's id is
// compared with the stream. If the stream has another event at that seq, or ends before it, the subscriber gets `reset`
// and then the events that follow. The same happens if the feed finds another history later.
//
// Lifetime: none of its own. Threads: none; owned by the server's thread. Tests: tests/bridge/subscription_test.cpp
#pragma once

#include <optional>
#include <string>

#include "base/time.h"
#include "bridge/feed.h"
#include "bridge/puller.h"

namespace bridge {

class Subscription {
 public:
  static constexpr std::size_t kPieceBytes = 64 * 1024;
  // The bridge, or its frontend, may be a little behind the frontend whose event the subscriber saw.
  static constexpr base::Duration kAheadWait = std::chrono::seconds(3);

  explicit Subscription(EventStream wanted);

  // Appends to `out` what can be sent now. If the subscriber is behind the feed's window, returns the seq of the event
  // that must be fetched from the store; on_page() then takes the answer.
  std::optional<msg::Seq> read(const Feed& feed, base::Mono now, std::string& out);
  void on_page(const Feed& feed, const Puller::Page& page, std::string& out);
  // Appends the id of the last event that the filter has examined, unless the subscriber has it already. Without it, a
  // browser whose filter passes few events would come back to an old place.
  void tell_place(std::string& out);

 private:
  bool is_ahead(const Feed& feed, base::Mono now, std::string& out);
  void check_seen(const json::EventId& there, const Feed& feed, std::string& out);
  void take(const FeedEvent& event, std::string& out);
  void reset(const Feed& feed, std::string& out);
  void reset_to(json::EventId last, std::string& out);

  Filter filter_;
  std::optional<msg::Seq> next_;          // missing: begins with the feed's next event
  std::optional<json::EventId> seen_;     // not yet compared with the stream
  std::optional<std::uint64_t> history_;  // of the feed, when it was first read
  std::optional<base::Mono> ahead_since_;
  json::EventId last_;      // of the last event that the filter has examined
  bool place_told_ = true;  // the subscriber has got that id
};

}  // namespace bridge
