// SnapshotServer: gives a replica of the same role a copy of our view, in parts (ADR 16).
//
// The copy is made when one is asked for (`busy` until it is there), by a SnapshotMaker on a thread of its own. There
// is one at a time; whoever asks gets parts of it, and it is removed when nobody has asked for kKept. One that is of no
// use to a peer (it is damaged, or what follows it was trimmed) is made anew, but not before it is kAnew old.
//
// Bounds: a part has at most msg::kSnapshotBytesMax; kBytesPerTick leave in a tick, so that our own answers are not
// delayed; kWaitingMax requests wait for the next ticks, beyond that `busy`. Threads: none.
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
  std::string id;  // never that of another
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
  // Begins to make one; there is none now.
  virtual void begin() = 0;
  // What has come of begin(): told once, nothing before that.
  virtual std::optional<base::Result<MadeSnapshot>> made() = 0;
  // Of the one that was made; the range lies in it.
  virtual base::Result<std::string> read(std::uint64_t offset, std::uint32_t bytes) = 0;
  virtual void remove() = 0;
};

class SnapshotServer {
 public:
  static constexpr std::uint64_t kBytesPerTick = 2 * 1024 * 1024;  // 200 MB/s; a millisecond of our loop
  static constexpr std::size_t kWaitingMax = 64;
  static constexpr base::Duration kKept = std::chrono::seconds(60);  // whoever was killed comes back and goes on
  static constexpr base::Duration kAnew = std::chrono::seconds(5);
  static constexpr base::Duration kFailed = std::chrono::seconds(10);  // after a failure none is made for so long

  SnapshotServer(std::string instance, SnapshotMaker& maker) : instance_(std::move(instance)), maker_(maker) {}

  void on_request(const base::ClientId& from, const msg::Header& header, base::BytesView body, base::Now now,
                  base::Outbox& out);
  void on_tick(base::Now now, base::Outbox& out);
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
  std::optional<std::pair<std::string, base::Mono>> failed_;  // why, and when
  std::optional<MadeSnapshot> made_;
  base::Mono made_at_{};
  base::Mono asked_at_{};
  std::deque<Asked> waiting_;
  std::uint64_t left_ = kBytesPerTick;  // of this tick
  std::uint64_t snapshots_ = 0;
  std::uint64_t served_ = 0;
};

}  // namespace stream
