// Puller: fetches events from a frontend, and learns the topics of the items in them.
//
// `events` of a frontend never shows more than the watermark (DESIGN 5.8), so what is fetched may be shown at once. The
// topic of an item that no event has told since the bridge runs is looked up before its event is handed out: a filter
// by topic must not miss it. A request that fails is repeated for ever; the client library paces that. But a store that
// does not understand us, or events that we do not, are told as a failure: to ask again would not help (PROTOCOL 9).
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

  // `published` is told what is new in the feed; nothing, if it began anew.
  using Published = std::function<void(const FeedBatch&)>;

  // `failed` is told why it has given up.
  using Failed = std::function<void(const std::string& why)>;

  Puller(Submit submit, Feed& feed, Published published, Failed failed)
      : submit_(std::move(submit)), feed_(feed), published_(std::move(published)), failed_(std::move(failed)) {}

  // Finds out where the stream stands, and follows it from there into the feed.
  void start();

  // One page for a subscriber who is behind the window. `done` gets what there is, and the watermark; the page is empty
  // if the stream ends before `from`, or if nobody could be asked; and with `begins`, if what is kept begins only
  // there.
  struct Page {
    FeedBatch events;
    msg::Seq mark;
    std::optional<msg::Seq> begins{};
  };
  void fetch(msg::Seq from, std::function<void(const Page&)> done);

 private:
  bool understood(const client::Answer& answer);
  void pull();
  void on_pulled(const client::Answer& answer);
  void resolve(std::vector<SeqEvent> events, std::function<void(FeedBatch)> done);

  Submit submit_;
  Feed& feed_;
  Published published_;
  Failed failed_;
  Topics topics_;
  msg::Seq mark_;
  unsigned behind_ = 0;
};

}  // namespace bridge
