// Follower: the stream, in order, whole, once (DESIGN 3).
//
// The live tail comes over PUB and may lose anything; heartbeats and marks tell where the stream stands. The Follower
// buffers what is ahead, asks a broker to replay what is missing, and hands over each block exactly once, in order,
// after checking its hash and that it names the block before. Order on start: subscribed -> heartbeat heard -> ask ->
// replay -> live. It never sleeps; it waits only for events.
//
// Bounds: kAheadBytesMax of blocks are held that are ahead. A replay is asked for again after kAskAgain without an
// answer, each time after twice as long and for fewer bytes, and an answer that comes late is taken all the same: on a
// slow link every answer takes longer than that, and must not be thrown away for it.
// Faults that no replay can mend (another store, a stream that ends before our view does, a chain that does not join, a
// broker whose version is not ours) are told through fault(): the process has to stop and say so. Threads: none. Tests:
// tests/stream/follower_test.cpp.
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

  // kFromNow: for an edge, which has no view to fill: begin where the stream stands when it is first heard of.
  // kWhereItBegins: for the archive of a broker: an empty one begins with what the brokers still keep. Its on_block
  // tells blocks of the journal, which decide what the stream is: an archive that contradicts one is of another
  // history.
  enum class Start { kFromPosition, kFromNow, kWhereItBegins };

  Follower(Position position, std::vector<base::Endpoint> brokers, Apply apply, Start start = Start::kFromPosition);

  // A block from PUB, and whatever follows it in `payload`. Returns how many bytes the block took, 0 if it was refused.
  std::size_t on_block(base::BytesView payload);
  // A broker leader's own heartbeat: where the stream stands. Not for what came by another way than PUB: a commit seq
  // that overtakes its block there would look like a gap.
  void on_leader(const msg::Heartbeat& beat);
  // As Brokers::announced.
  std::optional<base::Endpoint> on_announced(base::BytesView heartbeat, const std::string& host);
  void on_mark(const msg::Mark& mark);
  // For who hears of the stream from elsewhere, as a standby broker does from the journal: where it stands, and who is
  // asked for what is missing.
  void on_told(base::Seq commit, const base::Endpoint& broker);
  // The answer to a replay. Only one to what was asked for last can show that the broker has lost what we have.
  void on_replay(std::uint64_t id, const msg::ReplayReply& reply);
  // A broker's refusal of anything that this process has asked it.
  void on_refused(const msg::Message& message);
  // Sends the replay request that is due, if one is.
  void ask(base::Mono now, base::Outbox& out);

  const Position& position() const { return position_; }
  base::Seq commit_seq() const { return commit_; }
  // Has heard where the stream stands, and is there.
  bool level() const { return heard_ && position_.applied >= commit_; }
  // Of an archive: it is empty, or what it ends with is, by its hash, what on_block has told.
  bool confirmed() const { return !position_.block || confirmed_; }
  // True, once, when the next block is one that came ahead and found no room: it has to be told again.
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
  void keep_ahead(const msg::Block& block, base::BytesView bytes);
  void take_what_is_ahead();
  void log_catch_up();

  Position position_;
  Brokers brokers_;
  base::Endpoint broker_;
  Apply apply_;
  Start start_;
  bool unjoined_ = false;  // has begun in mid-stream: the next block's predecessor is not known
  bool heard_ = false;
  base::Term term_;
  base::Seq commit_;
  int beats_behind_us_ = 0;                 // heartbeats in a row whose stream ended before our view
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
  base::Seq asked_with_;     // what was applied then: a broker that answers with less has lost it
  base::Seq replayed_from_;  // of the catch-up under way, for the log; 0: none
  base::Seq replayed_to_;
  std::optional<std::string> fault_;
  std::uint64_t rejected_ = 0;
};

}  // namespace stream
