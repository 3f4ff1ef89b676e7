// Events as JSON, their ids, and the pages of the stream that a store gives.
#include "json/events.h"

#include <gtest/gtest.h>

#include "msg/codec.h"

namespace json {
namespace {

TEST(Event, AnEventTellsItsFieldsAndNoInnerNumbers) {
  const msg::Event event{
      1700000000000, msg::OrderPlaced{.key = "k",
                                      .req = 5,
                                      .no = msg::OrderNo(1),
                                      .customer = "ann",
                                      .lines = {{msg::ItemId(2), msg::Quantity(1), msg::Cents(5), msg::Quantity(3)}},
                                      .digest = msg::Blob{"\xff"}}};
  EXPECT_EQ(to_text(msg::Seq(9), event),
            R"({"seq":9,"at":1700000000000,"type":"order_placed","key":"k","no":1,"order_type":"buy","customer":"ann",)"
            R"("lines":[{"item":2,"quantity":1,"price":5,"stock":3}],"total":0})");
}

TEST(Event, AnIncarnationAndAHashAreInnerNumbersToo) {
  EXPECT_EQ(to_text(msg::Seq(1), {5, msg::HolderJoined{"frontend-1", base::Incarnation(7)}}),
            R"({"seq":1,"at":5,"type":"holder_joined","holder":"frontend-1"})");
  msg::Event granted{5, msg::CredentialGranted{.key = "k",
                                               .req = 5,
                                               .hash = {"\xff"},
                                               .role = msg::ClientRole::kBuyer,
                                               .customer = "ann",
                                               .label = "till 1",
                                               .expires = 900}};
  granted.by = msg::Seq(3);
  EXPECT_EQ(to_text(msg::Seq(9), granted),
            R"({"seq":9,"at":5,"by":3,"type":"credential_granted","key":"k","role":"buyer","customer":"ann",)"
            R"("label":"till 1","expires":900})");
}

TEST(Event, AnActHasItsSubjectAndTheNameOfAKey) {
  EXPECT_EQ(to_text(msg::Seq(1), {5, msg::ActNoted{"k", 7, msg::Act::kTrim, "before seq 9", "operator", {}}}),
            R"({"seq":1,"at":5,"type":"act_noted","key":"k","act":"trim","subject":"before seq 9","who":"operator"})");
}

TEST(Event, AFieldThatIsMissingIsLeftOut) {
  EXPECT_EQ(to_text(msg::Seq(1), {5, msg::StoreCreated{"store-a"}}),
            R"({"seq":1,"at":5,"type":"store_created","store":"store-a"})");
  EXPECT_EQ(to_text(msg::Seq(1), {5, msg::StoreCreated{"store-a", msg::Currency{"EUR", 2}}}),
            R"({"seq":1,"at":5,"type":"store_created","store":"store-a","currency":{"code":"EUR","digits":2}})");
}

TEST(EventId, AnIdIsASeqAndATag) {
  EXPECT_EQ(event_id_of("12-0a1b2c3d"), (EventId{msg::Seq(12), "0a1b2c3d"}));
  EXPECT_EQ(event_id_of("12"), (EventId{msg::Seq(12), ""}));
  EXPECT_EQ((EventId{msg::Seq(12), "0a1b2c3d"}).text(), "12-0a1b2c3d");
  EXPECT_EQ(event_id_of("9223372036854775806"), (EventId{msg::Seq(9223372036854775806U), ""}));
  for (const char* wrong : {"", "-", "x", "12-", "-0a1b2c3d", "12-0a1b2c3", "12-0A1B2C3D", "12-0a1b2c3dd",
                            "12 -0a1b2c3d", "18446744073709551615", "9223372036854775807-0a1b2c3d", "-1"}) {
    EXPECT_FALSE(event_id_of(wrong)) << wrong;
  }
}

// --- pages ---

class PageTest : public testing::Test {
 protected:
  // Adds a block of so many events that voided a key.
  void add(std::uint32_t count) {
    msg::Block block;
    block.no = base::BlockNo(reply.blocks.size() + 1);
    block.first = next;
    block.count = count;
    block.prev.bytes = hashes.back();
    for (std::uint32_t i = 0; i < count; ++i, next = next.next()) {
      msg::encode(msg::Event{1, msg::KeyVoided{std::to_string(next.value())}}, block.events.bytes);
    }
    reply.blocks.push_back({msg::encode_block(block)});
    hashes.push_back(block.hash.bytes);
  }

  msg::Seq next{10};
  std::vector<msg::Hash> hashes{std::string(32, 'a')};
  msg::EventsReply reply;
};

TEST_F(PageTest, BeginsWithTheEventThatWasAskedFor) {
  add(2);
  add(1);
  const auto page = page_of(reply, msg::Seq(11));
  ASSERT_TRUE(page) << page.error().message;
  ASSERT_EQ(page->events.size(), 2U);
  EXPECT_EQ(page->events[0].id, (EventId{msg::Seq(11), short_hash(hashes[1])}));
  EXPECT_EQ(page->events[1].id, (EventId{msg::Seq(12), short_hash(hashes[2])}));
  EXPECT_EQ(std::get<msg::KeyVoided>(page->events[1].event.what).key, "12");
  EXPECT_EQ(page->begins, std::nullopt);
  EXPECT_EQ(page->first, msg::Seq(10));
  EXPECT_EQ(page->prev, hashes[0]);
  EXPECT_EQ(page->first_hash, hashes[1]);
  EXPECT_EQ(page->last_hash, hashes[2]);
}

TEST_F(PageTest, AfterATrimSaysWhereTheStreamBegins) {
  add(2);
  for (const auto from : {9U, 10U, 11U}) {
    const auto begins = from < 10 ? std::optional(msg::Seq(10)) : std::nullopt;
    const auto page = page_of(reply, msg::Seq(from));
    ASSERT_TRUE(page);
    EXPECT_EQ(page->begins, begins) << from;
    EXPECT_EQ(page->events.size(), from == 11 ? 1U : 2U);
    EXPECT_EQ(trimmed_to(reply, msg::Seq(from)), begins) << from;
  }
}

TEST_F(PageTest, OfNoBlocksIsEmpty) {
  const auto page = page_of(reply, msg::Seq(5));
  ASSERT_TRUE(page);
  EXPECT_TRUE(page->events.empty());
  EXPECT_FALSE(page->first);
  EXPECT_EQ(trimmed_to(reply, msg::Seq(5)), std::nullopt);
}

TEST_F(PageTest, ABlockThatCannotBeReadIsAnError) {
  add(1);
  reply.blocks[0].bytes[20] ^= 1;
  EXPECT_FALSE(page_of(reply, msg::Seq(10)));
  EXPECT_EQ(trimmed_to(reply, msg::Seq(1)), std::nullopt);
}

// --- parts of blocks ---

msg::EventsReply part(std::uint64_t first, std::uint32_t count, const std::vector<std::uint64_t>& shown) {
  msg::BlockPart part{msg::Seq(first), count, {std::string(32, 'p')}, {std::string(32, 'h')}, {}};
  for (const auto seq : shown) {
    part.events.push_back({msg::Seq(seq), {msg::encoded(msg::Event{1, msg::KeyVoided{std::to_string(seq)}})}});
  }
  return {{}, msg::Seq(100), {{part}}};
}

TEST(Parts, HaveAPlaceForEachEventThatIsNotShown) {
  const auto page = page_of(part(10, 4, {11, 13}), msg::Seq(11));
  ASSERT_TRUE(page) << page.error().message;
  ASSERT_EQ(page->events.size(), 3U);
  EXPECT_EQ(page->events[0].id, (EventId{msg::Seq(11), "68686868"}));
  EXPECT_EQ(std::get<msg::KeyVoided>(page->events[0].event.what).key, "11");
  EXPECT_FALSE(page->events[0].hidden);
  EXPECT_TRUE(page->events[1].hidden);
  EXPECT_EQ(std::get<msg::KeyVoided>(page->events[2].event.what).key, "13");
  EXPECT_EQ(page->first, msg::Seq(10));
  EXPECT_EQ(page->prev, std::string(32, 'p'));
  EXPECT_EQ(page->last_hash, std::string(32, 'h'));
  EXPECT_EQ(page_of(part(10, 4, {}), msg::Seq(5))->begins, msg::Seq(10));
}

TEST(Parts, AreNotTrusted) {
  EXPECT_FALSE(page_of(part(10, 4, {14}), msg::Seq(10))) << "a seq behind the block";
  EXPECT_FALSE(page_of(part(10, 4, {9}), msg::Seq(10))) << "a seq before the block";
  EXPECT_FALSE(page_of(part(10, 0xffffffff, {}), msg::Seq(10))) << "a block of billions of events";
  auto short_hash = part(10, 1, {});
  short_hash.parts->at(0).hash.bytes = "h";
  EXPECT_FALSE(page_of(short_hash, msg::Seq(10)));
  auto garbage = part(10, 1, {10});
  garbage.parts->at(0).events[0].event.bytes = "\xc1";
  EXPECT_FALSE(page_of(garbage, msg::Seq(10)));
}

TEST(ShortHash, IsTheFirstFourBytesInHexadecimalDigits) {
  EXPECT_EQ(short_hash(std::string("\x0a\xbc\x00\xff\x11", 5) + std::string(27, 'x')), "0abc00ff");
}

}  // namespace
}  // namespace json
