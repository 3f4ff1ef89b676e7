// Requests of a connection: their bytes may arrive in any pieces, and each part has a time limit.
#include <regex>

#include "tests/bridge/session_fixture.h"

namespace bridge {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

// The result of the bytes of one connection: the requests that were handled, and the bytes that the peer was sent.
struct Outcome {
  std::string handled;
  std::string sent;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};
void PrintTo(const Outcome& outcome, std::ostream* out) { *out << outcome.handled << "\n" << outcome.sent; }

class SessionHttpTest : public SessionTest {
 protected:
  // The pieces arrive one after the other; the session has read each before the next arrives.
  Outcome outcome(const std::vector<std::string_view>& pieces, std::optional<EventStream> wanted = {}) {
    hang_up();
    handled_.clear();
    step_.reset();
    if (wanted) step_ = *wanted;
    connect();
    for (const auto piece : pieces) write(piece);
    Outcome all;
    all.sent = without_new_ids(read());
    for (const auto& request : handled_) {
      all.handled += fmt::format("{} {} [{}]", request.method, request.target, request.body);
      for (const auto& [name, value] : request.headers) all.handled += fmt::format(" {}={}", name, value);
      all.handled += '\n';
    }
    return all;
  }
  // An id that the session makes is another one each time.
  static std::string without_new_ids(const std::string& sent) {
    return std::regex_replace(sent, std::regex("X-Request-Id: [0-9a-z]{20,}\r\n"), "X-Request-Id: new\r\n");
  }
  // Cuts the bytes in two at every place, and into single bytes. The outcome must always be the same.
  Outcome however_cut(const std::string& text, std::optional<EventStream> wanted = {}) {
    const std::string_view bytes(text);
    const auto whole = outcome({bytes}, wanted);
    std::vector<std::string_view> single;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      single.push_back(bytes.substr(i, 1));
      EXPECT_EQ(outcome({bytes.substr(0, i), bytes.substr(i)}, wanted), whole) << "cut at " << i;
    }
    EXPECT_EQ(outcome(single, wanted), whole) << "byte by byte";
    return whole;
  }
  static base::Mono clock() { return base::now().mono; }
};

TEST_F(SessionHttpTest, ARequestWithoutABodyIsReadHoweverItIsCut) {
  const auto found = however_cut("GET /v1/items?limit=2 HTTP/1.1\r\nHost: shop\r\nX: y\r\n\r\n");
  EXPECT_EQ(found.handled, "GET /v1/items?limit=2 [] Host=shop X=y\n");
  EXPECT_THAT(found.sent, EndsWith("\r\n\r\n1"));
}

TEST_F(SessionHttpTest, ABodyIsReadHoweverItIsCut) {
  const auto found = however_cut("POST /a HTTP/1.1\r\nHost: shop\r\nContent-Length: 9\r\n\r\na\r\n\r\nb\r\n0");
  EXPECT_EQ(found.handled, "POST /a [a\r\n\r\nb\r\n0] Host=shop Content-Length=9\n");
  EXPECT_THAT(found.sent, HasSubstr("HTTP/1.1 200"));
}

TEST_F(SessionHttpTest, AChunkedBodyIsReadHoweverItIsCut) {
  const auto found = however_cut(
      "POST /a HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3;x=y\r\n{\"a\r\nC\r\n\":\"\r\n\r\n0000\"\r\n1\r\n}\r\n0\r\n\r\n");
  EXPECT_EQ(found.handled, "POST /a [{\"a\":\"\r\n\r\n0000\"}] Host=shop Transfer-Encoding=chunked\n");
  EXPECT_THAT(found.sent, HasSubstr("HTTP/1.1 200"));
}

TEST_F(SessionHttpTest, RequestsInOnePieceAreAnsweredInTheirOrder) {
  const auto found = however_cut(
      "GET /a HTTP/1.1\r\nHost: shop\r\n\r\nPOST /b HTTP/1.1\r\nHost: shop\r\nContent-Length: 2\r\n\r\nxyGET /c "
      "HTTP/1.0\r\n\r\n");
  EXPECT_EQ(found.handled, "GET /a [] Host=shop\nPOST /b [xy] Host=shop Content-Length=2\nGET /c []\n");
  const auto second = found.sent.find("\r\n\r\n2HTTP/1.1 200");
  EXPECT_LT(found.sent.find("\r\n\r\n1HTTP/1.1 200"), second);
  EXPECT_THAT(found.sent, EndsWith("Connection: close\r\n\r\n3"));
}

// A client of HTTP/1.0 that asks for it must be told that the connection stays open; otherwise it waits for the end.
TEST_F(SessionHttpTest, AConnectionOfHttp10StaysOpenAndSaysSo) {
  const std::string one = "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
  const auto found = however_cut(one + one);
  EXPECT_EQ(found.handled, "GET /a [] Connection=keep-alive\nGET /a [] Connection=keep-alive\n");
  EXPECT_THAT(found.sent, EndsWith("Connection: keep-alive\r\n\r\n2"));
  EXPECT_THAT(outcome({"GET /a HTTP/1.1\r\nHost: shop\r\n\r\n"}).sent, Not(HasSubstr("Connection:")));
}

TEST_F(SessionHttpTest, TheIdOfARequestIsInItsAnswer) {
  EXPECT_THAT(outcome({"GET /a HTTP/1.1\r\nHost: shop\r\nX-Request-Id: id-1\r\n\r\n"}).sent,
              HasSubstr("X-Request-Id: id-1\r\n"));
  EXPECT_THAT(outcome({"GET /v1/events HTTP/1.1\r\nHost: shop\r\nX-Request-Id: id-2\r\n\r\n"},
                      EventStream{.from = msg::Seq(100)})
                  .sent,
              HasSubstr("X-Request-Id: id-2\r\n"));
  EXPECT_THAT(outcome({"GET /a HTTP/1.1\r\n\r\n"}).sent, HasSubstr("X-Request-Id: ")) << "also if it is refused";
}

TEST_F(SessionHttpTest, AWelcomePageMayReadAnswersAndStreams) {
  const std::string head = " HTTP/1.1\r\nHost: shop\r\nOrigin: https://friend.example\r\n\r\n";
  constexpr const char* kAllowed = "Access-Control-Allow-Origin: https://friend.example\r\n";
  EXPECT_THAT(outcome({"GET /a" + head}).sent, HasSubstr(kAllowed));
  EXPECT_THAT(outcome({"GET /v1/events" + head}, EventStream{.from = msg::Seq(100)}).sent, HasSubstr(kAllowed));
}

TEST_F(SessionHttpTest, HeadTellsTheLengthOfTheCompressedBodyThatGetWouldHave) {
  step_ = Answered{{.body = std::string(5000, 'x')}, "route"};
  write("HEAD /a HTTP/1.1\r\nHost: shop\r\nAccept-Encoding: gzip\r\n\r\n");
  const auto sent = read();
  EXPECT_THAT(sent, HasSubstr("Content-Encoding: gzip\r\n"));
  EXPECT_THAT(sent, Not(HasSubstr("Content-Length: 5000")));
  EXPECT_THAT(sent, EndsWith("\r\n\r\n"));
}

TEST_F(SessionHttpTest, BytesAfterARefusalAreNeverHandled) {
  for (const std::string refused :
       {"POST /a HTTP/1.1\r\nHost: shop\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: shop\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: gzip\r\n\r\n", "GET /a HTTP/1.1\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: shop\r\nHost: shop\r\n\r\n", "GET /a HTTP/1.0\r\nHost: shop\r\nHost: evil\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: shop\r\nX: a\r\n b\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX: y\r\n\r\n"}) {
    const auto found = however_cut(refused + "GET /b HTTP/1.1\r\nHost: shop\r\n\r\n");
    EXPECT_EQ(found.handled, "");
    EXPECT_THAT(found.sent, HasSubstr("HTTP/1.1 400"));
    EXPECT_THAT(found.sent, Not(HasSubstr("HTTP/1.1 200")));
  }
}

TEST_F(SessionHttpTest, HeadIsAnsweredWithTheHeadAlone) {
  const auto found = however_cut("HEAD /a HTTP/1.1\r\nHost: shop\r\n\r\n");
  EXPECT_THAT(found.sent, HasSubstr("Content-Length: 1\r\n"));
  EXPECT_THAT(found.sent, EndsWith("\r\n\r\n"));
}

TEST_F(SessionHttpTest, ARefusalBehindAHeadHasItsBody) {
  const auto found = however_cut("HEAD /a HTTP/1.1\r\nHost: shop\r\n\r\nGET /b HTTP/1.1\r\n\r\n");
  EXPECT_THAT(found.sent, HasSubstr("HTTP/1.1 400"));
  EXPECT_THAT(found.sent, EndsWith("}"));
}

TEST_F(SessionHttpTest, AStreamBeginsHoweverItsRequestIsCut) {
  const auto found = however_cut("GET /v1/events HTTP/1.1\r\nHost: shop\r\n\r\n", EventStream{.from = msg::Seq(100)});
  EXPECT_THAT(found.sent, HasSubstr("retry: 1000\n\nid: 100-0123abcd\ndata: the last one\n\n"));
}

// --- the limits ---

TEST_F(SessionHttpTest, AHeadMayReachItsLimitAndNoMore) {
  limits_.head_bytes = 64;
  const std::string begin = "GET / HTTP/1.1\r\nHost: shop\r\nX: ";
  const auto padded = [&](std::size_t size) { return begin + std::string(size - begin.size() - 4, 'x') + "\r\n\r\n"; };
  EXPECT_THAT(outcome({padded(64)}).sent, HasSubstr("HTTP/1.1 200"));
  const std::string request_line = "GET / HTTP/1.1\r\n";  // the parser counts only the fields after it
  EXPECT_THAT(outcome({padded(64 + request_line.size() + 4)}).sent, HasSubstr("HTTP/1.1 431"));
}

TEST_F(SessionHttpTest, ABodyMayReachItsLimitAndNoMore) {
  limits_.body_bytes = 8;
  const std::string head = "POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: ";
  EXPECT_THAT(outcome({head + "8\r\n\r\n12345678"}).sent, HasSubstr("HTTP/1.1 200"));
  EXPECT_THAT(outcome({head + "9\r\n\r\n123456789"}).sent, HasSubstr("HTTP/1.1 413"));
}

// --- the times: the session reads its clock between `before` and `after` ---

TEST_F(SessionHttpTest, AHeadIsWaitedForFromItsFirstByte) {
  const auto before = clock();
  write("GET / HT");
  const auto after = clock();
  session_->sweep(before + limits_.head_wait - 1ns);
  EXPECT_EQ(read(), "");
  session_->sweep(after + limits_.head_wait);
  EXPECT_THAT(read(), HasSubstr("HTTP/1.1 408"));
}

TEST_F(SessionHttpTest, ABodyIsWaitedForFromTheEndOfTheHead) {
  write("POST / HTTP/1.1\r\n");
  const auto before = clock();
  write("Host: shop\r\nContent-Length: 2\r\n\r\nx");
  const auto after = clock();
  session_->sweep(before + limits_.body_wait - 1ns);
  EXPECT_EQ(read(), "");
  session_->sweep(after + limits_.body_wait);
  EXPECT_THAT(read(), HasSubstr("HTTP/1.1 408"));
  EXPECT_TRUE(handled_.empty());
}

TEST_F(SessionHttpTest, AConnectionThatSaysNothingIsClosed) {
  const auto before = clock();
  write("GET / HTTP/1.1\r\nHost: shop\r\n\r\n");
  read();
  session_->sweep(before + limits_.idle_wait - 1ns);
  EXPECT_EQ(closed_, 0);
  session_->sweep(clock() + limits_.idle_wait);
  EXPECT_EQ(closed_, 1);
}

TEST_F(SessionHttpTest, TheStoresAnswerIsWaitedForAsLongAsItTakes) {
  step_ = Call{{}, [](const client::Answer&) -> Step { return Answered{{.body = "late"}, "route"}; }};
  write("GET / HTTP/1.1\r\nHost: shop\r\n\r\n");
  session_->sweep(clock() + 24h);
  ASSERT_EQ(asked_.size(), 1U);
  asked_.front()({});
  EXPECT_THAT(read(), EndsWith("\r\n\r\nlate"));
}

TEST_F(SessionHttpTest, ATracedRequestNotesItsCallAndIsToldWithItsStatus) {
  const auto trace = std::make_shared<Trace>();
  Ask lookup = ask(msg::Lookup{msg::ItemId(1), {}});
  step_ = Call{lookup,
               [trace](const client::Answer&) -> Step {
                 return Answered{{.status = 404}, "route", trace};
               },
               trace};
  write("GET / HTTP/1.1\r\nHost: shop\r\n\r\n");
  ASSERT_EQ(asked_.size(), 1U);
  EXPECT_TRUE(traced_.empty()) << "it is not answered yet";
  asked_.front()({.header = {.spans = std::vector<msg::Span>{{"frontend", 3}}}});
  read();
  ASSERT_EQ(traced_.size(), 1U);
  EXPECT_EQ(traced_[0].status, 404U);
  ASSERT_EQ(traced_[0].calls.size(), 1U);
  EXPECT_EQ(traced_[0].calls[0].type, "lookup");
  EXPECT_EQ(traced_[0].calls[0].spans.size(), 1U);
  EXPECT_LE(traced_[0].calls[0].begin, traced_[0].calls[0].end);
  EXPECT_LE(traced_[0].calls[0].end, traced_[0].end);
}

// --- the server stops ---

TEST_F(SessionHttpTest, WhileTheServerStopsAnAnswerIsTheLast) {
  step_ = Call{{}, [](const client::Answer&) -> Step { return Answered{{.body = "done"}, "route"}; }};
  write("GET /a HTTP/1.1\r\nHost: shop\r\n\r\nGET /b HTTP/1.1\r\nHost: shop\r\n\r\n");
  stopping_ = true;
  session_->on_stop();
  EXPECT_EQ(closed_, 0) << "a request is under way";
  asked_.front()({});
  const auto sent = read();
  EXPECT_THAT(sent, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(sent, EndsWith("\r\n\r\ndone"));
  EXPECT_EQ(handled_.size(), 1U) << "the next one is not taken";
}

TEST_F(SessionHttpTest, WhileTheServerStopsAnIdleConnectionIsClosed) {
  session_->on_stop();
  EXPECT_EQ(closed_, 1);
}

TEST_F(SessionTest, AnAddressThatAsksTooOftenIsToldWhenToComeBack) {
  visitors_ = Visitors({.rate = 1, .burst = 2});
  const std::string_view get = "GET /v1/items HTTP/1.1\r\nHost: shop\r\n\r\n";
  write(get);
  EXPECT_THAT(read(), testing::AllOf(testing::HasSubstr("RateLimit-Policy: \"address\";q=2;w=2\r\n"),
                                     testing::HasSubstr("RateLimit: \"address\";r=1;t=1\r\n")));
  write(get);
  EXPECT_THAT(read(), testing::StartsWith("HTTP/1.1 200 "));
  write(get);
  const auto refused = read();
  EXPECT_THAT(refused, testing::StartsWith("HTTP/1.1 429 Too Many Requests\r\n"));
  EXPECT_THAT(refused, testing::HasSubstr("Retry-After: 1\r\n"));
  EXPECT_THAT(refused, testing::HasSubstr("/problems/too_many_requests"));
  EXPECT_EQ(handled_.size(), 2U) << "the store was not asked";
  write("GET /readyz HTTP/1.1\r\nHost: shop\r\n\r\n");
  EXPECT_THAT(read(), testing::StartsWith("HTTP/1.1 200 ")) << "on the same connection; a probe is not counted";
}

TEST_F(SessionTest, WithoutALimitNoAnswerTellsOne) {
  write("GET / HTTP/1.1\r\nHost: shop\r\n\r\n");
  EXPECT_THAT(read(), testing::Not(testing::HasSubstr("RateLimit")));
}

}  // namespace
}  // namespace bridge
