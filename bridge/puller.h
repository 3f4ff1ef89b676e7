// Puller: fetches events from a frontend, and learns the topics of the items in them.
//
// `events` of a frontend never shows more than the watermark (DESIGN 5.8), so what is fetched may be shown at once. The
// topic of an item that no event has told since the bridge runs is looked up before its event is handed out: a filter
// by topic must not miss it. A request that brings nothing without having waited is repeated at the next tick, so
// nothing spins while the store is away or a frontend knows nothing yet. A store that does not understand the bridge,
// or events that the bridge does not understand, are a failure instead: to ask again would not help (PROTOCOL 9).
//
// Each page must follow the one before by its hash. One that does not shows another history of the stream, e.g. of a
// store that was restored to an earlier moment; the feed then begins anew.
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
  static constexpr std::uint32_t kBytes = 256 * 1024;  // of blocks, in one answer

  // `published` is told the events that have happened since the feed began; none, if it begins anew.
  using Published = std::function<void(const FeedBatch&)>;

  // `failed` is told why it has given up.
  using Failed = std::function<void(const std::string& why)>;

  Puller(Submit submit, Feed& feed, Published published, Failed failed)
      : submit_(std::move(submit)), feed_(feed), published_(std::move(published)), failed_(std::move(failed)) {}

  // Finds out where the stream stands, and follows it into the feed from its last event on.
  void start();
  // To be called a few times a second.
  void tick();

  // One page of events for a subscriber who is behind the window. It is empty if the stream ends before `from`, if
  // nobody could be asked, or, with `begins`, if the stream is kept only from there on.
  struct Page {
    FeedBatch events;
    std::optional<msg::Seq> begins{};
  };
  void fetch(msg::Seq from, std::function<void(const Page&)> done);

 private:
  bool understood(const client::Answer& answer);
  void pull();
  void on_pulled(const client::Answer& answer);
  void pull_later() { waits_for_tick_ = true; }
  bool follows(const EventPage& page) const;
  void begin_another_history(msg::Seq end);
  void publish(std::vector<SeqEvent> events);
  void resolve(std::vector<SeqEvent> events, std::function<void(FeedBatch)> done);

  Submit submit_;
  Feed& feed_;
  Published published_;
  Failed failed_;
  Topics topics_;
  bool waits_for_tick_ = false;
  msg::Seq mark_;      // the last that was told
  msg::Seq began_at_;  // where the stream ended when the feed began
  msg::Hash end_;      // the hash of the block of the last event in the feed; empty: none yet
  unsigned behind_ = 0;
};

}  // namespace bridge
