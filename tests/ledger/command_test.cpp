#include "ledger/command.h"

#include "ledger/text.h"
#include "tests/ledger/shop.h"

namespace ledger {
namespace {

TEST(RequestDigest, TellsWhatIsAskedForNotUnderWhichKey) {
  EXPECT_EQ(request_digest(buy("a", {line(1, 2)})), request_digest(buy("b", {line(1, 2)})));
  EXPECT_EQ(request_digest(restock("a", 1, 2)), request_digest(restock("b", 1, 2)));
}

TEST(RequestDigest, DiffersWithEveryPartOfTheMeaning) {
  auto by_bob = buy("k", {line(1, 2)});
  by_bob.customer = "bob";
  auto with_reason = restock("k", 1, 2);
  with_reason.reason = "found";
  const std::set<std::uint64_t> digests{
      request_digest(buy("k", {line(1, 2)})),
      request_digest(buy("k", {line(2, 1)})),
      request_digest(buy("k", {line(1, 1), line(1, 1)})),
      request_digest(buy("k", {line(1, 2, 0)})),
      request_digest(sell("k", {line(1, 2)})),
      request_digest(by_bob),
      request_digest(add("k", {new_item(1)})),
      request_digest(add("k", {new_item({})})),
      request_digest(price("k", 1, 2)),
      request_digest(restock("k", 1, 2)),
      request_digest(with_reason),
  };
  EXPECT_EQ(digests.size(), 11U);
}

TEST(RequestDigest, AMissingTextMeansAnEmptyOne) {
  auto missing = buy("k", {line(1, 2)});
  missing.customer.reset();
  auto empty = missing;
  empty.customer = "";
  EXPECT_EQ(request_digest(missing), request_digest(empty));
}

// These values are stored beside keys: a change would refuse honest retries across an upgrade as `key_reused`.
TEST(RequestDigest, IsTheSameForEver) {
  EXPECT_EQ(request_digest(buy("k", {line(1, 2, 300)})), 5259636807553556816U);
  EXPECT_EQ(request_digest(add("k", {new_item(1), new_item({})})), 3684445328357738089U);
  EXPECT_EQ(request_digest(price("k", 1, 2)), 12751488248376797752U);
  EXPECT_EQ(request_digest(restock("k", 1, -2)), 2519035177385025228U);
}

TEST(ValidateList, RefusesWhatIsOutsideTheLimits) {
  const auto fault = [](msg::ListOrders list) { return validate(list).has_value(); };
  EXPECT_FALSE(fault({}));
  EXPECT_FALSE(fault({.customer = "ann", .after = base::OrderNo(3), .limit = msg::kPageMax}));
  EXPECT_TRUE(fault({.limit = 0}));
  EXPECT_TRUE(fault({.limit = msg::kPageMax + 1}));
  EXPECT_TRUE(fault({.customer = ""}));
  EXPECT_TRUE(fault({.customer = std::string(msg::kCustomerBytesMax + 1, 'c')}));
}

TEST(Text, AcceptsUtf8) {
  for (const auto* text : {"", "plain",
                           "Gr\xc3\xbc\xc3\x9f"
                           "e",
                           "\xe2\x82\xac", "\xf0\x9f\x90\x95", "\xef\xbf\xbd", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_FALSE(fault_of_text(text)) << text;
  }
}

TEST(Text, RefusesWhatIsNotUtf8) {
  for (const auto* text : {"\x80", "\xc3", "\xc0\xaf", "\xc1\x81", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf0\x80\x80\x80",
                           "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "a\xff", "\xe2\x28\xa1"}) {
    EXPECT_TRUE(fault_of_text(text)) << testing::PrintToString(text);
  }
}

TEST(Text, RefusesControlCharacters) {
  using namespace std::string_view_literals;
  for (const auto text : {"\0"sv, "a\nb"sv, "\x1b[31m"sv, "\x7f"sv, "\xc2\x80"sv, "\xc2\x9f"sv}) {
    EXPECT_TRUE(fault_of_text(text)) << testing::PrintToString(text);
  }
  EXPECT_FALSE(fault_of_text("\xc2\xa0"));
}

}  // namespace
}  // namespace ledger
