// Subscription: one subscriber's place in the stream of events, without any I/O.
//
// A subscriber begins at a seq, or after the last event that it has seen. That event's id is compared with the stream
// before anything is sent: if the stream has another event there, or does not reach that far, the subscriber is told
// `reset`, and goes on with what comes next. The same happens if the feed finds another history later.
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
  // The bridge, or its frontend, may be a little behind the one whose event the subscriber saw.
  static constexpr base::Duration kAheadWait = std::chrono::seconds(3);

  explicit Subscription(EventStream wanted);

  // Appends what can be sent now to `out`. Returns the seq of an event that must be fetched from the store first, if
  // the subscriber is behind the feed's window; on_page() is then told the answer.
  std::optional<msg::Seq> read(const Feed& feed, base::Mono now, std::string& out);
  void on_page(const Feed& feed, const Puller::Page& page, std::string& out);
  // Appends the id of the last event that the filter has gone over, if the subscriber does not have it yet: a browser
  // whose filter shows little then comes back to where it was.
  void tell_place(std::string& out);

 private:
  bool is_ahead(const Feed& feed, base::Mono now, std::string& out);
  void check_seen(const EventId& there, const Feed& feed, std::string& out);
  void take(const FeedEvent& event, std::string& out);
  void reset(const Feed& feed, std::string& out);
  void reset_to(EventId last, std::string& out);

  Filter filter_;
  std::optional<msg::Seq> next_;          // missing: from when the feed begins
  std::optional<EventId> seen_;           // still to be compared with the stream
  std::optional<std::uint64_t> history_;  // the feed's, when it was read first
  std::optional<base::Mono> ahead_since_;
  EventId last_;            // of the last event that the filter has seen
  bool place_told_ = true;  // the subscriber was sent that id
};

}  // namespace bridge
