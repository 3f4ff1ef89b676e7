#include "stream/snapshot_fetch.h"

#include <algorithm>

#include "base/log.h"
#include "msg/serve.h"

namespace stream {
namespace {

bool is_whole(const BegunSnapshot& begun) { return begun.have == begun.what.size; }

}  // namespace

SnapshotFetch::SnapshotFetch(FetchConfig config, Position position, SnapshotSink& sink)
    : config_(std::move(config)),
      brokers_(config_.brokers),
      position_(std::move(position)),
      sink_(sink),
      begun_(sink.begun()) {}

void SnapshotFetch::on_published(std::string_view topic, base::BytesView payload, base::Turn turn) {
  if (topic == msg::kAnnounceTopic) {
    const auto& store = position_.store.empty() ? store_ : position_.store;
    if (const auto found = brokers_.announced(payload, store, config_.identity.host)) turn.out.follow(*found);
  } else if (topic == msg::kHeartbeatTopic) {
    if (const auto beat = msg::decode<msg::Heartbeat>(payload)) heard(*beat, turn.now);
  }
}

void SnapshotFetch::heard(const msg::Heartbeat& beat, base::Now now) {
  if (beat.role == msg::Role::kBroker && beat.leader) {
    if (!leader_) looks_since_ = now.mono;
    if (leader_ && beat.leader->term < leader_->term) return;
    store_ = beat.store;
    leader_ = beat.leader;
  } else if (beat.role == config_.identity.role && beat.instance != config_.identity.instance &&
             beat.state == msg::State::kLive && (peers_.size() < kPeersKept || peers_.count(beat.instance) > 0)) {
    const auto& endpoint = beat.ipc && beat.host == config_.identity.host ? *beat.ipc : beat.tcp;
    peers_[beat.instance] = {endpoint, beat.incarnation, beat.applied, now.mono};
  }
}

void SnapshotFetch::on_tick(base::Turn turn) {
  if (outcome_ != Outcome::kUnderWay) return;
  if (!started_) started_ = turn.now.mono;
  beat(turn);
  if (!leader_) {
    if (turn.now.mono - *started_ >= kNoBroker) end(Outcome::kReplay, turn.out);
  } else if (!peer_.empty()) {
    watch_peer(turn);
  } else {
    consider(turn);
  }
}

void SnapshotFetch::on_settled(base::Turn turn) {
  if (outcome_ == Outcome::kUnderWay && !peer_.empty()) ask(turn);
}

void SnapshotFetch::on_stop(base::Turn turn) { end(Outcome::kStopped, turn.out); }

// The brokers no longer keep the events after this seq, so only a snapshot helps.
bool SnapshotFetch::is_trimmed(base::Seq applied) const { return leader_->begins && *leader_->begins > applied.next(); }

// A snapshot helps if its seq is at least this.
base::Seq SnapshotFetch::least() const {
  const auto kept = leader_->begins.value_or(base::Seq(1)).value();
  return std::max(position_.applied.next(), base::Seq(kept - std::min<std::uint64_t>(kept, 1)));
}

bool SnapshotFetch::would_do(const std::string& instance, const Peer& peer, base::Mono now) const {
  const auto& diverged = leader_->diverged;
  const bool ahead = is_trimmed(position_.applied) ? !is_trimmed(peer.applied)
                                                   : peer.applied.value() > position_.applied.value() + config_.behind;
  return now - peer.heard < kPeerSilent && ahead && left_.count({instance, peer.incarnation}) == 0 &&
         std::find(diverged.begin(), diverged.end(), instance) == diverged.end();
}

void SnapshotFetch::consider(base::Turn turn) {
  // The replica itself refuses a view of another store.
  const bool foreign = !position_.store.empty() && position_.store != store_;
  const auto commit = leader_->commit.value();
  const auto enough = commit - std::min(commit, std::max(config_.behind, commit / kPartOfStream));
  const bool is_near = position_.applied.value() >= enough && !is_trimmed(position_.applied);
  if (foreign || is_near) return end(Outcome::kReplay, turn.out);
  if (begun_ && !usable(begun_->what)) begun_.reset();
  if (begun_ && is_whole(*begun_)) {
    if (begun_->what.seq.value() >= enough) return finish(turn);
    begun_.reset();
  }
  choose(turn);
}

const std::string* SnapshotFetch::best_peer(base::Mono now) const {
  const std::string* best = nullptr;
  for (const auto& [instance, peer] : peers_) {
    if (!would_do(instance, peer, now)) continue;
    if (begun_ && begun_->what.maker == instance) return &instance;
    if (!best || peer.applied > peers_.at(*best).applied) best = &instance;
  }
  return best;
}

void SnapshotFetch::choose(base::Turn turn) {
  const bool patient = turn.now.mono - looks_since_ < kNoPeer;
  const auto* best = left_.size() < kPeersMax ? best_peer(turn.now.mono) : nullptr;
  if (!best && patient) return;
  if (!best) {
    base::log::info("no peer gives a snapshot: seq {}..{} are replayed", position_.applied.next(), leader_->commit);
    return end(Outcome::kReplay, turn.out);
  }
  // The peer that gave us our part may only be heard late.
  if (patient && begun_ && begun_->what.maker != *best && left_.empty()) return;
  peer_ = *best;
  asked_ = peers_.at(peer_);
  part_at_ = answer_at_ = turn.now.mono;
  base::log::info("{} events behind: asks {} for a snapshot{}", leader_->commit.value() - position_.applied.value(),
                  peer_, begun_ ? fmt::format("; {} bytes of it are here", begun_->have) : "");
  ask(turn);
}

void SnapshotFetch::watch_peer(base::Turn turn) {
  const auto& peer = peers_.at(peer_);
  if (peer.incarnation != asked_.incarnation) return leave_peer("it was restarted", turn);
  if (turn.now.mono - peer.heard >= kPeerSilent) return leave_peer("it is silent", turn);
  if (turn.now.mono - answer_at_ >= kNoProgress) return leave_peer("nothing comes", turn);
  bool late = false;
  for (auto& [offset, part] : parts_) {
    if (!part.bytes.empty() || turn.now.mono - part.asked < ask_again_) continue;
    late = true;
    part.asked = turn.now.mono;
    send(offset, turn.out);
  }
  if (late) ask_again_ = std::min(2 * ask_again_, kAskAgainMax);
}

// Until the peer has said that it has the begun snapshot, or which one it has instead, one request is enough.
void SnapshotFetch::ask(base::Turn turn) {
  if (turn.now.mono < ask_at_) return;
  auto offset = parts_.empty() ? (begun_ ? begun_->have : 0) : parts_.rbegin()->first + msg::kSnapshotBytesMax;
  while (parts_.size() < (confirmed_ ? kWindow : 1) && (!begun_ || offset < begun_->what.size)) {
    parts_[offset] = {turn.now.mono, {}};
    send(offset, turn.out);
    offset += msg::kSnapshotBytesMax;
  }
}

void SnapshotFetch::send(std::uint64_t offset, base::Outbox& out) {
  msg::Header header;
  header.id = ++last_id_;
  msg::append_request(out.send(asked_.endpoint), header,
                      msg::Snapshot{begun_ ? begun_->what.id : "", offset, msg::kSnapshotBytesMax, useless_});
}

void SnapshotFetch::on_reply(const base::Endpoint& from, base::BytesView frame, base::Turn turn) {
  const auto is_asked = [&] { return !peer_.empty() && from == asked_.endpoint; };
  const auto fault = msg::hear(frame, [&](const msg::Message& message) {
    if (is_asked()) on_reply(message, turn);
  });
  if (fault && is_asked()) leave_peer(*fault, turn);
}

void SnapshotFetch::on_reply(const msg::Message& message, base::Turn turn) {
  if (outcome_ != Outcome::kUnderWay || message.header.id < valid_from_ || message.header.id > last_id_) return;
  if (message.header.err) {
    refused(message, turn);
  } else if (auto reply = msg::decode<msg::SnapshotReply>(message.body)) {
    take(std::move(*reply), turn);
  } else {
    leave_peer("its answer cannot be read: " + reply.error().message, turn);
  }
}

void SnapshotFetch::refused(const msg::Message& message, base::Turn turn) {
  const auto refusal = msg::decode_refusal(message);
  if (!refusal || refusal->code != msg::Code::kBusy) {
    return leave_peer(fmt::format("it says {}: {}", *message.header.err, refusal ? refusal->message : ""), turn);
  }
  if (turn.now.mono - part_at_ >= kMakingMax) return leave_peer("it has been busy for too long", turn);
  answer_at_ = turn.now.mono;
  parts_.clear();
  ask_at_ = turn.now.mono + kAskWhenBusy;
}

bool SnapshotFetch::usable(const msg::SnapshotReply& what) const {
  return what.store == store_ && what.format >= config_.oldest_format && what.format <= config_.format &&
         what.seq >= least() && !what.id.empty() && what.id != useless_ && what.size > 0 &&
         what.sha256.bytes.size() == msg::kHashBytes;
}

void SnapshotFetch::take(msg::SnapshotReply&& reply, base::Turn turn) {
  if (!begun_ || begun_->what.id != reply.id) return begin_anew(reply, turn);
  const auto& what = begun_->what;
  const auto part = parts_.find(reply.offset);
  if (part == parts_.end()) return;  // the part came twice
  const auto wanted = std::min<std::uint64_t>(msg::kSnapshotBytesMax, what.size - reply.offset);
  if (reply.size != what.size || reply.sha256 != what.sha256 || reply.bytes.bytes.size() != wanted) {
    return leave_peer("its parts do not fit together", turn);
  }
  confirmed_ = true;
  part->second.bytes = std::move(reply.bytes.bytes);
  part_at_ = answer_at_ = turn.now.mono;
  ask_again_ = kAskAgain;
  take_what_is_next();
  if (is_whole(*begun_)) finish(turn);
}

void SnapshotFetch::begin_anew(const msg::SnapshotReply& reply, base::Turn turn) {
  if (!usable(reply)) {
    return ask_for_another(reply.id,
                           fmt::format("its snapshot is not for us: of store {}, format {} (ours is {}), seq {}",
                                       reply.store, reply.format, config_.format, reply.seq),
                           turn);
  }
  begun_ = {reply, 0};
  begun_->what.offset = 0;
  begun_->what.bytes = {};
  sink_.begin(begun_->what);
  confirmed_ = true;
  parts_.clear();
  valid_from_ = last_id_ + 1;
  answer_at_ = turn.now.mono;
}

// The first part under way is always the next one.
void SnapshotFetch::take_what_is_next() {
  while (!parts_.empty() && !parts_.begin()->second.bytes.empty()) {
    sink_.append(parts_.begin()->second.bytes);
    begun_->have += parts_.begin()->second.bytes.size();
    parts_.erase(parts_.begin());
  }
}

void SnapshotFetch::finish(base::Turn turn) {
  if (sink_.whole(begun_->what)) {
    base::log::info("fetched a snapshot at seq {}: {} bytes in {:.1f} s", begun_->what.seq, begun_->what.size,
                    base::millis(turn.now.mono - *started_) / 1000);
    return end(Outcome::kFetched, turn.out);
  }
  const auto id = begun_->what.id;
  begun_.reset();
  sink_.discard();
  if (!peer_.empty()) return ask_for_another(id, "the fetched snapshot does not have its hash", turn);
  base::log::warn("the snapshot on this disk does not have its hash");
}

// A peer keeps its copy as long as anybody asks for it, so it is told once that this one is useless.
void SnapshotFetch::ask_for_another(const std::string& id, const std::string& why, base::Turn turn) {
  if (useless_) return leave_peer(why, turn);
  base::log::warn("asks {} for another snapshot: {}", peer_, why);
  useless_ = id;
  parts_.clear();
  confirmed_ = false;
  valid_from_ = last_id_ + 1;
  answer_at_ = turn.now.mono;
}

void SnapshotFetch::leave_peer(const std::string& why, base::Turn turn) {
  base::log::warn("no snapshot from {}: {}", peer_, why);
  left_.insert({peer_, asked_.incarnation});
  useless_.reset();
  turn.out.hang_up(asked_.endpoint);
  peer_.clear();
  parts_.clear();
  confirmed_ = false;
  valid_from_ = last_id_ + 1;
  ask_again_ = kAskAgain;
  ask_at_ = {};
  looks_since_ = turn.now.mono;
}

void SnapshotFetch::end(Outcome outcome, base::Outbox& out) {
  outcome_ = outcome;
  out.stop();
}

// Only for `status`: a process that is not live gets no requests.
void SnapshotFetch::beat(base::Turn turn) {
  if (!beats_.due(turn.now.mono)) return;
  auto beat = msg::heartbeat_of(config_.identity, position_.store, msg::State::kStarting, position_.applied);
  if (beats_.tells_counters()) {
    auto counters = msg::counters_of(config_.identity.role);
    counters["snapshot_fetched_bytes"] = begun_ ? begun_->have : 0;
    msg::tell_counters(beat, counters, turn.out.loop_counters());
  }
  turn.out.publish(std::string(msg::kHeartbeatTopic), msg::encoded(beat));
}

}  // namespace stream
