#include <algorithm>

#include "frontend/edge.h"
#include "msg/serve.h"

namespace frontend {
namespace {

constexpr std::uint32_t kEventsBytesMax = 1024 * 1024;
constexpr std::uint32_t kEventsBytesDefault = 256 * 1024;
constexpr std::size_t kEventsBlocksMax = msg::kWriteArrayMax;
constexpr std::size_t kStatusBytesMax = 1024 * 1024;  // of heartbeats; a reader accepts frames of twice this size

}  // namespace

void Core::Impl::remember(const msg::Block& block, base::BytesView bytes) {
  recent_.add(block.first, block.last(), base::Bytes(bytes));
}

// DESIGN 5.8: outside subscribers see events up to the watermark only. Otherwise somebody could see an event and then
// read the state before it.
void Core::Impl::on_events(std::uint64_t id) {
  if (!may_go_on(id)) return;  // it may have waited since before its credential was revoked
  auto& request = under_way_.at(id);
  const auto events = msg::read<msg::Events>(request.body);
  if (!events || !events->from) {
    const auto code = events ? msg::Code::kInvalid : events.error().code;
    refuse(request, code, events ? "from: the first seq is 1" : events.error().message);
    return forget(id);
  }
  if (!request.viewer.everything && !events->partly.value_or(false)) {
    if (request.stale && request.by_key) return make_exact(id);  // the key may have a credential by now
    deny(request, request.has_credential() ? msg::Code::kForbidden : msg::Code::kUnauthenticated,
         "the whole stream is for clerks, operators and admins: ask with the key or the token of one");
    return forget(id);
  }
  const auto mark = gate_.mark();
  const auto bytes = std::min(events->bytes.value_or(kEventsBytesDefault), kEventsBytesMax);
  const auto waits_until = request.arrived + std::chrono::milliseconds(events->wait.value_or(0));
  if (events->from > mark || !gate_.passes(request.reveals)) return wait_for_events(id, events->from, waits_until);
  const auto recent = recent_.read(events->from, mark, bytes);
  if (!recent) return ask_for_replay(id, *events, bytes);
  msg::EventsReply reply;
  reply.mark = mark;
  for (const auto* block : *recent) {
    if (block->last > mark || reply.blocks.size() == kEventsBlocksMax) break;
    reply.blocks.push_back({block->bytes});
  }
  // Either the watermark is within a block, or this frontend has not yet applied all blocks up to it.
  if (reply.blocks.empty()) return wait_for_events(id, events->from, waits_until);
  serve_events(id, reply);
}

// Asks the broker once the client's turn has come; on_events() is called again then.
void Core::Impl::ask_for_replay(std::uint64_t id, const msg::Events& events, std::uint32_t bytes) {
  auto& request = under_way_.at(id);
  if (!replay_turns_.has_gone(request.client, id)) {
    replay_turns_.wait(request.client, id);
    request.ask_again = {};
    return send_reads();
  }
  request.ask_again = now_.mono + kWritePatience;
  request.sent_to = follower_.broker();
  msg::Header header;
  header.id = id;
  msg::append_request(out_->send(request.sent_to), header, msg::Replay{events.from, gate_.mark(), bytes});
}

// An empty page says that no event from `from` on was acknowledged before the request. An applied event may have been
// acknowledged, so the watermark must first reach what was applied when the request was let in (DESIGN 5.5).
bool Core::Impl::is_end(const UnderWay& request, base::Seq from) const {
  return from > gate_.mark() && gate_.mark() >= request.covers;
}

void Core::Impl::wait_for_events(std::uint64_t id, base::Seq from, base::Mono until) {
  auto& request = under_way_.at(id);
  const bool over = until <= now_.mono;
  if (over && is_end(request, from)) return serve_events(id, {{}, gate_.mark()});
  if (!under_way_.wait(id)) {
    refuse(request, msg::Code::kBusy,
           fmt::format("{} requests of this client wait for events already: let one end first",
                       kEventsWaitingPerClientMax));
    return forget(id);
  }
  request.ask_again = from <= gate_.mark() ? now_.mono + kLookOver : over ? base::Mono{} : until;
  events_waiting_.insert(id);
}

bool Core::Impl::is_without_hope(const UnderWay& request) const {
  return request.service == Service::kEvents && !leased() && !request.stale &&
         now_.mono >= std::max(request.arrived, lease_.until()) + kEventsPatience;
}

void Core::Impl::on_replayed(std::uint64_t id, base::BytesView body) {
  const auto replay = msg::decode<msg::ReplayReply>(body);
  if (!replay) return;  // the request is sent again later
  msg::EventsReply reply;
  reply.mark = gate_.mark();
  for (const auto& bytes : replay->blocks) {
    const auto block = msg::decode_block(bytes.bytes);
    if (!block || block->last() > reply.mark) break;
    reply.blocks.push_back(bytes);
  }
  // Otherwise it is sent again: the block exists, though this broker did not have it.
  if (!reply.blocks.empty()) serve_events(id, reply);
}

void Core::Impl::serve_events(std::uint64_t id, msg::EventsReply reply) {
  const auto& request = under_way_.at(id);
  auto header = msg::reply_header(request.header, reply.mark);
  if (request.stale) {
    header.stale_ms = age_of(*request.stale);
    if (!header.stale_ms) return make_exact(id);
    ++counters_["stale_answers"];
  }
  ++counters_["events_served"];
  for (const auto& block : reply.blocks) events_bytes_ += block.bytes.size();
  if (!request.viewer.everything) {
    auto parts = msg::partly(reply, request.viewer);
    if (!parts) {
      refuse(request, msg::Code::kUnavailable, "a block cannot be read: " + parts.error().message);
      return forget(id);
    }
    reply = std::move(*parts);
  }
  msg::append_message(out_->reply(request.from), header, reply);
  forget(id);
}

void Core::Impl::serve_waiting_events() {
  events_due_.merge(events_waiting_);
  serve_due_events();
}

// Thousands may have waited for the same block, so a round serves only as many as its bytes allow.
void Core::Impl::serve_due_events() {
  events_bytes_ = 0;
  while (!events_due_.empty() && events_bytes_ < kEventsRoundMax) {
    on_events(events_due_.extract(events_due_.begin()).value());
  }
}

void Core::Impl::answer_self(const UnderWay& request, base::BytesView body) {
  msg::serve_as(
      msg::StatusRequests(), request.header.t, body, "a frontend",
      [&](const msg::Refusal& refusal) { refuse(request, refusal.code, refusal.message); },
      [&](const auto& asked) { handle(request, asked); });
}

void Core::Impl::handle(const UnderWay& request, const msg::Forget& forget) {
  const auto life = routes_.forget(forget.instance, now_.mono);
  if (!life)
    return refuse(request, msg::Code::kInvalid,
                  fmt::format("{} is not forgotten: {}", forget.instance.substr(0, 64), life.error().message));
  base::log::info("{} is forgotten, as a client has asked", forget.instance);
  msg::append_message(out_->reply(request.from), msg::reply_header(request.header, gate_.mark()),
                      msg::ForgetReply{*life});
}

// pass() has just found the credential to be valid. The answer passes the gate: no frontend must deny the credential
// afterwards because it has not applied the grant yet.
void Core::Impl::handle(const UnderWay& request, const msg::WhoAmI&) {
  msg::WhoAmIReply reply{request.trusted ? msg::Anonymous::kAll : config_.anonymous, leased(), {}};
  const auto* known = request.token.empty() ? nullptr : access_.find(request.token);
  if (known) reply.credential = known->credential;
  msg::Header header;
  header.seq = request.reveals;
  answer(request, header, msg::encoded(reply));
}

void Core::Impl::handle(const UnderWay& request, const msg::DescribeStore&) {
  const msg::Heartbeat* leader = nullptr;
  for (const auto& [instance, known] : routes_.known()) {
    const auto& beat = known.beat;
    if (beat.leader && (!leader || beat.leader->term > leader->leader->term)) leader = &beat;
  }
  if (!leader) return refuse(request, msg::Code::kUnavailable, "this frontend has heard no broker yet");
  msg::append_message(out_->reply(request.from), msg::reply_header(request.header, gate_.mark()),
                      msg::StoreReply{leader->store, leader->leader->currency});
}

void Core::Impl::handle(const UnderWay& request, const msg::Status&) {
  msg::StatusReply reply;
  reply.edge = config_.identity.instance;
  reply.leased = leased();
  if (reply.leased) reply.lease_left_ms = static_cast<std::uint64_t>(base::millis(lease_.until() - now_.mono));
  reply.applied = follower_.position().applied;
  reply.mark = gate_.mark();
  reply.writer = routes_.writer_name();
  reply.epoch = routes_.epoch();
  if (auto lives = routes_.forgotten(Routes::Through::kAny, now_.mono); !lives.empty())
    reply.forgotten = std::move(lives);
  std::size_t size = 0;
  for (const auto& [instance, known] : routes_.known()) {
    size += msg::encoded(known.beat).size();
    if (size > kStatusBytesMax) break;  // a thousand strangers may send heartbeats of 64 KiB
    reply.processes.push_back({known.beat, static_cast<std::uint64_t>(base::millis(now_.mono - known.heard))});
  }
  msg::append_message(out_->reply(request.from), msg::reply_header(request.header, gate_.mark()), reply);
}

}  // namespace frontend
