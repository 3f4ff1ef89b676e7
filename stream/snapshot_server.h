// SnapshotServer: gives a replica of the same role a copy of our view, in parts (ADR 16).
//
// A SnapshotMaker makes the copy on a thread of its own when a peer asks for one; until it is ready, the answer is
// `busy`. There is one copy at a time. All peers get parts of it, and it is removed when nobody has asked for it for
// kKept. If a peer cannot use it (it is damaged, or the events after it were trimmed), a new one is made, but not
// before it is kAnew old.
//
// Bounds: a part has at most msg::kSnapshotBytesMax. At most kBytesPerTick leave in a tick, so that our own answers are
// not delayed. At most kWaitingMax requests wait for the next ticks; a further one is refused as `busy`. Threads: none.
// Tests: tests/stream/snapshot_server_test.cpp.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "base/core.h"
#include "base/counters.h"
#include "base/result.h"
#include "msg/envelope.h"
#include "msg/snapshot.h"

namespace stream {

// A copy that is ready.
struct MadeSnapshot {
  std::string id;  // unique
  std::string store;
  std::uint32_t format = 0;
  base::Seq seq;
  std::uint64_t size = 0;
  std::string sha256;
};

// Makes the copies: storage::SnapshotMaker, and the tests' own.
class SnapshotMaker {
 public:
  virtual ~SnapshotMaker() = default;
  // Begins to make a copy. There must be none now.
  virtual void begin() = 0;
  // The result of begin(), once; nothing before there is one.
  virtual std::optional<base::Result<MadeSnapshot>> made() = 0;
  // Reads from the copy. The range must be inside it.
  virtual base::Result<std::string> read(std::uint64_t offset, std::uint32_t bytes) = 0;
  virtual void remove() = 0;
};

class SnapshotServer {
 public:
  static constexpr std::uint64_t kBytesPerTick = 2 * 1024 * 1024;  // 200 MB/s; takes about a millisecond of our loop
  static constexpr std::size_t kWaitingMax = 64;
  // A killed peer comes back within this time and goes on.
  static constexpr base::Duration kKept = std::chrono::seconds(60);
  static constexpr base::Duration kAnew = std::chrono::seconds(5);
  // No new copy is made for this long after a failure.
  static constexpr base::Duration kFailed = std::chrono::seconds(10);

  SnapshotServer(std::string instance, SnapshotMaker& maker) : instance_(std::move(instance)), maker_(maker) {}

  void on_request(const base::ClientId& from, const msg::Header& header, base::BytesView body, base::Turn turn);
  void on_tick(base::Turn turn);
  void count(base::Counters& counters) const;

 private:
  struct Asked {
    base::ClientId from;
    msg::InReplyTo request;
    msg::Snapshot what;
  };

  void answer(const Asked& asked, base::Outbox& out);
  void take_made(base::Now now);
  void remove();
  void refuse(const Asked& asked, msg::Code code, std::string why, base::Outbox& out);

  std::string instance_;
  SnapshotMaker& maker_;
  bool making_ = false;
  base::Mono began_{};
  std::optional<std::pair<std::string, base::Mono>> failed_;  // the reason and the time
  std::optional<MadeSnapshot> made_;
  base::Mono made_at_{};
  base::Mono asked_at_{};
  std::deque<Asked> waiting_;
  std::uint64_t left_ = kBytesPerTick;  // in this tick
  std::uint64_t snapshots_ = 0;
  std::uint64_t served_ = 0;
};

}  // namespace stream
