#include "bridge/post.h"

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <cerrno>
#include <limits>
#include <stdexcept>
#include <utility>

#include "base/decimal.h"
#include "bridge/receiver.h"

namespace bridge {
namespace {

constexpr unsigned kHttp11 = 11;
constexpr unsigned kFinal = 200;  // statuses below it announce another answer
constexpr int kAnnouncedMax = 8;

// A date is not read: it would need the receiver's clock.
std::optional<base::Duration> retry_after_of(std::string_view text) {
  const auto seconds = base::decimal(text);
  if (!seconds) return std::nullopt;
  constexpr std::uint64_t kMax = std::chrono::duration_cast<std::chrono::seconds>(Webhook::kRetryAfterMax).count();
  return std::chrono::seconds(static_cast<std::int64_t>(std::min(*seconds, kMax)));
}

}  // namespace

// Under TLS, what came behind the last answer may have been read from the socket already, and be still encrypted.
bool Connection::is_quiet() {
  char byte = 0;
  if (!tls) return ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
  boost::system::error_code error;
  socket.non_blocking(true, error);
  if (error) return false;
  tls->read_some(boost::asio::buffer(&byte, 1), error);
  return error == boost::asio::error::would_block;
}

Post::Post(boost::asio::io_context& io, boost::asio::ssl::context* tls, Url url, bool allow_private,
           base::Duration time)
    : io_(io), url_(std::move(url)), allow_private_(allow_private), time_(time), tls_context_(tls), timer_(io) {
  expect_head();
}

void Post::expect_head() {
  parser_.emplace();
  parser_->header_limit(kHeadBytesMax);
  // read_body() counts. Boost.Beast takes any Content-Length for more than boost::none.
  parser_->body_limit(std::numeric_limits<std::uint64_t>::max());
}

void Post::send(const Headers& headers, std::string body, std::unique_ptr<Connection> kept, Done done) {
  done_ = std::move(done);
  request_.method(boost::beast::http::verb::post);
  request_.target(url_.path);
  request_.version(kHttp11);
  request_.set("Host", url_.authority());
  request_.set("User-Agent", "pygmy");
  request_.set("Content-Type", "application/json");
  for (const auto& [name, value] : headers) request_.set(name, value);
  request_.body() = std::move(body);
  request_.prepare_payload();
  timer_.expires_after(std::chrono::duration_cast<boost::asio::steady_timer::duration>(time_));
  timer_.async_wait([self = shared_from_this()](Error error) {
    if (error) return;
    self->end(fmt::format("no answer within {} ms",
                          std::chrono::duration_cast<std::chrono::milliseconds>(self->time_).count()));
  });
  was_kept_ = kept && kept->is_quiet();
  if (!was_kept_) return resolve();
  connection_ = std::move(kept);
  write();
}

// A number in any of the forms that the resolver takes becomes an address here, too, and is checked as such.
void Post::resolve() {
  look_up_.emplace(io_, url_.host, url_.port, [this](const std::string& fault, const LookUp::Endpoints& found) {
    const auto self = shared_from_this();
    if (!done_) return;
    fault.empty() ? connect(found) : end("its name cannot be resolved: " + fault);
  });
}

void Post::connect(const LookUp::Endpoints& found) {
  LookUp::Endpoints allowed;
  for (const auto& endpoint : found) {
    if (allowed.size() < kAddressesMax && (allow_private_ || is_public(endpoint.address())))
      allowed.push_back(endpoint);
  }
  if (allowed.empty()) return end("its address is not one of the internet: see allow_private");
  connection_ = std::make_unique<Connection>(io_.get_executor());
  boost::asio::async_connect(connection_->socket, allowed,
                             [self = shared_from_this()](Error error, const Tcp::endpoint&) {
                               if (self->has_failed(error, "it cannot be reached")) return;
                               Error ignored;
                               self->connection_->socket.set_option(Tcp::no_delay(true), ignored);
                               self->url_.tls ? self->shake_hands() : self->write();
                             });
}

void Post::shake_hands() {
  auto& tls = connection_->tls.emplace(connection_->socket, *tls_context_);
  Error is_name;
  boost::asio::ip::make_address(url_.host, is_name);
  if (is_name && ::SSL_set_tlsext_host_name(tls.native_handle(), url_.host.c_str()) != 1) {
    return end("its name does not fit into TLS");
  }
  tls.set_verify_mode(boost::asio::ssl::verify_peer);
  tls.set_verify_callback(boost::asio::ssl::host_name_verification(url_.host));
  tls.async_handshake(boost::asio::ssl::stream_base::client, [self = shared_from_this()](Error error) {
    if (!self->has_failed(error, "TLS with it fails")) self->write();
  });
}

// A receiver may answer and close before it has read all, so its answer is read also after a failed write.
void Post::write() {
  with_stream([this](auto& stream) {
    boost::beast::http::async_write(stream, request_,
                                    [self = shared_from_this()](Error, std::size_t) { self->read_head(); });
  });
}

void Post::read_head() {
  if (!done_) return;
  with_stream([this](auto& stream) {
    boost::beast::http::async_read_header(
        stream, connection_->buffer, *parser_, [self = shared_from_this()](Error error, std::size_t) {
          if (error && self->done_ && std::exchange(self->was_kept_, false) && !self->parser_->got_some()) {
            return self->resolve();
          }
          if (self->has_failed(error, "it gives no answer of HTTP")) return;
          self->announces_another() ? self->read_head() : self->read_body();
        });
  });
}

// An answer like `100 Continue` or `103 Early Hints` says that the final one will come. So many are read, no more.
bool Post::announces_another() {
  constexpr unsigned kSwitches = 101;  // to another protocol, which nobody has asked for
  const auto status = parser_->get().result_int();
  if (status >= kFinal || status == kSwitches || announced_ == kAnnouncedMax) return false;
  ++announced_;
  was_kept_ = false;
  expect_head();
  return true;
}

// The status is known already, so the end of the body, or its lack of one, changes nothing.
void Post::read_body() {
  if (!done_) return;
  if (parser_->is_done()) {
    may_be_kept_ = parser_->keep_alive() && parser_->get().result_int() >= kFinal && connection_->buffer.size() == 0;
  }
  if (parser_->is_done() || body_bytes_ > kBodyBytesMax) return end({});
  parser_->get().body().data = piece_.data();
  parser_->get().body().size = piece_.size();
  with_stream([this](auto& stream) {
    boost::beast::http::async_read_some(stream, connection_->buffer, *parser_,
                                        [self = shared_from_this()](Error error, std::size_t bytes) {
                                          self->body_bytes_ += bytes;
                                          if (error && error != boost::beast::http::error::need_buffer)
                                            return self->end({});
                                          self->read_body();
                                        });
  });
}

// Also true if the time is over, so that nothing goes on.
bool Post::has_failed(Error error, std::string_view when) {
  if (!done_) return true;
  if (!error) return false;
  end(fmt::format("{}: {}", when, error.message()));
  return true;
}

void Post::end(std::string fault) {
  const auto done = std::exchange(done_, nullptr);
  if (!done) return;
  timer_.cancel();
  look_up_.reset();
  Outcome outcome;
  if (may_be_kept_) {
    connection_->keep_until = std::min(connection_->opened_at + kAge, base::now().mono + kIdle);
    outcome.kept = std::move(connection_);
  } else if (connection_) {
    Error ignored;
    connection_->socket.close(ignored);
  }
  if (parser_->is_header_done()) {
    outcome.status = parser_->get().result_int();
    const auto wait = parser_->get()[boost::beast::http::field::retry_after];
    outcome.retry_after = retry_after_of({wait.data(), wait.size()});
  } else {
    outcome.fault = std::move(fault);
  }
  done(std::move(outcome));
}

std::unique_ptr<boost::asio::ssl::context> context_for_receivers(const std::string& ca) {
  namespace ssl = boost::asio::ssl;
  auto context = std::make_unique<ssl::context>(ssl::context::tls_client);
  ::SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  context->set_verify_mode(ssl::verify_peer);
  boost::system::error_code error;
  ca.empty() ? context->set_default_verify_paths(error) : context->load_verify_file(ca, error);
  if (error)
    throw std::runtime_error(fmt::format("the authorities in {}: {}", ca.empty() ? "the system" : ca, error.message()));
  return context;
}

}  // namespace bridge
