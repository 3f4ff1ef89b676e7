// SpanQueue: the spans that wait for a collector, and when which of them are sent.
//
// Spans leave in batches: when there are kBatchBytes of them, or kWait after the first. One batch is under way. A batch
// that the collector cannot take at present (no answer, 429, 502, 503, 504) is sent again after a pause, which grows
// from kPauseMin to kPauseMax, and is at least what Retry-After says, up to kPauseMax. Any other answer but success
// loses the batch: it would not become better.
//
// Bounds: kBytesMax of spans, with those under way. If there is no room, the oldest that are not under way are dropped,
// and counted. Pure. Threads: none. Tests: tests/bridge/span_queue_test.cpp
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "base/time.h"
#include "bridge/otlp.h"

namespace bridge {

// How the sending of spans goes, for /metrics.
struct Exported {
  std::uint64_t sent = 0;     // spans that the collector took
  std::uint64_t dropped = 0;  // spans that it never got: no room, or it refused them
  std::uint64_t failed = 0;   // tries that failed
  std::size_t waiting_bytes = 0;
};

class SpanQueue {
 public:
  static constexpr std::size_t kBytesMax = 4 * 1024 * 1024;
  static constexpr std::size_t kBatchBytes = 256 * 1024;
  static constexpr base::Duration kWait = std::chrono::seconds(1);
  static constexpr base::Duration kPauseMin = std::chrono::seconds(1);
  static constexpr base::Duration kPauseMax = std::chrono::seconds(60);

  void add(SpanText spans, base::Mono now);
  // When take() returns something; never while a batch is under way or none waits.
  std::optional<base::Mono> due() const;
  // Returns the spans to send now; nothing if none are due. Then ended() must be called.
  std::optional<std::string> take(base::Mono now);
  // `status`: nothing if no answer came. Returns whether the batch was taken.
  bool ended(std::optional<unsigned> status, std::optional<base::Duration> retry_after, base::Mono now);
  // The process ends: what waits is due at once, and a batch that fails is not sent again.
  void hurry();

  bool is_empty() const { return !batch_ && waiting_.empty(); }
  const Exported& figures() const { return figures_; }

 private:
  void drop(const SpanText& spans);

  std::deque<SpanText> waiting_;
  std::optional<SpanText> batch_;  // it is under way, or will be sent again
  bool under_way_ = false;
  bool hurries_ = false;
  base::Mono first_at_{};  // when the first of `waiting_` came, or an earlier one
  base::Mono not_before_{};
  base::Duration pause_{};
  Exported figures_;
};

}  // namespace bridge
