// Gate: an answer leaves only once every edge that may answer has applied what it reveals (DESIGN 5.5).
//
// What is revealed is named by the service as a seq; the watermark says how far every edge has come. So when a buy is
// acknowledged, no edge can still answer with the stock before it.
//
// Bounds: the edge takes no new request while held_bytes() is above kHeldBytesMax (an answer that is here is never
// dropped for want of room: the thing it tells has happened).
// Threads: none. Tests: tests/frontend/parts_test.cpp.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/core.h"
#include "msg/envelope.h"

namespace frontend {

// Of an answer without a lease (DESIGN 5.9): it tells all that was acknowledged before `as_of`, and must not leave when
// that is more than `ok_ms` ago.
struct Stale {
  base::Mono as_of;
  std::uint32_t ok_ms = 0;
};

// An answer on its way out.
struct Held {
  base::ClientId to;
  msg::Header header;
  base::Bytes body;
  base::Mono arrived;  // of the request
  base::Mono held;
  base::Mono expires;
  bool is_write = false;
  bool trace = false;
  std::optional<Stale> stale;
};

class Gate {
 public:
  static constexpr std::size_t kHeldBytesMax = 64 * 1024 * 1024;
  using Release = std::function<void(Held&&)>;

  Gate(bool open, Release release) : open_(open), release_(std::move(release)) {}

  // Releases at once what reveals no more than the watermark.
  void pass(base::Seq reveals, Held answer);
  void on_mark(base::Seq mark);  // never goes back: an older mark is ignored
  // Takes out what the client will not wait for any longer.
  std::vector<Held> expire(base::Mono now);
  base::Seq mark() const { return mark_; }
  std::size_t held() const { return held_.size(); }
  std::size_t held_bytes() const { return held_bytes_; }

 private:
  bool open_;  // lets everything through: only for tests that show what the gate is for
  Release release_;
  base::Seq mark_;
  std::multimap<base::Seq, Held> held_;
  std::size_t held_bytes_ = 0;
};

}  // namespace frontend
