// Every server refuses unreadable requests in the same way, and every asker drops unreadable replies in the same way.
#include "msg/serve.h"

#include <gmock/gmock.h>

#include <vector>

namespace msg {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

struct Told {
  std::vector<std::uint64_t> taken;
  std::vector<std::pair<std::uint64_t, Code>> refused;
};

Told served(const std::string& frame, const base::Sender* sender = nullptr) {
  Told told;
  serve(
      frame, sender,
      [&](const InReplyTo& to, const Refusal& refusal) { told.refused.emplace_back(to.id, refusal.code); },
      [&](const Message& message) { told.taken.push_back(message.header.id); });
  return told;
}

std::string request(std::uint64_t id, std::uint32_t version = kVersions.spoken) {
  Header header;
  header.id = id;
  header.v = version;
  std::string frame;
  append_request(frame, header, Lookup{});
  return frame;
}

std::string reply(std::uint64_t id, std::uint32_t version = kVersions.spoken) {
  Header header;
  header.t = kReplyType;
  header.id = id;
  header.v = version;
  std::string frame;
  append_message(frame, header, OrderReply{});
  return frame;
}

const std::string kUnreadable = "\xc1";  // the one byte that begins nothing in MessagePack
const std::uint32_t kOfTomorrow = kVersions.newest + 1;

TEST(Serve, TakesWhatItUnderstandsAndRefusesTheRest) {
  const auto told = served(request(1) + request(2, kOfTomorrow) + request(3) + kUnreadable + request(4));
  EXPECT_THAT(told.taken, ElementsAre(1U, 3U)) << "nothing is read after bytes that have no end";
  EXPECT_THAT(told.refused, ElementsAre(Pair(2U, Code::kUnsupportedVersion), Pair(0U, Code::kMalformed)));
}

TEST(Serve, ASenderIsRefusedWhatItsKeyDoesNotAllow) {
  const base::Sender ann{base::KeyRole::kClient, "ann"};
  std::string frame = request(1);
  Header header;
  header.id = 2;
  append_request(frame, header, Trim{});
  EXPECT_THAT(served(frame).taken, ElementsAre(1U, 2U));
  const auto told = served(frame, &ann);
  EXPECT_THAT(told.taken, ElementsAre(1U));
  EXPECT_THAT(told.refused, ElementsAre(Pair(2U, Code::kForbidden)));
}

TEST(Serve, ARefusalHasTheIdThatWasReadAndTheNextMessagesAreRead) {
  const std::string seven = "\x81\xa2id\x07";                                        // {"id": 7}: v and t are missing
  const std::string negative = "\x84\xa1v\x01\xa1t\xa6lookup\xa2id\x08\xa3ttl\xff";  // "ttl": -1
  const std::string body = "\x80";
  const auto told = served(request(1) + seven + body + negative + body + request(2));
  EXPECT_THAT(told.taken, ElementsAre(1U, 2U));
  EXPECT_THAT(told.refused, ElementsAre(Pair(7U, Code::kMalformed), Pair(8U, Code::kInvalid)));
  EXPECT_EQ(unreadable(negative + body).refusal.message, "header: ttl: number too small");
}

TEST(Serve, NothingIsReadAfterAMessageWithoutIdOrEnd) {
  const std::string seven = "\x81\xa2id\x07";
  EXPECT_THAT(served("\x80\x80" + request(1)).refused, ElementsAre(Pair(0U, Code::kMalformed))) << "it has no id";
  EXPECT_THAT(served(seven + kUnreadable + request(1)).refused, ElementsAre(Pair(7U, Code::kMalformed)));
  const auto cut = request(9);
  EXPECT_THAT(served(cut.substr(0, cut.size() - 1)).refused, ElementsAre(Pair(9U, Code::kMalformed)))
      << "the body is cut";
}

TEST(Serve, ALargeHeaderIsRefusedAndTheNextMessageIsRead) {
  Header header;
  header.id = 5;
  header.token = Blob{std::string(kHeaderBytesMax, 't')};
  std::string frame;
  append_request(frame, header, Lookup{});
  const auto told = served(frame + request(6));
  EXPECT_THAT(told.refused, ElementsAre(Pair(5U, Code::kInvalid)));
  EXPECT_THAT(told.taken, ElementsAre(6U));
  EXPECT_THAT(unreadable(frame).refusal.message, HasSubstr("at most 2048"));
  header.token->bytes.resize(kTokenBytesMax);
  frame.clear();
  append_request(frame, header, Lookup{});
  EXPECT_THAT(served(frame).taken, ElementsAre(5U));
}

TEST(Serve, FieldsOfAnswersAreNotKept) {
  Header header;
  header.id = 5;
  header.min = Seq(3);
  header.seq = Seq(4);
  header.err = "busy";
  header.stale_ms = 7;
  header.spans.emplace(100);
  std::string frame;
  append_request(frame, header, Lookup{});
  serve(
      frame, nullptr, [](const InReplyTo&, const Refusal& refusal) { ADD_FAILURE() << refusal.message; },
      [](const Message& message) {
        EXPECT_EQ(message.header.min, Seq(3));
        EXPECT_FALSE(message.header.seq || message.header.err || message.header.stale_ms || message.header.spans);
      });
}

TEST(Serve, AMessageOfOtherPartsIsToldWhichPartsItHas) {
  EXPECT_THAT(unreadable(kNoFrame).refusal.message, HasSubstr("one part"));
}

TEST(Serve, ANumberOutOfRangeIsInvalidAndAnotherShapeMalformed) {
  const auto code = [](const std::string& body) { return read<GetOrder>(body).error().code; };
  EXPECT_EQ(code("\x81\xa2no\xff"), Code::kInvalid) << "-1";
  EXPECT_EQ(code("\x81\xa2no\xa1x"), Code::kMalformed);
  EXPECT_EQ(code("\x80"), Code::kMalformed);
  const auto of_limit = [](const std::string& number) { return read<ListOrders>("\x81\xa5limit" + number); };
  EXPECT_TRUE(of_limit("\xce\xff\xff\xff\xff"));
  const auto beyond = of_limit(std::string("\xcf\0\0\0\1\0\0\0\0", 9));  // 2^32
  EXPECT_EQ(beyond.error().code, Code::kInvalid);
  EXPECT_EQ(beyond.error().message, "limit: number too large");
}

TEST(Serve, ABodyIsDecodedAsItsType) {
  std::vector<Code> refused;
  std::vector<OrderNo> taken;
  std::string said;
  const auto serve_one = [&](std::string_view type, const std::string& body) {
    serve_as(
        Requests<GetOrder>(), type, body, "a test",
        [&](const Refusal& refusal) {
          refused.push_back(refusal.code);
          said = refusal.message;
          EXPECT_THAT(refusal.message, HasSubstr(std::string(type.substr(0, 32))));
        },
        [&](const GetOrder& get) { taken.push_back(get.no); });
  };
  serve_one("order", encoded(GetOrder{OrderNo(7)}));
  serve_one("order", kUnreadable);
  serve_one("lookup", encoded(Lookup{}));
  EXPECT_THAT(said, HasSubstr("ask a frontend"));
  serve_one(std::string(1000, 'x'), "");
  EXPECT_THAT(said, testing::Not(HasSubstr("ask a frontend")));
  serve_one("order", "\x81\xa2no\xff");
  EXPECT_THAT(taken, ElementsAre(OrderNo(7)));
  EXPECT_THAT(refused, ElementsAre(Code::kMalformed, Code::kUnknownType, Code::kUnknownType, Code::kInvalid));
}

TEST(Hear, TellsWhyTheRestIsDropped) {
  std::vector<std::uint64_t> heard;
  const auto hear_all = [&](const std::string& frame) {
    heard.clear();
    return hear(frame, [&](const Message& message) { heard.push_back(message.header.id); });
  };
  EXPECT_EQ(hear_all(reply(1) + reply(2)), std::nullopt);
  EXPECT_THAT(heard, ElementsAre(1U, 2U));
  EXPECT_THAT(hear_all(reply(1) + kUnreadable + reply(2)).value_or(""), HasSubstr("cannot be read"));
  EXPECT_THAT(heard, ElementsAre(1U));
  EXPECT_THAT(hear_all(reply(1, kOfTomorrow) + reply(2)).value_or(""), HasSubstr("version"));
  EXPECT_THAT(heard, IsEmpty());
}

}  // namespace
}  // namespace msg
