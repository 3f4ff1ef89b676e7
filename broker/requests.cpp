// What peers ask of the broker: append, replay, lease, ack, resign (PROTOCOL 8).
#include <algorithm>

#include "base/check.h"
#include "broker/core_impl.h"
#include "msg/codec.h"

namespace broker {
namespace {

constexpr std::size_t kReplayBytesMax = 1024 * 1024;  // one answer; a reader accepts frames of twice that
constexpr std::size_t kReplayBlocksMax = 2048;        // one answer; a reader accepts arrays of twice that
// All answers of one round. A frame of 2 MiB could hold 50,000 small requests for a megabyte each.
constexpr std::size_t kReplayBytesRoundMax = 8 * 1024 * 1024;

}  // namespace

void Core::Impl::on_request(const base::ClientId& from, base::BytesView frame, base::Now now, base::Outbox& out) {
  for (msg::FrameReader reader(frame); !reader.done();) {
    const auto message = reader.next();
    if (!message) return malformed({from, 0, now, out}, message.error().message);
    dispatch(*message, {from, message->header.id, now, out});
  }
}

void Core::Impl::dispatch(const msg::Message& message, const Asked& asked) {
  const auto& header = message.header;
  if (header.v != msg::kVersion) {
    return refuse(asked, {.code = msg::Code::kUnsupportedVersion,
                          .message = fmt::format("version {} is not known here, {} is", header.v, msg::kVersion)});
  }
  if (header.t == msg::Append::kType) return decoded<msg::Append>(message, asked);
  if (header.t == msg::LeaseRequest::kType) return decoded<msg::LeaseRequest>(message, asked);
  if (header.t == msg::Ack::kType) return decoded<msg::Ack>(message, asked);
  if (header.t == msg::Replay::kType) return decoded<msg::Replay>(message, asked);
  if (header.t == msg::Resign::kType) return decoded<msg::Resign>(message, asked);
  refuse(asked, {.code = msg::Code::kUnknownType,
                 .message = fmt::format("a broker does not know requests of type '{}'", header.t.substr(0, 32))});
}

template <class Request>
void Core::Impl::decoded(const msg::Message& message, const Asked& asked) {
  auto request = msg::decode<Request>(message.body);
  if (!request) return malformed(asked, fmt::format("{}: {}", Request::kType, request.error().message));
  handle(std::move(*request), asked);
}

void Core::Impl::refuse(const Asked& asked, const msg::Refusal& refusal) {
  count(fmt::format("refused_{}", msg::word(refusal.code)));
  msg::append_refusal(asked.out.reply(asked.from), asked.id, commit_seq(), refusal);
}

void Core::Impl::malformed(const Asked& asked, const std::string& why) {
  if (malformed_log_.pass(asked.now.mono)) base::log::warn("a malformed request was refused: {}", why);
  refuse(asked, {.code = msg::Code::kMalformed, .message = why});
}

void Core::Impl::handle(msg::Append append, const Asked& asked) {
  if (stopping_) return refuse(asked, {.code = msg::Code::kBusy, .message = "this broker is stopping"});
  const auto verdict = sequencer_.append(std::move(append), asked.now);
  if (verdict.refusal) return refuse(asked, *verdict.refusal);
  count(verdict.taken ? "appends" : "repeats");
}

void Core::Impl::handle(const msg::Replay& replay, const Asked& asked) {
  if (!replay.from) return refuse(asked, {.code = msg::Code::kInvalid, .message = "the stream begins with seq 1"});
  if (replay_bytes_round_ >= kReplayBytesRoundMax) {
    return refuse(asked, {.code = msg::Code::kBusy, .message = "too many replays at once, ask again"});
  }
  msg::ReplayReply reply;
  reply.commit = commit_seq();
  const auto to = std::min(replay.to.value_or(reply.commit), reply.commit);
  const auto bytes_max = std::min<std::size_t>(replay.bytes, kReplayBytesMax);
  for (auto& bytes : read(replay.from, to, bytes_max)) {
    if (reply.blocks.size() == kReplayBlocksMax) break;
    replay_bytes_round_ += bytes.size();
    reply.blocks.push_back({std::move(bytes)});
  }
  count("replays");
  count("replayed_blocks", reply.blocks.size());
  msg::append_message(asked.out.reply(asked.from), msg::reply_header(asked.id, reply.commit), reply);
}

std::vector<base::Bytes> Core::Impl::read(base::Seq from, base::Seq to, std::size_t bytes_max) {
  if (from > to) return {};
  if (auto blocks = recent_.read(from, to, bytes_max)) return std::move(*blocks);
  count("replays_from_journal");
  return journal_.read(from, to, bytes_max);
}

// --- leases ---

void Core::Impl::handle(const msg::LeaseRequest& request, const Asked& asked) {
  const bool named = !request.holder.empty() && request.holder.size() <= Membership::kInstanceBytesMax;
  if (!named) return refuse(asked, {.code = msg::Code::kInvalid, .message = "a holder has a name of 1 to 64 bytes"});
  if (request.applied > commit_seq()) {
    return refuse(asked, {.code = msg::Code::kInvalid,
                          .message = fmt::format("{} has applied seq {}, but the stream ends at {}: it follows another "
                                                 "store, or the journal was lost; remove what it has and start it anew",
                                                 request.holder, request.applied, commit_seq())});
  }
  const msg::Holder holder{request.holder, request.incarnation};
  if (request.release.value_or(false)) return watermark_.released(holder, asked.now.mono);
  if (!watermark_.acknowledged(holder, request.applied, asked.now.mono)) return join(holder, request, asked);
  grant(holder, asked);
}

// Recorded first, granted then: another leader must know of every lease that may run (DESIGN 5.1).
void Core::Impl::join(const msg::Holder& holder, const msg::LeaseRequest& request, const Asked& asked) {
  const auto found = joining_.find(holder);
  if (found != joining_.end()) {
    found->second = {asked.from, asked.id, request.applied};
    return;
  }
  if (stopping_) return refuse(asked, {.code = msg::Code::kUnavailable, .message = "this broker is stopping"});
  if (watermark_.recorded() + joining_.size() >= Watermark::kHoldersMax) {
    return refuse(asked, {.code = msg::Code::kBusy,
                          .message = fmt::format("{} edges are recorded, there is no room for more until some have "
                                                 "been gone for a while",
                                                 Watermark::kHoldersMax)});
  }
  sequencer_.control(msg::HolderJoined{holder.holder, holder.incarnation}, asked.now);
  joining_[holder] = {asked.from, asked.id, request.applied};
}

void Core::Impl::holder_joined(const msg::Holder& holder, base::Now now, base::Outbox& out) {
  const auto found = joining_.find(holder);
  CHECK(found != joining_.end(), "{} joined and had not asked", holder.holder);
  const Joining joining = std::move(found->second);
  joining_.erase(found);
  watermark_.joined(holder, now.mono);
  watermark_.acknowledged(holder, joining.applied, now.mono);
  grant(holder, {joining.from, joining.id, now, out});
}

void Core::Impl::grant(const msg::Holder& holder, const Asked& asked) {
  const auto commit = commit_seq();
  const std::chrono::milliseconds on_record(sequencer_.committed().lease_ms);
  const auto lease = watermark_.grant(holder, commit, on_record, journal_.proved(asked.now), asked.now.mono);
  const auto whole_ms = lease ? std::chrono::duration_cast<std::chrono::milliseconds>(*lease).count() : 0;
  if (whole_ms == 0) {
    return refuse(asked, {.code = msg::Code::kUnavailable,
                          .message = fmt::format("no lease for {} until it has applied more; the stream is at seq {}",
                                                 holder.holder, commit)});
  }
  count("grants");
  msg::append_message(asked.out.reply(asked.from), msg::reply_header(asked.id, commit),
                      msg::LeaseReply{term(), commit, static_cast<std::uint32_t>(whole_ms)});
}

void Core::Impl::handle(const msg::Ack& ack, const Asked& asked) {
  if (ack.applied > commit_seq()) return count("acks_beyond_stream");
  if (!watermark_.acknowledged({ack.holder, ack.incarnation}, ack.applied, asked.now.mono)) count("acks_of_strangers");
}

// --- resigning ---

void Core::Impl::handle(const msg::Resign& resign, const Asked& asked) {
  const auto& control = sequencer_.accepted();
  const bool current = control.epoch && resign.epoch == control.epoch && resign.replica == control.writer;
  if (!current || appointing_) return count("resigns_ignored");
  count("resigns");
  appoint(membership_.successor_of_resigned(control, asked.now.mono), asked.now);
}

}  // namespace broker
