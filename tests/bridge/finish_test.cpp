// The parts of an answer that the headers of its request ask for: an id, compression, leave for other pages to read it.
#include "bridge/finish.h"

#include <gmock/gmock.h>

#include <boost/beast/zlib/inflate_stream.hpp>
#include <boost/crc.hpp>

#include "bridge/gzip.h"

namespace bridge {
namespace {

using testing::HasSubstr;
using testing::Not;

const Site kSite{.origins = {"https://friend.example"}};
const std::pair<std::string, std::string> kFriend{"Origin", "https://friend.example"};

std::string value(const Response& response, std::string_view name) {
  return Request{{}, {}, response.headers, {}}.header(name);
}

Response finished_for(const Request& request, Response response, const Site& site = kSite) {
  finish(response, wishes_of(site, request));
  return response;
}
Response finished(Response response, Headers headers, const Site& site = kSite) {
  return finished_for(Request{"GET", "/", std::move(headers), {}}, std::move(response), site);
}

std::string unpacked(std::string_view gzip, std::size_t size) {
  std::string out(size, '\0');
  boost::beast::zlib::inflate_stream inflate;
  boost::beast::zlib::z_params place;
  place.next_in = gzip.data() + 10;
  place.avail_in = gzip.size() - 18;
  place.next_out = out.data();
  place.avail_out = out.size();
  boost::system::error_code error;
  inflate.write(place, boost::beast::zlib::Flush::finish, error);
  EXPECT_EQ(place.total_out, size) << error.message();
  return out;
}

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t number = 0;
  for (std::size_t i = 4; i-- > 0;) number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return number;
}

TEST(Gzip, HoldsTheTextItsChecksumAndItsLength) {
  std::string noise;
  for (std::uint32_t i = 0, x = 1; i < 100'000; ++i) noise += static_cast<char>((x = x * 1664525 + 1013904223) >> 24);
  for (const auto& text : {std::string(), std::string("a"), std::string(600'000, 'x'), noise}) {
    const auto packed = gzipped(text);
    EXPECT_EQ(packed.substr(0, 3), "\x1f\x8b\x08");
    EXPECT_EQ(unpacked(packed, text.size()), text);
    boost::crc_32_type checksum;
    checksum.process_bytes(text.data(), text.size());
    EXPECT_EQ(little_endian(packed.substr(packed.size() - 8)), checksum.checksum());
    EXPECT_EQ(little_endian(packed.substr(packed.size() - 4)), text.size());
  }
  EXPECT_LT(gzipped(std::string(600'000, 'x')).size(), 10'000U);
}

TEST(Finish, ALongBodyIsCompressedOnRequest) {
  const Response page{200, "application/json", std::string(2000, 'x'), {}};
  const auto packed = finished(page, {{"Accept-Encoding", "gzip"}});
  EXPECT_EQ(value(packed, "Content-Encoding"), "gzip");
  EXPECT_THAT(value(packed, "Vary"), HasSubstr("Accept-Encoding"));
  EXPECT_EQ(unpacked(packed.body, 2000), page.body);
  for (const char* plain : {"", "gzip;q=0", "br"}) {
    const auto same = finished(page, {{"Accept-Encoding", plain}});
    EXPECT_EQ(same.body, page.body) << plain;
    EXPECT_EQ(value(same, "Content-Encoding"), "");
    EXPECT_THAT(value(same, "Vary"), HasSubstr("Accept-Encoding")) << "another client may get other bytes";
  }
}

TEST(Finish, AShortBodyAndOneWithATagOrACodingStayAsTheyAre) {
  const Headers gzip{{"Accept-Encoding", "gzip"}};
  const std::string body(2000, 'x');
  for (const auto& response :
       {Response{200, "application/json", "{}", {}}, Response{200, "application/json", body, {{"ETag", "\"1\""}}},
        Response{200, "text/css", body, {{"Content-Encoding", "gzip"}}}}) {
    EXPECT_EQ(finished(response, gzip).body, response.body);
  }
}

TEST(Finish, TheIdOfARequestComesBack) {
  EXPECT_EQ(value(finished({}, {{"X-Request-Id", "a-1"}}), "X-Request-Id"), "a-1");
  EXPECT_EQ(value(finished({}, {{"X-Request-Id", std::string(128, 'i')}}), "X-Request-Id"), std::string(128, 'i'));
}

TEST(Finish, ARequestWithoutAnIdOrWithAnUnsafeOneGetsANewOne) {
  std::set<std::string> ids;
  for (const std::string id : {"", "a b", "a\x1b[31m", "\xc3\xa9", "a\tb"}) {
    ids.insert(value(finished({}, {{"X-Request-Id", id}}), "X-Request-Id"));
  }
  ids.insert(value(finished({}, {{"X-Request-Id", std::string(129, 'i')}}), "X-Request-Id"));
  ids.insert(value(finished({}, {{"X-Request-Id", "a"}, {"X-Request-Id", "b"}}), "X-Request-Id"));
  ids.insert(value(finished({}, Headers{}), "X-Request-Id"));
  EXPECT_EQ(ids.size(), 8U) << "all are new";
  for (const auto& id : ids) EXPECT_TRUE(id.size() > 8 && id.find_first_of(" \x1b\t\xc3") == id.npos) << id;
}

TEST(Finish, APageOfAWelcomeSiteMayReadTheAnswer) {
  const auto answer = finished({}, {kFriend});
  EXPECT_EQ(value(answer, "Access-Control-Allow-Origin"), "https://friend.example");
  EXPECT_THAT(value(answer, "Access-Control-Expose-Headers"), HasSubstr("X-Pygmy-Seq"));
  EXPECT_EQ(value(answer, "Vary"), "Origin");
  EXPECT_EQ(value(answer, "Access-Control-Allow-Credentials"), "") << "there are none";
}

TEST(Finish, NoOtherPageMayReadTheAnswer) {
  for (const auto& header : Headers{{"Origin", "https://evil.example"}, {"Origin", "null"}, {"Host", "shop"}}) {
    const auto answer = finished({}, {header});
    EXPECT_EQ(value(answer, "Access-Control-Allow-Origin"), "") << header.second;
    EXPECT_EQ(value(answer, "Vary"), "Origin") << "a cache must not give this answer to a welcome page";
  }
  const auto off = finished({}, {kFriend}, Site{});
  EXPECT_EQ(value(off, "Access-Control-Allow-Origin"), "");
  EXPECT_EQ(value(off, "Vary"), "") << "off by default";
}

TEST(Finish, APreflightIsToldTheMethodsAndHeaders) {
  const Response options{204, {}, {}, {{"Allow", "GET, PATCH, OPTIONS"}}};
  Request asks{"OPTIONS", "/", {kFriend, {"Access-Control-Request-Method", "PATCH"}}, {}};
  const auto answer = finished_for(asks, options);
  EXPECT_EQ(value(answer, "Access-Control-Allow-Methods"), "GET, PATCH, OPTIONS");
  EXPECT_THAT(value(answer, "Access-Control-Allow-Headers"), HasSubstr("Authorization"));
  EXPECT_THAT(value(answer, "Access-Control-Allow-Headers"), HasSubstr("Idempotency-Key"));
  EXPECT_EQ(value(answer, "Access-Control-Allow-Private-Network"), "");
  asks.headers.emplace_back("Access-Control-Request-Private-Network", "true");
  EXPECT_EQ(value(finished_for(asks, options), "Access-Control-Allow-Private-Network"), "true");
  asks.headers[0].second = "https://evil.example";
  EXPECT_EQ(value(finished_for(asks, options), "Access-Control-Allow-Methods"), "");
  EXPECT_EQ(value(finished_for(asks, options), "Access-Control-Allow-Private-Network"), "");
}

}  // namespace
}  // namespace bridge
