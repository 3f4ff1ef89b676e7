#include <algorithm>

#include "frontend/edge.h"

namespace frontend {
namespace {

constexpr std::uint32_t kEventsBytesMax = 1024 * 1024;
constexpr std::uint32_t kEventsBytesDefault = 256 * 1024;
constexpr std::size_t kEventsBlocksMax = 2048;        // a reader accepts arrays of twice that
constexpr std::size_t kStatusBytesMax = 1024 * 1024;  // of heartbeats; a reader accepts frames of twice that

}  // namespace

void Core::Impl::remember(const msg::Block& block, base::BytesView bytes) {
  recent_bytes_ += bytes.size();
  recent_.push_back({block.first, block.last(), base::Bytes(bytes)});
  while (recent_bytes_ > kRecentBytesMax) {
    recent_bytes_ -= recent_.front().bytes.size();
    recent_.pop_front();
  }
}

// DESIGN 5.8: whoever subscribes outside sees events up to the watermark, so that no one can see an event and then read
// the state before it.
void Core::Impl::on_events(std::uint64_t id) {
  auto& request = under_way_.at(id);
  const auto events = msg::decode<msg::Events>(request.body);
  if (!events || !events->from) {
    const auto code = events ? msg::Code::kInvalid : msg::Code::kMalformed;
    refuse(request, code, events ? "from: the first seq is 1" : events.error().message);
    return forget(id);
  }
  const auto mark = gate_.mark();
  const auto bytes = std::min(events->bytes.value_or(kEventsBytesDefault), kEventsBytesMax);
  if (events->from > mark) {
    request.ask_again = {};
    request.expires = std::min(request.expires, request.arrived + std::chrono::milliseconds(events->wait.value_or(0)));
    if (request.expires <= now_.mono) return serve_events(id, {{}, mark});
    request.parked = true;
    return events_waiting_.push_back(id);
  }
  request.parked = false;
  if (recent_.empty() || recent_.front().first > events->from) {
    request.ask_again = now_.mono + kWritePatience;
    msg::Header header;
    header.id = id;
    return msg::append_request(out_->send(follower_.broker()), header, msg::Replay{events->from, mark, bytes});
  }
  msg::EventsReply reply;
  reply.mark = mark;
  std::size_t size = 0;
  for (const auto& block : recent_) {
    if (block.last < events->from) continue;
    if (block.last > mark || (size > 0 && size + block.bytes.size() > bytes)) break;
    if (reply.blocks.size() == kEventsBlocksMax) break;
    size += block.bytes.size();
    reply.blocks.push_back({block.bytes});
  }
  serve_events(id, reply);
}

void Core::Impl::on_replayed(std::uint64_t id, base::BytesView body) {
  const auto replay = msg::decode<msg::ReplayReply>(body);
  if (!replay) return;  // it is asked again
  msg::EventsReply reply;
  reply.mark = gate_.mark();
  for (const auto& bytes : replay->blocks) {
    const auto block = msg::decode_block(bytes.bytes);
    if (!block || block->last() > reply.mark) break;
    reply.blocks.push_back(bytes);
  }
  serve_events(id, reply);
}

void Core::Impl::serve_events(std::uint64_t id, const msg::EventsReply& reply) {
  const auto& request = under_way_.at(id);
  ++counters_["events_served"];
  msg::append_message(out_->reply(request.from), msg::reply_header(request.header, reply.mark), reply);
  forget(id);
}

void Core::Impl::serve_waiting_events() {
  auto waiting = std::move(events_waiting_);
  events_waiting_.clear();
  for (const auto id : waiting) {
    if (under_way_.count(id) != 0) on_events(id);
  }
}

void Core::Impl::on_status(const UnderWay& request) {
  msg::StatusReply reply;
  reply.edge = config_.identity.instance;
  reply.leased = leased();
  if (reply.leased) reply.lease_left_ms = static_cast<std::uint64_t>(base::millis(lease_.until() - now_.mono));
  reply.applied = follower_.position().applied;
  reply.mark = gate_.mark();
  reply.writer = routes_.writer_name();
  reply.epoch = routes_.epoch();
  std::size_t size = 0;
  for (const auto& [instance, known] : routes_.known()) {
    size += msg::encoded(known.beat).size();
    if (size > kStatusBytesMax) break;  // a thousand strangers with heartbeats of 64 KiB
    reply.processes.push_back({known.beat, static_cast<std::uint64_t>(base::millis(now_.mono - known.heard))});
  }
  msg::append_message(out_->reply(request.from), msg::reply_header(request.header, gate_.mark()), reply);
}

}  // namespace frontend
