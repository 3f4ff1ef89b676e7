// Session: one connection. It reads a request and answers it before it reads the next, or turns into a stream of
// events. Private to bridge/.
//
// A proxy in front of the bridge and the bridge must agree where a request ends. So an ambiguous request is refused and
// the connection closed: Content-Length with Transfer-Encoding or twice, codings other than chunked, folded headers, no
// Host or two, headers after the body (Beast would take them for headers of the request). Beast's parser refuses the
// other cases.
//
// A stream of a client with a token ends with the token. The session learns of the end from the clock, from the feed,
// and from the store, which it asks again and again, because the feed begins anew at times.
//
// Threads: the server's. A session lives as long as an operation is under way on its socket.
#pragma once

#include <utility>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <optional>
#include <string>

#include "bridge/finish.h"
#include "bridge/server.h"
#include "bridge/subscription.h"
#include "bridge/wire.h"

namespace bridge {

class Session;

// The part of the server that a session may use.
class Host {
 public:
  virtual ~Host() = default;
  virtual const Limits& limits() const = 0;
  // `visitor`: the address that counts for the request. `asker`: as asker_of() returns it.
  virtual Step handle(Request request, std::string visitor, std::optional<Asker> asker) = 0;
  virtual const Site& site() const = 0;
  virtual void submit(Ask ask, std::function<void(const client::Answer&)> done) = 0;
  virtual Feed& feed() = 0;
  virtual Puller& puller() = 0;
  // The size of an arriving request's body has changed from `before` to `now`. Returns false if there is no room for
  // it.
  [[nodiscard]] virtual bool body_is(std::size_t before, std::size_t now) = 0;
  // `bytes` of an answer wait for their reader: unwritten() adds them, written() takes them away.
  virtual void unwritten(std::size_t bytes) = 0;
  virtual void written(std::size_t bytes) = 0;
  // Returns whether too many bytes wait for readers, so that connections that do not read must be closed.
  virtual bool is_full() const = 0;
  virtual Metrics& metrics() = 0;
  virtual const std::string& date() const = 0;
  virtual bool stopping() const = 0;
  virtual void handshake_failed() = 0;
  virtual Visitors& visitors() = 0;
  virtual TokenQuotas& token_quotas() = 0;
  virtual SignIns& sign_ins() = 0;
  virtual void closed(Session& session) = 0;
  // The answer to a traced request is ready to be written.
  virtual void traced(Trace& trace) = 0;
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  // `tls`: null for a connection without TLS.
  // `peer`: the address from which it comes.
  Session(Host& host, Wire::Socket socket, std::string peer, boost::asio::ssl::context* tls)
      : host_(host), wire_(std::move(socket), tls), peer_(std::move(peer)) {}

  void start();
  void sweep(base::Mono now);  // closes the session if its time is over; sends beats
  void on_published();         // there are new events
  void on_revoked(msg::Seq credential);
  void on_live(const std::string& text);
  void on_stop();  // the server stops: idle sessions and streams end now, others after their answer
  const std::string& peer() const { return peer_; }
  bool is_stream() const { return state_ == State::kEvents || state_ == State::kLive; }

 private:
  enum class State : std::uint8_t { kShakingHands, kIdle, kReading, kAnswering, kEvents, kLive, kLeaving };
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  void shake_hands();
  void read_next();
  void read_more();
  void parse();
  void on_head();
  void say_continue();
  bool keep_body(std::size_t bytes);
  void serve();
  bool is_granted(const Request& request, const std::string& visitor, const std::optional<Asker>& asker);
  bool is_granted_to_token(const std::optional<Asker>& asker);
  void count(std::string policy, std::string state);
  void refuse_for_now(std::string detail, std::uint32_t wait_s);
  void go(Step step);
  void tell_trace(Trace& trace, unsigned status);
  void refuse(unsigned status, OwnWord word, std::string detail);
  void answer(Response response, std::string_view route);
  void log(unsigned status) const;
  void on_answered();
  void begin_stream(State state, std::optional<Owner> owner);
  bool has_lost_owner(base::Mono now);
  void ask_for_owner(base::Mono now);
  void watch_for_end();
  void pump();
  void fetch(msg::Seq from);
  void beat(base::Mono now);
  void write_piece();
  void leave();
  void drain();
  void close();

  Host& host_;
  Wire wire_;
  const std::string peer_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  State state_ = State::kIdle;
  bool awaited_ = false;  // the client waits for "100 Continue" before it sends the body
  base::Mono deadline_ = base::Mono::max();
  base::Mono begun_{};
  base::Mono written_since_{};  // when writing of the answer began
  bool head_seen_ = false;
  std::string head_;  // the part of it that has arrived, until it is complete
  std::ptrdiff_t head_fields_ = 0;
  std::size_t body_bytes_ = 0;  // of the arriving request
  Wishes wishes_;               // of the present request
  std::string request_;         // its method and target, for the log
  bool is_head_request_ = false;
  bool is_http10_ = false;
  bool keep_alive_ = true;
  bool writing_ = false;
  bool open_ = true;
  std::string out_;      // is written next
  std::string written_;  // is being written; must not change until the write has ended
  std::optional<Subscription> subscription_;
  std::string token_;  // of the present request, or of the stream, as token_quotas() counts it; empty: none is counted
  Ticket ticket_;      // of the request or stream
  std::optional<Owner> owner_;  // of the stream; missing: it needs none
  base::Mono asked_for_owner_{};
  bool fetching_ = false;
  base::Mono sent_{};  // when the stream was last written to
};

}  // namespace bridge
