#include "stream/snapshot_server.h"

#include <algorithm>

#include "base/log.h"
#include "msg/serve.h"

namespace stream {

void SnapshotServer::on_request(const base::ClientId& from, const msg::Header& header, base::BytesView body,
                                base::Turn turn) {
  auto what = msg::read<msg::Snapshot>(body);
  Asked asked{from, header, what ? std::move(*what) : msg::Snapshot{}};
  if (!what) return refuse(asked, what.error().code, what.error().message, turn.out);
  if (failed_ && turn.now.mono - failed_->second < kFailed) {
    return refuse(asked, msg::Code::kUnavailable, failed_->first, turn.out);
  }
  asked_at_ = turn.now.mono;
  const bool useless = made_ && asked.what.useless == made_->id;
  if (useless && turn.now.mono - made_at_ < kAnew) {
    return refuse(asked, msg::Code::kBusy, "another snapshot is made in a few seconds", turn.out);
  }
  if (useless) remove();
  if (!made_ && !making_) {
    making_ = true;
    began_ = turn.now.mono;
    maker_.begin();
  }
  if (making_) return refuse(asked, msg::Code::kBusy, "the snapshot is being made", turn.out);
  if (left_ > 0) return answer(asked, turn.out);
  if (waiting_.size() >= kWaitingMax)
    return refuse(asked, msg::Code::kBusy, "too many processes ask for a snapshot", turn.out);
  waiting_.push_back(std::move(asked));
}

void SnapshotServer::answer(const Asked& asked, base::Outbox& out) {
  const bool ours = asked.what.id == made_->id;
  if (ours && asked.what.offset >= made_->size) {
    return refuse(asked, msg::Code::kInvalid, fmt::format("the snapshot has {} bytes", made_->size), out);
  }
  msg::SnapshotReply reply{made_->id, instance_, made_->store, made_->format, made_->seq, made_->size, {made_->sha256},
                           0,         {}};
  if (ours) {
    const auto most = std::min<std::uint64_t>(made_->size - asked.what.offset, msg::kSnapshotBytesMax);
    auto bytes =
        maker_.read(asked.what.offset, static_cast<std::uint32_t>(std::min<std::uint64_t>(asked.what.bytes, most)));
    if (!bytes) return refuse(asked, msg::Code::kUnavailable, bytes.error().message, out);
    reply.offset = asked.what.offset;
    reply.bytes.bytes = std::move(*bytes);
  }
  left_ -= std::min<std::uint64_t>(left_, reply.bytes.bytes.size());
  served_ += reply.bytes.bytes.size();
  msg::append_message(out.reply(asked.from), msg::reply_header(asked.request, made_->seq), reply);
}

void SnapshotServer::on_tick(base::Turn turn) {
  if (making_) take_made(turn.now);
  left_ = kBytesPerTick;
  while (!waiting_.empty() && left_ > 0) {
    answer(waiting_.front(), turn.out);
    waiting_.pop_front();
  }
  if (made_ && turn.now.mono - asked_at_ >= kKept) remove();
}

// Peers that wait for a part of the copy ask again.
void SnapshotServer::remove() {
  made_.reset();
  waiting_.clear();
  maker_.remove();
}

void SnapshotServer::take_made(base::Now now) {
  auto made = maker_.made();
  if (!made) return;
  making_ = false;
  const auto seconds = base::millis(now.mono - began_) / 1000;
  if (!*made) {
    failed_ = {made->error().message, now.mono};
    return base::log::warn("no snapshot could be made: {}", made->error().message);
  }
  failed_.reset();
  made_ = std::move(**made);
  made_at_ = asked_at_ = now.mono;
  ++snapshots_;
  base::log::info("made a snapshot at seq {}: {} bytes in {:.1f} s", made_->seq, made_->size, seconds);
}

void SnapshotServer::count(base::Counters& counters) const {
  counters["snapshots_made"] = snapshots_;
  counters["snapshot_served_bytes"] = served_;
}

void SnapshotServer::refuse(const Asked& asked, msg::Code code, std::string why, base::Outbox& out) {
  msg::append_refusal(out.reply(asked.from), asked.request, {}, {.code = code, .message = std::move(why)});
}

}  // namespace stream
