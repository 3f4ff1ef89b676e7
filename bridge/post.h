// Post: one request of a webhook to its receiver, and the status that the receiver answers with.
//
// It resolves the name, and connects to an address that it has checked itself (bridge/receiver.h): a name that becomes
// another address a moment later has no use for that. Under TLS it wants at least 1.2 and a certificate for the name.
// It follows no redirection, and it asks no proxy.
//
// The connection is kept for the next request, unless the receiver says otherwise or its answer has a fault. A receiver
// may close a kept connection at the moment when a request is sent. So if such a connection ends without a byte of the
// answer, the request is sent again, once, on a new one: the receiver knows a letter that comes twice by its id.
//
// Bounds: kTime for all; kHeadBytesMax and kBodyBytesMax of the answer, and eight that announce it. The body is read so
// that the receiver sees no broken connection; nothing of it is kept. kAddressesMax addresses are tried. A connection
// is kept for kIdle without a request, and for kAge at most: then the name is resolved and its address checked anew.
// Threads: that of the io_context. Tests: tests/bridge/post_test.cpp, tests/process/test_webhooks.py
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "bridge/http.h"
#include "bridge/names.h"
#include "bridge/webhook_file.h"

namespace bridge {

// A connection to a receiver, with TLS if its URL says so. It serves one request at a time.
struct Connection {
  using Tcp = boost::asio::ip::tcp;
  using Tls = boost::asio::ssl::stream<Tcp::socket&>;

  explicit Connection(const Tcp::socket::executor_type& executor) : socket(executor) {}
  // Returns false if the receiver has closed it, or has sent what nobody asked for, e.g. that it waits no longer.
  bool is_quiet();

  Tcp::socket socket;
  std::optional<Tls> tls{};
  boost::beast::flat_buffer buffer{};
  base::Mono opened_at = base::now().mono;
  base::Mono keep_until{};  // then its owner destroys it
};

class Post : public std::enable_shared_from_this<Post> {
 public:
  static constexpr base::Duration kTime = std::chrono::seconds(15);
  static constexpr std::uint32_t kHeadBytesMax = 16 * 1024;
  static constexpr std::uint64_t kBodyBytesMax = 64 * 1024;
  static constexpr std::size_t kAddressesMax = 8;
  static constexpr base::Duration kIdle = std::chrono::seconds(10);  // shorter than most receivers wait
  static constexpr base::Duration kAge = std::chrono::minutes(1);

  struct Outcome {
    std::optional<unsigned> status;  // missing: no answer came
    std::optional<base::Duration> retry_after;
    std::string fault;                 // of a request without an answer; names no path and no address of ours
    std::unique_ptr<Connection> kept;  // for the next request to this URL; null: it is closed
  };
  using Done = std::function<void(Outcome)>;

  // `tls`: may be null if the url is without TLS. `time`: bounds all.
  Post(boost::asio::io_context& io, boost::asio::ssl::context* tls, Url url, bool allow_private,
       base::Duration time = kTime);

  // Sends the body. Calls `done` once, later. `kept`: of an earlier request to this URL; may be null.
  void send(const Headers& headers, std::string body, std::unique_ptr<Connection> kept, Done done);

 private:
  using Error = boost::system::error_code;
  using Tcp = boost::asio::ip::tcp;

  void resolve();
  void connect(const LookUp::Endpoints& found);
  void shake_hands();
  void write();
  void expect_head();
  void read_head();
  bool announces_another();
  void read_body();
  template <class Use>
  void with_stream(Use use) {
    connection_->tls ? use(*connection_->tls) : use(connection_->socket);
  }
  bool has_failed(Error error, std::string_view when);
  void end(std::string fault);

  boost::asio::io_context& io_;
  Url url_;
  const bool allow_private_;
  const base::Duration time_;
  boost::asio::ssl::context* const tls_context_;
  std::optional<LookUp> look_up_;
  std::unique_ptr<Connection> connection_;
  bool was_kept_ = false;     // it is of an earlier request
  bool may_be_kept_ = false;  // for the next one
  boost::asio::steady_timer timer_;
  boost::beast::http::request<boost::beast::http::string_body> request_;
  std::optional<boost::beast::http::response_parser<boost::beast::http::buffer_body>> parser_;
  int announced_ = 0;               // answers before the final one
  std::array<char, 4096> piece_{};  // of the body
  std::uint64_t body_bytes_ = 0;
  Done done_;
};

// A context for receivers. `ca`: file; empty: the system's authorities. Throws std::runtime_error that names the file.
std::unique_ptr<boost::asio::ssl::context> context_for_receivers(const std::string& ca);

}  // namespace bridge
