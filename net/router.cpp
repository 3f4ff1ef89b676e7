#include "net/router.h"

#include <utility>

#include "msg/serve.h"
#include "net/bus.h"
#include "net/sockets.h"

namespace net {
namespace {

struct Incoming {
  base::ClientId from;
  base::BytesView frame;
};

Incoming incoming(const std::vector<zmq::message_t>& frames) {
  const bool delimited = frames.size() == 3 && frames[1].empty();
  Incoming in{{frames[0].to_string(), delimited}, msg::kNoFrame};
  if (frames.size() == 2 || delimited) in.frame = view(frames.back());
  if (in.frame.empty()) in.frame = msg::kNoFrame;
  return in;
}

template <class Peer>
std::size_t bytes_to(base::Outbox::Frames<Peer>& frames, const Peer& peer) {
  std::size_t bytes = 0;
  if (const auto found = frames.find(peer); found != frames.end()) {
    for (const auto& frame : found->second) bytes += frame.size();
  }
  return bytes;
}

std::size_t bytes_sent(base::Outbox& out) {
  std::size_t bytes = 0;
  for (const auto& [endpoint, frames] : out.sends()) {
    for (const auto& frame : frames) bytes += frame.size();
  }
  return bytes;
}

}  // namespace

Router::Router(zmq::context_t& context, Guard* guard)
    : guard_(guard), socket_(make_socket(context, kServe, guard != nullptr)), readiness_(socket_) {}

void Router::arrive(const base::ClientId& from, base::Bytes frame, base::Outbox& out) {
  if (frame.empty()) frame.push_back(msg::kNoFrame.front());
  if (backlog_.take(from, frame)) {
    arrived_ = true;
  } else {
    refuse(from, frame, out);
  }
}

void Router::tell(base::Core& core, base::Outbox& out) {
  told_ = 0;
  answered_bytes_ = 0;
  arrived_ = false;
  if (readiness_.begin_reading()) take_in(core, out);
  const auto may_be_told = [this](const std::string& peer) { return !unread_.is_behind(peer); };
  const auto tell = [&](const base::ClientId& from, base::BytesView piece, const AdmittedPtr& by) {
    tell_piece(from, piece, by, core, out);
  };
  more_ = true;
  while (more_ && has_room_in_round(out)) more_ = backlog_.tell_next(may_be_told, tell);
  more_ = more_ && !backlog_.empty();
}

void Router::take_in(base::Core& core, base::Outbox& out) {
  std::size_t bytes = 0;
  std::size_t refused = 0;
  for (int i = 0; i < kFramesPerRound && bytes < kInBytesPerRound && refused < kRefusalsPerRound; ++i) {
    if (!receive(socket_, frames_)) return readiness_.drained();
    const auto [from, frame] = incoming(frames_);
    if (Bus::is_local(from.routing)) {  // otherwise the reply would go to one of our cores
      ++out.loop_counters()["frames_refused"];
      continue;
    }
    bytes += frame.size();
    const auto proof = guard_ ? guard_->proof_of(frames_.back()) : Proof{};
    if (!proof.counts) {
      ++out.loop_counters()["frames_revoked"];
      continue;
    }
    // Usually no frame waits, and the new one is short. Then it is told without keeping it.
    const bool at_once = backlog_.empty() && frame.size() <= Backlog::kPieceBytes && has_room_in_round(out) &&
                         !unread_.is_behind(from.routing);
    if (at_once) {
      tell_piece(from, frame, proof.by, core, out);
    } else if (!backlog_.add(from, frame, proof.by)) {
      refused += refuse(from, frame, out);
    }
  }
}

bool Router::has_room_in_round(base::Outbox& out) const {
  return told_ < kPiecesPerRound && answered_bytes_ + bytes_sent(out) < kRoundBytesMax;
}

void Router::tell_piece(const base::ClientId& from, base::BytesView piece, const AdmittedPtr& by, base::Core& core,
                        base::Outbox& out) {
  ++told_;
  if (by && by->revoked) {
    ++out.loop_counters()["frames_revoked"];
    return;
  }
  const auto before = bytes_to(out.replies(), from);
  core.on_request(from, piece, {base::now(), out, by ? &by->sender : nullptr});
  answered_bytes_ += bytes_to(out.replies(), from) - before;
}

// Returns the number of refused messages. A peer that takes no answers gets no refusals.
std::size_t Router::refuse(const base::ClientId& from, base::BytesView frame, base::Outbox& out) {
  ++out.loop_counters()["frames_refused"];
  if (!unread_.takes(from.routing, base::kFrameBytesTarget)) return 0;
  msg::FrameReader reader(frame);
  std::size_t refused = 0;
  for (; refused < kRefusalsPerFrame && !reader.done(); ++refused) {
    const auto message = reader.next();
    if (!message) break;
    msg::append_refusal(out.reply(from), message->header, msg::Seq(),
                        {.code = msg::Code::kBusy,
                         .message = "too many of your requests wait here: read the answers, or try again "
                                    "shortly"});
  }
  return refused;
}

void Router::reply(const base::ClientId& to, base::Bytes frame, base::Outbox& out) {
  std::vector<zmq::message_t> frames;
  frames.emplace_back(to.routing.data(), to.routing.size());
  if (to.delimited) frames.emplace_back();
  if (frame.size() > msg::kFrameBytesMax || !unread_.takes(to.routing, frame.size())) return drop(out);
  frames.push_back(unread_.hand_over(to.routing, std::move(frame)));
  readiness_.used();
  const auto sent = send(socket_, std::move(frames));
  if (sent != Sent::kYes) drop(out);
  if (sent == Sent::kGone) backlog_.forget(to.routing);
}

std::unique_ptr<Unread::Held> Router::hold(const base::ClientId& to, base::Bytes frame, base::Outbox& out) {
  if (unread_.takes(to.routing, frame.size())) return unread_.hold(to.routing, std::move(frame));
  drop(out);
  return nullptr;
}

void Router::drop(base::Outbox& out) { ++out.loop_counters()["replies_dropped"]; }

void Router::on_tick(base::Outbox& out) {
  unread_.sweep();
  out.loop_counters()["backlog_bytes"] = backlog_.bytes();
  out.loop_counters()["unread_bytes"] = unread_.bytes();
}

}  // namespace net
