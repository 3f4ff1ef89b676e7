#include "stream/replica.h"

#include <algorithm>

#include "msg/rows.h"
#include "msg/serve.h"
#include "msg/snapshot.h"
#include "stream/snapshot_server.h"

namespace stream {
namespace {

constexpr const char* kNoRoom =
    "the disk under this view is full: make room. Meanwhile nothing of the view is written; it goes on in memory, and "
    "its next start would have to replay the stream from the last commit";

// Edges check the rights of clients (ADR 46), so a request of a client must come through one. An operator's audit asks
// past them. A replica knows no `status`, and says so to every member: `pygmy health` asks for it.
constexpr base::KeyRoles kMayAsk(base::KeyRole::kFrontend, base::KeyRole::kBridge, base::KeyRole::kOperator);

std::optional<msg::Refusal> past_the_edges(const base::Sender* sender, std::string_view type) {
  if (!sender || kMayAsk.has(sender->role) || !msg::service_of(type) || type == msg::Status::kType) return std::nullopt;
  return msg::Refusal{.code = msg::Code::kForbidden,
                      .message = fmt::format("the key of {} has the role '{}', which may send '{}' to frontends only",
                                             sender->name, msg::word(sender->role), type)};
}

}  // namespace

Replica::Replica(ReplicaConfig config, Position position, View& view)
    : config_(std::move(config)),
      view_(view),
      follower_(std::move(position), config_.brokers,
                [this](const msg::Block& block, const std::vector<msg::Event>& events, base::BytesView) {
                  view_.apply(block, events, {now_, *out_});
                }),
      counters_(msg::counters_of(config_.identity.role)) {}

void Replica::on_request(const base::ClientId& from, base::BytesView frame, base::Turn turn) {
  const auto refuse_one = [&](const msg::InReplyTo& request, const msg::Refusal& refusal) {
    if (msg::is_suspicious(refusal.code) && malformed_log_.pass(turn.now.mono)) {
      base::log::warn("a {} request was refused: {}", msg::word(refusal.code), refusal.message);
    }
    refuse(from, request, refusal, turn.out);
  };
  msg::serve(frame, turn.sender, refuse_one, [&](msg::Message&& message) {
    if (const auto denied = past_the_edges(turn.sender, message.header.t)) return refuse_one(message.header, *denied);
    const auto ttl =
        std::chrono::milliseconds(std::min(message.header.ttl.value_or(msg::kTtlDefaultMs), msg::kTtlMaxMs));
    take({from, std::move(message.header), base::Bytes(message.body), turn.now.mono, turn.now.mono + ttl}, turn);
  });
}

void Replica::take(Request&& request, base::Turn turn) {
  msg::count_request(counters_, config_.identity.role, request.header.t);
  if (diverged_ && request.header.t != msg::Rows::kType) {
    ++counters_["dropped_diverged"];  // as if this process were gone: the frontend asks another replica
    return;
  }
  if (config_.snapshots && request.header.t == msg::Snapshot::kType) {
    return config_.snapshots->on_request(request.from, request.header, request.body, turn);
  }
  const auto min = request.header.min.value_or(base::Seq());
  if (min <= position().applied) {
    view_.answer(request, turn);
  } else {
    wait(min, std::move(request), turn.out);
  }
}

void Replica::refuse(const base::ClientId& to, const msg::InReplyTo& request, const msg::Refusal& refusal,
                     base::Outbox& out) {
  msg::count_refusal(counters_, refusal.code);
  msg::append_refusal(out.reply(to), request, position().applied, refusal);
}

void Replica::wait(base::Seq min, Request&& request, base::Outbox& out) {
  if (waiting_.size() >= kWaitingMax || waiting_bytes_ + request.body.size() > kWaitingBytesMax) {
    return refuse(request.from, request.header,
                  {.code = msg::Code::kBusy, .message = "too many requests wait for this replica to catch up"}, out);
  }
  ++counters_["waited_for_min"];
  waiting_bytes_ += request.body.size();
  waiting_.emplace(min, std::move(request));
}

void Replica::tell_room(bool has_room) {
  if (has_room != has_room_) {
    has_room ? base::log::info("the view's disk has room again") : base::log::error("{}", kNoRoom);
  }
  has_room_ = has_room;
}

void Replica::diverge(const std::string& why) {
  if (diverged_) return;
  diverged_ = why;
  waiting_.clear();
  waiting_bytes_ = 0;
  base::log::error("this view has DIVERGED: {}; it no longer answers", why);
}

// The broker and the frontends hear of the divergence first, so that nobody trusts this view any longer.
void Replica::consider_rebuild(base::Mono now, base::Outbox& out) {
  if (!diverged_at_) diverged_at_ = now;
  if (!config_.rebuilds_from || *diverged_at_ < *config_.rebuilds_from || now - *diverged_at_ < kTold) return;
  rebuilds_ = true;
  out.stop("this view is to be made anew: " + *diverged_);
}

bool Replica::is_convicted() const {
  const auto guilty = leadership_ ? leadership_->guilty.value_or(std::vector<msg::Life>{}) : std::vector<msg::Life>{};
  const msg::Life self{config_.identity.instance, config_.identity.incarnation};
  return std::find(guilty.begin(), guilty.end(), self) != guilty.end();
}

void Replica::wake(base::Turn turn) {
  while (!waiting_.empty() && waiting_.begin()->first <= position().applied) {
    const Request request = std::move(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
    waiting_bytes_ -= request.body.size();
    if (request.expires > turn.now.mono) {
      view_.answer(request, turn);
    } else {
      ++counters_["expired"];
    }
  }
}

void Replica::on_reply(const base::Endpoint&, base::BytesView frame, base::Turn turn) {
  told(turn, [&] {
    const auto fault = msg::hear(frame, [&](const msg::Message& message) {
      // Only replays are answered with a body. A refusal may concern any request, so the role gets it, too.
      if (message.header.err) {
        follower_.on_refused(message);
        if (on_broker_message) on_broker_message(message, turn);
      } else if (const auto reply = msg::decode<msg::ReplayReply>(message.body)) {
        follower_.on_replay(message.header.id, *reply);
      } else {
        ++counters_["malformed"];
      }
    });
    if (fault) ++counters_["malformed"];
  });
}

void Replica::on_published(std::string_view topic, base::BytesView payload, base::Turn turn) {
  told(turn, [&] {
    if (topic == msg::kBlockTopic) {
      if (follower_.on_block(payload) == 0) ++counters_["malformed"];
    } else if (topic == msg::kHeartbeatTopic) {
      const auto beat = msg::decode<msg::Heartbeat>(payload);
      if (!beat) {
        ++counters_["malformed"];
      } else if (beat->role == msg::Role::kBroker && beat->leader) {
        leadership_ = beat->leader;
        if (is_convicted()) return view_.convicted("its digest differs from that of most other members", turn.out);
        follower_.on_leader(*beat);
        if (on_leadership) on_leadership(*leadership_, turn);
      }
      if (beat && on_other) on_other(*beat, turn.now);
    } else if (topic == msg::kAnnounceTopic) {
      const auto found = follower_.on_announced(payload, config_.identity.host);
      if (found) turn.out.follow(*found);
    }
  });
}

// The stream may have moved: answers waiting requests, asks for missing blocks, and stops the process at a fault.
template <class Step>
void Replica::told(base::Turn turn, Step step) {
  if (diverged_) return;
  now_ = turn.now;
  out_ = &turn.out;
  step();
  if (diverged_) return;
  wake(turn);
  follower_.ask(turn.now.mono, turn.out);
  if (follower_.fault()) {
    view_.keep(turn.now);
    turn.out.stop(*follower_.fault());
  }
  out_ = nullptr;
}

void Replica::on_tick(base::Turn turn) {
  if (diverged_) {
    consider_rebuild(turn.now.mono, turn.out);
  } else {
    follower_.ask(turn.now.mono, turn.out);
  }
  if (config_.snapshots) {
    config_.snapshots->on_tick(turn);
    config_.snapshots->count(counters_);
  }
  std::erase_if(waiting_, [&](const auto& entry) {
    if (entry.second.expires > turn.now.mono) return false;
    waiting_bytes_ -= entry.second.body.size();
    return true;
  });
  if (beats_.due(turn.now.mono)) beat(turn.out);
}

msg::State Replica::state() const {
  if (draining_ || diverged_) return msg::State::kDraining;
  if (follower_.level()) return msg::State::kLive;
  return follower_.commit_seq() ? msg::State::kCatchingUp : msg::State::kStarting;
}

void Replica::beat(base::Outbox& out) {
  auto beat = msg::heartbeat_of(config_.identity, position().store, state(), position().applied);
  if (beats_.tells_counters()) msg::tell_counters(beat, counters_, out.loop_counters());
  beat.digest = view_.digest();
  beat.round_digest = view_.round_digest();
  beat.durable = view_.durable();
  beat.diverged = diverged_;
  beat.at = at_;
  std::vector<std::string> trouble;
  if (trouble_) trouble.push_back(*trouble_);
  if (!has_room_) trouble.emplace_back(kNoRoom);
  if (diverged_at_ && config_.rebuilds_from && *diverged_at_ < *config_.rebuilds_from) {
    trouble.emplace_back(
        "this view was made anew a short while ago and is wrong again, so it is left as it is: is the disk or "
        "the memory of this machine failing? When that is mended, start this process again");
  }
  if (!trouble.empty()) beat.trouble = std::move(trouble);
  out.publish(std::string(msg::kHeartbeatTopic), msg::encoded(beat));
}

}  // namespace stream
