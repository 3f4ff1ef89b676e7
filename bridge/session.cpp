#include "bridge/session.h"

#include <algorithm>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <tuple>

#include "base/log.h"
#include "json/json.h"

namespace bridge {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Error = boost::system::error_code;

constexpr std::size_t kReadBytes = 4096;
// Without this, the kernel would keep megabytes for each connection that does not read.
constexpr int kSendBytes = 128 * 1024;
constexpr std::size_t kLoggedTarget = 200;  // bytes of a target in the log
constexpr base::Duration kLeaveWait = std::chrono::seconds(1);
constexpr std::uint32_t kStreamWaitS = 10;                         // before a stream that was refused is tried again
constexpr base::Duration kAskForOwner = std::chrono::seconds(30);  // between two questions for the owner of a stream
// The time that writing an answer may take while too many bytes wait for readers to answer anybody else. Otherwise it
// is Limits::write_wait.
constexpr base::Duration kWriteWaitWhenFull = std::chrono::seconds(1);

base::Mono now() { return base::BootClock::now(); }

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

// Returns why this head is refused; nothing if it is in order.
std::optional<std::string> head_problem(std::string_view head, const http::request<http::string_body>& request) {
  if (head.find("\r\n ") != std::string_view::npos || head.find("\r\n\t") != std::string_view::npos) {
    return "a header is folded";
  }
  // HTTP/1.0 has no Host header.
  const auto hosts = request.count(http::field::host);
  if (hosts > 1 || (hosts == 0 && request.version() == 11)) return "there must be one Host header";
  if (request.count(http::field::content_length) > 1) return "there is more than one Content-Length";
  const auto length = view(request[http::field::content_length]);
  if (length.find_first_not_of("0123456789") != std::string_view::npos) return "Content-Length is not a number";
  const auto coding = request.find(http::field::transfer_encoding);
  if (coding == request.end()) return std::nullopt;
  if (request.count(http::field::content_length) > 0) return "there is a Content-Length and a Transfer-Encoding";
  if (request.version() != 11) return "HTTP/1.0 has no Transfer-Encoding";
  if (request.count(http::field::transfer_encoding) > 1 || !same_word(view(coding->value()), "chunked")) {
    return "Transfer-Encoding must be chunked";
  }
  return std::nullopt;
}

// Assigning an empty string would keep the memory allocated.
void give_back(std::string& text) { std::string().swap(text); }

Request request_of(http::request<http::string_body>&& message) {
  Request request{std::string(view(message.method_string())), std::string(view(message.target())), {}, {}};
  request.headers.reserve(static_cast<std::size_t>(std::distance(message.begin(), message.end())));
  for (const auto& field : message) request.headers.emplace_back(view(field.name_string()), view(field.value()));
  request.body = std::move(message.body());
  return request;
}

}  // namespace

void Session::start() {
  Error ignored;
  wire_.socket().set_option(asio::socket_base::send_buffer_size(kSendBytes), ignored);
  wire_.is_tls() ? shake_hands() : read_next();
}

void Session::shake_hands() {
  state_ = State::kShakingHands;
  deadline_ = now() + host_.limits().head_wait;
  wire_.shake_hands([self = shared_from_this()](Error error) {
    if (!error) return self->read_next();
    if (!self->open_) return;
    self->host_.handshake_failed();
    const bool is_http = error.category() == asio::error::get_ssl_category() &&
                         ERR_GET_REASON(static_cast<unsigned long>(error.value())) == SSL_R_HTTP_REQUEST;
    if (!is_http) return self->close();
    self->wire_.become_plain();
    self->refuse(400, "malformed", "this port speaks HTTP under TLS only: write https:// instead of http://");
  });
}

// --- reading ---

void Session::read_next() {
  state_ = State::kIdle;
  parser_.reset();
  head_seen_ = false;
  deadline_ = now() + host_.limits().idle_wait;
  if (host_.stopping()) return leave();
  if (buffer_.size() > 0) return parse();
  // An idle connection keeps no more memory than the next read takes.
  if (buffer_.capacity() > kReadBytes) buffer_ = {};
  read_more();
}

void Session::read_more() {
  wire_.read_some(buffer_.prepare(kReadBytes), [self = shared_from_this()](Error error, std::size_t count) {
    if (self->state_ != State::kIdle && self->state_ != State::kReading) return;  // the sweep has answered the request
    if (error) return self->close();
    self->buffer_.commit(count);
    self->parse();
  });
}

void Session::parse() {
  if (state_ == State::kIdle) {
    state_ = State::kReading;
    begun_ = now();
    deadline_ = begun_ + host_.limits().head_wait;
    awaited_ = false;
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(host_.limits().head_bytes));
    parser_->body_limit(host_.limits().body_bytes);
  }
  Error error;
  while (!error && !parser_->is_done() && buffer_.size() > 0) {
    const std::string_view text(static_cast<const char*>(buffer_.data().data()), buffer_.size());
    const auto used = parser_->put(buffer_.data(), error);  // put() stops at the end of the head
    if (!head_seen_) head_ += text.substr(0, used);
    buffer_.consume(used);
    if (parser_->is_header_done() && !head_seen_) {
      head_seen_ = true;
      on_head();
      if (state_ != State::kReading) return;
    }
  }
  if (error == http::error::header_limit) return refuse(431, "too_large", "the head is too large");
  if (error == http::error::body_limit) return refuse(413, "too_large", "the body is too large");
  if (error == http::error::bad_version) return refuse(505, "bad_version", "the version must be HTTP/1.0 or HTTP/1.1");
  if (error && error != http::error::need_more) return refuse(400, "malformed", "no HTTP: " + error.message());
  if (parser_->is_done()) return serve();
  if (!keep_body(parser_->get().body().size())) return refuse(503, "busy", "too many bodies arrive at once: try again");
  std::exchange(awaited_, false) ? say_continue() : read_more();
}

bool Session::keep_body(std::size_t bytes) { return host_.body_is(std::exchange(body_bytes_, bytes), bytes); }

void Session::on_head() {
  deadline_ = now() + host_.limits().body_wait;
  parser_->eager(true);
  const auto head = std::exchange(head_, {});
  const auto& request = parser_->get();
  head_fields_ = std::distance(request.begin(), request.end());
  if (const auto problem = head_problem(head, request)) return refuse(400, "malformed", *problem);
  const auto expect = view(request[http::field::expect]);
  if (expect.empty() || parser_->is_done()) return;
  if (!same_word(expect, "100-continue")) return refuse(417, "expectation_failed", "Expect may only be 100-continue");
  awaited_ = true;
}

void Session::say_continue() {
  static constexpr std::string_view kGoOn = "HTTP/1.1 100 Continue\r\n\r\n";
  writing_ = true;
  wire_.write(asio::buffer(kGoOn.data(), kGoOn.size()), [self = shared_from_this()](Error error, std::size_t) {
    self->writing_ = false;
    error ? self->close() : self->read_more();
  });
}

// --- answering ---

void Session::serve() {
  const auto& fields = parser_->get();
  if (std::distance(fields.begin(), fields.end()) != head_fields_) {
    return refuse(400, "malformed", "there are headers after the body");
  }
  state_ = State::kAnswering;
  std::ignore = keep_body(0);
  deadline_ = base::Mono::max();  // the store answers, at the latest at its own deadline
  keep_alive_ = parser_->keep_alive();
  is_head_request_ = parser_->get().method() == http::verb::head;
  is_http10_ = parser_->get().version() == 10;
  auto request = request_of(parser_->release());
  wishes_ = wishes_of(host_.site(), request);
  request_ = request.method + " " + request.target.substr(0, kLoggedTarget);
  auto visitor = host_.visitors().visitor(peer_, request);
  auto asker = asker_of(request, host_.site(), host_.sign_ins(), begun_);
  if (!is_granted(request, visitor, asker)) return;
  go(host_.handle(std::move(request), std::move(visitor), std::move(asker)));
}

// Probes are never refused: a proxy or a supervisor that asks often must not take the bridge for dead.
bool Session::is_granted(const Request& request, const std::string& visitor, const std::optional<Asker>& asker) {
  if (request.target == "/healthz" || request.target == "/readyz") return true;
  auto& visitors = host_.visitors();
  const auto quota = visitors.ask(visitor, begun_);
  if (quota) count(visitors.policy(), Visitors::state(*quota));
  if (!quota || quota->granted) return is_granted_to_token(asker);
  refuse_for_now("this address asks too often: wait as Retry-After says", quota->wait_s);
  return false;
}

// A token that is not valid counts, too. So nobody tries tokens faster with a token than without.
bool Session::is_granted_to_token(const std::optional<Asker>& asker) {
  auto& quotas = host_.token_quotas();
  if (!quotas.any()) return true;
  token_ = asker ? TokenQuotas::name_of(asker->token) : std::string();
  if (token_.empty()) return true;
  const auto quota = quotas.ask(token_, begun_);
  if (quota) count(quotas.policy(), TokenQuotas::state(*quota));
  if (quota && !quota->granted) {
    refuse_for_now("this token is used too often: wait as Retry-After says", quota->wait_s);
    return false;
  }
  ticket_ = quotas.begin_request(token_);
  if (!ticket_) refuse_for_now("too many requests with this token are under way", 1);
  return ticket_ != nullptr;
}

void Session::count(std::string policy, std::string state) {
  const auto* between = wishes_.rate.empty() ? "" : ", ";
  wishes_.rate_policy += between + std::move(policy);
  wishes_.rate += between + std::move(state);
}

void Session::refuse_for_now(std::string detail, std::uint32_t wait_s) {
  auto refusal = problem(429, "too_many_requests", std::move(detail));
  refusal.headers.emplace_back("Retry-After", fmt::format("{}", wait_s));
  answer(std::move(refusal), {});
}

void Session::go(Step step) {
  if (auto* answered = std::get_if<Answered>(&step)) {
    if (answered->trace) tell_trace(*answered->trace, answered->response.status);
    return answer(std::move(answered->response), answered->route);
  }
  if (auto* call = std::get_if<Call>(&step)) {
    const auto type = call->ask.type;
    return host_.submit(std::move(call->ask),
                        // The ticket is held until the store has answered, also if the client is gone by then.
                        [self = shared_from_this(), then = std::move(call->then), ticket = ticket_,
                         trace = std::move(call->trace), type, asked = now()](const client::Answer& answer) {
                          if (trace) trace->called(type, asked, now(), answer);
                          if (self->open_) self->go(then(answer));
                        });
  }
  if (auto* events = std::get_if<EventStream>(&step)) {
    auto owner = std::move(events->owner);
    subscription_.emplace(std::move(*events));
    return begin_stream(State::kEvents, std::move(owner));
  }
  begin_stream(State::kLive, std::move(std::get<LiveStream>(step).owner));
}

void Session::tell_trace(Trace& trace, unsigned status) {
  trace.status = status;
  trace.end = now();
  host_.traced(trace);
}

void Session::refuse(unsigned status, OwnWord word, std::string detail) {
  state_ = State::kAnswering;
  parser_.reset();
  wishes_ = wishes_of(host_.site(), {});
  request_ = "(refused before it was read)";
  std::ignore = keep_body(0);
  keep_alive_ = false;
  is_head_request_ = false;
  answer(problem(status, word, std::move(detail)), {});
}

void Session::answer(Response response, std::string_view route) {
  ticket_.reset();
  host_.metrics().answered(route.empty() ? "none" : route, response.status, now() - begun_);
  log(response.status);
  keep_alive_ = keep_alive_ && !host_.stopping();
  finish(response, wishes_);
  const auto connection = !keep_alive_ ? "close" : is_http10_ ? "keep-alive" : "";
  out_ = head_of(response, response.body.size(), connection, host_.date());
  if (!is_head_request_ && !is_without_body(response.status)) out_ += response.body;
  written_since_ = now();
  deadline_ = written_since_ + host_.limits().write_wait;
  host_.unwritten(out_.size());
  wire_.write(asio::buffer(out_), [self = shared_from_this()](Error error, std::size_t) {
    self->host_.written(self->out_.size());
    error ? self->close() : self->on_answered();
  });
}

// A client can cause any number of requests, so only those that failed are logged, at most one a second. The level
// debug shows all.
void Session::log(unsigned status) const {
  static base::log::Throttle failures;
  const bool failed = status >= 500 && failures.pass(now());
  const auto level = failed ? base::log::Level::kWarn : base::log::Level::kDebug;
  if (!base::log::enabled(level)) return;
  base::log::write(level, fmt::format("request {}: {} was answered with {} after {} us", wishes_.id,
                                      json::to_text(request_), status, base::micros(now() - begun_)));
}

void Session::on_answered() {
  give_back(out_);
  keep_alive_ ? read_next() : leave();
}

// --- streams ---

void Session::begin_stream(State state, std::optional<Owner> owner) {
  if (!token_.empty() && !is_head_request_) {
    ticket_ = host_.token_quotas().begin_stream(token_);
    if (!ticket_) return refuse_for_now("too many streams with this token are open", kStreamWaitS);
  }
  state_ = state;
  owner_ = std::move(owner);
  asked_for_owner_ = now();
  parser_.reset();
  buffer_ = {};
  Response head{200, "text/event-stream", {}, {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}}};
  finish(head, wishes_);
  log(head.status);
  out_ = head_of(head, std::nullopt, "close", host_.date());
  if (is_head_request_) {
    keep_alive_ = false;
    state_ = State::kAnswering;
    wire_.write(asio::buffer(out_),
                [self = shared_from_this()](Error error, std::size_t) { error ? self->close() : self->leave(); });
    return;
  }
  out_ += "retry: 1000\n\n";
  watch_for_end();
  write_piece();
}

// A subscriber sends nothing more, so a read that ends means that the connection has ended.
void Session::watch_for_end() {
  wire_.read_some(buffer_.prepare(1), [self = shared_from_this()](Error, std::size_t) { self->close(); });
}

// Text that is added while a piece is being written stays in out_ until the write has ended.
void Session::write_piece() {
  if (writing_ || out_.empty()) return;
  writing_ = true;
  written_ = std::exchange(out_, {});
  deadline_ = now() + host_.limits().write_wait;
  wire_.write(asio::buffer(written_), [self = shared_from_this()](Error error, std::size_t) {
    if (error) return self->close();
    give_back(self->written_);
    self->writing_ = false;
    self->deadline_ = base::Mono::max();
    self->sent_ = now();
    self->state_ == State::kEvents ? self->pump() : self->write_piece();
  });
}

void Session::on_revoked(msg::Seq credential) {
  if (is_stream() && owner_ && owner_->credential == credential) close();
}

// An open stream is a use of its sign-in.
bool Session::has_lost_owner(base::Mono now) {
  if (owner_->expires && base::now().wall >= *owner_->expires) return true;
  const auto& sign_in = owner_->asker.sign_in;
  return !sign_in.empty() && !host_.sign_ins().use(sign_in, now);
}

void Session::ask_for_owner(base::Mono now) {
  if (now < asked_for_owner_ + kAskForOwner) return;
  asked_for_owner_ = now;
  host_.submit(ask(msg::WhoAmI{}, {.token = owner_->asker.token}),
               [self = shared_from_this()](const client::Answer& answer) {
                 if (answer.refusal && answer.refusal->code == msg::Code::kUnauthenticated) self->close();
               });
}

void Session::on_published() {
  if (state_ == State::kEvents) pump();
}

// Live figures are worthless later, so a reader that is still reading the last ones misses these.
void Session::on_live(const std::string& text) {
  if (state_ != State::kLive || writing_) return;
  out_ = text;
  write_piece();
}

void Session::pump() {
  if (!open_) return;
  if (!writing_ && !fetching_) {
    if (const auto missing = subscription_->read(host_.feed(), now(), out_)) fetch(*missing);
  }
  write_piece();
}

void Session::fetch(msg::Seq from) {
  fetching_ = true;
  host_.puller().fetch(from, [self = shared_from_this()](const Puller::Page& page) {
    if (!self->open_) return;
    self->fetching_ = false;
    self->subscription_->on_page(self->host_.feed(), page, self->out_);
    // The sweep, not this handler, asks again after a page that brought nothing.
    if (!page.events.empty() || page.begins) self->pump();
  });
}

void Session::beat(base::Mono now) {
  if (writing_ || now < sent_ + host_.limits().beat) return;
  out_ += ": beat\n\n";
  if (state_ == State::kEvents) subscription_->tell_place(out_);
  write_piece();
}

// --- ending ---

void Session::sweep(base::Mono now) {
  const bool hinders = state_ == State::kAnswering && !out_.empty() && host_.is_full();
  if (hinders && now >= written_since_ + kWriteWaitWhenFull) return close();
  if (now >= deadline_) {
    if (state_ != State::kReading || writing_) return close();
    wire_.cancel();
    return refuse(408, "too_slow", "the request did not arrive in time");
  }
  if (is_stream() && owner_) {
    if (has_lost_owner(now)) return close();
    ask_for_owner(now);
  }
  if (state_ == State::kEvents) pump();
  if (is_stream()) beat(now);
}

void Session::on_stop() {
  if (state_ == State::kShakingHands || state_ == State::kIdle || is_stream()) close();
}

// Ends the sending direction and reads what still arrives. Otherwise the kernel would discard the answer that was
// written.
void Session::leave() {
  state_ = State::kLeaving;
  deadline_ = now() + kLeaveWait;
  wire_.end([self = shared_from_this()] { self->drain(); });
}

void Session::drain() {
  buffer_.clear();
  wire_.drain_some(buffer_.prepare(kReadBytes),
                   [self = shared_from_this()](Error error, std::size_t) { error ? self->close() : self->drain(); });
}

void Session::close() {
  if (!open_) return;
  open_ = false;
  std::ignore = keep_body(0);
  ticket_.reset();
  wire_.close();
  host_.closed(*this);
}

}  // namespace bridge
