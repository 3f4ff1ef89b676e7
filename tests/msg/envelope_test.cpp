#include "msg/envelope.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/random.h"
#include "msg/requests.h"
#include "tests/msg/examples.h"

namespace {

std::string frame_of(std::uint64_t messages) {
  std::string frame;
  for (std::uint64_t id = 1; id <= messages; ++id) {
    msg::append_request(frame, {.id = id}, msg::GetOrder{base::OrderNo(id * 10)});
  }
  return frame;
}

// The ids of the messages, "1 2 3", then the fault of the rest.
std::string read(const std::string& frame) {
  std::string all;
  for (msg::FrameReader reader(frame); !reader.done();) {
    const auto message = reader.next();
    all += message ? std::to_string(message->header.id) + " " : message.error().message.substr(0, 6);
  }
  return all;
}

TEST(Frame, HoldsManyMessages) {
  const auto frame = frame_of(3);
  EXPECT_EQ(read(frame), "1 2 3 ");
  msg::FrameReader reader(frame);
  for (std::uint64_t id = 1; id <= 3; ++id) {
    const auto message = reader.next().value();
    EXPECT_EQ(message.header.t, "order");
    EXPECT_EQ(msg::decode<msg::GetOrder>(message.body).value().no, base::OrderNo(id * 10));
  }
  EXPECT_TRUE(reader.done());
}

TEST(Frame, OfNothingHoldsNothing) { EXPECT_EQ(read(""), ""); }

TEST(Frame, KeepsABodyAsItCame) {
  const auto frame = frame_of(1);
  const auto message = msg::FrameReader(frame).next().value();
  std::string forwarded;
  msg::append_message(forwarded, message.header, message.body);
  EXPECT_EQ(forwarded, frame);
}

TEST(Frame, GivesTheMessagesBeforeTheBrokenOneAndEnds) {
  EXPECT_EQ(read(frame_of(2) + "\xc1"), "1 2 header");
  EXPECT_EQ(read(frame_of(2) + msg::encoded(msg::Header{.t = "x"})), "1 2 body: ");
  EXPECT_EQ(read(frame_of(1) + "\x80\x80" + frame_of(1)), "1 header");
}

TEST(Frame, CutOffAnywhereNeverGivesAnotherMessage) {
  const auto frame = frame_of(2);
  const auto first = frame_of(1).size();
  for (std::size_t size = 1; size < frame.size(); ++size) {
    const std::string whole = size < first ? "" : "1 ";
    const auto all = read(frame.substr(0, size));
    EXPECT_THAT(all, testing::AnyOf(whole + "header", whole + "body: ", size == first ? whole : "cut")) << size;
  }
}

// The next release is linked here (tests/versions): it understands versions 1 and 2 and writes 1.

TEST(Versions, AnAnswerIsOfTheVersionOfItsRequest) {
  EXPECT_EQ(msg::Header().v, 1U);
  for (const std::uint32_t v : {1U, 2U}) {
    EXPECT_EQ(msg::reply_header(msg::Header{.v = v, .id = 7}, {}).v, v);
    EXPECT_FALSE(msg::unsupported({.v = v}));
    std::string refusal;
    msg::append_refusal(refusal, msg::Header{.v = v, .id = 7}, {}, {.code = msg::Code::kBusy});
    EXPECT_EQ(msg::FrameReader(refusal).next()->header.v, v);
  }
}

TEST(Versions, AVersionThatIsNotUnderstoodIsRefusedInOurs) {
  EXPECT_EQ(msg::reply_header(msg::Header{.v = 3, .id = 7}, {}).v, 1U);
  EXPECT_EQ(msg::reply_header(msg::Header{.v = 3, .id = 7}, {}).id, 7U);
}

TEST(Versions, ARefusalSaysWhoIsOlderAndWhatToDo) {
  const auto refusal = msg::unsupported({.v = 3, .t = "lookup"}).value();
  EXPECT_EQ(refusal.code, msg::Code::kUnsupportedVersion);
  EXPECT_EQ(refusal.message,
            "this request is of version 3, this program understands 1 to 2: it is older than the process that asks; "
            "upgrade the older one, one release at a time");
  EXPECT_EQ(msg::unsupported({.v = 0, .t = "reply"})->message,
            "this answer is of version 0, this program understands 1 to 2: the process that answers is older; upgrade "
            "the older one, one release at a time");
  EXPECT_FALSE(msg::unsupported({.v = 3, .t = "reply", .err = "unsupported_version"}))
      << "a refusal can always be read";
  EXPECT_TRUE(msg::unsupported({.v = 3, .t = "lookup", .err = "unsupported_version"}));
}

TEST(Frame, StandsMutations) {
  base::Random random(1);
  const auto frame = frame_of(3);
  for (int round = 0; round < 20'000; ++round) {
    auto other = frame;
    for (int times = 0; times < 3; ++times) other[random.below(other.size())] = static_cast<char>(random.below(256));
    msg::FrameReader reader(other);
    int messages = 0;
    while (!reader.done()) {
      (void)reader.next();
      ASSERT_LE(++messages, static_cast<int>(other.size()));
    }
  }
}

TEST(Refusal, TravelsWithItsWordInTheHeader) {
  auto refusal = examples::refusal();
  refusal.code = msg::Code::kOutOfStock;
  std::string frame;
  msg::append_refusal(frame, 7, base::Seq(42), refusal);
  const auto message = msg::FrameReader(frame).next().value();
  EXPECT_EQ(message.header.t, "reply");
  EXPECT_EQ(message.header.id, 7U);
  EXPECT_EQ(message.header.seq, base::Seq(42));
  EXPECT_EQ(message.header.err, "out_of_stock");
  const auto read = msg::decode_refusal(message).value();
  EXPECT_EQ(read.code, msg::Code::kOutOfStock);
  EXPECT_EQ(read.message, refusal.message);
  EXPECT_EQ(read.stock, refusal.stock);
}

TEST(Refusal, IsTextThatAnybodyCanRead) {
  std::string frame;
  msg::append_refusal(frame, 7, {},
                      {.code = msg::Code::kUnknownType, .message = "the type '\xff\x1b[31m\u202e' is unknown"});
  EXPECT_EQ(msg::decode_refusal(msg::FrameReader(frame).next().value())->message,
            "the type '\ufffd\\u001b[31m\\u202e' is unknown");
}

TEST(Refusal, OfANewerPeerIsUnknown) {
  std::string frame;
  msg::append_message(frame, {.t = "reply", .err = "moon_in_the_way"}, examples::refusal());
  EXPECT_EQ(msg::decode_refusal(msg::FrameReader(frame).next().value()).value().code, msg::Code::kUnknown);
}

TEST(Refusal, HasAWordForEveryCodeAndBack) {
  for (std::size_t i = 0; i < msg::kWordCount<msg::Code>; ++i) {
    const auto code = static_cast<msg::Code>(i);
    EXPECT_EQ(msg::code_of(msg::word(code)), code);
    EXPECT_FALSE(msg::is_business(code) && msg::is_bad_request(code));
  }
  EXPECT_EQ(msg::word(msg::Code::kUnknown), "unknown");
  EXPECT_EQ(msg::code_of("nonsense"), std::nullopt);
}

// The table of PROTOCOL 5.1.
TEST(Refusal, SaysHowFarItReaches) {
  using msg::Code;
  using msg::Reach;
  const std::map<Reach, std::vector<Code>> table{
      {Reach::kEveryCopy, {Code::kKeyReused, Code::kKeyVoided, Code::kMalformed, Code::kInvalid}},
      {Reach::kThisCopy,
       {Code::kOutOfStock, Code::kUnknownItem, Code::kUnknownOrder, Code::kPriceChanged, Code::kVersionChanged,
        Code::kItemExists, Code::kMoreThanRemains, Code::kNothingRemains, Code::kNotForSale, Code::kUnknownHold,
        Code::kHoldOver, Code::kLimit, Code::kUnknownType, Code::kUnsupportedVersion, Code::kForbidden,
        Code::kUnknownSubscription, Code::kUnauthenticated, Code::kUnknownCredential, Code::kUnknownPlace}},
      {Reach::kThisTry, {Code::kBusy, Code::kUnavailable}},
      {Reach::kNothing, {Code::kNotWriter, Code::kFenced, Code::kSkipped, Code::kUnknown}}};
  std::size_t codes = 0;
  for (const auto& [reach, all] : table) {
    codes += all.size();
    for (const auto code : all) EXPECT_EQ(msg::reach(code), reach) << msg::word(code);
  }
  EXPECT_EQ(codes, msg::kWordCount<Code>);
}

}  // namespace
