#include <algorithm>
#include <utility>

#include "frontend/edge.h"

namespace frontend {
namespace {

std::optional<msg::Code> code_in(const msg::Header& header) {
  return header.err ? msg::code_of(*header.err) : std::nullopt;
}

}  // namespace

void Core::Impl::on_answer(msg::Message&& message) {
  const auto id = message.header.id;
  auto* found = under_way_.find(id);
  if (!found) {
    ++counters_["answers_late"];
    return;
  }
  auto& request = *found;
  if (request.sent_to.empty()) {  // it waits for a lease or for a shared answer: no process knows its id
    ++counters_["answers_unasked"];
    return;
  }
  if (request.service == Service::kEvents) return on_replayed(id, message.body);
  const auto code = code_in(message.header);
  if (code && decides_nothing(request, *code)) return;
  if (request.stale && !age_of(*request.stale)) return make_exact(id);
  if (request.refused) return settled(id, message.header, message.body);
  if (settle(id, message.header, message.body)) return;
  finish(id, message.header, message.body);
}

// Returns true if this refusal must not reach the client, because it says nothing about the other copies of the write.
// Then the request stays under way and is sent again. When its deadline passes, it is `unknown` (ADR 22).
bool Core::Impl::decides_nothing(UnderWay& request, msg::Code code) {
  const auto reach = msg::reach(code);
  if (reach == msg::Reach::kNothing && code != msg::Code::kUnknown) {
    // A new appointment sends the request on at once. This serves an appointment that the edge knows already.
    request.ask_again = now_.mono + kLookOver;
    request.patience = {};  // the process was not silent
    ++counters_["not_writer"];
    return true;
  }
  if (request.service != Service::kWriter || request.copies < 2) return false;
  const bool is_outcome = request.refused || request.header.t == msg::Outcome::kType;
  if (reach != msg::Reach::kThisTry && !(reach == msg::Reach::kThisCopy && is_outcome)) return false;
  ++counters_["refusals_undecided"];
  return true;
}

// A write that was sent more than once was refused. Another copy may still be on its way to a writer and may find that
// the stock is back. So the edge asks for the key's outcome, which voids an unused key, before it tells the client that
// nothing happened (G3).
bool Core::Impl::settle(std::uint64_t id, const msg::Header& header, base::BytesView body) {
  const auto code = code_in(header);
  auto& request = under_way_.at(id);
  if (!code || request.copies < 2 || request.service != Service::kWriter) return false;
  if (msg::reach(*code) != msg::Reach::kThisCopy) return false;
  // Without a key that a writer could decode, no copy takes effect.
  if (!msg::decode<msg::Outcome>(request.body)) return false;
  ++counters_["settled"];
  auto again = request;
  again.refused = UnderWay::Refused{header, base::Bytes(body)};
  again.patience = {};
  forget(id);  // the new id keeps late answers to the copies from being taken for the outcome
  const auto settling = under_way_.keep(std::move(again));
  send(settling, under_way_.at(settling));
  return true;
}

void Core::Impl::settled(std::uint64_t id, const msg::Header& header, base::BytesView body) {
  const auto outcome = msg::decode<msg::OutcomeReply>(body);
  if (header.err || !outcome) return finish(id, header, body);
  auto request = under_way_.at(id);
  const auto refused = *std::exchange(request.refused, std::nullopt);
  if (outcome->outcome == msg::OutcomeKind::kVoid) {
    auto answer = refused.header;
    answer.seq = header.seq;  // the answer now reveals the voiding, too
    return finish(id, answer, refused.body);
  }
  forget(id);  // the key took effect: a resend with the same key gets the answer of that effect
  const auto asking = under_way_.keep(std::move(request));
  send(asking, under_way_.at(asking));
}

void Core::Impl::finish(std::uint64_t id, const msg::Header& header, base::BytesView body) {
  const auto& request = under_way_.at(id);
  if (request.header.t == msg::FindCredential::kType) return on_credential(id, header, body);
  if (!request.cache_key.empty() && !request.stale) land(request, header, body);
  answer(request, header, body);
  forget(id);
}

// Serves the other reads that shared the request of `leader`. An answer that an event has touched since is right for
// the leader, but not for those that joined it later.
void Core::Impl::land(const UnderWay& leader, const msg::Header& header, base::BytesView body) {
  const auto landing = reads_.land(leader.cache_key, entry_of(leader, header, body), !header.err);
  if (landing.overtaken) ++counters_["cache_fills_late"];
  for (const auto id : landing.served) {
    const auto* waiting = under_way_.find(id);
    if (!waiting) continue;
    answer(*waiting, header, body);
    forget(id);
  }
  join_again(landing.again);
}

void Core::Impl::join_again(const SharedReads::Ids& reads) {
  for (const auto id : reads) {
    if (under_way_.find(id)) dispatch(id);
  }
}

std::optional<CacheEntry> Core::Impl::entry_of(const UnderWay& request, const msg::Header& header,
                                               base::BytesView body) const {
  if (!header.seq) return std::nullopt;
  if (header.err) {  // `unknown_item` holds until an item is added or edited; any other refusal concerns only its own
                     // request
    return code_in(header) == msg::Code::kUnknownItem ? std::optional<CacheEntry>({{}, *header.seq, {}, true})
                                                      : std::nullopt;
  }
  CacheEntry entry{base::Bytes(body), *header.seq, {}, true};
  if (request.header.t == msg::Lookup::kType) {
    const auto reply = msg::decode<msg::ItemReply>(body);
    const auto lookup = msg::decode<msg::Lookup>(request.body);
    if (!reply || !lookup) return std::nullopt;
    entry.items.push_back(reply->item.id);
    entry.open_ended = lookup->title.has_value();
    return entry;
  }
  const auto reply = msg::decode<msg::ItemsReply>(body);
  if (!reply) return std::nullopt;
  for (const auto& item : reply->items) entry.items.push_back(item.id);
  std::sort(entry.items.begin(), entry.items.end());
  return entry;
}

// Every answer from a service or from the cache passes here, and then the gate.
void Core::Impl::answer(const UnderWay& request, const msg::Header& header, base::BytesView body) {
  Held held;
  held.to = request.from;
  held.client = request.client;
  held.header = msg::reply_header(request.header, header.seq.value_or(base::Seq()));
  held.header.err = header.err;
  held.header.spans = header.spans;
  held.stale = request.stale;
  held.arrived = request.arrived;
  held.held = now_.mono;
  held.expires = request.expires;
  held.service = request.service;
  held.trace = request.header.trace.value_or(false);
  const auto code = code_in(header);
  const bool reveals_nothing = code && !msg::is_business(*code);  // busy, malformed, ...
  const auto shown = reveals_nothing ? base::Seq() : header.seq.value_or(follower_.position().applied);
  const auto reveals = std::max(shown, request.reveals);
  if (gate_.passes(reveals)) return release(held, body);
  ++counters_["gate_holds"];
  held.body = base::Bytes(body);
  gate_.pass(reveals, std::move(held));
}

void Core::Impl::release(Held& held, base::BytesView body) {
  if (held.stale) {
    held.header.stale_ms = age_of(*held.stale);
    if (!held.header.stale_ms) {
      return refuse(held, msg::Code::kUnavailable, "the answer has become older than stale_ok allows: ask again");
    }
    ++counters_["stale_answers"];
  }
  if (held.trace) {
    auto spans = held.header.spans.value_or(std::vector<msg::Span>{});
    if (held.header.seq) times_.add_to(spans, *held.header.seq);
    spans.push_back({"gate", base::micros(now_.mono - held.held)});
    spans.push_back({"frontend", base::micros(now_.mono - held.arrived)});
    held.header.spans = std::move(spans);
  }
  ++counters_["answers"];
  measure(held.service, held.arrived);
  msg::append_message(out_->reply(held.to), held.header, body);
}

void Core::Impl::measure(Service service, base::Mono arrived) {
  const auto kind = msg::kind_of(service);
  if (kind) latency_[static_cast<std::size_t>(*kind)].add(now_.mono - arrived);
}

void Core::Impl::refuse(const Held& held, msg::Code code, std::string message) {
  measure(held.service, held.arrived);
  refuse(held.to, held.header, {.code = code, .message = std::move(message)});
}

void Core::Impl::refuse(const UnderWay& request, msg::Code code, std::string message) {
  refuse(request, {.code = code, .message = std::move(message)});
}

void Core::Impl::refuse(const UnderWay& request, const msg::Refusal& refusal) {
  measure(request.service, request.arrived);
  refuse(request.from, request.header, refusal);
}

void Core::Impl::refuse(const base::ClientId& to, const msg::InReplyTo& request, const msg::Refusal& refusal) {
  msg::count_refusal(counters_, refusal.code);
  msg::append_refusal(out_->reply(to), request, gate_.mark(), refusal);
}

// After the appointment of a writer, sends all unanswered writes to it, with the same keys.
void Core::Impl::resend_writes() {
  std::vector<std::uint64_t> writes;
  for (const auto& [id, request] : under_way_) {
    if (request.service != Service::kWriter || parked_.count(id) != 0 || unidentified_.count(id) != 0) continue;
    writes.push_back(id);
  }
  std::sort(writes.begin(), writes.end());  // in the order of arrival
  for (const auto id : writes) {
    auto& request = under_way_.at(id);
    request.patience = kWritePatience;
    send(id, request);
  }
}

void Core::Impl::look_over() {
  std::vector<std::uint64_t> expired;
  std::vector<std::uint64_t> silent;
  for (const auto& [id, request] : under_way_) {
    if (request.expires <= now_.mono || is_without_hope(request)) {
      expired.push_back(id);
    } else if (request.ask_again != base::Mono{} && request.ask_again <= now_.mono) {
      silent.push_back(id);
    }
  }
  std::sort(expired.begin(), expired.end());  // in the order of arrival
  std::sort(silent.begin(), silent.end());
  for (const auto id : silent) send_again(id);
  for (const auto id : expired) expire(id);
  expire_held(now_.mono);
}

// Gives up what is still under way when this frontend stops, so that clients ask another one at once.
void Core::Impl::give_up() {
  std::vector<std::uint64_t> left;
  for (const auto& [id, request] : under_way_) left.push_back(id);
  std::sort(left.begin(), left.end());
  for (const auto id : left) expire(id);
  expire_held(base::Mono::max());
}

void Core::Impl::expire_held(base::Mono now) {
  for (const auto& held : gate_.expire(now)) {
    refuse(held, held.service == Service::kWriter ? msg::Code::kUnknown : msg::Code::kUnavailable,
           "the answer is here, but not every frontend has confirmed it in time (is the broker up?): ask again; for a "
           "write, ask for the outcome of its key");
  }
}

void Core::Impl::send_again(std::uint64_t id) {
  auto& request = under_way_.at(id);
  if (request.stale && (leased() || !age_of(*request.stale))) {
    make_exact(id);
  } else if (request.service == Service::kEvents) {
    on_events(id);
  } else if (is_at_work(request)) {
    request.ask_again = now_.mono + kReadPatience;
  } else {
    send(id, request);
  }
}

// Returns whether the replica with this read has answered others recently.
bool Core::Impl::is_at_work(const UnderWay& request) const {
  const bool read = request.service == Service::kCatalog || request.service == Service::kOrder;
  return read && !request.sent_to.empty() && now_.mono < request.sent + kPatienceMax &&
         routes_.has_answered_since(request.sent_to, std::max(request.sent, now_.mono - kReadPatience));
}

std::string Core::Impl::without_lease() const {
  if (lease_.until() == base::Mono{}) {
    return "this frontend has no lease yet: the broker has not answered since it started";
  }
  return fmt::format(
      "this frontend has had no lease for {:.1f} s, so it cannot know what is current: is the broker up? (an old "
      "answer is available with stale_ok)",
      base::millis(now_.mono - lease_.until()) / 1000);
}

void Core::Impl::expire(std::uint64_t id) {
  const auto* found = under_way_.find(id);
  if (!found) return;
  if (leased() && (events_waiting_.count(id) != 0 || events_due_.count(id) != 0)) {
    const auto events = msg::decode<msg::Events>(found->body);
    if (is_end(*found, events->from)) return serve_events(id, {{}, gate_.mark()});
  }
  const auto request = *found;
  forget(id);
  join_again(reads_.abandon(request.cache_key, id));
  if (request.header.t == msg::FindCredential::kType) return on_credential_late(request.token);
  if (request.service == Service::kWriter && !request.sent_to.empty()) {
    return refuse(request, msg::Code::kUnknown,
                  "no writer answered in time; the request may have taken effect: ask for the outcome of the key");
  }
  if (draining_) return refuse(request, msg::Code::kUnavailable, "this frontend stops: ask another one");
  if (!leased()) return refuse(request, msg::Code::kUnavailable, without_lease());
  refuse(request, msg::Code::kUnavailable, "no replica answered in time: see `pygmy status`");
}

}  // namespace frontend
