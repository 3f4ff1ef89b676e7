#include <algorithm>

#include "frontend/edge.h"

namespace frontend {

// Without a lease only reads of the status are answered, so that operators see why there is no lease.
bool Core::Impl::needs_lease(const UnderWay& request) {
  return request.service != Service::kStatus || (request.header.t == msg::Forget::kType && !request.token.empty());
}

void Core::Impl::take(const base::ClientId& from, msg::Message&& message, const base::Sender* sender) {
  UnderWay request;
  request.from = from;
  request.header = std::move(message.header);
  const auto service = msg::service_of(request.header.t);
  request.arrived = now_.mono;
  request.expires =
      now_.mono + std::chrono::milliseconds(std::min(request.header.ttl.value_or(msg::kTtlDefaultMs), msg::kTtlMaxMs));
  msg::count_request(counters_, msg::Role::kFrontend, request.header.t);
  if (!service) {
    return refuse(request, msg::Code::kUnknownType,
                  fmt::format("the request type '{}' is unknown", request.header.t.substr(0, 32)));
  }
  if (message.bytes > msg::kRequestBytesMax) {
    return refuse(request, msg::Code::kInvalid,
                  fmt::format("the request has {} bytes, at most {}", message.bytes, msg::kRequestBytesMax));
  }
  request.service = *service;
  if (!identify(request, sender)) {
    return deny(request, msg::Code::kUnauthenticated, fmt::format("a token has at most {} bytes", msg::kTokenBytesMax));
  }
  name_client(request, sender);
  if (const auto refusal = over_rate(request, sender)) {
    ++counters_["over_rate"];
    return refuse(request, *refusal);
  }
  const auto pass = this->pass(request);
  if (pass == Pass::kNo) return;
  const bool may = pass == Pass::kYes;
  if (may && request.service == Service::kStatus) return answer_self(request, message.body);
  if (draining_) return refuse(request, msg::Code::kUnavailable, "this frontend is stopping: ask another one");
  const bool cacheable = config_.cache_bytes > 0 && request.service == Service::kCatalog &&
                         !request.header.fresh.value_or(false) && message.body.size() <= kCacheKeyMax;
  if (cacheable) request.cache_key = cache_key(request.header.t, request.header.v, message.body);
  if (may && leased() && answer_from_cache(request)) return;
  if (may && !leased()) request.stale = stale_now(request);
  if (request.stale && answer_from_cache(request)) return;
  if (!has_room(request, message.body.size())) {
    return refuse(request, msg::Code::kBusy, "too many requests are under way in this frontend: try again shortly");
  }
  request.body = base::Bytes(message.body);
  admit(under_way_.keep(std::move(request)));
}

// The answers to a connection that asks for many clients may be more than those to one client.
bool Core::Impl::has_room(const UnderWay& request, std::size_t bytes) const {
  return under_way_.has_room(request.client, bytes) && gate_.held_bytes() <= Gate::kHeldBytesMax &&
         (request.for_many || gate_.held_bytes_of(request.client) <= Gate::kHeldBytesPerClientMax);
}

void Core::Impl::admit(std::uint64_t id) {
  auto& request = under_way_.at(id);
  if (!leased() && !request.stale && needs_lease(request)) {
    parked_.insert(id);
    ++counters_["parked"];
  } else if (!may_go_on(id)) {
    return;
  } else if (request.service == Service::kStatus) {
    answer_self(request, request.body);
    forget(id);
  } else if (answer_from_cache(request)) {
    forget(id);
  } else {
    request.covers = follower_.position().applied;
    dispatch(id);
  }
}

bool Core::Impl::answer_from_cache(const UnderWay& request) {
  if (request.cache_key.empty()) return false;
  const auto* entry = reads_.find(request.cache_key);
  if (!entry) return false;
  ++counters_["cache_hits"];
  msg::Header header;
  header.seq = entry->seq;
  answer(request, header, entry->body);
  return true;
}

// DESIGN 5.9: an old answer needs the client's permission and is given only without a lease, and only up to the allowed
// age. A client with a credential gets none, because it may be revoked by now. A key that had no credential when the
// lease ended gets one, because the answer is as of then. A frontend that has had no lease yet gives none.
std::optional<Stale> Core::Impl::stale_now(const UnderWay& request) const {
  const bool possible = request.service == Service::kCatalog || request.service == Service::kEvents;
  if (!possible || request.has_credential() || !request.header.stale_ok || lease_.until() == base::Mono{})
    return std::nullopt;
  const Stale stale{lease_.until(), *request.header.stale_ok};
  return age_of(stale) ? std::optional(stale) : std::nullopt;
}

// The age in milliseconds, rounded up; nothing if it is more than the client allows.
std::optional<std::uint64_t> Core::Impl::age_of(const Stale& stale) const {
  const auto age = lease_.age(stale.as_of, now_.mono);
  if (age > std::chrono::milliseconds(stale.ok_ms)) return std::nullopt;
  return static_cast<std::uint64_t>(age.count());
}

// A stale answer has not come in time, or a lease has come: from now on the request is an ordinary one. It gets a new
// id, so that a late answer to a copy with a smaller `min` is not taken for its answer.
void Core::Impl::make_exact(std::uint64_t id) {
  auto request = under_way_.at(id);
  request.stale.reset();
  request.sent_to.clear();
  request.ask_again = {};
  request.patience = {};
  forget(id);
  admit(under_way_.keep(std::move(request)));
}

void Core::Impl::forget(std::uint64_t id) {
  const auto* request = under_way_.find(id);
  if (!request) return;
  parked_.erase(id);
  unidentified_.erase(id);
  events_waiting_.erase(id);
  events_due_.erase(id);
  if (auto* turns = turns_of(*request)) turns->leave(request->client, id);
  under_way_.forget(id);
}

void Core::Impl::dispatch(std::uint64_t id) {
  auto& request = under_way_.at(id);
  if (request.service == Service::kEvents) return on_events(id);
  const auto refuse_for_now = [&](std::string message) {
    const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(Allowance::kRefillEvery);
    refuse(request, {.code = msg::Code::kBusy,
                     .message = std::move(message),
                     .retry_ms = static_cast<std::uint32_t>(wait.count())});
    forget(id);
  };
  if (request.header.t == msg::Outcome::kType && !is_allowed(outcomes_, request)) {
    return refuse_for_now("too many outcomes were asked for: try again in 1 s");
  }
  if (request.header.t == msg::Note::kType && !is_allowed(notes_, request)) {
    return refuse_for_now("too many acts were noted: try again in 1 s");
  }
  if (!request.cache_key.empty() && !request.stale) {
    if (!reads_.join(request.cache_key, id)) {
      ++counters_["cache_shared"];
      return;
    }
    ++counters_["cache_misses"];
  }
  auto* turns = turns_of(request);
  if (!turns) return send(id, request);
  turns->wait(request.client, id);
  send_reads();
}

bool Core::Impl::is_allowed(Allowance& allowance, const UnderWay& request) const {
  return allowance.take(request.by.value_or(base::Seq()), request.for_many ? std::string() : request.client, now_.mono);
}

// The turns that this request must take; nullptr if it goes out at once.
Turns* Core::Impl::turns_of(const UnderWay& request) {
  if (request.service == Service::kCatalog) return &catalog_turns_;
  if (request.service == Service::kOrder) return &order_turns_;
  if (request.service == Service::kEvents) return &replay_turns_;
  return nullptr;
}

// Sends the reads whose turn it is.
void Core::Impl::send_reads() {
  for (auto* turns : {&catalog_turns_, &order_turns_}) {
    while (const auto id = turns->next()) send(*id, under_way_.at(*id));
  }
  while (const auto id = replay_turns_.next()) on_events(*id);
}

// The seq that is applied here now goes along as `min`. It covers every write that was acknowledged while the lease was
// valid: before the request arrived or, for a request that may be stale, before request.stale->as_of. The body is
// passed on unchanged, so the request keeps the client's version, and so does the answer.
void Core::Impl::send(std::uint64_t id, UnderWay& request) {
  const bool write = request.service == Service::kWriter;
  const auto role = request.service == Service::kCatalog ? msg::Role::kCatalog : msg::Role::kOrder;
  const auto to = write ? routes_.writer() : routes_.reader(role, request.sent_to, now_.mono);
  if (request.patience == base::Duration{}) request.patience = write ? kWritePatience : kReadPatience;
  request.ask_again = now_.mono + (to ? request.patience : kLookOver);
  if (!to) return;
  if (!request.sent_to.empty()) ++counters_["sent_again"];
  request.sent_to = *to;
  request.sent = now_.mono;
  request.patience = std::min(request.patience * 2, kPatienceMax);
  msg::Header header;
  header.v = request.header.v;
  header.t = request.header.t;
  header.id = id;
  header.trace = request.header.trace;
  header.by = request.by;
  header.who = request.who;
  header.min = follower_.position().applied;
  header.ttl = static_cast<std::uint32_t>(std::max<std::int64_t>(
      1, std::chrono::duration_cast<std::chrono::milliseconds>(request.expires - now_.mono).count()));
  ++request.copies;
  if (!request.refused) return msg::append_message(out_->send(*to), header, request.body);
  header.t = msg::Outcome::kType;
  msg::append_message(out_->send(*to), header, *msg::decode<msg::Outcome>(request.body));
}

}  // namespace frontend
