// The peers' requests to the broker: append, replay, lease, ack, resign, announce, trim (PROTOCOL 8).
#include "base/check.h"
#include "broker/core_impl.h"
#include "broker/trim.h"
#include "msg/serve.h"

namespace broker {
void Core::Impl::on_request(const base::ClientId& from, base::BytesView frame, base::Turn turn) {
  const auto refuse_one = [&](const msg::InReplyTo& request, const msg::Refusal& refusal) {
    refuse({from, request, turn}, refusal);
  };
  msg::serve(frame, turn.sender, refuse_one, [&](const msg::Message& message) {
    const Asked asked{from, message.header, turn};
    msg::serve_as(
        msg::BrokerRequests(), message.header.t, message.body, "a broker",
        [&](const msg::Refusal& refusal) { refuse(asked, refusal); },
        [&](auto request) { handle(std::move(request), asked); });
  });
}

void Core::Impl::refuse(const Asked& asked, const msg::Refusal& refusal) {
  if (msg::is_suspicious(refusal.code) && malformed_log_.pass(asked.turn.now.mono)) {
    base::log::warn("a {} request was refused: {}", msg::word(refusal.code), refusal.message);
  }
  msg::count_refusal(counters_, refusal.code);
  msg::append_refusal(asked.turn.out.reply(asked.from), asked.request, commit_seq(), refusal);
}

bool Core::Impl::refuse_forged(const Asked& asked, const std::string& instance) {
  if (msg::speaks_for(asked.turn.sender, instance)) return false;
  refuse(asked, msg::forged(*asked.turn.sender, instance));
  return true;
}

// A deposed writer learns from the sequencer that its epoch has ended. The clock of a broker that has just started may
// be wrong by years, so an append proves its time by the stream's until another process has told its own (ADR 30).
void Core::Impl::handle(msg::Append append, const Asked& asked) {
  const auto& control = sequencer_.accepted();
  if (append.epoch == control.epoch && refuse_forged(asked, control.writer)) return;
  if (stopping_) return refuse(asked, {.code = msg::Code::kBusy, .message = "this broker is stopping"});
  if (auto why = held_up(asked.turn.now)) return refuse(asked, {.code = msg::Code::kBusy, .message = std::move(*why)});
  const auto time = membership_.latest_time(asked.turn.now, sequencer_.accepted_at());
  if (membership_.clock_compared()) {
    sequencer_.believe(time);
  } else if (append.epoch == control.epoch && append.at > sequencer_.latest()) {
    return refuse(asked, {.code = msg::Code::kBusy, .message = "no other process has told this broker the time yet"});
  }
  const auto verdict = sequencer_.append(std::move(append), asked.turn.now.mono);
  if (verdict.refusal) return refuse(asked, *verdict.refusal);
  ++(verdict.taken ? counters_["appends"] : counters_["repeats"]);
}

void Core::Impl::handle(const msg::Replay& replay, const Asked& asked) {
  const auto reply = replays_.answer(replay, commit_seq(), sequencer_.accepted().store);
  if (!reply) return refuse(asked, reply.error());
  msg::append_message(asked.turn.out.reply(asked.from), msg::reply_header(asked.request, reply->commit), *reply);
}

void Core::Impl::handle(const msg::Announce& announce, const Asked& asked) {
  relay_.announced(announce, sequencer_.accepted().store, asked.turn);
}

void Core::Impl::handle(const msg::Trim& trim, const Asked& asked) {
  if (auto why = held_up(asked.turn.now)) return refuse(asked, {.code = msg::Code::kBusy, .message = std::move(*why)});
  const auto reply = answer(trim, sequencer_.accepted().store, commit_seq(), membership_, replays_, asked.turn.now.mono,
                            [this](base::Seq begins) { journal_.trim(begins); });
  if (!reply) return refuse(asked, reply.error());
  msg::append_message(asked.turn.out.reply(asked.from), msg::reply_header(asked.request, commit_seq()), *reply);
}

// --- leases ---

void Core::Impl::handle(const msg::LeaseRequest& request, const Asked& asked) {
  if (!Membership::is_name(request.holder)) {
    return refuse(asked, {.code = msg::Code::kInvalid,
                          .message = "a holder has a name of 1 to 64 bytes, without control characters"});
  }
  if (request.applied > sequencer_.durable_at_most()) {
    return refuse(asked, {.code = msg::Code::kInvalid,
                          .message = fmt::format("{} has applied seq {}, but the stream ends at {}: it follows another "
                                                 "store, or the journal is an older copy; see this broker's log",
                                                 request.holder, request.applied, commit_seq())});
  }
  if (refuse_forged(asked, request.holder)) return;
  const msg::Holder holder{request.holder, request.incarnation};
  if (request.release.value_or(false)) return watermark_.released(holder, asked.turn.now.mono);
  if (membership_.ahead(asked.turn.now.mono)) {
    return refuse(asked, {.code = msg::Code::kUnavailable, .message = *held_up(asked.turn.now)});
  }
  if (!watermark_.acknowledged(holder, request.applied, asked.turn.now.mono)) return join(holder, request, asked);
  grant(holder, asked);
}

// A holder is recorded first and gets its lease then: the next leader must know every lease that may run (DESIGN 5.1).
void Core::Impl::join(const msg::Holder& holder, const msg::LeaseRequest& request, const Asked& asked) {
  const auto found = joining_.find(holder);
  if (found != joining_.end()) {
    found->second = {asked.from, asked.request, request.applied};
    return;
  }
  if (stopping_) return refuse(asked, {.code = msg::Code::kUnavailable, .message = "this broker is stopping"});
  if (tail_.block &&
      asked.turn.now.mono - opened_ < config_.writer_timeout) {  // members that are ahead may not be heard yet
    return refuse(asked, {.code = msg::Code::kUnavailable, .message = "this broker has just started"});
  }
  if (watermark_.recorded() + joining_.size() >= Watermark::kHoldersMax) {
    return refuse(asked, {.code = msg::Code::kBusy,
                          .message = fmt::format("{} edges are recorded, there is no room for more until some have "
                                                 "been gone for a while",
                                                 Watermark::kHoldersMax)});
  }
  sequencer_.control(msg::HolderJoined{holder.holder, holder.incarnation}, credible(asked.turn.now));
  joining_[holder] = {asked.from, asked.request, request.applied};
}

void Core::Impl::holder_joined(const msg::Holder& holder, base::Turn turn) {
  const auto found = joining_.find(holder);
  CHECK(found != joining_.end(), "{} joined and had not asked", holder.holder);
  const Joining joining = std::move(found->second);
  joining_.erase(found);
  watermark_.joined(holder, turn.now.mono);
  watermark_.acknowledged(holder, joining.applied, turn.now.mono);
  grant(holder, {joining.from, joining.request, turn});
}

void Core::Impl::grant(const msg::Holder& holder, const Asked& asked) {
  const auto commit = commit_seq();
  const std::chrono::milliseconds on_record(sequencer_.committed().lease_ms);
  const auto proved = journal_.proved(asked.turn.now);
  const auto lease = watermark_.grant(holder, commit, on_record, proved, asked.turn.now.mono);
  const auto whole_ms = lease ? std::chrono::duration_cast<std::chrono::milliseconds>(*lease).count() : 0;
  if (whole_ms == 0) {
    const auto unproved = asked.turn.now.mono - proved;
    if (unproved + std::chrono::milliseconds(1) > std::min<base::Duration>(config_.lease, on_record)) {
      return refuse(asked, {.code = msg::Code::kUnavailable,
                            .message = fmt::format("no lease for {} until this broker has proved again that it leads; "
                                                   "the last proof is {:.0f} ms old",
                                                   holder.holder, base::millis(unproved))});
    }
    return refuse(asked, {.code = msg::Code::kUnavailable,
                          .message = fmt::format("no lease for {} until it has applied more; the stream is at seq {}",
                                                 holder.holder, commit)});
  }
  ++counters_["grants"];
  msg::append_message(asked.turn.out.reply(asked.from), msg::reply_header(asked.request, commit),
                      msg::LeaseReply{term(), commit, static_cast<std::uint32_t>(whole_ms)});
}

void Core::Impl::handle(const msg::Ack& ack, const Asked& asked) {
  if (refuse_forged(asked, ack.holder)) return;
  if (ack.applied > sequencer_.durable_at_most()) return void(++counters_["acks_beyond_stream"]);
  if (!watermark_.acknowledged({ack.holder, ack.incarnation}, ack.applied, asked.turn.now.mono)) {
    ++counters_["acks_of_strangers"];
  }
}

// --- resigning ---

void Core::Impl::handle(const msg::Resign& resign, const Asked& asked) {
  if (refuse_forged(asked, resign.replica)) return;
  const auto& control = sequencer_.accepted();
  const bool current = control.epoch && resign.epoch == control.epoch && resign.replica == control.writer;
  if (!current || appointing_ || held_up(asked.turn.now)) return void(++counters_["resigns_ignored"]);
  ++counters_["resigns"];
  appoint(membership_.successor_of_resigned(control, asked.turn.now.mono), asked.turn.now);
}

}  // namespace broker
