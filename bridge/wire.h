// Wire: the bytes of one connection, plain or under TLS.
//
// Reads and writes return at once and call `then` later, as those of Asio do: then(error, number of bytes). At most one
// read and one write may be under way. The caller keeps the buffers and this object until `then` is called. Private to
// bridge/. Threads: the server's. Tests: tests/process/test_http.py (plain), tests/process/test_tls.py
#pragma once

#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <optional>

namespace bridge {

class Wire {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Error = boost::system::error_code;

  // `tls`: the certificate and key of this side; null: the connection is plain.
  Wire(Socket socket, boost::asio::ssl::context* tls) : socket_(std::move(socket)) {
    if (tls) tls_.emplace(socket_, *tls);
  }

  Socket& socket() { return socket_; }
  bool is_tls() const { return tls_.has_value(); }

  // Must have ended well before the first read or write under TLS. Calls then(error).
  template <class Then>
  void shake_hands(Then then) {
    tls_->async_handshake(boost::asio::ssl::stream_base::server, std::move(then));
  }
  // After a failed handshake: what follows is plain.
  void become_plain() { tls_.reset(); }

  template <class Then>
  void read_some(boost::asio::mutable_buffer into, Then then) {
    tls_ ? tls_->async_read_some(into, std::move(then)) : socket_.async_read_some(into, std::move(then));
  }
  template <class Then>
  void write(boost::asio::const_buffer all, Then then) {
    tls_ ? boost::asio::async_write(*tls_, all, std::move(then))
         : boost::asio::async_write(socket_, all, std::move(then));
  }

  // Tells the peer that nothing more is written, and calls then() once it is told. Afterwards only drain_some() and
  // close() may be called.
  template <class Then>
  void end(Then then) {
    if (!tls_) return shut(then);
    tls_->async_shutdown([this, then = std::move(then)](Error) { shut(then); });
  }
  // Reads what still arrives, as it is on the wire.
  template <class Then>
  void drain_some(boost::asio::mutable_buffer into, Then then) {
    socket_.async_read_some(into, std::move(then));
  }

  // Ends the read that is under way; its `then` gets an error.
  void cancel() { socket_.cancel(); }
  void close() {
    Error ignored;
    socket_.close(ignored);
  }

 private:
  template <class Then>
  void shut(const Then& then) {
    Error ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
    then();
  }

  Socket socket_;
  std::optional<boost::asio::ssl::stream<Socket&>> tls_;
};

}  // namespace bridge
