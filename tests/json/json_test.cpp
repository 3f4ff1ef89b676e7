// JSON to and from field tables.
#include "json/json.h"

#include <gmock/gmock.h>

#include "msg/requests.h"

namespace json {
namespace {

using testing::HasSubstr;

struct Movement {
  msg::Quantity delta;
  std::string reason;
  static constexpr auto fields() {
    return std::tuple(msg::field("delta", &Movement::delta), msg::field("reason", &Movement::reason));
  }
};
struct Order {
  std::optional<msg::OrderType> type;
  std::optional<std::string> customer;
  std::vector<msg::DemandLine> lines;
  static constexpr auto fields() {
    return std::tuple(msg::field("type", &Order::type), msg::field("customer", &Order::customer),
                      msg::field("lines", &Order::lines));
  }
};

std::string wrong(std::string_view text) {
  const auto body = from_text<Order>(text);
  return body ? "(nothing)" : body.error().message;
}

TEST(Json, ABooleanIsTrueOrFalse) {
  EXPECT_EQ(from_text<msg::Search>(R"({"retired":true})")->retired, true);
  EXPECT_EQ(from_text<msg::Search>(R"({"retired":false})")->retired, false);
}

TEST(Json, AnItemIsWrittenFieldByField) {
  const msg::Item item{msg::ItemId(2), "RPCs \"for\"\nDummies", "ds", msg::Cents(2499), msg::Quantity(-1), msg::Seq(8)};
  EXPECT_EQ(to_text(item),
            R"({"id":2,"title":"RPCs \"for\"\u000aDummies","topic":"ds","price":2499,"stock":-1,"version":8})");
}

TEST(Json, AMissingOptionalMemberIsLeftOut) {
  EXPECT_EQ(to_text(msg::ItemsReply{}), R"({"items":[]})");
  EXPECT_EQ(to_text(msg::ItemsReply{{}, msg::ItemId(4)}), R"({"items":[],"next":4})");
}

TEST(Json, AMapIsAnObjectOfAnyNames) {
  msg::Item item{msg::ItemId(2), "T", "t", msg::Cents(1), msg::Quantity(1), msg::Seq(8)};
  item.attributes = msg::Attributes{{"a \"name\"", "b"}, {"c", ""}};
  EXPECT_EQ(to_text(item), R"({"id":2,"title":"T","topic":"t","price":1,"stock":1,"version":8,)"
                           R"("attributes":{"a \"name\"":"b","c":""}})");
  const auto edit = from_text<msg::EditItem>(R"({"key":"k","item":1,"attributes":{"a":null,"b":"c"}})");
  ASSERT_TRUE(edit) << edit.error().message;
  EXPECT_EQ(edit->attributes, (msg::AttributeChanges{{"a", std::nullopt}, {"b", "c"}}));
  EXPECT_EQ(to_text(*edit), R"({"key":"k","item":1,"attributes":{"a":null,"b":"c"}})");
  const auto wrong = [](const char* attributes) {
    return from_text<msg::EditItem>(fmt::format(R"({{"key":"k","item":1,"attributes":{}}})", attributes))
        .error()
        .message;
  };
  EXPECT_EQ(wrong(R"({"a":1})"), "attributes.a: expected a string");
  EXPECT_EQ(wrong(R"({"a":"b","a":"c"})"), "a: given twice");
  EXPECT_EQ(wrong("[]"), "attributes: expected an object");
}

TEST(Json, BytesThatAreNoUtf8AreReplaced) {
  EXPECT_EQ(to_text(std::string("a\xff z\xc3\xa9")), "\"a\xef\xbf\xbd z\xc3\xa9\"");
  EXPECT_EQ(to_text(std::string("\xed\xa0\x80")), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");  // a surrogate
}

// The first and the last characters of each length, and those beside the surrogates.
TEST(Json, Utf8IsWrittenUnchanged) {
  for (const std::string text : {"\x20", "\x7e", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                                 "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_EQ(to_text(text), '"' + text + '"');
  }
}

// Texts one step beyond each of these, and characters that are cut off.
TEST(Json, EachByteThatIsNotUtf8IsReplaced) {
  for (const std::string text : {"\x80", "\xbf", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
                                 "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xc3", "\xe2\x82", "\xf0\x90\x80"}) {
    std::string replaced;
    for (std::size_t i = 0; i < text.size(); ++i) replaced += "\xef\xbf\xbd";
    EXPECT_EQ(to_text(text), '"' + replaced + '"');
  }
  EXPECT_EQ(to_text(std::string("\xe2(\xa1")), "\"\xef\xbf\xbd(\xef\xbf\xbd\"") << "the bytes after it stay";
}

TEST(Json, ControlCharactersAreEscaped) {
  EXPECT_EQ(to_text(std::string("\x1f\x7f \"\\", 5)), R"("\u001f\u007f \"\\")");
}

TEST(Json, AnOrderIsRead) {
  const auto body = from_text<Order>(R"( {"lines":[{"quantity":2,"item":1},{"item":3,"quantity":1,
      "price":250}],"customer":null,"type":"sell"} )");
  ASSERT_TRUE(body) << body.error().message;
  ASSERT_EQ(body->lines.size(), 2U);
  EXPECT_EQ(body->lines[0].item, msg::ItemId(1));
  EXPECT_EQ(body->lines[0].quantity, msg::Quantity(2));
  EXPECT_EQ(body->lines[1].price, msg::Cents(250));
  EXPECT_FALSE(body->customer);
  EXPECT_EQ(body->type, msg::OrderType::kSell);
}

TEST(Json, AWrittenValueIsReadAgain) {
  const Movement body{msg::Quantity(-3), "da\"m\\aged \xe2\x82\xac"};
  const auto again = from_text<Movement>(to_text(body));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->delta, body.delta);
  EXPECT_EQ(again->reason, body.reason);
}

// All error paths.

TEST(Json, ErrorsNameThePlace) {
  EXPECT_EQ(wrong(R"({"lines":[{"item":1,"quantity":2},{"item":1}]})"), "lines[1].quantity: missing");
  EXPECT_EQ(wrong(R"({"lines":[{"item":"1","quantity":2}]})"), "lines[0].item: expected an integer");
  EXPECT_EQ(from_text<msg::Search>(R"({"retired":1})").error().message, "retired: expected true or false");
  EXPECT_EQ(wrong(R"({"lines":{}})"), "lines: expected an array");
  EXPECT_EQ(wrong(R"({"lines":[],"customer":5})"), "customer: expected a string");
  EXPECT_EQ(wrong(R"({"lines":[],"type":"steal"})"), "type: expected buy or sell");
  EXPECT_EQ(wrong(R"({"lines":[3]})"), "lines[0]: expected an object");
}

TEST(Json, UnknownAndRepeatedMembersAreRefused) {
  EXPECT_EQ(wrong(R"({"lines":[],"key":"k"})"), "key: unknown field");
  EXPECT_EQ(wrong(R"({"lines":[],"lines":[]})"), "lines: given twice");
  EXPECT_EQ(wrong(R"({"lines":[{"item":1,"item":2,"quantity":1}]})"), "item: given twice");
}

TEST(Json, ErrorsAreShort) {
  const std::string name(10'000, 'x');
  EXPECT_EQ(wrong("{\"lines\":[],\"" + name + "\":1}"), name.substr(0, 64) + ": unknown field");
  EXPECT_EQ(wrong("{\"" + name + "\":1,\"" + name + "\":1}"), name.substr(0, 64) + ": given twice");
  EXPECT_LT(wrong("{\"lines\":" + std::string(10'000, '9') + "}").size(), 100U);
}

TEST(Json, NumbersMustFit) {
  EXPECT_EQ(wrong(R"({"lines":[{"item":-1,"quantity":1}]})"), "lines[0].item: the number is too small");
  EXPECT_EQ(wrong(R"({"lines":[{"item":1,"quantity":9223372036854775808}]})"),
            "lines[0].quantity: the number is too large");
  EXPECT_EQ(
      wrong(R"({"lines":[{"item":1,"price":49.95}]})"),
      "price: the number 49.95 is not an integer of 64 bits: prices count the smallest unit of the currency, as cents");
  EXPECT_EQ(wrong("1.5"),
            "the number 1.5 is not an integer of 64 bits: prices count the smallest unit of the currency, as cents");
  EXPECT_THAT(wrong(R"({"lines":[{"item":1,"quantity":1e2}]})"),
              HasSubstr("quantity: the number 1e2 is not an integer of 64 bits"));
  EXPECT_THAT(wrong(R"({"lines":[{"item":184467440737095516160,"quantity":1}]})"), HasSubstr("not an integer"));
}

TEST(Json, OnlyJson) {
  for (const char* text : {"", "{", "{]", "{\"lines\":[]} x", "{'lines':[]}", "nul", "{\"lines\":[],}", "\xff",
                           "{\"customer\":\"\xff\",\"lines\":[]}", "{\"customer\":\"\n\",\"lines\":[]}"}) {
    EXPECT_THAT(wrong(text), HasSubstr("not JSON")) << text;
  }
  EXPECT_EQ(wrong("[]"), "expected an object");
}

TEST(Json, DepthIsBounded) {
  EXPECT_EQ(wrong(std::string(100'000, '[')), "nested too deeply");
  EXPECT_TRUE(parse("[[[[[[[[[[1]]]]]]]]]]"));
  EXPECT_FALSE(parse("[[[[[[[[[[[1]]]]]]]]]]]"));
}

// A member is compared with all before it: 50,000 of them would block the server's only thread for seconds.
TEST(Json, ManyMembersOrElementsAreRefusedEarly) {
  const auto object_of = [](std::size_t members) {
    std::string text = "{";
    for (std::size_t i = 0; i < members; ++i) text += fmt::format("{}\"m{}\":1", i == 0 ? "" : ",", i);
    return text + "}";
  };
  EXPECT_TRUE(parse(object_of(kMembersMax)));
  EXPECT_EQ(wrong(object_of(kMembersMax + 1)), "the object has too many members");
  const auto array_of = [](std::size_t elements, std::string_view element) {
    return fmt::format("[{}]", fmt::join(std::vector<std::string_view>(elements, element), ","));
  };
  EXPECT_TRUE(parse(array_of(kElementsMax, "[]")));
  EXPECT_EQ(wrong(array_of(kElementsMax + 1, "1")), "the array has too many elements");
  EXPECT_EQ(wrong(array_of(kElementsMax + 1, "[]")), "the array has too many elements");
}

}  // namespace
}  // namespace json
