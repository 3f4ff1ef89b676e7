#include "msg/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "msg/field_types.h"
#include "tests/msg/examples.h"
#include "tests/msg/pack.h"

namespace {

using testing::HasSubstr;

template <class T>
bool is_optional([[maybe_unused]] const T& value, [[maybe_unused]] const std::string& name) {
  bool optional = false;
  if constexpr (std::is_same_v<T, msg::Event>) {
    if (name == "by" || name == "who") return true;
    return std::visit([&](const auto& what) { return is_optional(what, name); }, value.what);
  } else if constexpr (msg::HasFields<T>) {
    msg::for_each_field(value, [&](std::string_view each, const auto& member) {
      if (each == name) optional = msg::kIsOptional<std::decay_t<decltype(member)>>;
    });
  }
  return optional;
}

// Says why the bytes are not a T; nothing if they are.
template <class T>
std::string fault(const std::string& bytes) {
  const auto read = msg::decode<T>(bytes);
  return read ? "" : read.error().message;
}

// For every example of type T, calls check(name, value, its entries).
template <class Check>
void for_each_example(Check&& check) {
  examples::for_each([&](const std::string& name, const auto& value) {
    SCOPED_TRACE(name);
    check(value, pack::entries_of(msg::encoded(value)));
  });
}

// Every number of the value is 0, also in what it may contain.
template <class T>
void expect_zeros(const T& value, std::string_view name = "") {
  if constexpr (std::is_same_v<T, msg::Event>) {
    EXPECT_EQ(T().at, 0);
    std::visit([](const auto& what) { expect_zeros(std::decay_t<decltype(what)>()); }, value.what);
  } else if constexpr (msg::HasFields<T>) {
    msg::for_each_field(value, [](std::string_view field, const auto& member) { expect_zeros(member, field); });
  } else if constexpr (msg::kIsOptional<T> || msg::kIsVector<T>) {
    expect_zeros(typename T::value_type(), name);
  } else if constexpr (msg::StrongNumber<T> || std::is_arithmetic_v<T>) {
    EXPECT_TRUE(value == T() || name == "v") << name;
  }
}

TEST(Codec, AMessageIsMadeWithoutANumber) {
  for_each_example([](const auto& value, const auto&) {
    using T = std::decay_t<decltype(value)>;
    if constexpr (std::is_same_v<T, msg::Event>) {
      expect_zeros(value);
    } else {
      expect_zeros(T());
    }
  });
}

TEST(Codec, AWrittenMessageIsReadAgain) {
  for_each_example([](const auto& value, const auto&) {
    using T = std::decay_t<decltype(value)>;
    const auto bytes = msg::encoded(value);
    const auto read = msg::decode<T>(bytes);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(msg::encoded(*read), bytes);
  });
}

TEST(Codec, EqualValuesComeBack) {
  EXPECT_EQ(msg::decode<msg::Item>(msg::encoded(examples::item())).value(), examples::item());
  EXPECT_EQ(msg::decode<msg::Order>(msg::encoded(examples::order())).value(), examples::order());
  const auto comes_back = [](const std::string& name, const msg::Event& event) {
    EXPECT_EQ(msg::decode<msg::Event>(msg::encoded(event)).value(), event) << name;
  };
  examples::for_each_event(comes_back);
  examples::for_each_event_with_more(comes_back);
}

TEST(Codec, ExtremeNumbersComeBack) {
  msg::Item item = examples::item();
  item.id = base::ItemId(UINT64_MAX);
  item.price = base::Cents(INT64_MIN);
  item.stock = base::Quantity(INT64_MAX);
  EXPECT_EQ(msg::decode<msg::Item>(msg::encoded(item)).value(), item);
}

TEST(Codec, FieldsMayComeInAnyOrder) {
  for_each_example([](const auto& value, auto entries) {
    using T = std::decay_t<decltype(value)>;
    std::reverse(entries.begin(), entries.end());
    const auto read = msg::decode<T>(pack::map(entries));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(msg::encoded(*read), msg::encoded(value));
  });
}

TEST(Codec, UnknownFieldsAreIgnored) {
  for_each_example([](const auto& value, const auto& entries) {
    using T = std::decay_t<decltype(value)>;
    auto newer = pack::with(entries, "new", "\x81\xa1x\x93\x01\x02\xc0");
    newer.insert(newer.begin(), {pack::number(3), pack::nil()});  // the key is not even a name
    const auto read = msg::decode<T>(pack::map(newer));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(msg::encoded(*read), msg::encoded(value));
  });
}

TEST(Codec, AnOptionalFieldMayBeNil) {
  const auto read = msg::decode<msg::Lookup>(pack::map({{pack::text("item"), pack::nil()}})).value();
  EXPECT_FALSE(read.item);
}

TEST(Codec, NumbersMayComeInAnyWidth) {
  for (const std::string& two : {std::string("\x02"), std::string("\xcc\x02"), std::string("\xd1\x00\x02", 3),
                                 std::string("\xce\x00\x00\x00\x02", 5), pack::number(2)}) {
    EXPECT_EQ(msg::decode<msg::GetOrder>(pack::map({{pack::text("no"), two}})).value().no, base::OrderNo(2));
  }
}

TEST(Codec, SaysHowManyBytesItTookWhenMoreMayFollow) {
  for_each_example([](const auto& value, const auto&) {
    using T = std::decay_t<decltype(value)>;
    const auto bytes = msg::encoded(value);
    std::size_t used = 0;
    EXPECT_TRUE(msg::decode<T>(bytes + "more", &used));
    EXPECT_EQ(used, bytes.size());
  });
}

// --- strictness: each refusal names the field ---

TEST(CodecRefuses, AMissingField) {
  for_each_example([](const auto& value, const auto& entries) {
    using T = std::decay_t<decltype(value)>;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      auto fewer = entries;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
      const auto name = entries[i].first.substr(1);
      EXPECT_EQ(fault<T>(pack::map(fewer)).empty(), is_optional(value, name)) << name;
    }
  });
  EXPECT_EQ(fault<msg::GetOrder>("\x80"), "no: missing");
}

TEST(CodecRefuses, AWrongType) {
  for_each_example([](const auto& value, const auto& entries) {
    using T = std::decay_t<decltype(value)>;
    for (const auto& [key, was] : entries) {
      const auto name = key.substr(1);
      EXPECT_NE(fault<T>(pack::map(pack::with(entries, name, pack::one_and_a_half()))), "") << name;
      EXPECT_EQ(fault<T>(pack::map(pack::with(entries, name, pack::nil()))).empty(), is_optional(value, name)) << name;
    }
    for (const auto& other : {pack::nil(), pack::number(1), pack::text("x"), std::string("\x90"), std::string()}) {
      EXPECT_NE(fault<T>(other), "");
    }
  });
}

TEST(CodecRefuses, AWrongTypeInside) {
  const auto with_lines = [](const std::string& lines) {
    return fault<msg::PlaceOrder>(pack::map(
        {{pack::text("key"), pack::text("k")}, {pack::text("type"), pack::text("buy")}, {pack::text("lines"), lines}}));
  };
  EXPECT_EQ(with_lines("\x90"), "");
  EXPECT_EQ(with_lines("\x80"), "lines: expected an array");
  EXPECT_EQ(with_lines("\x91\x01"), "lines[0]: expected a map");
  EXPECT_EQ(with_lines("\x91\x80"), "lines[0].item: missing");
}

TEST(CodecRefuses, AFractionAndSaysThatPricesCountCents) {
  const auto item = pack::entries_of(msg::encoded(examples::item()));
  EXPECT_EQ(fault<msg::Item>(pack::map(pack::with(item, "stock", pack::one_and_a_half()))),
            "stock: expected an integer, not 1.5");
  EXPECT_EQ(fault<msg::Item>(pack::map(pack::with(item, "price", pack::one_and_a_half()))),
            "price: expected an integer, not 1.5: prices count the smallest unit of the currency, as cents");
  EXPECT_EQ(fault<msg::Item>(pack::map(pack::with(item, "price", pack::text("1.5")))), "price: expected an integer");
}

TEST(CodecRefuses, AMapOfTextsWithAnotherKeyOrATwin) {
  const auto with_attributes = [](const pack::Entries& attributes) {
    const auto entries = pack::entries_of(msg::encoded(examples::edit_of_details()));
    return fault<msg::EditItem>(pack::map(pack::with(entries, "attributes", pack::map(attributes))));
  };
  EXPECT_EQ(with_attributes({{pack::text("pages"), pack::text("214")}, {pack::text("size"), pack::nil()}}), "");
  EXPECT_EQ(with_attributes({{pack::text("pages"), pack::text("214")}, {pack::text("pages"), pack::nil()}}),
            "attributes: a name comes twice");
  EXPECT_EQ(with_attributes({{pack::number(1), pack::text("214")}}), "attributes: expected a string");
  EXPECT_EQ(with_attributes({{pack::text("pages"), pack::number(1)}}), "attributes: expected a string");
  const auto item = pack::entries_of(msg::encoded(examples::item_with_details()));
  const auto no_value = pack::map({{pack::text("pages"), pack::nil()}});
  EXPECT_EQ(fault<msg::Item>(pack::map(pack::with(item, "attributes", no_value))), "attributes: expected a string");
}

TEST(Codec, TheNamesOfAMapOfTextsRise) {
  const auto item = examples::item_with_details();
  const auto entries = pack::entries_of(msg::encoded(item));
  const auto turned = pack::map({{pack::text("signed"), pack::text("")}, {pack::text("pages"), pack::text("214")}});
  const auto read = msg::decode<msg::Item>(pack::map(pack::with(entries, "attributes", turned)));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(msg::encoded(*read), msg::encoded(item)) << "equal items have equal bytes";
}

TEST(CodecRefuses, BytesLeftOver) {
  for_each_example([](const auto& value, const auto&) {
    using T = std::decay_t<decltype(value)>;
    EXPECT_THAT(fault<T>(msg::encoded(value) + '\xc0'), HasSubstr("left over"));
  });
}

TEST(CodecRefuses, ANumberOutOfRange) {
  const auto search = [](const std::string& limit) {
    return fault<msg::Search>(pack::map({{pack::text("limit"), limit}}));
  };
  EXPECT_EQ(search(pack::number(UINT32_MAX)), "");
  EXPECT_EQ(search(pack::number(UINT32_MAX + std::uint64_t{1})), "limit: number too large");
  EXPECT_EQ(search(pack::minus_one()), "limit: number too small");
  const auto item = pack::entries_of(msg::encoded(examples::item()));
  EXPECT_EQ(fault<msg::Item>(pack::map(pack::with(item, "id", pack::minus_one()))), "id: number too small");
  EXPECT_EQ(fault<msg::Item>(pack::map(pack::with(item, "stock", pack::minus_one()))), "");
  EXPECT_EQ(fault<msg::Item>(pack::map(pack::with(item, "stock", pack::number(UINT64_MAX)))),
            "stock: number too large");
}

TEST(CodecRefuses, AnUnknownWord) {
  const auto order = pack::entries_of(msg::encoded(examples::order()));
  EXPECT_EQ(fault<msg::Order>(pack::map(pack::with(order, "type", pack::text("gift")))),
            "type: 'gift' is none of buy, sell");
  EXPECT_NE(fault<msg::Order>(pack::map(pack::with(order, "type", pack::text("")))), "");
  EXPECT_NE(fault<msg::Order>(pack::map(pack::with(order, "type", pack::text("BUY")))), "");
}

TEST(CodecRefuses, AnUnknownWordOfWhichItQuotesTheBeginning) {
  const std::string word = "0123456789abcdef0123456789abcdef";
  const auto order = pack::entries_of(msg::encoded(examples::order()));
  const auto long_word = "\xd9\x21" + word + "X";
  EXPECT_EQ(fault<msg::Order>(pack::map(pack::with(order, "type", long_word))),
            "type: '" + word + "' is none of buy, sell");
  const auto event = pack::entries_of(msg::encoded(msg::Event{1, msg::KeyVoided{"k"}}));
  EXPECT_EQ(fault<msg::Event>(pack::map(pack::with(event, "t", long_word))), "unknown event type '" + word + "'");
}

TEST(CodecRefuses, AnEventWithoutTypeVersionOrTime) {
  const auto event = pack::entries_of(msg::encoded(msg::Event{1, msg::KeyVoided{"k"}}));
  for (std::size_t i = 0; i < 3; ++i) {
    auto fewer = event;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_EQ(fault<msg::Event>(pack::map(fewer)), "an event needs t, v and at");
  }
}

TEST(CodecRefuses, AnEventOfUnknownTypeOrVersion) {
  const auto event = pack::entries_of(msg::encoded(msg::Event{1, msg::KeyVoided{"k"}}));
  EXPECT_EQ(fault<msg::Event>(pack::map(pack::with(event, "t", pack::text("moon_landed")))),
            "unknown event type 'moon_landed'");
  EXPECT_EQ(fault<msg::Event>(pack::map(pack::with(event, "v", pack::number(3)))),
            "event version 3 is newer than this program, which understands up to 2: use the pygmy that wrote it, or a "
            "newer one");
  EXPECT_EQ(fault<msg::Event>(pack::map(pack::with(event, "v", pack::number(2)))), "");
}

TEST(CodecRefuses, TextForBytesAndBytesForText) {
  EXPECT_NE(fault<msg::Outcome>(pack::map({{pack::text("key"), "\xc4\x01k"}})), "");
  const auto append = pack::entries_of(msg::encoded(msg::Append{}));
  EXPECT_EQ(fault<msg::Append>(pack::map(pack::with(append, "events", pack::text("x")))), "events: expected binary");
}

TEST(CodecRefuses, TextsAndListsThatAreTooLong) {
  const auto key_of = [](std::size_t size) {
    return fault<msg::Outcome>(msg::encoded(msg::Outcome{std::string(size, 'k')}));
  };
  EXPECT_EQ(key_of(64 * 1024), "");
  EXPECT_THAT(key_of(64 * 1024 + 1), HasSubstr("limits"));
  EXPECT_EQ(fault<msg::ItemsReply>(msg::encoded(msg::ItemsReply{std::vector<msg::Item>(4096), {}})), "");
  EXPECT_NE(fault<msg::ItemsReply>(msg::encoded(msg::ItemsReply{std::vector<msg::Item>(4097), {}})), "");
}

TEST(CodecRefuses, MoreFieldsOrBytesThanTheLimitAndExtensions) {
  const auto with_fields = [](std::size_t fields) {
    pack::Entries entries{{pack::text("key"), pack::text("k")}};
    while (entries.size() < fields) entries.emplace_back(pack::text(std::to_string(entries.size())), pack::nil());
    return fault<msg::Outcome>(pack::map(entries));
  };
  EXPECT_EQ(with_fields(64), "");
  EXPECT_THAT(with_fields(65), HasSubstr("limits"));
  const auto with_block = [](std::size_t bytes) {
    return fault<msg::EventsReply>(msg::encoded(msg::EventsReply{{{std::string(bytes, 'x')}}, {}}));
  };
  EXPECT_EQ(with_block(msg::kBlockBytesMax + 4096), "");
  EXPECT_THAT(with_block(msg::kBlockBytesMax + 4097), HasSubstr("limits"));
  const std::string extension("\xd4\x01\x00", 3);
  EXPECT_NE(fault<msg::Outcome>(pack::map({{pack::text("key"), pack::text("k")}, {pack::text("x"), extension}})), "");
}

TEST(CodecRefuses, ValuesThatAreNestedTooDeep) {
  for (const std::string nest : {"\x91", "\x81\x01"}) {
    const auto nested = [&](int depth) {
      std::string bytes;
      while (depth-- > 0) bytes += nest;
      return bytes + "\xc0";
    };
    EXPECT_TRUE(msg::skip_value(nested(10)));
    EXPECT_FALSE(msg::skip_value(nested(11)));
    const auto value = [&](int depth) {  // within the message's own map
      return fault<msg::Outcome>(pack::map({{pack::text("key"), pack::text("k")}, {pack::text("x"), nested(depth)}}));
    };
    EXPECT_EQ(value(9), "");
    EXPECT_NE(value(10), "");
  }
}

TEST(Codec, ValuesSideBySideAreNotDeep) {
  for (const char* empty : {"\x90", "\x80"}) {
    std::string bytes = "\x9f";
    for (int i = 0; i < 15; ++i) bytes += empty;
    ASSERT_TRUE(msg::skip_value(bytes));
    EXPECT_EQ(msg::skip_value(bytes)->size(), bytes.size());
  }
}

// Five bytes announce four gigabytes. They must be refused before anything is allocated, wherever they are.
TEST(CodecRefuses, ALengthBomb) {
  for (const char lead : {'\xdd', '\xdf', '\xdb', '\xc6', '\xc9'}) {
    const std::string bomb = lead + std::string(4, '\xff');
    EXPECT_NE(fault<msg::Header>(bomb), "");
    EXPECT_NE(fault<msg::Outcome>(pack::map({{pack::text("key"), bomb}})), "");
    EXPECT_NE(fault<msg::Outcome>(pack::map({{pack::text("key"), pack::text("k")}, {pack::text("x"), bomb}})), "");
    EXPECT_NE(fault<msg::EventsReply>(pack::map({{pack::text("blocks"), bomb}})), "");
    EXPECT_FALSE(msg::skip_value(bomb));
  }
}

TEST(CodecRefuses, ADepthBomb) {
  for (const auto* nest : {"\x91", "\x81\x01"}) {
    std::string bomb;
    for (int depth = 0; depth < 100'000; ++depth) bomb += nest;
    EXPECT_NE(fault<msg::Outcome>(pack::map({{pack::text("key"), pack::text("k")}, {pack::text("x"), bomb + "\x01"}})),
              "");
    EXPECT_FALSE(msg::skip_value(bomb + "\x01"));
  }
}

TEST(CodecRefuses, BytesThatAreCutOffAnywhere) {
  for_each_example([](const auto& value, const auto&) {
    using T = std::decay_t<decltype(value)>;
    const auto bytes = msg::encoded(value);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      ASSERT_NE(fault<T>(bytes.substr(0, size)), "") << size;
      ASSERT_FALSE(msg::skip_value(std::string_view(bytes).substr(0, size))) << size;
    }
  });
}

std::string mutated(std::string bytes, base::Random& random) {
  for (auto times = random.between(1, 4); times > 0; --times) {
    const auto where = random.below(bytes.size() + 1);
    switch (random.below(4)) {
      case 0:
        bytes.insert(where, 1, static_cast<char>(random.below(256)));
        break;
      case 1:
        bytes.erase(where, random.below(9));
        break;
      case 2:
        bytes.insert(where, bytes, random.below(bytes.size() + 1), random.below(9));
        break;
      default:
        if (where < bytes.size()) bytes[where] = static_cast<char>(random.below(256));
    }
  }
  return bytes;
}

// A mutated message is refused, or decoded into a value that can be encoded and decoded again. It never crashes the
// process; with sanitizers, no byte outside of it is read.
TEST(Codec, StandsMutations) {
  constexpr int kRounds = 500;  // for each of the 41 examples
  base::Random random(677);
  int read_all_the_same = 0;
  for_each_example([&](const auto& value, const auto&) {
    using T = std::decay_t<decltype(value)>;
    const auto bytes = msg::encoded(value);
    for (int round = 0; round < kRounds; ++round) {
      const auto read = msg::decode<T>(mutated(bytes, random));
      if (!read) continue;
      ++read_all_the_same;
      ASSERT_EQ(fault<T>(msg::encoded(*read)), "");
    }
  });
  EXPECT_GT(read_all_the_same, 500) << "the mutations never get past the first bytes";
}

}  // namespace
