// Follower: gives the stream in order, whole, each block once (DESIGN 3).
//
// The live tail comes over PUB, which may lose any message; heartbeats and marks tell where the stream ends. The
// Follower keeps blocks that are ahead, and asks a broker to replay missing ones. It checks each block's hash and that
// it names the block before, and hands over each block exactly once, in order. On start it subscribes, waits for a
// heartbeat, asks for the missing blocks, applies the replay and goes live. It never sleeps; it waits only for events.
//
// Bounds: it keeps at most kAheadBytesMax of blocks that are ahead. Without an answer to a replay it asks again after
// kAskAgain, each time after twice as long and for fewer bytes. A late answer is taken, too: on a slow link every
// answer takes longer than that and must not be dropped. Faults that no replay can repair are told through fault(), and
// the process must stop and say so: another store, a stream that ends before our view does, a chain that does not join,
// a broker whose version is not ours. Threads: none. Tests: tests/stream/follower_test.cpp.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/core.h"
#include "msg/block.h"
#include "msg/envelope.h"
#include "msg/internal.h"
#include "stream/brokers.h"
#include "stream/position.h"

namespace stream {

class Follower {
 public:
  static constexpr std::size_t kAheadBytesMax = 8 * 1024 * 1024;
  static constexpr std::uint32_t kReplayBytes = 512 * 1024;  // one answer to a replay
  static constexpr std::uint32_t kReplayBytesMin = 16 * 1024;
  static constexpr base::Duration kAskAgain = std::chrono::milliseconds(200);
  static constexpr base::Duration kAskAgainMax = std::chrono::milliseconds(400);

  using Apply = std::function<void(const msg::Block&, const std::vector<msg::Event>&, base::BytesView bytes)>;

  // kFromNow: for an edge, which has no view to fill; it begins where the stream ends when it first hears of it.
  // kWhereItBegins: for the archive of a broker; an empty archive begins with the blocks that the brokers still keep.
  // Its on_block gives blocks of the journal, which decide what the stream is: an archive that contradicts one of them
  // has another history.
  enum class Start { kFromPosition, kFromNow, kWhereItBegins };

  Follower(Position position, std::vector<base::Endpoint> brokers, Apply apply, Start start = Start::kFromPosition);

  // Takes a block from PUB, with what follows it in `payload`. Returns the number of bytes of the block, 0 if it was
  // refused.
  std::size_t on_block(base::BytesView payload);
  // Takes the heartbeat of the leading broker, which tells where the stream ends. It must have come over PUB: by
  // another way a commit seq could overtake its block and would look like a gap.
  void on_leader(const msg::Heartbeat& beat);
  // As Brokers::announced.
  std::optional<base::Endpoint> on_announced(base::BytesView heartbeat, const std::string& host);
  void on_mark(const msg::Mark& mark);
  // For a standby broker, which hears from the journal where the stream ends. `broker` is asked for missing blocks.
  void on_told(base::Seq commit, const base::Endpoint& broker);
  // Takes the answer to a replay. Only the answer to the last request can show that the broker has lost blocks that we
  // have.
  void on_replay(std::uint64_t id, const msg::ReplayReply& reply);
  // Takes a broker's refusal of any request of this process.
  void on_refused(const msg::Message& message);
  // Sends the replay request that is due, if there is one.
  void ask(base::Mono now, base::Outbox& out);

  const Position& position() const { return position_; }
  base::Seq commit_seq() const { return commit_; }
  // It has heard where the stream ends, and has applied everything up to there.
  bool level() const { return heard_ && position_.applied >= commit_; }
  // Of an archive: it is empty, or on_block has given a block that confirms the hash of its last block.
  bool confirmed() const { return !position_.block || confirmed_; }
  // Returns true once if the next block was given ahead of its turn and found no room. It must be given again.
  bool lacks_what_was_told();
  const base::Endpoint& broker() const { return broker_; }
  const std::optional<std::string>& fault() const { return fault_; }
  std::uint64_t rejected() const { return rejected_; }  // blocks that failed their checks

 private:
  void refuse(base::BytesView block);
  bool joins(const msg::Block& block) const;
  bool is_archive() const { return start_ == Start::kWhereItBegins; }
  bool contradicts(const msg::Block& block) const;
  void compare(const msg::Block& told);
  void begin_at(const std::string& store, base::Seq applied);
  void take_trimmed(const msg::Trimmed& trimmed);
  void take(const msg::Block& block, base::BytesView bytes);
  void take(const msg::Block& block, const base::Result<std::vector<msg::Event>>& events, base::BytesView bytes);
  void keep_ahead(const msg::Block& block, base::BytesView bytes);
  void take_what_is_ahead();
  void log_catch_up();

  Position position_;
  Brokers brokers_;
  base::Endpoint broker_;
  Apply apply_;
  Start start_;
  bool unjoined_ = false;  // begins in mid-stream, so the hash of the block before is unknown
  bool heard_ = false;
  base::Term term_;
  base::Seq commit_;
  int beats_behind_us_ = 0;                 // heartbeats in a row whose stream ends before our view
  int contradicted_ = 0;                    // answers in a row from a stream that ends before our view
  std::map<base::Seq, base::Bytes> ahead_;  // by first seq
  std::size_t ahead_bytes_ = 0;
  std::optional<base::Seq> without_room_;  // the first seq that came ahead and was not kept
  bool confirmed_ = false;
  std::uint64_t replay_id_ = 0;
  bool asked_ = false;
  base::Mono asked_at_{};
  base::Duration ask_again_ = kAskAgain;
  std::uint32_t replay_bytes_ = kReplayBytes;
  base::Seq asked_with_;     // what was applied then; a broker that answers with less has lost blocks
  base::Seq replayed_from_;  // of the present catch-up, for the log; 0: there is none
  base::Seq replayed_to_;
  std::optional<std::string> fault_;
  std::uint64_t rejected_ = 0;
};

}  // namespace stream
