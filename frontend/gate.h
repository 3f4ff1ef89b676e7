// Gate: an answer leaves only after every edge that may answer has applied the seq that the answer reveals (DESIGN
// 5.5).
//
// The service names that seq in its answer. The watermark says how far every edge has applied the stream. So once a buy
// is acknowledged, no edge can still answer with the old stock.
//
// Bounds: the edge takes no new request while held_bytes() is above kHeldBytesMax, and none of a client while
// held_bytes_of() it is above kHeldBytesPerClientMax. An answer that has arrived is never dropped for lack of room,
// because its effect has happened. Invariant: a client without an answer here leaves no entry behind.
// Threads: none. Tests: tests/frontend/parts_test.cpp.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/core.h"
#include "msg/catalogue.h"
#include "msg/envelope.h"

namespace frontend {

// About an answer without a lease (DESIGN 5.9). It shows everything that was acknowledged before `as_of`. It must not
// leave when `as_of` is more than `ok_ms` ago.
struct Stale {
  base::Mono as_of;
  std::uint32_t ok_ms = 0;
};

// An answer on its way out.
struct Held {
  base::ClientId to;
  std::string client;  // as in UnderWay
  msg::Header header;
  base::Bytes body;
  base::Mono arrived;  // of the request
  base::Mono held;
  base::Mono expires;
  msg::Service service = msg::Service::kStatus;
  bool trace = false;
  std::optional<Stale> stale;
};

class Gate {
 public:
  static constexpr std::size_t kHeldBytesMax = 64 * 1024 * 1024;
  static constexpr std::size_t kHeldBytesPerClientMax = 16 * 1024 * 1024;
  static constexpr std::size_t kHeldCost = 512;  // bytes that an answer takes besides its body
  using Release = std::function<void(Held&&)>;

  Gate(bool open, Release release) : open_(open), release_(std::move(release)) {}

  // Returns whether an answer that reveals no more than this seq may leave at once.
  bool passes(base::Seq reveals) const;
  // Releases the answer at once if it passes; otherwise holds it.
  void pass(base::Seq reveals, Held answer);
  void on_mark(base::Seq mark);  // never goes back: an older mark is ignored
  // Removes and returns the answers whose deadline has passed.
  std::vector<Held> expire(base::Mono now);
  base::Seq mark() const { return mark_; }
  std::size_t held() const { return held_.size(); }
  std::size_t held_bytes() const { return held_bytes_; }  // with kHeldCost for each answer
  std::size_t held_bytes_of(const std::string& client) const;
  std::size_t clients() const { return clients_.size(); }  // those for which an answer is held

 private:
  void count_out(const Held& answer);

  bool open_;  // false: holds nothing back; only for tests that show why the gate is needed
  Release release_;
  base::Seq mark_;
  std::multimap<base::Seq, Held> held_;
  std::size_t held_bytes_ = 0;
  std::unordered_map<std::string, std::size_t> clients_;  // the bytes of each
};

}  // namespace frontend
