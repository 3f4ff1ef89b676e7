#include "broker/cluster_core.h"

#include <fmt/format.h>

#include <limits>

#include "base/check.h"
#include "broker/trim.h"
#include "msg/codec.h"
#include "msg/envelope.h"
#include "msg/serve.h"

namespace broker {
namespace {

std::string store_of(Archive& archive) {
  if (auto store = archive.tail().control.store; !store.empty()) return store;
  for (const auto& bytes : archive.read(base::Seq(1), base::Seq(1), 1).value_or(std::vector<base::Bytes>())) {
    const auto block = msg::decode_block(bytes);
    const auto events = block ? msg::decode_events(block->events.bytes, block->count) : base::fail("");
    if (!events) continue;
    if (const auto* created = std::get_if<msg::StoreCreated>(&events->front().what)) return created->store;
  }
  return {};
}

stream::Position position_of(Archive& archive) {
  const auto tail = archive.tail();
  return {store_of(archive), tail.last, tail.block, tail.hash, tail.at};
}

// A broker that knows no other asks itself and waits: the journal may still give the missing blocks.
std::vector<base::Endpoint> asked_for_replay(const ClusterConfig& config) {
  if (config.peers.empty()) return {config.broker.identity.tcp};
  return config.peers;
}

constexpr base::Duration kPeerFor = std::chrono::seconds(1);  // after this time the next peer is asked

}  // namespace

// The leader's journal. It also puts every committed block into the archive.
class ClusterCore::Led final : public Journal {
 public:
  Led(Tail tail, SharedJournal& journal, Archive& archive)
      : tail_(std::move(tail)), journal_(journal), archive_(archive) {}

  Tail tail() const override { return tail_; }
  void commit(Commit block) override {
    if (block.control) archive_.keep_store(block.control->store);
    in_flight_ = block;
    journal_.commit(std::move(block));
  }
  base::Result<std::vector<base::Bytes>> read(base::Seq from, base::Seq to, std::size_t bytes_max) override {
    return archive_.read(from, to, bytes_max);
  }
  Kept kept() const override { return archive_.kept(); }
  void trim(base::Seq begins) override { archive_.trim(begins); }
  std::uint64_t checkpoints_failed() const override { return archive_.checkpoints_failed(); }
  base::Mono proved(base::Now) const override { return journal_.proved(); }

  void committed(base::BlockNo no) {
    CHECK(in_flight_ && in_flight_->no == no, "the journal tells of block {}, which is not in flight", no);
    archive_.append(no, in_flight_->first, in_flight_->last, std::move(in_flight_->bytes));
    in_flight_.reset();
  }

 private:
  const Tail tail_;
  SharedJournal& journal_;
  Archive& archive_;
  std::optional<Commit> in_flight_;
};

ClusterCore::ClusterCore(ClusterConfig config, Archive& archive, SharedJournal& journal, base::Now now)
    : config_(std::move(config)),
      archive_(archive),
      journal_(journal),
      membership_(config_.broker.writer_timeout, now.mono, config_.broker.members,
                  {config_.broker.identity.host, config_.broker.identity.pid}),
      relay_(membership_, counters_),
      replays_([this](auto from, auto to, auto bytes_max) { return archive_.read(from, to, bytes_max); }, counters_),
      scrub_(archive_.kept(),
             [this](auto from, auto to, auto bytes_max) { return archive_.read(from, to, bytes_max); }),
      asked_for_replay_(asked_for_replay(config_)),
      follower_(
          position_of(archive), asked_for_replay_,
          [this](const msg::Block& block, const auto&, base::BytesView bytes) { this->archive(block, bytes); },
          stream::Follower::Start::kWhereItBegins),
      is_empty_(!archive.tail().block),
      sign_of_life_(now.mono) {
  replays_.begin_at(archive.tail().begins);
  base::log::info("standby: the archive ends with block {}, seq {}", position().block, position().applied);
}

ClusterCore::~ClusterCore() = default;

base::Seq ClusterCore::commit_seq() const { return leader_ ? leader_->commit_seq() : position().applied; }

// --- events of the journal ---

void ClusterCore::on_journal(JournalEvent event, base::Turn turn) {
  std::visit([&](auto&& what) { on(std::move(what), turn); }, std::move(event));
}

void ClusterCore::on(BlockSeen&& seen, base::Turn turn) {
  if (leader_) return;  // our own
  out_ = told_ ? &turn.out : nullptr;
  if (follower_.on_block(seen.bytes) == 0 && !follower_.fault()) {
    turn.out.stop("a block of the journal in etcd is damaged: restore the store from a backup; nothing was changed");
  }
  out_ = nullptr;
  follow(turn);
}

void ClusterCore::archive(const msg::Block& block, base::BytesView bytes) {
  if (is_empty_) {  // no peer has earlier blocks
    archive_.keep_store(position().store);
    replays_.begin_at(block.first);
    is_empty_ = false;
  }
  archive_.append(block.no, block.first, block.last(), base::Bytes(bytes));
  replays_.add(block.first, block.last(), base::Bytes(bytes));
  if (out_ != nullptr) out_->publish(std::string(msg::kBlockTopic), base::Bytes(bytes));
}

void ClusterCore::on(LeaderSeen&&, base::Turn turn) {
  told_ = true;
  vacant_ = false;
  sign_of_life_ = turn.now.mono;
}

void ClusterCore::on(LeadVacant&&, base::Turn turn) {
  told_ = true;
  vacant_ = true;
  take_over_if_due(turn.now.mono);
}

void ClusterCore::on(TakenOver&& taken, base::Turn turn) {
  if (position().block > taken.tail.block) {  // a later block was written, so another broker has taken the lead from us
    return turn.out.stop(
        fmt::format("term {} was over before it began: another broker leads; this one stops and may be "
                    "started again as a standby",
                    taken.tail.term));
  }
  if (position().block != taken.tail.block || position().hash != taken.tail.hash) {
    return turn.out.stop(
        fmt::format("the journal ends with block {}, our archive with block {}, and they do not join: one "
                    "of the two is damaged; remove this broker's data so that it is fetched anew",
                    taken.tail.block, position().block));
  }
  if (!position().store.empty() && taken.tail.control.store != position().store) {
    return turn.out.stop(
        fmt::format("the control record in etcd is of store {}, our archive of store {}: were keys changed by hand? "
                    "Restore the store from a backup; nothing was changed",
                    taken.tail.control.store, position().store));
  }
  join();
  base::log::info("this broker leads now, term {}, after {:.0f} ms without a sign of another", taken.tail.term,
                  base::millis(turn.now.mono - sign_of_life_));
  taken.tail.begins = replays_.begins();
  led_ = std::make_unique<Led>(std::move(taken.tail), journal_, archive_);
  leader_ = std::make_unique<broker::Core>(config_.broker, *led_, turn.now);
  if (const auto wrong = wrong_currency(config_.broker.currency, leader_->currency())) return turn.out.stop(*wrong);
  leader_->on_tick(turn);
}

void ClusterCore::on(NotTakenOver&& refused, base::Turn turn) {
  asked_ = false;
  vacant_ = false;
  sign_of_life_ = turn.now.mono;
  if (log_.pass(turn.now.mono)) base::log::info("the lead was not taken over: {}", refused.why);
}

void ClusterCore::on(BlockCommitted&& committed, base::Turn turn) {
  CHECK(leader_ != nullptr);
  led_->committed(committed.no);
  leader_->on_committed(committed.no, turn);
}

void ClusterCore::on(LeadLost&&, base::Turn turn) {
  CHECK(leader_ != nullptr);
  leader_->on_fenced(turn);
}

void ClusterCore::on(JournalBroken&& broken, base::Turn turn) { turn.out.stop(broken.reason); }

// --- the standby ---

// The stream ends with the last block that the journal has told. A standby asks peers for blocks that have left it.
void ClusterCore::follow(base::Turn turn) {
  const auto nth = static_cast<std::size_t>(turn.now.mono.time_since_epoch() / kPeerFor);
  if (follower_.fault()) return turn.out.stop(*follower_.fault());
  if (position().block && follower_.confirmed()) join();
  if (follower_.lacks_what_was_told()) journal_.tell_again(position().block);
  follower_.on_told(follower_.commit_seq(), asked_for_replay_[nth % asked_for_replay_.size()]);
  follower_.ask(turn.now.mono, turn.out);
}

void ClusterCore::join() {
  if (!std::exchange(joined_, true)) journal_.joined();
}

void ClusterCore::take_over_if_due(base::Mono now) {
  const bool due = vacant_ || now - sign_of_life_ >= config_.takeover_after;
  if (asked_ || !due || !level()) return;
  asked_ = true;
  journal_.take_over(position().block);
}

void ClusterCore::on_request(const base::ClientId& from, base::BytesView frame, base::Turn turn) {
  if (leader_) return leader_->on_request(from, frame, turn);
  msg::serve(
      frame, turn.sender,
      [&](const msg::InReplyTo& request, const msg::Refusal& refusal) { refuse(from, request, refusal, turn.out); },
      [&](const msg::Message& message) { answer(message, from, turn); });
}

void ClusterCore::refuse(const base::ClientId& to, const msg::InReplyTo& request, const msg::Refusal& refusal,
                         base::Outbox& out) {
  msg::count_refusal(counters_, refusal.code);
  msg::append_refusal(out.reply(to), request, position().applied, refusal);
}

void ClusterCore::answer(const msg::Message& message, const base::ClientId& from, base::Turn turn) {
  const auto& type = message.header.t;
  if (type == msg::Announce::kType) {
    if (const auto other = msg::decode<msg::Announce>(message.body)) relay_.announced(*other, position().store, turn);
    return;
  }
  const auto told = [&](const auto& reply) {
    if (!reply) return refuse(from, message.header, reply.error(), turn.out);
    msg::append_message(turn.out.reply(from), msg::reply_header(message.header, position().applied), *reply);
  };
  const auto replay = type == msg::Replay::kType ? msg::decode<msg::Replay>(message.body) : base::fail("");
  const auto trim = type == msg::Trim::kType ? msg::decode<msg::Trim>(message.body) : base::fail("");
  if ((replay || trim) && !follower_.confirmed()) {
    ++counters_["asked_too_early"];
    refuse(from, message.header,
           {.code = msg::Code::kUnavailable,
            .message = "this broker has not compared its archive with the stream in etcd yet"},
           turn.out);
  } else if (replay) {
    // The follower is ahead of us and would take our end for the end of the stream. Only the leader may tell that end.
    if (replay->from > position().applied.next()) return void(++counters_["replays_beyond_archive"]);
    told(replays_.answer(*replay, position().applied, position().store));
  } else if (trim) {
    told(broker::answer(*trim, position().store, position().applied, membership_, replays_, turn.now.mono,
                        [this](base::Seq begins) { archive_.trim(begins); }));
  } else {
    ++counters_["not_leading"];
  }
}

void ClusterCore::on_reply(const base::Endpoint& from, base::BytesView frame, base::Turn turn) {
  if (leader_) return leader_->on_reply(from, frame, turn);
  const auto fault = msg::hear(frame, [&](const msg::Message& message) {
    if (message.header.err) follower_.on_refused(message);
    const auto reply = message.header.err ? base::fail("") : msg::decode<msg::ReplayReply>(message.body);
    // A standby that is behind us has no blocks for us.
    if (reply && reply->commit >= position().applied) follower_.on_replay(message.header.id, *reply);
  });
  if (fault) ++counters_["malformed"];
  follow(turn);
}

void ClusterCore::on_published(std::string_view topic, base::BytesView payload, base::Turn turn) {
  if (leader_) return leader_->on_published(topic, payload, turn);
  // A process that hears the leader may be ahead of what the journal has told us.
  const base::Seq anything(std::numeric_limits<std::uint64_t>::max());
  relay_.take(topic, payload, position().store, anything, turn);
}

void ClusterCore::on_tick(base::Turn turn) {
  journal_.tick();
  if (leader_) {
    leader_->on_tick(turn);
  } else {
    if (told_) follow(turn);
    if (config_.broker.scrubs) scrub_.on_tick(turn.now.mono, replays_.begins(), position().applied);
    take_over_if_due(turn.now.mono);
  }
  if (!beats_.due(turn.now.mono)) return;
  counters_["checkpoints_failed"] = archive_.checkpoints_failed();
  scrub_.count(counters_);
  if (!leader_) {
    auto beat = own_beat();
    if (beats_.tells_counters()) msg::tell_counters(beat, counters_, turn.out.loop_counters());
    const auto time = membership_.credible_time(turn.now, position().at);
    if (membership_.clock_compared()) beat.at = time;
    std::vector<std::string> trouble;
    if (auto clock = membership_.clock_trouble()) trouble.push_back(std::move(*clock));
    if (scrub_.finding()) trouble.push_back(*scrub_.finding());
    if (!trouble.empty()) beat.trouble = std::move(trouble);
    turn.out.publish(std::string(msg::kHeartbeatTopic), msg::encoded(beat));
  }
  announce(turn.out);
}

msg::Heartbeat ClusterCore::own_beat() const {
  const auto state = is_live() ? msg::State::kLive : told_ ? msg::State::kCatchingUp : msg::State::kStarting;
  return msg::heartbeat_of(config_.broker.identity, position().store, state, commit_seq());
}

// A process that was started before us may not know us. It learns of us through a broker that it knows.
void ClusterCore::announce(base::Outbox& out) {
  const msg::Announce announce{{msg::encoded(own_beat())}};
  for (const auto& peer : config_.peers) msg::append_request(out.send(peer), msg::Header{}, announce);
}

void ClusterCore::on_settled(base::Turn turn) {
  if (leader_) return leader_->on_settled(turn);
  replays_.new_round();
}

void ClusterCore::on_stop(base::Turn turn) {
  if (leader_) return leader_->on_stop(turn);
  turn.out.stop();
}

}  // namespace broker
