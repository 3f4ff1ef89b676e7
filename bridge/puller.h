// Puller: fetches events from a frontend, and learns the topics of the items in them.
//
// A frontend's `events` never shows more than the watermark (DESIGN 5.8), so all fetched events may be shown at once.
// If no event since the bridge's start has told the topic of an item, the Puller looks it up before it hands the event
// out: otherwise a filter by topic would miss the event. A request that returned nothing and did not wait is repeated
// at the next tick. So nothing spins while the store is away, or while a frontend does not yet know the stream. If the
// store does not understand the bridge, or the bridge does not understand an event, the Puller fails, because a
// repetition would not help (PROTOCOL 9).
//
// Each page must follow the page before by its hash. If it does not, the stream has another history, e.g. because the
// store was restored to an earlier moment. Then the feed begins anew.
//
// Lifetime: must outlive what it has submitted. Threads: none. Tests: tests/bridge/feed_test.cpp
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "bridge/ask.h"
#include "bridge/feed.h"

namespace bridge {

class Puller {
 public:
  static constexpr std::uint32_t kWaitMs = 2000;
  static constexpr std::uint32_t kBytes = 256 * 1024;  // of blocks in one answer

  // `published` gets the events that have happened since the feed began. It gets none when the feed begins anew.
  using Published = std::function<void(const FeedBatch&)>;

  // `failed` gets the reason why the Puller has given up.
  using Failed = std::function<void(const std::string& why)>;

  Puller(Submit submit, Feed& feed, Published published, Failed failed)
      : submit_(std::move(submit)), feed_(feed), published_(std::move(published)), failed_(std::move(failed)) {}

  // Asks for the last seq of the stream, and then follows the stream into the feed from its last event on.
  void start();
  // Must be called a few times a second.
  void tick();

  // One page of events for a subscriber that is behind the window. It is empty if the stream ends before `from` or if
  // no frontend answered. It is also empty, with `begins` set, if the events before `begins` were trimmed.
  struct Page {
    FeedBatch events;
    std::optional<msg::Seq> begins{};
  };
  void fetch(msg::Seq from, const std::function<void(const Page&)>& done);

  // The store does not let the bridge have the events: they are not for clients without a token, and it has none.
  bool denied() const { return denied_; }

 private:
  bool understood(const client::Answer& answer);
  void pull();
  void on_pulled(const client::Answer& answer);
  void pull_later() { waits_for_tick_ = true; }
  bool follows(const json::EventPage& page) const;
  void begin_another_history(msg::Seq end);
  void publish(std::vector<json::SeqEvent> events);
  void resolve(std::vector<json::SeqEvent> events, std::function<void(FeedBatch)> done);

  Submit submit_;
  Feed& feed_;
  Published published_;
  Failed failed_;
  Topics topics_;
  bool waits_for_tick_ = false;
  bool denied_ = false;
  msg::Seq mark_;      // the greatest mark that an answer has named
  msg::Seq began_at_;  // the last seq of the stream when the feed began
  msg::Hash end_;      // hash of the block that holds the feed's last event; empty if there is none yet
  unsigned behind_ = 0;
};

}  // namespace bridge
