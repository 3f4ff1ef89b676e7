#include "bridge/server.h"

#include <utility>

#include <fmt/ranges.h>
#include <openssl/rand.h>

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iomanip>
#include <unordered_map>

#include "base/log.h"
#include "base/private_file.h"
#include "base/random.h"
#include "bridge/certificate.h"
#include "bridge/courier.h"
#include "bridge/large_reads.h"
#include "bridge/session.h"
#include "client/client.h"
#include "msg/internal.h"
#include "net/memory.h"

namespace bridge {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Error = boost::system::error_code;

constexpr auto kSweep = std::chrono::milliseconds(250);
constexpr auto kSecond = std::chrono::seconds(1);
constexpr auto kSubscriptionsEvery = std::chrono::seconds(5);
constexpr auto kAcceptAgain = std::chrono::milliseconds(100);  // wait before the next accept when no descriptor is left
// Bytes of the arriving bodies of all connections. Above this, only a body of at most kBodySmall may grow.
constexpr std::size_t kBodiesBytesMax = 64 * 1024 * 1024;
constexpr std::size_t kBodySmall = 8 * 1024;
// Of one connection under TLS: Asio's and OpenSSL's buffers for a record in each direction.
constexpr std::size_t kTlsBytes = 85 * 1024;
constexpr base::Duration kStopWait = std::chrono::seconds(6);  // longer than a request may take

client::Answer busy() {
  client::Answer answer;
  answer.refusal = msg::Refusal{.code = msg::Code::kBusy, .message = "too many requests are under way in this bridge"};
  return answer;
}

Site site_of(const ServerOptions& options) {
  return {options.host, options.hosts, options.origins, options.labs.value_or(is_loopback(options.host)),
          options.tls.has_value()};
}

std::string new_secret() {
  std::array<unsigned char, 32> drawn{};
  if (RAND_bytes(drawn.data(), static_cast<int>(drawn.size())) != 1) throw std::runtime_error("no random numbers");
  return fmt::format("{:02x}", fmt::join(drawn, ""));
}

}  // namespace

class Server::Impl : public Host {
 public:
  Impl(const ServerOptions& options, client::Handover& store, Operate operate)
      : store_(store),
        limits_(options.limits),
        visitors_(options.visitors),
        token_quotas_(options.tokens),
        acceptor_(io_),
        sweep_timer_(io_),
        second_timer_(io_),
        accept_timer_(io_),
        demo_(static_cast<bool>(operate)),
        api_(metrics_, std::move(operate), new_secret, site_of(options)),
        token_(options.token),
        token_file_(options.token_file),
        puller_([this](Ask ask, Done done) { ask_for_itself(std::move(ask), std::move(done)); }, feed_,
                [this](const FeedBatch& batch) { on_published(batch); },
                [this](const std::string& why) { fail(why); }) {
    if (options.tls) certificate_.emplace(*options.tls);
    if (!options.webhooks.empty()) begin_webhooks(options);
    if (!options.traces.url.empty()) begin_traces(options.traces);
    listen(options);
  }

  unsigned port() const { return acceptor_.local_endpoint().port(); }
  bool store_answers() const { return store_answers_; }
  base::Mono swept_at() const { return swept_at_; }

  std::string run() {
    base::log::info("started: listening on {}://{}:{}", certificate_ ? "https" : "http",
                    acceptor_.local_endpoint().address().to_string(), port());
    accept();
    puller_.start();
    if (courier_) courier_->start();
    if (exporter_) exporter_->start();
    every_second();
    sweep();
    io_.run();
    if (exporter_) exporter_->finish();
    return reason_;
  }

  void stop() {
    asio::post(io_, [this] { begin_stop(); });
  }
  void abandon() { io_.stop(); }
  void deliver(std::vector<client::Handover::Ended> ended) {
    asio::post(io_, [all = std::move(ended)] {
      for (const auto& [done, answer] : all) done(answer);
    });
  }

  // For the sessions.
  const Limits& limits() const override { return limits_; }
  const Site& site() const override { return api_.site(); }
  Step handle(Request request, std::string visitor, std::optional<Asker> asker) override {
    return api_.handle(std::move(request), std::move(visitor), std::move(asker), base::BootClock::now());
  }
  void submit(Ask ask, std::function<void(const client::Answer&)> done) override {
    if (ask.rows <= LargeReads::kRows) return send(std::move(ask), std::move(done));
    const auto end = std::make_shared<Done>(std::move(done));
    large_reads_.add({.send =
                          [this, ask = std::move(ask), end] {
                            send(ask, [this, end](const client::Answer& answer) {
                              (*end)(answer);
                              large_reads_.answered();
                            });
                          },
                      .refuse = [this, end] { refuse(std::move(*end)); }},
                     base::now().mono);
  }
  bool body_is(std::size_t before, std::size_t now) override {
    bodies_bytes_ = bodies_bytes_ - before + now;
    return now <= kBodySmall || bodies_bytes_ <= kBodiesBytesMax;
  }
  void unwritten(std::size_t bytes) override { large_reads_.unwritten(bytes); }
  void written(std::size_t bytes) override { large_reads_.written(bytes); }
  bool is_full() const override { return large_reads_.is_full(); }
  Feed& feed() override { return feed_; }
  Puller& puller() override { return puller_; }
  Metrics& metrics() override { return metrics_; }
  const std::string& date() const override { return date_; }
  bool stopping() const override { return stopping_; }
  Visitors& visitors() override { return visitors_; }
  TokenQuotas& token_quotas() override { return token_quotas_; }
  SignIns& sign_ins() override { return api_.sign_ins(); }
  void handshake_failed() override { ++handshakes_failed_; }
  void traced(Trace& trace) override { exporter_->add(spans_of(trace, wall_of_clock())); }
  void closed(Session& session) override {
    visitors_.leave(session.peer());
    sessions_.erase(&session);
    stop_if_done();
  }

 private:
  using Done = client::Core::Done;

  void send(Ask ask, Done done) {
    if (auto kept = store_.find(ask.type, ask.body, ask.options)) return later(std::move(done), std::move(*kept));
    if (!store_.hand_over(ask.type, ask.is_write, std::move(ask.body), ask.options, done)) refuse(std::move(done));
  }

  void refuse(Done done) { later(std::move(done), busy()); }

  void later(Done done, client::Answer answer) {
    asio::post(io_, [done = std::move(done), answer = std::move(answer)] { done(answer); });
  }

  void fail(const std::string& why) {
    reason_ = why;
    io_.stop();
  }

  void listen(const ServerOptions& options) {
    Error error;
    const auto address = asio::ip::make_address(options.host, error);
    if (error) throw std::runtime_error(fmt::format("--listen {}: write an IP address and a port", options.host));
    const tcp::endpoint place(address, static_cast<std::uint16_t>(options.port));
    acceptor_.open(place.protocol());
    acceptor_.set_option(asio::socket_base::reuse_address(true));
    acceptor_.bind(place, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (!error) return;
    throw std::runtime_error(fmt::format("cannot listen on {}:{}: {}; choose another --listen", options.host,
                                         options.port, error.message()));
  }

  // The courier has a thread of its own, and asks the store through this one.
  void begin_webhooks(const ServerOptions& options) {
    desk_.emplace();
    courier_.emplace(
        options.webhooks, options.webhooks_directory, *desk_,
        [this](Ask ask, Done done) {
          asio::post(io_, [this, ask = std::move(ask), done = std::move(done)] { ask_for_itself(ask, done); });
        },
        [this](const std::string& why) { asio::post(io_, [this, why] { fail("webhooks: " + why); }); });
    api_.show_webhooks(*desk_);
    courier_has_ended_ = false;
  }

  void begin_traces(const ExportOptions& options) {
    exporter_.emplace(options);
    tracer_.emplace(options.part, base::entropy());
    api_.trace_by(*tracer_);
  }

  void tell_courier() {
    if (courier_ && feed_.begun()) courier_->told(msg::Seq(feed_.next().value() - 1), feed_.history());
  }

  void accept() {
    acceptor_.async_accept([this](Error error, tcp::socket socket) {
      if (stopping_ || error == asio::error::operation_aborted) return;
      if (error) return accept_later();
      begin(std::move(socket));
      accept();
    });
  }

  std::size_t connections_max() const { return certificate_ ? limits_.tls_connections : limits_.connections; }

  void accept_later() {
    accept_timer_.expires_after(kAcceptAgain);
    accept_timer_.async_wait([this](Error) { accept(); });
  }

  void begin(tcp::socket socket) {
    Error ignored;
    auto peer = socket.remote_endpoint(ignored).address().to_string();
    if (sessions_.size() >= connections_max() || !visitors_.come(peer)) {
      ++refused_;
      return;
    }
    socket.set_option(tcp::no_delay(true), ignored);
    const auto session = std::make_shared<Session>(*this, std::move(socket), std::move(peer),
                                                   certificate_ ? &certificate_->context() : nullptr);
    sessions_.emplace(session.get(), session);
    session->start();
  }

  // A session may end while it is told something, so this walks over a copy of the list.
  template <class Tell>
  void tell_sessions(Tell tell) {
    std::vector<std::shared_ptr<Session>> all;
    all.reserve(sessions_.size());
    for (const auto& [key, session] : sessions_) all.push_back(session);
    for (const auto& session : all) tell(*session);
  }

  void sweep() {
    const auto now = base::now().mono;
    swept_at_ = now;
    puller_.tick();
    api_.told_if_events_are_denied(puller_.denied());
    large_reads_.sweep(now);
    memory_.on_tick(large_reads_.unwritten_bytes() + (certificate_ ? sessions_.size() * kTlsBytes : 0), now);
    tell_sessions([&](Session& session) { session.sweep(now); });
    if (stopping_ && now >= give_up_) return io_.stop();
    sweep_timer_.expires_after(kSweep);
    sweep_timer_.async_wait([this](Error error) {
      if (!error) sweep();
    });
  }

  void on_published(const FeedBatch& batch) {
    metrics_.published(batch);
    tell_courier();
    for (const auto& event : batch) {
      if (!event->revoked) continue;
      api_.sign_ins().revoke(*event->revoked);
      tell_sessions([&](Session& session) { session.on_revoked(*event->revoked); });
    }
    tell_sessions([](Session& session) { session.on_published(); });
  }

  void every_second() {
    const auto now = base::now();
    date_ = http_date(now.wall / 1000);
    std::size_t streams = 0;
    for (const auto& [key, session] : sessions_) streams += session->is_stream() ? 1 : 0;
    metrics_.now_is("http_connections", sessions_.size());
    metrics_.now_is("http_streams", streams);
    metrics_.counted("http_connections_refused_total", refused_);
    if (certificate_) look_at_certificate();
    tell_courier();
    if (desk_) metrics_.webhooks_are(desk_->list(now));
    if (exporter_) tell_traces();
    metrics_.now_is("http_addresses", visitors_.known());
    metrics_.now_is("http_under_way", store_.handed_over());
    metrics_.now_is("http_unwritten_bytes", large_reads_.unwritten_bytes());
    metrics_.now_is("events_seq", feed_.begun() ? feed_.next().value() - 1 : 0);
    const auto text = "data: " + metrics_.live(now, demo_) + "\n\n";
    tell_sessions([&](Session& session) { session.on_live(text); });
    look_for_token();
    if (!asked_status_) ask_status();
    if (!asked_rights_) ask_rights();
    if (!asked_subscriptions_ && now.mono >= subscriptions_at_ + kSubscriptionsEvery) ask_subscriptions(now.mono);
    api_.sign_ins().forget_ended(now.mono);
    metrics_.now_is("http_sign_ins", api_.sign_ins().size());
    metrics_.now_is("http_tokens", token_quotas_.known());
    second_timer_.expires_after(kSecond);
    second_timer_.async_wait([this](Error error) {
      if (!error) every_second();
    });
  }

  void tell_traces() {
    const auto figures = exporter_->figures();
    metrics_.counted("spans_sent_total", figures.sent);
    metrics_.counted("spans_dropped_total", figures.dropped);
    metrics_.counted("spans_failed_tries_total", figures.failed);
    metrics_.counted("traces_refused_total", tracer_->refused());
    metrics_.now_is("spans_waiting_bytes", figures.waiting_bytes);
  }

  void look_at_certificate() {
    certificate_->look();
    metrics_.counted("http_handshakes_failed_total", handshakes_failed_);
    metrics_.now_is("http_certificate_expires_seconds", static_cast<std::uint64_t>(certificate_->expires()));
  }

  void look_for_token() {
    if (token_file_.empty()) return;
    const bool exposed = base::is_exposed(token_file_);
    std::string token;
    errno = 0;
    std::ifstream file(token_file_);
    if (!exposed) file >> std::setw(msg::kTokenBytesMax + 1) >> token;
    std::string fault;
    if (token.empty()) fault = file.is_open() ? "there is none in it" : std::strerror(errno);
    if (exposed) fault = "others may read it, so its token is not used: chmod 600 " + token_file_;
    if (!fault.empty() && fault != token_fault_) {
      base::log::warn("the bridge has no token of its own yet: {}: {}", token_file_, fault);
    }
    if (fault.empty() && token != token_) base::log::info("{}: a token was read", token_file_);
    token_ = std::move(token);
    token_fault_ = std::move(fault);
  }

  void ask_for_itself(Ask ask, Done done) {
    ask.options.token = token_;
    submit(std::move(ask), std::move(done));
  }

  void ask_status() {
    asked_status_ = true;
    ask_for_itself(ask(msg::Status{}, {.timeout = kSecond}), [this](const client::Answer& answer) {
      asked_status_ = false;
      const auto reply = client::reply_of<msg::StatusReply>(answer);
      if (reply.ok()) metrics_.heard(*reply, base::now().mono);
    });
  }

  void ask_subscriptions(base::Mono now) {
    asked_subscriptions_ = true;
    subscriptions_at_ = now;
    ask_for_itself(ask(msg::ListSubscriptions{}, {.timeout = kSecond}), [this](const client::Answer& answer) {
      asked_subscriptions_ = false;
      const auto reply = client::reply_of<msg::SubscriptionsReply>(answer);
      metrics_.subscriptions_are(reply.ok() ? *reply.body : msg::SubscriptionsReply());
    });
  }

  // Of clients without a token. A frontend that starts again may have others.
  void ask_rights() {
    asked_rights_ = true;
    submit(ask(msg::WhoAmI{}, {.timeout = kSecond, .token = ""}), [this](const client::Answer& answer) {
      asked_rights_ = false;
      const auto reply = client::reply_of<msg::WhoAmIReply>(answer);
      if (reply.ok()) api_.told(reply->anonymous);
      store_answers_ = reply.ok() && reply->leased;
    });
  }

  // `up` repeats the signal until the process has ended, so this may be called again.
  void begin_stop() {
    if (stopping_) return;
    stopping_ = true;
    give_up_ = base::now().mono + kStopWait;
    Error ignored;
    acceptor_.close(ignored);
    if (courier_) courier_->end([this] { asio::post(io_, [this] { on_courier_ended(); }); });
    tell_sessions([](Session& session) { session.on_stop(); });
    stop_if_done();
  }

  void on_courier_ended() {
    courier_has_ended_ = true;
    stop_if_done();
  }

  void stop_if_done() {
    if (stopping_ && sessions_.empty() && courier_has_ended_) io_.stop();
  }

  client::Handover& store_;
  Limits limits_;
  Visitors visitors_;
  TokenQuotas token_quotas_;
  std::optional<Certificate> certificate_;
  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  asio::steady_timer sweep_timer_;
  asio::steady_timer second_timer_;
  asio::steady_timer accept_timer_;
  Metrics metrics_{base::now().mono};
  const bool demo_;
  Api api_;
  LargeReads large_reads_;
  net::Memory memory_;
  Feed feed_;
  std::string token_;  // of the bridge itself
  const std::string token_file_;
  std::string token_fault_;  // of that file; empty: none
  Puller puller_;
  std::unordered_map<Session*, std::shared_ptr<Session>> sessions_;
  std::string date_ = http_date(0);
  std::string reason_;
  std::uint64_t refused_ = 0;
  std::uint64_t handshakes_failed_ = 0;
  std::size_t bodies_bytes_ = 0;
  bool asked_status_ = false;
  bool asked_rights_ = false;
  bool asked_subscriptions_ = false;
  base::Mono subscriptions_at_{};
  std::atomic<bool> store_answers_ = false;
  std::atomic<base::Mono> swept_at_ = base::now().mono;
  bool stopping_ = false;
  base::Mono give_up_{};
  std::optional<Desk> desk_;  // of the webhooks
  std::optional<Courier> courier_;
  bool courier_has_ended_ = true;  // or there is none
  std::optional<Tracer> tracer_;
  std::optional<Exporter> exporter_;
};

Server::Server(const ServerOptions& options, client::Handover& store, Operate operate)
    : impl_(std::make_unique<Impl>(options, store, std::move(operate))) {}
Server::~Server() = default;
unsigned Server::port() const { return impl_->port(); }
bool Server::store_answers() const { return impl_->store_answers(); }
base::Mono Server::swept_at() const { return impl_->swept_at(); }
std::string Server::run() { return impl_->run(); }
void Server::deliver(std::vector<client::Handover::Ended> ended) { impl_->deliver(std::move(ended)); }
void Server::stop() { impl_->stop(); }
void Server::abandon() { impl_->abandon(); }

}  // namespace bridge
