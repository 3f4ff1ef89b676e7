#include "tasks/record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "msg/internal.h"

namespace tasks {
namespace {

using ::testing::HasSubstr;

class Record : public ::testing::Test {
 protected:
  void SetUp() override {
    auto created = Recorder::create(file);
    ASSERT_TRUE(created) << created.error().message;
    recorder.emplace(std::move(*created));
  }
  void TearDown() override { std::remove(file.c_str()); }

  static base::Mono at(std::int64_t nanoseconds) { return base::Mono(base::Duration(nanoseconds)); }
  template <class R>
  void add(const R& request, const client::Answer& answer) {
    recorder->add(3, at(10), at(20), R::kType, msg::encoded(request), answer);
  }
  static base::Result<history::Operations> read(const std::string& text) {
    std::istringstream in(text);
    return read_record(in, "a");
  }

  const std::string file = ::testing::TempDir() + "pygmy-record-" + std::to_string(::getpid());
  std::optional<Recorder> recorder;
};

TEST_F(Record, IsReadAsItWasWritten) {
  msg::OrderReply reply;
  reply.order = {base::OrderNo(1), base::Seq(7), 5, msg::OrderType::kSell, "key", "Zo\xc3\xab \"Z\"", {},
                 base::Cents(9)};
  reply.order.lines.push_back({base::ItemId(2), base::Quantity(3), base::Cents(3), base::Quantity(8)});
  msg::PlaceOrder place{.key = "key", .type = msg::OrderType::kSell, .customer = reply.order.customer};
  place.lines.push_back({base::ItemId(2), base::Quantity(3), {}});
  add(place, {.body = msg::encoded(reply)});
  ASSERT_TRUE(recorder->end());
  const auto read = read_records({file});
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 1U);
  const auto& operation = read->front();
  EXPECT_EQ(operation.client, 3U);
  EXPECT_EQ(operation.invoked, 10);
  EXPECT_EQ(operation.returned, 20);
  EXPECT_EQ(std::get<msg::PlaceOrder>(operation.request).customer, reply.order.customer);
  EXPECT_EQ(std::get<msg::OrderReply>(operation.answer).order, reply.order);
}

TEST_F(Record, PlacesAreReadAsTheyWereWritten) {
  const msg::Transfer transfer{
      .key = "key", .item = base::ItemId(2), .quantity = base::Quantity(3), .to = "annex", .opens = true};
  msg::ItemReply reply{{base::ItemId(2), "T", "t", base::Cents(3), base::Quantity(8), base::Seq(9)}, 5, {}};
  reply.item.places = msg::Places{{"annex", base::Quantity(3)}};
  add(transfer, {.body = msg::encoded(reply)});
  ASSERT_TRUE(recorder->end());
  const auto read = read_records({file});
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(msg::encoded(std::get<msg::Transfer>(read->front().request)), msg::encoded(transfer));
  EXPECT_EQ(std::get<msg::ItemReply>(read->front().answer).item, reply.item);
}

TEST_F(Record, AnswersToEventsAreReadWithTheirBytes) {
  const msg::EventsReply reply{{{std::string("\x00\xff\n\"", 4)}, {"b"}}, base::Seq(9)};
  client::Answer answer{.body = msg::encoded(reply)};
  answer.header.seq = base::Seq(9);
  answer.header.stale_ms = 40;
  recorder->add(3, at(10), at(20), msg::Events::kType, msg::encoded(msg::Events{.from = base::Seq(8)}), answer, 500);
  ASSERT_TRUE(recorder->end());
  const auto read = read_records({file});
  ASSERT_TRUE(read) << read.error().message;
  const auto& operation = read->front();
  EXPECT_EQ(std::get<msg::Events>(operation.request).from, base::Seq(8));
  EXPECT_EQ(msg::encoded(std::get<msg::EventsReply>(operation.answer)), msg::encoded(reply));
  EXPECT_EQ(operation.seq, base::Seq(9));
  EXPECT_EQ(operation.stale_ok_ms, 500U);
  EXPECT_EQ(operation.stale_ms, 40U);
}

TEST_F(Record, AnEditIsReadWithItsTerms) {
  msg::EditItem edit{.key = "key", .item = base::ItemId(2), .title = "New", .retired = true};
  edit.terms = msg::Terms{.per_order = base::Quantity(2), .from = 5};
  msg::ItemReply reply;
  reply.item = {base::ItemId(2), "New", "topic", base::Cents(3), base::Quantity(8), base::Seq(9)};
  reply.item.retired = true;
  reply.item.edited = base::Seq(9);
  reply.item.terms = edit.terms;
  add(edit, {.body = msg::encoded(reply)});
  ASSERT_TRUE(recorder->end());
  const auto read = read_records({file});
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(msg::encoded(std::get<msg::EditItem>(read->front().request)), msg::encoded(edit));
  EXPECT_EQ(std::get<msg::ItemReply>(read->front().answer).item, reply.item);
}

TEST_F(Record, BytesThatAreNoDigitsAreRefused) {
  const auto line = [](const std::string& digits) {
    return R"({"client":0,"invoked":1,"returned":2,"type":"events","request":{"from":1},"answer":{"mark":1,"blocks":[{"hex":")" +
           digits + "\"}]}}\n{\"operations\":1}\n";
  };
  EXPECT_TRUE(read(line("00ff")));
  for (const auto* digits : {"0", "0g", "FF", "-1"}) EXPECT_FALSE(read(line(digits))) << digits;
}

TEST_F(Record, KeepsTheFieldsOfARefusal) {
  client::Answer answer;
  answer.refusal = {
      .code = msg::Code::kOutOfStock, .message = "sold", .item = base::ItemId(1), .stock = base::Quantity(2)};
  add(msg::Lookup{.item = base::ItemId(1)}, answer);
  ASSERT_TRUE(recorder->end());
  const auto read = read_records({file});
  ASSERT_TRUE(read) << read.error().message;
  const auto* refusal = history::refusal_of(read->front());
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->code, msg::Code::kOutOfStock);
  EXPECT_EQ(refusal->stock, base::Quantity(2));
}

TEST_F(Record, ClientsOfTwoFilesAreNotTheSame) {
  add(msg::GetOrder{base::OrderNo(1)}, {.refusal = msg::Refusal{.code = msg::Code::kUnknownOrder}});
  ASSERT_TRUE(recorder->end());
  const auto read = read_records({file, file});
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ((*read)[0].client, 3U);
  EXPECT_EQ((*read)[1].client, 7U);
}

TEST_F(Record, IsRefusedIfItIsCutOff) {
  add(msg::GetOrder{base::OrderNo(1)}, {.refusal = msg::Refusal{.code = msg::Code::kUnknownOrder}});
  recorder.reset();
  const auto read = read_records({file});
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("has no end"));
}

TEST_F(Record, AFullDiskIsNoticed) {
  auto full = Recorder::create("/dev/full");
  ASSERT_TRUE(full);
  EXPECT_FALSE(full->end());
}

// All the error paths: each names the file and the line.
TEST_F(Record, LinesThatCannotBeReadAreRefused) {
  const std::string good =
      R"({"client":0,"invoked":1,"returned":2,"type":"order","request":{"no":1},"err":"unknown_order","answer":{"message":""}})";
  const std::string end = "\n{\"operations\":1}\n";
  EXPECT_TRUE(read(good + end));
  const auto with = [&](const std::string& what, const std::string& instead) {
    auto text = good;
    return text.replace(text.find(what), what.size(), instead);
  };
  for (const auto& bad : {std::string("no json"), std::string("[]"), std::string("{}"),
                          with("\"no\":1", "\"no\":\"x\""), with("\"no\":1", "\"no\":1.5"), with("\"no\":1", ""),
                          with("order", "events"), with("\"returned\":2", "\"returned\":0"), with("\"client\":0,", ""),
                          with("\"message\":\"\"", "\"message\":7")}) {
    const auto result = read(bad + end);
    ASSERT_FALSE(result) << bad;
    EXPECT_THAT(result.error().message, HasSubstr("a:1: ")) << bad;
  }
  EXPECT_FALSE(read(good + "\n" + good + end));
  EXPECT_FALSE(read(end + good));
}

}  // namespace
}  // namespace tasks
