#include "client/core.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "base/check.h"
#include "base/random.h"
#include "msg/internal.h"

namespace client {
namespace {

using std::chrono::milliseconds;

// The wait before the next try after a refusal that is worth repeating. It is long enough that a crowd of clients does
// not load the store, and short enough that it does not prolong a change of the writer.
constexpr std::uint64_t kBackoffMinMs = 25;
constexpr std::uint64_t kBackoffMaxMs = 200;

// After silence the client sends another copy. After each tour of all frontends the wait doubles, up to this, so that a
// slow store does not get too many copies.
constexpr base::Duration kSilenceMax = std::chrono::seconds(2);

// How often a silent frontend is asked whether it answers again.
constexpr base::Duration kProbeEvery = std::chrono::seconds(1);

// An id on the wire names the request and the copy: ids under way on one socket differ (PROTOCOL 2).
constexpr unsigned kCopyBits = 8;
constexpr std::uint64_t kCopyMask = (1U << kCopyBits) - 1;
constexpr std::uint64_t kProbe = 0;  // the request number of probes; requests count from 1

base::Duration reserve(base::Duration left) { return std::max<base::Duration>(milliseconds(50), left / 10); }

std::uint32_t ttl_ms(base::Duration left) {
  const auto ttl = std::chrono::duration_cast<milliseconds>(left - reserve(left)).count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(ttl, 1, msg::kTtlMaxMs));
}

bool worth_repeating(msg::Code code) {
  const auto reach = msg::reach(code);
  return reach == msg::Reach::kThisTry || (reach == msg::Reach::kNothing && code != msg::Code::kUnknown);
}

std::string advice(base::Bar bar) {
  switch (bar) {
    case base::Bar::kWantsKey:
      return "wants a key: pass --key-file FILE or set PYGMY_KEY_FILE (`pygmy keys add client NAME` makes the file)";
    case base::Bar::kHasNone:
      return "has no keys: if it is the right store, leave --key-file and PYGMY_KEY_FILE out";
    case base::Bar::kDenied:
      return "does not admit this key: it was revoked, is not on the store's list (`pygmy keys list`), or may not open "
             "this process";
    case base::Bar::kClosed:
      return "closes each connection: the key may be of another store, or may not open this process. Look which key "
             "--key-file or PYGMY_KEY_FILE names, and whether `pygmy keys list --keys DIR` of this store has its name";
  }
  return {};
}

std::string seconds_text(base::Duration duration) {
  const auto ms = std::chrono::duration_cast<milliseconds>(duration).count();
  return ms % 1000 == 0 ? fmt::format("{} s", ms / 1000) : fmt::format("{} ms", ms);
}

}  // namespace

class Core::Impl {
 public:
  explicit Impl(Config config) : config_(std::move(config)), random_(config_.seed) {
    CHECK(!config_.frontends.empty(), "a client needs a frontend");
    for (const auto& endpoint : config_.frontends) frontends_.push_back({endpoint, {}, false, {}});
  }

  std::uint64_t submit(std::string_view type, bool is_write, base::Bytes body, const Options& options, base::Turn turn,
                       Done done);
  void on_frame(const base::Endpoint& from, base::BytesView frame, base::Turn turn);
  void on_barred(const base::Endpoint& from, base::Bar bar, base::Turn turn);
  void on_tick(base::Turn turn);
  std::size_t under_way() const { return flights_.size(); }

 private:
  struct Frontend {
    base::Endpoint endpoint;
    base::Mono heard{};
    bool suspect = false;
    base::Mono probed{};
  };
  struct Flight {
    std::string type;
    bool is_write = false;
    base::Bytes body;
    Options options;
    Done done;
    base::Mono started{};
    base::Mono deadline{};
    std::size_t frontend = 0;  // the one asked last
    std::uint64_t copies = 0;
    base::Mono sent{};   // when the last copy was sent
    base::Mono again{};  // when the next one is sent, unless an answer comes
    bool backing_off = false;
    unsigned refusals = 0;                  // number of refusals after which the request was repeated
    std::string reason;                     // of the last refusal
    std::optional<std::uint32_t> retry_ms;  // set if the last refusal says that this client asks too often
    std::set<std::uint64_t> open;           // copies that may have had an effect, or may still have one
    std::optional<Answer> refused;  // if set, we ask for the outcome; this is the final answer if the key is void
    bool happened = false;          // the outcome says that the write took effect; it is sent again to get its answer

    // Notes that a copy has had no effect and will have none. After 256 copies several copies share an id, so none of
    // them can be closed.
    void close(std::uint64_t copy) {
      if (copies <= kCopyMask + 1) open.erase(copy);
    }
  };

  std::size_t first_choice(std::size_t spread) const;
  std::size_t next_choice(std::size_t after) const;
  void send(std::uint64_t number, Flight& flight, base::Turn turn);
  void on_message(Frontend& from, const msg::Message& message, base::Turn turn);
  bool settle(std::uint64_t number, Answer& answer, base::Turn turn);
  void settled(std::uint64_t number, Answer answer, base::Turn turn);
  void send_anew(std::uint64_t number, std::optional<Answer> refused, base::Turn turn);
  void on_probed(Frontend& from, const msg::Message& message);
  bool try_again(Frontend& from, Flight& flight, std::uint64_t copy, const msg::Refusal& refusal, base::Now now);
  void finish(std::uint64_t number, Answer answer, base::Now now);
  void expire(std::uint64_t number, base::Now now);
  void suspect(Frontend& frontend, base::Now now);
  void probe(base::Turn turn);

  Config config_;
  base::Random random_;
  std::vector<Frontend> frontends_;
  std::unordered_map<std::uint64_t, Flight> flights_;
  std::uint64_t last_number_ = kProbe;
  std::uint64_t probes_ = 0;
  std::vector<std::uint64_t> due_;
};

std::uint64_t Core::Impl::submit(std::string_view type, bool is_write, base::Bytes body, const Options& options,
                                 base::Turn turn, Done done) {
  const auto number = ++last_number_;
  Flight flight;
  flight.type = type;
  flight.is_write = is_write;
  flight.body = std::move(body);
  flight.options = options;
  if (options.timeout == base::Duration{}) flight.options.timeout = config_.timeout;
  if (options.try_next == base::Duration{}) flight.options.try_next = config_.try_next;
  flight.done = std::move(done);
  flight.started = turn.now.mono;
  flight.deadline = turn.now.mono + flight.options.timeout;
  flight.frontend = first_choice(options.spread);
  send(number, flights_.emplace(number, std::move(flight)).first->second, turn);
  return number;
}

std::size_t Core::Impl::first_choice(std::size_t spread) const {
  const auto wanted = (config_.first + spread) % frontends_.size();
  return frontends_[wanted].suspect ? next_choice(wanted) : wanted;
}

// Returns the next frontend that is not suspect. If all are suspect, returns simply the next one.
std::size_t Core::Impl::next_choice(std::size_t after) const {
  for (std::size_t step = 1; step <= frontends_.size(); ++step) {
    const auto index = (after + step) % frontends_.size();
    if (!frontends_[index].suspect) return index;
  }
  return (after + 1) % frontends_.size();
}

void Core::Impl::send(std::uint64_t number, Flight& flight, base::Turn turn) {
  msg::Header header;
  header.t = flight.refused ? std::string(msg::Outcome::kType) : flight.type;
  header.id = (number << kCopyBits) | (flight.copies & kCopyMask);
  header.ttl = ttl_ms(flight.deadline - turn.now.mono);
  header.stale_ok = flight.options.stale_ok_ms;
  if (flight.options.fresh) header.fresh = true;
  if (flight.options.trace) header.trace = true;
  if (flight.options.token || !config_.token.empty()) {
    header.token = msg::Blob{flight.options.token.value_or(config_.token)};
  }
  auto& frame = turn.out.send(frontends_[flight.frontend].endpoint);
  if (flight.refused) {
    const auto key = msg::decode<msg::Outcome>(flight.body);
    CHECK(key.has_value(), "only a write has a refusal to settle, and every write has a key");
    msg::append_message(frame, header, *key);
  } else {
    msg::append_message(frame, header, base::BytesView(flight.body));
  }
  const auto tours = std::min<std::uint64_t>(flight.copies / frontends_.size(), 8);
  flight.sent = turn.now.mono;
  flight.again = turn.now.mono + std::min(flight.options.try_next * (std::int64_t{1} << tours),
                                          std::max(kSilenceMax, flight.options.try_next));
  flight.backing_off = false;
  flight.open.insert(flight.copies & kCopyMask);
  ++flight.copies;
}

void Core::Impl::on_frame(const base::Endpoint& from, base::BytesView frame, base::Turn turn) {
  const auto known = std::find_if(frontends_.begin(), frontends_.end(),
                                  [&](const Frontend& frontend) { return frontend.endpoint == from; });
  if (known == frontends_.end()) return;
  known->heard = turn.now.mono;
  for (msg::FrameReader reader(frame); !reader.done();) {
    const auto message = reader.next();
    if (!message) return;  // an unreadable answer counts as none: the request is sent again
    if (message->header.t == msg::kReplyType) on_message(*known, *message, turn);
  }
}

void Core::Impl::on_message(Frontend& from, const msg::Message& message, base::Turn turn) {
  const auto number = message.header.id >> kCopyBits;
  if (number == kProbe) return on_probed(from, message);
  const auto found = flights_.find(number);
  if (found == flights_.end()) return;  // the request has ended, or the id is unknown
  Answer answer;
  answer.header = message.header;
  answer.frontend = from.endpoint;
  if (message.header.err) {
    auto refusal = msg::decode_refusal(message);
    if (!refusal || try_again(from, found->second, message.header.id & kCopyMask, *refusal, turn.now)) return;
    answer.refusal = std::move(*refusal);
  } else if (auto foreign = msg::unsupported(message.header)) {
    if (found->second.is_write) foreign->code = msg::Code::kUnknown;  // the write may have taken effect
    answer.refusal = std::move(*foreign);
  } else {
    answer.body = message.body;
  }
  from.suspect = false;
  if (found->second.refused) return settled(number, std::move(answer), turn);
  if (settle(number, answer, turn)) return;
  finish(number, std::move(answer), turn.now);
}

// A write may be refused while another copy of it can still take effect: that copy may reach the writer later, when the
// stock is back. So settle() asks for the outcome of the key, which makes the refusal final, before it tells the caller
// that the write had no effect (G3). Returns true if it asks.
bool Core::Impl::settle(std::uint64_t number, Answer& answer, base::Turn turn) {
  auto& flight = flights_.at(number);
  if (!flight.is_write || !answer.refusal || msg::reach(answer.refusal->code) != msg::Reach::kThisCopy) return false;
  flight.close(answer.header.id & kCopyMask);
  if (flight.open.empty() && !flight.happened) return false;
  if (flight.happened || flight.type == msg::Outcome::kType) {
    answer.refusal->code = msg::Code::kUnknown;  // no further question could decide it
    return false;
  }
  send_anew(number, answer, turn);
  return true;
}

void Core::Impl::settled(std::uint64_t number, Answer answer, base::Turn turn) {
  const auto outcome = msg::decode<msg::OutcomeReply>(answer.body);
  if (answer.refusal || !outcome) {
    if (answer.refusal && msg::reach(answer.refusal->code) == msg::Reach::kThisCopy) {
      answer.refusal->code = msg::Code::kUnknown;
    }
    return finish(number, std::move(answer), turn.now);
  }
  if (outcome->outcome != msg::OutcomeKind::kVoid) {
    flights_.at(number).happened = true;
    return send_anew(number, std::nullopt, turn);  // with the same key, the writer gives its first answer again
  }
  auto refused = *std::move(flights_.at(number).refused);
  refused.header.seq = answer.header.seq;
  finish(number, std::move(refused), turn.now);
}

// Sends the request under a new number, so that a late answer to an earlier copy is not taken for the answer to this
// one.
void Core::Impl::send_anew(std::uint64_t number, std::optional<Answer> refused, base::Turn turn) {
  auto flight = std::move(flights_.at(number));
  flights_.erase(number);
  flight.refused = std::move(refused);
  flight.copies = 0;
  const auto anew = ++last_number_;
  send(anew, flights_.emplace(anew, std::move(flight)).first->second, turn);
}

// Returns true if the request is to be sent again after this refusal, to another frontend if possible.
bool Core::Impl::try_again(Frontend& from, Flight& flight, std::uint64_t copy, const msg::Refusal& refusal,
                           base::Now now) {
  // A frontend answers `unknown` at the end of the ttl, which is near our deadline; the caller then gets this answer.
  // An earlier `unknown` comes from a frontend that stops. Because of the key it is safe to ask again.
  const bool early_unknown =
      refusal.code == msg::Code::kUnknown && flight.deadline - now.mono > reserve(flight.options.timeout);
  if (!worth_repeating(refusal.code) && !early_unknown) return false;
  if (msg::reach(refusal.code) != msg::Reach::kNothing) flight.close(copy);
  flight.reason = refusal.message;
  flight.retry_ms = refusal.retry_ms;
  if (refusal.code != msg::Code::kBusy) suspect(from, now);
  if (flight.backing_off) return true;
  const bool elsewhere = refusal.code != msg::Code::kBusy && flight.refusals + 1 < frontends_.size();
  const auto most = std::min(kBackoffMaxMs, (2 * kBackoffMinMs) << std::min(flight.refusals, 8U));
  flight.again = now.mono;
  if (!elsewhere) flight.again += milliseconds(random_.between(kBackoffMinMs, most));
  flight.again += milliseconds(refusal.retry_ms.value_or(0));  // if that is after the deadline, the request ends there
  flight.backing_off = true;
  ++flight.refusals;
  return true;
}

// Removes the flight first, because `done` may submit the next request.
void Core::Impl::finish(std::uint64_t number, Answer answer, base::Now now) {
  const auto found = flights_.find(number);
  answer.took = now.mono - found->second.started;
  const auto done = std::move(found->second.done);
  flights_.erase(found);
  if (done) done(answer);
}

void Core::Impl::expire(std::uint64_t number, base::Now now) {
  const auto& flight = flights_.at(number);
  Answer answer;
  const bool did_nothing = !flight.is_write || (flight.open.empty() && !flight.refused && !flight.happened);
  if (flight.retry_ms && did_nothing) {
    answer.refusal = msg::Refusal{
        .code = msg::Code::kBusy,
        .message = fmt::format("the {} refuses, because this client asks too often: {}", config_.whom, flight.reason),
        .retry_ms = flight.retry_ms};
    return finish(number, std::move(answer), now);
  }
  const auto heard =
      flight.reason.empty()
          ? fmt::format("no {} answers at {} (tried for {}){}{}", config_.whom, fmt::join(config_.frontends, ", "),
                        seconds_text(flight.options.timeout), config_.advice.empty() ? "" : ": ", config_.advice)
          : fmt::format("no definite answer within {}; last heard: {}", seconds_text(flight.options.timeout),
                        flight.reason);
  answer.refusal = msg::Refusal{.code = flight.is_write ? msg::Code::kUnknown : msg::Code::kUnavailable,
                                .message = flight.is_write ? heard + "; ask for the outcome of the key" : heard};
  finish(number, std::move(answer), now);
}

// A frontend that has answered before may have taken a write, and another one may let us in later.
void Core::Impl::on_barred(const base::Endpoint& from, base::Bar bar, base::Turn turn) {
  const auto why = fmt::format("{} {}", from, advice(bar));
  due_.clear();
  for (auto& [number, flight] : flights_) {
    flight.reason = why;
    flight.retry_ms.reset();
    due_.push_back(number);
  }
  const bool answered = std::any_of(frontends_.begin(), frontends_.end(),
                                    [](const Frontend& frontend) { return frontend.heard != base::Mono{}; });
  if (answered || bar == base::Bar::kClosed) return;
  std::sort(due_.begin(), due_.end());  // the same order in every run
  for (const auto number : std::exchange(due_, {})) {
    Answer answer;
    answer.refusal = msg::Refusal{.code = msg::Code::kUnauthenticated, .message = why};
    if (flights_.contains(number)) finish(number, std::move(answer), turn.now);
  }
}

void Core::Impl::on_tick(base::Turn turn) {
  due_.clear();
  for (const auto& [number, flight] : flights_) {
    if (turn.now.mono >= flight.deadline || turn.now.mono >= flight.again) due_.push_back(number);
  }
  std::sort(due_.begin(), due_.end());  // the same order in every run
  for (const auto number : std::exchange(due_, {})) {
    const auto found = flights_.find(number);
    if (found == flights_.end()) continue;
    auto& flight = found->second;
    if (turn.now.mono >= flight.deadline) {
      expire(number, turn.now);
      continue;
    }
    auto& asked = frontends_[flight.frontend];
    if (!flight.backing_off && asked.heard < flight.sent) suspect(asked, turn.now);
    flight.frontend = next_choice(flight.frontend);
    send(number, flight, turn);
  }
  probe(turn);
}

void Core::Impl::suspect(Frontend& frontend, base::Now now) {
  if (!frontend.suspect) frontend.probed = now.mono;
  frontend.suspect = true;
}

void Core::Impl::probe(base::Turn turn) {
  if (frontends_.size() < 2) return;
  for (auto& frontend : frontends_) {
    if (!frontend.suspect || turn.now.mono < frontend.probed + kProbeEvery) continue;
    frontend.probed = turn.now.mono;
    msg::Header header;
    header.id = (kProbe << kCopyBits) | (++probes_ & kCopyMask);
    header.ttl = 1000;
    if (!config_.token.empty()) header.token = msg::Blob{config_.token};
    msg::append_request(turn.out.send(frontend.endpoint), header, msg::Status{});
  }
}

// A client whose role does not allow `status` takes the refusal as a sign of life.
void Core::Impl::on_probed(Frontend& from, const msg::Message& message) {
  const auto code = message.header.err ? msg::code_of(*message.header.err) : std::nullopt;
  if (code && msg::is_denial(*code)) from.suspect = false;
  if (message.header.err || message.header.id == 0 || msg::unsupported(message.header)) return;
  const auto status = msg::decode<msg::StatusReply>(message.body);
  if (status && status->leased) from.suspect = false;
}

Core::Core(Config config) : impl_(std::make_unique<Impl>(std::move(config))) {}
Core::~Core() = default;

std::uint64_t Core::submit(std::string_view type, bool is_write, base::Bytes body, const Options& options,
                           base::Turn turn, Done done) {
  return impl_->submit(type, is_write, std::move(body), options, turn, std::move(done));
}

std::size_t Core::under_way() const { return impl_->under_way(); }

void Core::on_request(const base::ClientId&, base::BytesView, base::Turn) {}  // a client gets no requests
void Core::on_reply(const base::Endpoint& from, base::BytesView frame, base::Turn turn) {
  impl_->on_frame(from, frame, turn);
}
void Core::on_published(std::string_view, base::BytesView, base::Turn) {}
void Core::on_barred(const base::Endpoint& from, base::Bar bar, base::Turn turn) { impl_->on_barred(from, bar, turn); }
void Core::on_tick(base::Turn turn) { impl_->on_tick(turn); }
void Core::on_settled(base::Turn) {}
void Core::on_stop(base::Turn turn) { turn.out.stop(); }

}  // namespace client
