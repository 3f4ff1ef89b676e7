// One request of a webhook over real sockets: what is sent, which receivers are refused, and how each ends.
#include "bridge/post.h"

#include <gmock/gmock.h>

#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <thread>

#include "bridge/certificate.h"
#include "tests/support/certificates.h"
#include "tests/support/directory.h"

namespace bridge {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using Error = boost::system::error_code;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kOk = "HTTP/1.1 204 No Content\r\n\r\n";
constexpr std::string_view kHangUp = "hang up";

class PostTest : public testing::Test {
 protected:
  PostTest() : acceptor(io, {boost::asio::ip::address_v4::loopback(), 0}) {
    url.tls = false;
    url.host = "127.0.0.1";
    url.port = acceptor.local_endpoint().port();
    url.path = "/hook?x=1";
  }

  // The receiver takes one connection, reads until the end of the body, and answers with `answer`; empty: never. After
  // kHangUp it closes the connection instead.
  void receive(std::string answer) {
    acceptor.async_accept([this, answer = std::move(answer)](Error error, tcp::socket socket) {
      if (error) return;
      ++connections;
      received.clear();
      peer.emplace(std::move(socket));
      if (!server) return converse(*peer, answer);
      tls.emplace(*peer, server->context());
      tls->async_handshake(boost::asio::ssl::stream_base::server, [this, answer](Error failed) {
        if (!failed) converse(*tls, answer);
      });
    });
  }
  template <class Stream>
  void converse(Stream& stream, const std::string& answer) {
    boost::asio::async_read_until(
        stream, boost::asio::dynamic_buffer(received), "}", [this, &stream, answer](Error error, std::size_t) {
          if (error || answer.empty()) return;
          Error ignored;
          if (answer == kHangUp) return static_cast<void>(peer->close(ignored));
          written = answer;
          boost::asio::async_write(stream, boost::asio::buffer(written), [this](Error failed, std::size_t) {
            Error cut;
            if (!failed && ends) peer->close(cut);
          });
        });
  }
  // The same for the next request on the connection that is there.
  void receive_again(std::string answer) {
    received.clear();
    tls ? converse(*tls, answer) : converse(*peer, answer);
  }
  Post::Outcome send(base::Duration time = 10s, std::unique_ptr<Connection> kept = nullptr) {
    std::optional<Post::Outcome> outcome;
    auto post = std::make_shared<Post>(io, context.get(), url, allow_private, time);
    post->send({{"webhook-id", "5-0123abcd"}, {"webhook-signature", "v1,abc"}}, R"({"a":1})", std::move(kept),
               [&](Post::Outcome ended) { outcome = std::move(ended); });
    io.restart();
    while (!outcome && io.run_one_for(20s) > 0) {
    }
    EXPECT_TRUE(outcome);
    return std::move(outcome).value_or(Post::Outcome());
  }
  void serve_tls(const std::string& name) {
    const support::SelfSigned made(name);
    made.write_certificate(directory / "cert.pem");
    made.write_key(directory / "key.pem");
    server.emplace(TlsFiles{directory / "cert.pem", directory / "key.pem"});
    context = context_for_receivers(directory / "cert.pem");
    url.tls = true;
    url.host = "localhost";
  }

  boost::asio::io_context io;
  support::Directory directory;
  std::unique_ptr<boost::asio::ssl::context> context;
  std::optional<Certificate> server;
  tcp::acceptor acceptor;
  std::optional<tcp::socket> peer;
  std::optional<boost::asio::ssl::stream<tcp::socket&>> tls;
  Url url;
  bool allow_private = true;
  bool ends = true;
  int connections = 0;
  std::string received;
  std::string written;
};

TEST_F(PostTest, ARequestHasItsHeadersAndItsBody) {
  receive(std::string(kOk));
  EXPECT_EQ(send().status, 204U);
  EXPECT_THAT(received, StartsWith("POST /hook?x=1 HTTP/1.1\r\n"));
  for (const auto& line : {fmt::format("Host: 127.0.0.1:{}", url.port), std::string("Content-Type: application/json"),
                           std::string("Content-Length: 7"), std::string("webhook-id: 5-0123abcd"),
                           std::string("webhook-signature: v1,abc")}) {
    EXPECT_THAT(received, HasSubstr(line + "\r\n"));
  }
  EXPECT_THAT(received, testing::EndsWith("\r\n\r\n{\"a\":1}"));
}

TEST_F(PostTest, AnAddressThatIsNotPublicGetsNoConnection) {
  allow_private = false;
  receive(std::string(kOk));
  for (const auto* host : {"127.0.0.1", "localhost", "::1", "0.0.0.0", "2130706433", "0x7f.1", "::ffff:127.0.0.1"}) {
    url.host = host;
    const auto outcome = send();
    EXPECT_EQ(outcome.status, std::nullopt) << host;
    EXPECT_NE(outcome.fault, "") << host;
  }
  io.poll();
  EXPECT_EQ(connections, 0);
}

TEST_F(PostTest, ARedirectionIsNotFollowed) {
  receive(fmt::format("HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:{}/\r\nContent-Length: 0\r\n\r\n",
                      url.port));
  EXPECT_EQ(send().status, 307U);
  receive(std::string(kOk));
  io.restart();
  io.poll();
  EXPECT_EQ(connections, 1);
}

TEST_F(PostTest, TheReceiverMayAskForAPauseInSeconds) {
  const auto pause = [&](const std::string& value) {
    receive("HTTP/1.1 503 Busy\r\nRetry-After: " + value + "\r\nContent-Length: 0\r\n\r\n");
    return send().retry_after;
  };
  EXPECT_EQ(pause("120"), base::Duration(120s));
  EXPECT_EQ(pause("99999999999999999999"), std::nullopt);
  EXPECT_EQ(pause("999999999999"), base::Duration(24h));
  EXPECT_EQ(pause("Wed, 21 Oct 2026 07:28:00 GMT"), std::nullopt);
  EXPECT_EQ(pause("-1"), std::nullopt);
}

TEST_F(PostTest, ASilentReceiverIsLeftAtItsTime) {
  receive("");
  const auto outcome = send(200ms);
  EXPECT_EQ(outcome.status, std::nullopt);
  EXPECT_EQ(outcome.fault, "no answer within 200 ms");
}

TEST_F(PostTest, AStatusCountsAlsoIfTheBodyIsCutOrEndless) {
  receive("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
  EXPECT_EQ(send().status, 200U);
  receive("HTTP/1.1 200 OK\r\n\r\n" + std::string(4 * Post::kBodyBytesMax, 'x'));
  EXPECT_EQ(send().status, 200U);
  ends = false;  // the rest of the body never comes
  receive("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
  EXPECT_EQ(send(200ms).status, 200U);
}

TEST_F(PostTest, AnAnswerThatIsNoHttpOrHasALargeHeadIsAFailure) {
  for (const auto& answer : {std::string("SSH-2.0-x\r\n\r\n"), std::string("HTTP/1.1 200 OK\r\n"),
                             "HTTP/1.1 200 OK\r\nX: " + std::string(2 * Post::kHeadBytesMax, 'x') + "\r\n\r\n"}) {
    receive(answer);
    const auto outcome = send();
    EXPECT_EQ(outcome.status, std::nullopt) << answer.substr(0, 20);
    EXPECT_THAT(outcome.fault, StartsWith("it gives no answer of HTTP: "));
  }
}

TEST_F(PostTest, AnAnswerThatAnnouncesAnotherIsReadPast) {
  receive("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + std::string(kOk));
  EXPECT_EQ(send().status, 204U);
  receive("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(send().status, 500U);
  ends = false;
  receive("HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(send(200ms).status, std::nullopt) << "the final one never comes";
  std::string many;
  for (int i = 0; i < 100; ++i) many += "HTTP/1.1 100 Continue\r\n\r\n";
  receive(many);
  EXPECT_EQ(send().status, 100U);
  receive("HTTP/1.1 101 Switching Protocols\r\n\r\n");
  EXPECT_EQ(send().status, 101U);
}

TEST_F(PostTest, UnderTlsAnAnswerThatNobodyAskedForEndsTheConnection) {
  serve_tls("localhost");
  ends = false;
  receive(std::string(kOk));
  auto first = send();
  ASSERT_TRUE(first.kept);
  EXPECT_TRUE(first.kept->is_quiet());
  boost::asio::write(*tls, boost::asio::buffer(std::string(kOk)));
  const auto until = base::now().mono + 10s;
  while (first.kept->is_quiet() && base::now().mono < until) std::this_thread::yield();
  EXPECT_FALSE(first.kept->is_quiet());
}

TEST_F(PostTest, TheConnectionIsKeptForTheNextRequest) {
  ends = false;
  receive(std::string(kOk));
  auto first = send();
  ASSERT_TRUE(first.kept);
  EXPECT_LE(first.kept->keep_until, base::now().mono + Post::kIdle);
  receive_again("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody");
  auto second = send(10s, std::move(first.kept));
  EXPECT_EQ(second.status, 200U);
  EXPECT_THAT(received, testing::EndsWith("\r\n\r\n{\"a\":1}"));
  EXPECT_TRUE(second.kept);
  EXPECT_EQ(connections, 1);
}

TEST_F(PostTest, AConnectionIsKeptForItsAgeAtMost) {
  ends = false;
  receive(std::string(kOk));
  auto first = send();
  const auto opened_at = first.kept->opened_at -= Post::kAge - 1s;
  receive_again(std::string(kOk));
  EXPECT_EQ(send(10s, std::move(first.kept)).kept->keep_until, opened_at + Post::kAge);
}

TEST_F(PostTest, AConnectionIsClosedIfTheReceiverSaysSoOrItsAnswerIsNotClean) {
  ends = false;
  for (const auto& answer :
       {std::string("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
        std::string("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nmore"), std::string("HTTP/1.1 101 Switching\r\n\r\n"),
        fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {0}\r\n\r\n{1:x<{0}}", 4 * Post::kBodyBytesMax, "")}) {
    receive(answer);
    const auto outcome = send();
    EXPECT_TRUE(outcome.status) << answer.substr(0, 60);
    EXPECT_FALSE(outcome.kept) << answer.substr(0, 60);
  }
  receive("");
  EXPECT_FALSE(send(200ms).kept);
}

TEST_F(PostTest, AKeptConnectionThatTheReceiverHasClosedIsOpenedAnew) {
  receive(std::string(kOk));
  auto first = send();
  ASSERT_TRUE(first.kept);
  while (peer->is_open()) io.run_one_for(20s);
  receive(std::string(kOk));
  EXPECT_EQ(send(10s, std::move(first.kept)).status, 204U);
  EXPECT_EQ(connections, 2);
}

TEST_F(PostTest, AKeptConnectionOnWhichTheReceiverSpeaksUnaskedIsOpenedAnew) {
  ends = false;
  receive(std::string(kOk));
  auto first = send();
  boost::asio::write(*peer, boost::asio::buffer(std::string("HTTP/1.1 408 Request Timeout\r\n\r\n")));
  receive(std::string(kOk));
  EXPECT_EQ(send(10s, std::move(first.kept)).status, 204U);
  EXPECT_EQ(connections, 2);
}

TEST_F(PostTest, IfAKeptConnectionEndsWithoutAnAnswerTheRequestIsSentOnceMore) {
  ends = false;
  receive(std::string(kOk));
  auto first = send();
  receive_again(std::string(kHangUp));
  receive(std::string(kOk));
  EXPECT_EQ(send(10s, std::move(first.kept)).status, 204U);
  EXPECT_EQ(connections, 2);
  EXPECT_THAT(received, HasSubstr("{\"a\":1}"));
  receive(std::string(kHangUp));
  EXPECT_EQ(send().status, std::nullopt) << "a new connection gets no second one";
  EXPECT_EQ(connections, 3);
}

TEST_F(PostTest, TheAddressIsCheckedAtEachConnection) {
  ends = false;
  receive(std::string(kOk));
  auto first = send();
  allow_private = false;
  receive_again(std::string(kHangUp));
  receive(std::string(kOk));
  EXPECT_THAT(send(10s, std::move(first.kept)).fault, HasSubstr("allow_private"));
  EXPECT_EQ(connections, 1);
}

TEST_F(PostTest, AReceiverThatIsNotThereIsAFailure) {
  acceptor.close();
  EXPECT_THAT(send().fault, StartsWith("it cannot be reached: "));
}

TEST_F(PostTest, UnderTlsTheReceiverHasTheNameOfItsCertificate) {
  serve_tls("localhost");
  receive(std::string(kOk));
  EXPECT_EQ(send().status, 204U);
  EXPECT_THAT(received, HasSubstr("{\"a\":1}"));
  received.clear();
  serve_tls("shop.example");
  receive(std::string(kOk));
  const auto outcome = send();
  EXPECT_EQ(outcome.status, std::nullopt);
  EXPECT_THAT(outcome.fault, StartsWith("TLS with it fails: "));
  EXPECT_EQ(received, "");
}

TEST_F(PostTest, UnderTlsAConnectionIsKeptToo) {
  serve_tls("localhost");
  ends = false;
  receive(std::string(kOk));
  auto first = send();
  ASSERT_TRUE(first.kept);
  receive_again(std::string(kOk));
  EXPECT_EQ(send(10s, std::move(first.kept)).status, 204U);
  EXPECT_EQ(connections, 1);
}

TEST_F(PostTest, UnderTlsTheReceiversAuthorityIsKnown) {
  serve_tls("localhost");
  context = context_for_receivers("");
  receive(std::string(kOk));
  EXPECT_THAT(send().fault, StartsWith("TLS with it fails: "));
  EXPECT_EQ(received, "");
  EXPECT_THROW(context_for_receivers(directory / "nothing.pem"), std::runtime_error);
}

}  // namespace
}  // namespace bridge
