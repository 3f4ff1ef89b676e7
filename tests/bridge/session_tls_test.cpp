// A connection under TLS. The peer is OpenSSL's client, whose bytes the test carries.
#include <openssl/ssl.h>

#include "bridge/certificate.h"
#include "tests/bridge/session_fixture.h"
#include "tests/support/certificates.h"
#include "tests/support/directory.h"

namespace bridge {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class SessionTlsTest : public SessionTest {
 protected:
  SessionTlsTest() {
    const support::SelfSigned made("shop.example");
    made.write_certificate(files_.certificate);
    made.write_key(files_.key);
    certificate_.emplace(files_);
    hang_up();
    connect(&certificate_->context());
    closed_ = 0;
    ::SSL_set_bio(tls_.get(), arriving_, leaving_);
    ::SSL_set_connect_state(tls_.get());
  }

  // Carries bytes both ways until nothing moves; `piece`: at most so many at once to the session.
  void carry(std::size_t piece = 1 << 20) {
    for (bool moved = true; moved;) {
      moved = false;
      std::string out(piece, '\0');
      const int count = ::BIO_read(leaving_, out.data(), static_cast<int>(piece));
      if (count > 0) {
        SessionTest::write(std::string_view(out).substr(0, static_cast<std::size_t>(count)));
        moved = true;
      }
      const auto in = SessionTest::read();
      if (in.empty()) continue;
      ::BIO_write(arriving_, in.data(), static_cast<int>(in.size()));
      moved = true;
    }
  }
  // Sent bytes may arrive a moment later, so this goes on until `condition` holds, or for ten seconds.
  template <class Condition>
  bool carry_until(Condition condition, std::size_t piece = 1 << 20) {
    for (const auto end = base::now().mono + 10s; base::now().mono < end;) {
      carry(piece);
      if (condition()) return true;
    }
    return false;
  }
  bool shake_hands(std::size_t piece = 1 << 20) {
    return carry_until(
        [&] {
          ::SSL_do_handshake(tls_.get());
          return ::SSL_is_init_finished(tls_.get()) == 1 && BIO_pending(leaving_) == 0;
        },
        piece);
  }
  // Sends a text and returns all that is answered, once it matches.
  std::string ask(std::string_view text, const testing::Matcher<std::string>& wanted, std::size_t piece = 1 << 20) {
    EXPECT_EQ(::SSL_write(tls_.get(), text.data(), static_cast<int>(text.size())), static_cast<int>(text.size()));
    return answered(wanted, piece);
  }
  std::string answered(const testing::Matcher<std::string>& wanted, std::size_t piece = 1 << 20) {
    std::string all;
    char buffer[16'384];
    carry_until(
        [&] {
          for (int count = 0; (count = ::SSL_read(tls_.get(), buffer, sizeof buffer)) > 0;) {
            all.append(buffer, static_cast<std::size_t>(count));
          }
          return wanted.Matches(all);
        },
        piece);
    EXPECT_THAT(all.size() < 10'000 ? all : all.substr(all.size() - 100), wanted);
    return all;
  }

  support::Directory directory_;
  TlsFiles files_{directory_ / "cert.pem", directory_ / "key.pem"};
  std::optional<Certificate> certificate_;
  std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)> context_{::SSL_CTX_new(::TLS_client_method()), ::SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&::SSL_free)> tls_{::SSL_new(context_.get()), ::SSL_free};
  BIO* arriving_ = ::BIO_new(::BIO_s_mem());  // tls_ frees both
  BIO* leaving_ = ::BIO_new(::BIO_s_mem());
};

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: shop\r\n\r\n";

TEST_F(SessionTlsTest, RequestsAreAnsweredOnOneConnection) {
  ASSERT_TRUE(shake_hands());
  EXPECT_STREQ(::SSL_get_version(tls_.get()), "TLSv1.3");
  ask(kGet, EndsWith("\r\n\r\n1"));
  ask(kGet, EndsWith("\r\n\r\n2"));
  EXPECT_EQ(closed_, 0);
}

TEST_F(SessionTlsTest, BytesMayComeOneByOne) {
  ASSERT_TRUE(shake_hands(1));
  ask(kGet, EndsWith("\r\n\r\n1"), 1);
}

TEST_F(SessionTlsTest, AnAnswerOfMegabytesComesWhole) {
  ASSERT_TRUE(shake_hands());
  const std::string body = std::string(3 * 1024 * 1024, 'x') + "end";
  step_ = Answered{{.body = body}, "items"};
  const auto all = ask(kGet, EndsWith("xend"));
  EXPECT_EQ(all.substr(all.find("\r\n\r\n") + 4), body);
}

TEST_F(SessionTlsTest, TheEndIsToldSoThatNoAnswerCanBeCutUnseen) {
  ASSERT_TRUE(shake_hands());
  ask("GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n", EndsWith("\r\n\r\n1"));
  EXPECT_TRUE(carry_until([&] {
    char none = 0;
    return ::SSL_read(tls_.get(), &none, 1) <= 0 && ::SSL_get_shutdown(tls_.get()) == SSL_RECEIVED_SHUTDOWN;
  }));
  ::SSL_shutdown(tls_.get());
  carry();
  peer_.close();
  for (const auto end = base::now().mono + 10s; closed_ == 0 && base::now().mono < end;) io_.poll();
  EXPECT_EQ(closed_, 1);
}

TEST_F(SessionTlsTest, AClientThatWaitsForContinueGetsIt) {
  ASSERT_TRUE(shake_hands());
  ask("POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n",
      testing::Eq("HTTP/1.1 100 Continue\r\n\r\n"));
  ask("{}", EndsWith("\r\n\r\n1"));
}

TEST_F(SessionTlsTest, EventsAreStreamed) {
  ASSERT_TRUE(shake_hands());
  step_ = EventStream{};
  ask("GET /v1/events HTTP/1.1\r\nHost: shop\r\n\r\n", HasSubstr("retry: "));
  feed_.publish({event(101, "one more")});
  session_->on_published();
  answered(HasSubstr("data: one more"));
}

TEST_F(SessionTlsTest, ARequestWithoutTlsIsToldSo) {
  SessionTest::write(kGet);
  std::string answer;
  while (answer.find("https://") == std::string::npos && closed_ == 0) answer += SessionTest::read();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(answer, HasSubstr("https://"));
  EXPECT_EQ(handshakes_failed_, 1);
  EXPECT_TRUE(handled_.empty());
}

TEST_F(SessionTlsTest, BytesThatAreNoTlsEndTheConnection) {
  SessionTest::write(std::string(100, '\x7f'));
  EXPECT_TRUE(carry_until([&] { return closed_ == 1; }));
  EXPECT_EQ(handshakes_failed_, 1);
}

TEST_F(SessionTlsTest, OlderVersionsOfTlsAreRefused) {
  ::SSL_set_security_level(tls_.get(), 0);
  ::SSL_set_max_proto_version(tls_.get(), TLS1_1_VERSION);
  ::SSL_do_handshake(tls_.get());
  EXPECT_TRUE(carry_until([&] { return closed_ == 1; }));
  EXPECT_FALSE(::SSL_is_init_finished(tls_.get()));
  EXPECT_EQ(handshakes_failed_, 1);
}

TEST_F(SessionTlsTest, APeerThatNeverEndsTheHandshakeIsCutOff) {
  ::SSL_do_handshake(tls_.get());
  std::string half(40, '\0');
  ::BIO_read(leaving_, half.data(), 40);
  SessionTest::write(half);
  session_->sweep(base::now().mono + limits_.head_wait - 1s);
  EXPECT_EQ(closed_, 0);
  session_->sweep(base::now().mono + limits_.head_wait);
  EXPECT_EQ(closed_, 1);
}

TEST_F(SessionTlsTest, AHandshakeEndsWhenTheServerStops) {
  session_->on_stop();
  EXPECT_EQ(closed_, 1);
}

}  // namespace
}  // namespace bridge
