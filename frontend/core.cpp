#include "frontend/core.h"

#include "frontend/edge.h"
#include "msg/serve.h"

namespace frontend {
namespace {

// Replies from the broker and from replicas arrive alike. The top bits of an id name its purpose. The Follower counts
// its replays from 1.
constexpr std::uint64_t kLeaseIds = std::uint64_t{1} << 62;
constexpr std::uint64_t kRequestIds = std::uint64_t{1} << 61;
constexpr base::Duration kDrain = std::chrono::seconds(2);

}  // namespace

Core::Core(Config config) : impl_(std::make_unique<Impl>(std::move(config))) {}
Core::~Core() = default;

void Core::on_request(const base::ClientId& from, base::BytesView frame, base::Turn turn) {
  impl_->now_ = turn.now;
  impl_->out_ = &turn.out;
  impl_->on_request(from, frame, turn.sender);
}
void Core::on_reply(const base::Endpoint& from, base::BytesView frame, base::Turn turn) {
  impl_->now_ = turn.now;
  impl_->out_ = &turn.out;
  impl_->on_reply(from, frame);
}
void Core::on_published(std::string_view topic, base::BytesView payload, base::Turn turn) {
  impl_->now_ = turn.now;
  impl_->out_ = &turn.out;
  impl_->on_published(topic, payload);
}
void Core::on_tick(base::Turn turn) {
  impl_->now_ = turn.now;
  impl_->out_ = &turn.out;
  impl_->on_tick();
}
void Core::on_settled(base::Turn turn) {
  impl_->now_ = turn.now;
  impl_->out_ = &turn.out;
  impl_->on_settled();
}
void Core::on_stop(base::Turn turn) {
  impl_->now_ = turn.now;
  impl_->out_ = &turn.out;
  impl_->on_stop();
}
bool Core::is_leased() const { return impl_->leased(); }

Core::Impl::Impl(Config config)
    : config_(std::move(config)),
      follower_(
          {}, config_.brokers,
          [this](const msg::Block& block, const std::vector<msg::Event>& events, base::BytesView bytes) {
            apply(block, events, bytes);
          },
          stream::Follower::Start::kFromNow),
      lease_(config_.drift_margin),
      gate_(!config_.gate, [this](Held&& held) { release(held, held.body); }),
      reads_(config_.cache_bytes, config_.cache_items, config_.mirror),
      routes_(config_.identity.host),
      under_way_(kRequestIds) {}

void Core::Impl::on_request(const base::ClientId& from, base::BytesView frame, const base::Sender* sender) {
  const auto refuse_one = [&](const msg::InReplyTo& request, const msg::Refusal& refusal) {
    if (msg::is_suspicious(refusal.code) && malformed_log_.pass(now_.mono)) {
      base::log::warn("a {} request was refused: {}", msg::word(refusal.code), refusal.message);
    }
    refuse(from, request, refusal);
  };
  msg::serve(frame, sender, refuse_one, [&](msg::Message&& message) { take(from, std::move(message), sender); });
}

void Core::Impl::on_reply(const base::Endpoint& from, base::BytesView frame) {
  routes_.answered(from, now_.mono);
  const auto fault = msg::hear(frame, [&](msg::Message&& message) { on_reply(std::move(message)); });
  if (fault) ++counters_["malformed"];
  send_reads();
  follower_.ask(now_.mono, *out_);
  if (follower_.fault()) out_->stop(*follower_.fault());
}

void Core::Impl::on_reply(msg::Message&& message) {
  const auto id = message.header.id;
  const bool by_broker = (id & kLeaseIds) || !(id & kRequestIds);
  if (by_broker && message.header.err) follower_.on_refused(message);
  if (id & kLeaseIds) {
    on_lease_reply(message);
  } else if (id & kRequestIds) {
    on_answer(std::move(message));
  } else if (const auto reply = msg::decode<msg::ReplayReply>(message.body); reply && !message.header.err) {
    follower_.on_replay(id, *reply);
    on_lease_moved();
  } else {
    ++counters_["malformed"];
  }
}

void Core::Impl::on_published(std::string_view topic, base::BytesView payload) {
  const auto before = follower_.position().applied;
  if (topic == msg::kBlockTopic) {
    const auto used = follower_.on_block(payload);
    if (used == 0) {
      ++counters_["malformed"];
    } else {
      payload.remove_prefix(used);
    }
    on_lease_moved();
  }
  if (topic == msg::kBlockTopic || topic == msg::kMarkTopic) {
    if (const auto mark = msg::decode<msg::Mark>(payload)) {
      follower_.on_mark(*mark);
      const auto applied = follower_.position().applied;
      if (mark->times && applied > before) times_.came(applied, *mark->times, leader_is_here_, now_.mono);
      on_mark(mark->mark);
    }
  } else if (topic == msg::kHeartbeatTopic) {
    hear(payload);
  } else if (topic == msg::kAnnounceTopic) {
    if (const auto found = follower_.on_announced(payload, config_.identity.host)) out_->follow(*found);
  }
  follower_.ask(now_.mono, *out_);
  if (follower_.fault()) out_->stop(*follower_.fault());
}

// DESIGN 5.7: entries that an event touches are dropped before the event is acknowledged.
void Core::Impl::apply(const msg::Block& block, const std::vector<msg::Event>& events, base::BytesView bytes) {
  auto seq = block.first;
  for (const auto& event : events) {
    touch(seq, event);
    seq = seq.next();
  }
  remember(block, bytes);
  lease_.on_applied(block.last());
}

void Core::Impl::touch(base::Seq seq, const msg::Event& event) {
  reads_.apply(seq, event);
  access_.apply(seq, event);
  if (const auto* appointed = std::get_if<msg::WriterAppointed>(&event.what)) {
    if (routes_.on_writer(base::epoch_of(seq), appointed->replica)) resend_writes();
  }
}

// The mark comes in a Mark or, if that was lost, in the broker's next heartbeat.
void Core::Impl::on_mark(base::Seq mark) {
  if (mark <= gate_.mark()) return;
  times_.marked(mark, now_.mono);
  gate_.on_mark(mark);
  if (config_.mirror) config_.mirror->tell_mark(mark);
  serve_waiting_events();
}

void Core::Impl::hear(base::BytesView payload) {
  auto beat = msg::decode<msg::Heartbeat>(payload);
  if (!beat) {
    ++counters_["malformed"];
    return;
  }
  if (beat->role == msg::Role::kBroker && beat->leader) {
    leader_is_here_ = beat->host == config_.identity.host;
    const bool begins = follower_.position().store.empty();
    follower_.on_leader(*beat);
    // A client may have asked for the status before, which needs no lease.
    if (begins) access_.begin_at(follower_.position().applied);
    on_mark(beat->leader->mark);
    if (routes_.on_writer(beat->leader->epoch, beat->leader->writer)) resend_writes();
    // A view was found to be wrong, and nobody knows which cached answers came from it.
    if (routes_.on_diverged(beat->leader->diverged)) {
      reads_.clear();
      access_.clear();
    }
    on_lease_moved();
  }
  if (const auto left = routes_.hear(std::move(*beat), now_.mono)) out_->hang_up(*left);
}

void Core::Impl::on_tick() {
  follower_.ask(now_.mono, *out_);
  if (beats_.due(now_.mono)) {
    beat();
    if (!draining_ && !follower_.position().store.empty()) ask_for_lease();
    for (const auto& endpoint : routes_.gone(now_.mono)) out_->hang_up(endpoint);
  }
  serve_due_events();
  if (now_.mono >= next_look_) {
    next_look_ = now_.mono + kLookOver;
    look_over();
    send_reads();
  }
  const bool drained = under_way_.size() == 0 && gate_.held() == 0;
  if (draining_ && (drained || now_.mono >= drain_until_)) {
    give_up();
    release_lease();
    out_->stop();
  }
}

void Core::Impl::on_settled() {
  if (follower_.position().applied > acknowledged_) acknowledge();
  routes_.turn();
}

void Core::Impl::on_stop() {
  draining_ = true;
  if (config_.mirror) config_.mirror->tell_lease({});
  drain_until_ = now_.mono + kDrain;
}

void Core::Impl::ask_for_lease() {
  const auto& identity = config_.identity;
  msg::Header header;
  header.id = kLeaseIds | ++last_lease_id_;
  lease_.on_asked(header.id, now_.mono);
  acknowledged_ = follower_.position().applied;
  msg::append_request(out_->send(follower_.broker()), header,
                      msg::LeaseRequest{identity.instance, identity.incarnation, acknowledged_, {}});
}

// Everything is answered and nothing new is taken. Without this, the writers would wait for the lease to end.
void Core::Impl::release_lease() {
  const auto& identity = config_.identity;
  msg::append_request(out_->send(follower_.broker()), {},
                      msg::LeaseRequest{identity.instance, identity.incarnation, acknowledged_, true});
}

void Core::Impl::acknowledge() {
  const auto& identity = config_.identity;
  acknowledged_ = follower_.position().applied;
  times_.acknowledged(acknowledged_, now_.mono);
  msg::append_request(out_->send(follower_.broker()), {},
                      msg::Ack{identity.instance, identity.incarnation, acknowledged_});
}

void Core::Impl::on_lease_reply(const msg::Message& message) {
  const auto grant = msg::decode<msg::LeaseReply>(message.body);
  if (message.header.err || !grant) {
    ++counters_["leases_refused"];
    return;
  }
  if (!leased()) ++counters_["leases_begun"];
  lease_.on_grant(message.header.id, *grant, follower_.position().applied);
  on_lease_moved();
}

// The lease may have become valid: requests that waited for it go on.
void Core::Impl::on_lease_moved() {
  // The threads that look answers up in the mirror know no tokens.
  const bool mirrored = config_.mirror && !draining_ && msg::may(config_.anonymous, msg::Lookup::kType);
  if (mirrored) config_.mirror->tell_lease(lease_.until());
  while (!parked_.empty() && leased()) admit(parked_.extract(parked_.begin()).value());
}

void Core::Impl::beat() {
  const auto& store = follower_.position().store;
  const auto state = draining_       ? msg::State::kDraining
                     : leased()      ? msg::State::kLive
                     : store.empty() ? msg::State::kStarting
                                     : msg::State::kCatchingUp;
  auto beat = msg::heartbeat_of(config_.identity, store, state, follower_.position().applied);
  if (beats_.tells_counters()) {
    gauge();
    msg::tell_counters(beat, counters_, out_->loop_counters());
    beat.latency = latency_told();
  }
  beat.silent = routes_.next_silent(now_.mono);
  if (auto lives = routes_.forgotten(Routes::Through::kUs, now_.mono); !lives.empty())
    beat.forgotten = std::move(lives);
  out_->publish(std::string(msg::kHeartbeatTopic), msg::encoded(beat));
}

// Reads the gauges among the counters.
void Core::Impl::gauge() {
  counters_["cache_bytes"] = reads_.cache().bytes();
  counters_["cache_entries"] = reads_.cache().size();
  counters_["cache_invalidated"] = reads_.cache().invalidated();
  counters_["cache_evicted"] = reads_.cache().evicted();
  if (config_.mirror) count_taken();
  counters_["under_way"] = under_way_.size();
  counters_["reads_at_replicas"] = catalog_turns_.at_replicas() + order_turns_.at_replicas();
  counters_["gate_held_now"] = gate_.held();
}

// Answers that threads take from the mirror count as answered requests of this edge.
void Core::Impl::count_taken() {
  const auto taken = config_.mirror->count_taken();
  counters_.of("requests", msg::Lookup::kType) += taken.lookups;
  counters_.of("requests", msg::Search::kType) += taken.searches;
  counters_["cache_hits"] += taken.lookups + taken.searches;
  counters_["answers"] += taken.lookups + taken.searches;
}

std::vector<msg::Latency> Core::Impl::latency_told() const {
  std::vector<msg::Latency> all;
  for (std::size_t kind = 0; kind < latency_.size(); ++kind) {
    const auto& [counts, sum_us] = latency_[kind];
    all.push_back({std::string(msg::kWords<msg::RequestKind>[kind]), sum_us, {counts.begin(), counts.end()}});
  }
  return all;
}

}  // namespace frontend
