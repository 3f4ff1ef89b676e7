#include "stream/follower.h"

#include <algorithm>

#include "base/check.h"
#include "base/log.h"
#include "msg/codec.h"
#include "msg/envelope.h"
#include "stream/decoded.h"

namespace stream {
namespace {

// A replay can overtake a heartbeat, so one heartbeat that ends before our view means nothing. Many prove little, too:
// after a pause, or on a path that stalled, all those of a second come at once. After this many in a row the broker is
// asked.
constexpr int kBeatsBehindUsMax = 20;

// With several brokers, a broker whose term has ended without its knowledge has less than we do, and its heartbeats may
// be all that was heard so far. Or the leader is cut off from the journal and does not know the block that a standby
// has published. So the stream counts as lost only after this many contradictions, over a minute.
constexpr int kContradictionsMax = 150;

}  // namespace

Follower::Follower(Position position, std::vector<base::Endpoint> brokers, Apply apply, Start start)
    : position_(std::move(position)), brokers_(std::move(brokers)), apply_(std::move(apply)), start_(start) {
  CHECK(!brokers_.known().empty());
  broker_ = brokers_.known().front();
}

std::size_t Follower::on_block(base::BytesView payload) {
  const auto told = decoded(payload);
  if (!told) {
    refuse(payload);
    return 0;
  }
  const auto& block = told->block;
  const auto used = told->bytes.size();
  commit_ = std::max(commit_, block.last());
  compare(block);
  if (fault_ || block.last() <= position_.applied) return used;
  if (block.first == position_.applied.next() && (heard_ || start_ != Start::kFromNow)) {
    if (joins(block)) {
      take(block, told->events, told->bytes);
      compare(block);
      take_what_is_ahead();
    } else {
      ++rejected_;  // a replay for this gap decides which block is right
    }
  } else {
    keep_ahead(block, told->bytes);
  }
  return used;
}

// A follower asks for a damaged block again. A newer version is a fault, because a repetition would not help.
void Follower::refuse(base::BytesView block) {
  ++rejected_;
  const auto newer = msg::newer_version(block);
  if (!newer) return;
  fault_ = fmt::format(
      "the broker writes blocks of version {}, this program understands up to {}: it is older than the broker; upgrade "
      "it, one release at a time",
      *newer, msg::kVersions.newest);
}

void Follower::on_refused(const msg::Message& message) {
  if (message.header.err != msg::word(msg::Code::kUnsupportedVersion)) return;
  const auto refusal = msg::decode_refusal(message);
  fault_ = "the broker refuses this process: " + (refusal ? refusal->message : *message.header.err);
}

bool Follower::joins(const msg::Block& block) const {
  return unjoined_ || (block.no == position_.block.next() && block.prev.bytes == position_.hash);
}

// Returns whether the journal has another block where the archive ends. Blocks in the middle of an archive are not
// compared, because each block's hash covers those before it.
bool Follower::contradicts(const msg::Block& told) const {
  if (!position_.block || told.no < position_.block) return false;
  if (told.no == position_.block) return told.hash.bytes != position_.hash;
  return told.first <= position_.applied || (told.no == position_.block.next() && !joins(told));
}

void Follower::compare(const msg::Block& told) {
  if (!is_archive()) return;
  if (!contradicts(told)) {
    if (told.no == position_.block) confirmed_ = true;
    return;
  }
  fault_ = fmt::format(
      "the archive of this broker ends with block {}, and that is not what the stream in etcd has: the archive is of "
      "another history. Are --data and --etcd-prefix those of this store? If the store was restored to a moment "
      "before, "
      "move archive.db* away from this broker's data, so that it is fetched anew from another broker; nothing was "
      "changed",
      position_.block);
}

void Follower::begin_at(const std::string& store, base::Seq applied) {
  position_.store = store;
  position_.applied = applied;
  unjoined_ = true;
  while (!ahead_.empty() && ahead_.begin()->first <= position_.applied) {
    ahead_bytes_ -= ahead_.begin()->second.size();
    ahead_.erase(ahead_.begin());
  }
}

void Follower::take(const msg::Block& block, base::BytesView bytes) {
  take(block, msg::decode_events(block.events.bytes, block.count), bytes);
}

void Follower::take(const msg::Block& block, const base::Result<std::vector<msg::Event>>& events,
                    base::BytesView bytes) {
  if (!events) {
    fault_ = fmt::format("block {} cannot be read: {}; is this program older than the one that wrote it?", block.no,
                         events.error().message);
    return;
  }
  for (const auto& event : *events) {
    if (const auto* created = std::get_if<msg::StoreCreated>(&event.what)) position_.store = created->store;
    position_.at = std::max(position_.at, event.at);
  }
  unjoined_ = false;
  position_.applied = block.last();
  position_.block = block.no;
  position_.hash = block.hash.bytes;
  apply_(block, *events, bytes);
}

void Follower::keep_ahead(const msg::Block& block, base::BytesView bytes) {
  if (block.first <= position_.applied || ahead_.count(block.first) != 0) return;
  if (ahead_bytes_ + bytes.size() > kAheadBytesMax) {
    without_room_ = std::min(without_room_.value_or(block.first), block.first);
    return;
  }
  ahead_.emplace(block.first, bytes);
  ahead_bytes_ += bytes.size();
}

bool Follower::lacks_what_was_told() {
  if (!without_room_ || position_.applied.next() < *without_room_) return false;
  without_room_.reset();
  return true;
}

void Follower::take_what_is_ahead() {
  while (!ahead_.empty() && !fault_) {
    const auto next = ahead_.begin();
    if (next->first > position_.applied.next()) return;
    const base::Bytes bytes = std::move(next->second);
    ahead_.erase(next);
    ahead_bytes_ -= bytes.size();
    const auto block = msg::decode_block(bytes);
    CHECK(block.has_value(), "it was checked when it came");
    compare(*block);
    if (fault_) return;
    if (block->first != position_.applied.next()) continue;
    if (!joins(*block)) {
      ++rejected_;
      return;
    }
    take(*block, bytes);
    compare(*block);
  }
}

void Follower::on_leader(const msg::Heartbeat& beat) {
  if (!beat.leader || beat.leader->term < term_) return;
  if (!position_.store.empty() && !beat.store.empty() && beat.store != position_.store) {
    fault_ = fmt::format("this view is of store {}, the broker keeps store {}: start it on its own data directory",
                         position_.store, beat.store);
    return;
  }
  for (const auto& endpoint : brokers_.known()) {
    if (endpoint == beat.tcp || endpoint == beat.ipc) broker_ = endpoint;
  }
  term_ = beat.leader->term;
  if (!heard_ && start_ == Start::kFromNow) begin_at(beat.store, beat.leader->commit);
  heard_ = true;
  commit_ = std::max(commit_, beat.leader->commit);
  take_what_is_ahead();
  beats_behind_us_ = beat.leader->commit < position_.applied ? beats_behind_us_ + 1 : 0;
}

std::optional<base::Endpoint> Follower::on_announced(base::BytesView heartbeat, const std::string& host) {
  return brokers_.announced(heartbeat, position_.store, host);
}

void Follower::on_mark(const msg::Mark& mark) {
  if (mark.term >= term_) commit_ = std::max(commit_, mark.commit);
}

void Follower::on_told(base::Seq commit, const base::Endpoint& broker) {
  heard_ = true;
  commit_ = std::max(commit_, commit);
  broker_ = broker;
}

void Follower::on_replay(std::uint64_t id, const msg::ReplayReply& reply) {
  if (id == 0 || id > replay_id_) return;
  const bool to_the_last = asked_ && id == replay_id_;
  if (to_the_last && reply.commit < asked_with_) {
    // It asks again after a while.
    if (++contradicted_ < (brokers_.known().size() == 1 ? 1 : kContradictionsMax)) return;
    fault_ = fmt::format(
        "the broker's stream ends at seq {}, this view has applied {}: the journal is an older copy. Keep this view, "
        "because the events in between may be in views alone; stop the store and put the newer journal in its place, "
        "or restore the latest backup into a new directory",
        reply.commit, position_.applied);
    return;
  }
  if (to_the_last) {
    asked_ = false;
    contradicted_ = 0;
    beats_behind_us_ = 0;
    ask_again_ = kAskAgain;
    replay_bytes_ = std::min(replay_bytes_ * 2, kReplayBytes);
  }
  if (reply.trimmed && reply.trimmed->begins > position_.applied.next()) take_trimmed(*reply.trimmed);
  if (fault_) return;
  for (const auto& bytes : reply.blocks) {
    const auto block = msg::decode_block(bytes.bytes);
    if (!block) {
      refuse(bytes.bytes);
      base::log::error("a replayed block was refused: {}", block.error().message);
      return;
    }
    if (block->last() <= position_.applied) continue;
    if (block->first > position_.applied.next()) return;
    // A block that begins in the midst of what was applied, whole block by whole block, is of another history, too.
    if (block->first != position_.applied.next() || !joins(*block)) {
      fault_ = fmt::format(
          "block {} of the broker does not follow the block that this view has applied last: one of the two is "
          "damaged, or the store was restored to a moment before; run the audit, then remove this view's data so that "
          "it is built anew",
          block->no);
      return;
    }
    if (!replayed_from_) replayed_from_ = block->first;
    take(*block, bytes.bytes);
    confirmed_ = false;  // a peer's word proves nothing
    if (fault_) return;
    replayed_to_ = block->last();
  }
  take_what_is_ahead();
  if (level()) log_catch_up();
}

void Follower::take_trimmed(const msg::Trimmed& trimmed) {
  if (start_ == Start::kWhereItBegins && !position_.applied) {
    return begin_at(trimmed.store, base::Seq(trimmed.begins.value() - 1));
  }
  fault_ = fmt::format(
      "the stream begins with seq {} now, and this ends with seq {}: the events between were trimmed. A replica that "
      "is "
      "started again fetches a snapshot of a live peer (unless --snapshot-behind is 0); a broker's archive has to be "
      "removed, and is then fetched from another broker",
      trimmed.begins, position_.applied);
}

void Follower::log_catch_up() {
  if (!replayed_from_) return;
  base::log::info("replayed seq {}..{} ({} events)", replayed_from_, replayed_to_,
                  replayed_to_.value() - replayed_from_.value() + 1);
  replayed_from_ = {};
}

void Follower::ask(base::Mono now, base::Outbox& out) {
  const bool in_doubt = beats_behind_us_ > kBeatsBehindUsMax;
  if (!heard_ || (level() && !in_doubt) || (asked_ && now < asked_at_ + ask_again_)) return;
  if (asked_) {
    ask_again_ = std::min(ask_again_ * 2, kAskAgainMax);
    replay_bytes_ = std::max(replay_bytes_ / 4, kReplayBytesMin);
  }
  msg::Replay replay;
  replay.from = position_.applied.next();
  if (!ahead_.empty()) replay.to = base::Seq(ahead_.begin()->first.value() - 1);
  replay.bytes = replay_bytes_;
  msg::Header header;
  header.id = ++replay_id_;
  msg::append_request(out.send(broker_), header, replay);
  asked_ = true;
  asked_at_ = now;
  asked_with_ = position_.applied;
}

}  // namespace stream
