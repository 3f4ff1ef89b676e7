#include "ledger/command.h"

#include <functional>
#include <map>
#include <set>

#include "msg/field_types.h"
#include "tests/ledger/shop.h"
#include "tests/support/collide.h"

namespace ledger {
namespace {

std::string hex(const msg::Blob& blob) {
  std::string text;
  for (const char c : blob.bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

// Calls visit(name) for each change of `value`: one of its fields, at any depth, has another value or is missing.
template <class T>
void each_change(T& value, const std::string& name, const std::function<void(const std::string&)>& visit) {
  const auto was = value;
  const auto changed = [&](T now, const std::string& how) {
    value = std::move(now);
    visit(name + how);
    value = was;
  };
  if constexpr (std::is_same_v<T, std::string>) {
    changed(was + "x", "");
    changed("x" + was, "");
  } else if constexpr (std::is_same_v<T, msg::Blob>) {
    each_change(value.bytes, name, visit);
  } else if constexpr (std::is_same_v<T, bool>) {
    changed(!was, "");
  } else if constexpr (std::is_integral_v<T>) {
    changed(was + 1, "");
    changed(was + 256, "");
  } else if constexpr (std::is_enum_v<T>) {
    for (std::size_t i = 0; i < msg::kWordCount<T>; ++i) {
      if (static_cast<T>(i) != was) changed(static_cast<T>(i), "");
    }
  } else if constexpr (msg::StrongNumber<T>) {
    changed(T(was.value() + 1), "");
    changed(T(was.value() + 256), "");
  } else if constexpr (msg::kIsOptional<T>) {
    if (!value) return changed(typename T::value_type(), " there");
    each_change(*value, name, visit);
    changed(std::nullopt, " missing");
  } else if constexpr (msg::kIsVector<T>) {
    for (auto& element : value) each_change(element, name, visit);
    auto more = was;
    more.push_back(was.front());
    changed(std::move(more), " one more");
    changed({was.rbegin(), was.rend()}, " the other way round");
  } else if constexpr (msg::kIsMap<T>) {
    for (auto& [field, member] : value) each_change(member, name + "." + field, visit);
    auto other = was;
    other.erase(other.begin());
    changed(other, " one less");
    other["new"] = was.begin()->second;
    changed(std::move(other), " by another name");
  } else {
    msg::for_each_field(value, [&](std::string_view field, auto& member) {
      each_change(member, name + "." + std::string(field), visit);
    });
  }
}

template <class Request>
void expect_every_field_counts(Request request) {
  std::map<std::string, std::string> digests{{request_digest(request).bytes, "as it was"}};
  each_change(request, std::string(Request::kType), [&](const std::string& what) {
    const auto [other, is_new] = digests.emplace(request_digest(request).bytes, what);
    EXPECT_TRUE(is_new) << what << " has the digest of " << other->second;
  });
  EXPECT_GT(digests.size(), 4U);
}

msg::Terms some_terms() {
  return {base::Quantity(2), base::Quantity(1), 86'400'000, 1'700'000'000'000, 1'800'000'000'000};
}

msg::EditItem an_edit_of_details() {
  msg::EditItem edit{.key = "key-13", .item = base::ItemId(2)};
  edit.terms = msg::Terms{};
  edit.terms->per_order = base::Quantity(2);
  edit.rules = std::vector<std::string>{"per_order", "until"};
  edit.description = "A text";
  edit.topics = msg::Topics{"networks", "fun"};
  edit.attributes = msg::AttributeChanges{{"colour", std::nullopt}, {"pages", "214"}};
  edit.low = base::Quantity(4);
  return edit;
}

msg::Transfer a_transfer() {
  return {"key", base::ItemId(1), base::Quantity(2), "annex", "north", "nearer", base::Seq(3), true};
}

msg::Blob a_hash() { return {std::string(msg::kTokenHashBytes, 'a')}; }

TEST(RequestDigest, DiffersWithEveryField) {
  expect_every_field_counts(
      msg::PlaceOrder{"key", msg::OrderType::kBuy, "ann", {line(1, 2, 300), line(2, 3, 400), line(7, 70)}});
  expect_every_field_counts(msg::AddItems{"key", {new_item(1, 2, 3), new_item({}, 4, 5)}});
  expect_every_field_counts(msg::ChangePrice{"key", base::ItemId(1), base::Cents(2), base::Seq(3)});
  expect_every_field_counts(
      msg::Restock{"key", base::ItemId(1), base::Quantity(-2), "found", base::Seq(3), "north", true});
  expect_every_field_counts(
      msg::CountStock{"key", base::ItemId(1), base::Quantity(2), "found", base::Seq(3), "north", true});
  expect_every_field_counts(a_transfer());
  expect_every_field_counts(msg::EditItem{"key", base::ItemId(1), "T", "t", true, base::Seq(3), some_terms()});
  expect_every_field_counts(an_edit_of_details());
  auto detailed = new_item(1, 2, 3);
  detailed.description = "A text";
  detailed.topics = msg::Topics{"maps", "fun"};
  detailed.attributes = msg::Attributes{{"pages", "214"}, {"size", "b"}};
  expect_every_field_counts(msg::AddItems{"key", {detailed, new_item({}, 4, 5)}});
  EXPECT_NE(request_digest(retire("k", 1)), request_digest(retire("k", 1, false)));
  expect_every_field_counts(msg::Grant{"key", a_hash(), msg::ClientRole::kBuyer, "ann", "till 1", 200});
  expect_every_field_counts(msg::Note{"key", msg::Act::kTrim, "before seq 9"});
  expect_every_field_counts(hold("key", {line(1, 2, 300), line(2, 3)}));
  expect_every_field_counts(confirm("key", 7, Pieces{{1, 2}, {3, 4}}));
  EXPECT_NE(request_digest(extend("k", 7, 100)), request_digest(extend("k", 8, 100)));
  EXPECT_NE(request_digest(extend("k", 7, 100)), request_digest(extend("k", 7, 101)));
  EXPECT_NE(request_digest(release("k", 7)), request_digest(release("k", 8)));
  EXPECT_NE(request_digest(msg::Revoke{"k", base::Seq(7)}), request_digest(msg::Revoke{"k", base::Seq(8)}));
  EXPECT_NE(request_digest(msg::Revoke{"k", base::Seq(7)}), request_digest(msg::Revoke{"l", base::Seq(7)}));
  auto some = cancel("key", 7, Pieces{{1, 2}, {3, 4}});
  some.reason = "late";
  expect_every_field_counts(some);
}

TEST(RequestDigest, DiffersBetweenKindsWithTheSameFields) {
  EXPECT_NE(request_digest(price("k", 1, 2)), request_digest(restock("k", 1, 2)));
  EXPECT_NE(request_digest(count("k", 1, 2)), request_digest(restock("k", 1, 2)));
}

TEST(RequestDigest, AMissingTextMeansAnEmptyOne) {
  auto missing = buy("k", {line(1, 2)});
  missing.customer.reset();
  auto empty = missing;
  empty.customer = "";
  EXPECT_EQ(request_digest(missing), request_digest(empty));
  auto reason = restock("k", 1, 2);
  reason.reason = "";
  EXPECT_EQ(request_digest(reason), request_digest(restock("k", 1, 2)));
  auto counted = count("k", 1, 2);
  counted.reason = "";
  EXPECT_EQ(request_digest(counted), request_digest(count("k", 1, 2)));
  auto cancelled = cancel("k", 1);
  cancelled.reason = "";
  EXPECT_EQ(request_digest(cancelled), request_digest(cancel("k", 1)));
}

// These values are stored beside keys: if they changed, an upgrade would refuse honest retries as `key_reused`. They
// were computed independently from PROTOCOL 7: SHA-256 in Python over the bytes of Python's MessagePack.
TEST(RequestDigest, IsTheSameForEver) {
  auto reason = restock("k", 1, -2);
  reason.reason = "found";
  auto nobody = buy("k", {line(1, 2)});
  nobody.customer.reset();
  EXPECT_EQ(hex(request_digest(buy("k", {line(1, 2, 300)}))), "46e2f2259d6878e1edcb77b289fd814e");
  EXPECT_EQ(hex(request_digest(nobody)), "70e2fa656476d9c3c080fec1685cee95");
  EXPECT_EQ(hex(request_digest(add("k", {new_item(1), new_item({})}))), "9191accea8ec1d0a964cde4052b22692");
  EXPECT_EQ(hex(request_digest(price("k", 1, 2))), "392eb919e9e52e07d1214e6db07c909f");
  EXPECT_EQ(hex(request_digest(restock("k", 1, -2))), "4543cc32f465427aedea61a8404a230d");
  EXPECT_EQ(hex(request_digest(reason)), "a6f9d99a98284e699c8159942dcc6cfe");
  auto found = count("k", 1, 2, base::Seq(3));
  found.reason = "found";
  EXPECT_EQ(hex(request_digest(count("k", 1, 2))), "f7ba0d9ed29b4a64d87bb388dfdd7b7b");
  EXPECT_EQ(hex(request_digest(found)), "84bd897dd66399dea79187b94b36cb3f");
  EXPECT_EQ(hex(request_digest(a_transfer())), "1b0b730c2f737681e240c47d50a962ad");
  EXPECT_EQ(hex(request_digest(price("k", 1, 2, base::Seq(3)))), "9695c47ff6ae334e314e33a2ee99afd2");
  EXPECT_EQ(hex(request_digest(restock("k", 1, -2, base::Seq(3)))), "6dcd310fa2966d5992622df919f015fa");
  EXPECT_EQ(hex(request_digest(msg::Grant{"k", a_hash(), msg::ClientRole::kBuyer, "ann", "till 1", 200})),
            "4b05e4c19d3d83b2db74da0dab8a6408");
  EXPECT_EQ(hex(request_digest(msg::Grant{.key = "k", .hash = a_hash()})), "4867c25f2a528917b109b1ab2eb95004");
  EXPECT_EQ(hex(request_digest(msg::Revoke{"k", base::Seq(7)})), "90effd6596666081aa1ba3a02dbb644e");
  auto some = cancel("k", 1, Pieces{{1, 2}}, msg::CancelKind::kReturn);
  some.reason = "late";
  EXPECT_EQ(hex(request_digest(some)), "2323bbb30b32e65022ef415478b4f32b");
  EXPECT_EQ(hex(request_digest(cancel("k", 1))), "76ef1fc363f4d3907aa939c031ddd273");
  EXPECT_EQ(hex(request_digest(msg::Note{"k", msg::Act::kTrim, "before seq 9"})), "58bcff60a85067b17c878ab16d365c2c");
  EXPECT_EQ(hex(request_digest(hold("k", {line(1, 2, 300)}))), "d1941cc61386f09129cb5022eb269535");
  EXPECT_EQ(hex(request_digest(confirm("k", 7))), "6f7aa42108c5d0cf042c3b77459f7a8d");
  EXPECT_EQ(hex(request_digest(confirm("k", 7, Pieces{{1, 2}}))), "55a2def7ad9c157ce0b1792a4b761fa2");
  EXPECT_EQ(hex(request_digest(extend("k", 7))), "26105c0be5a6cb5611dfa91d29a2a26e");
  EXPECT_EQ(hex(request_digest(release("k", 7))), "6d8f8fcbad59138298564f386d628205");
  EXPECT_EQ(hex(request_digest(msg::EditItem{"k", base::ItemId(1), "T", "t", true, base::Seq(9)})),
            "bb5150e13b5d769173896e95a65fc2e1");
  EXPECT_EQ(hex(request_digest(retire("k", 1, false))), "8a9a9988a09f57f75234bce94f680972");
  EXPECT_EQ(hex(request_digest(set_terms("k", 1, some_terms()))), "043ce6f9460a2087bee8115a705a3797");
  EXPECT_EQ(hex(request_digest(set_terms("k", 1, {}))), "74006222c204efcdfc6678e641ead570");
  EXPECT_EQ(hex(request_digest(an_edit_of_details())), "345f0bf3f0ae2264108c634afe9b9041");
  auto narrow = subscribe("k", "till", 5);
  narrow.types = std::vector<std::string>{"order_placed"};
  EXPECT_EQ(hex(request_digest(narrow)), "3c02ab30e8bcaaf67a27abd26d365604");
  EXPECT_EQ(hex(request_digest(acknowledge("k", "till", 9))), "04b618acf366694397485de444fd2e03");
  EXPECT_EQ(hex(request_digest(unsubscribe("k", "till"))), "69d44b75c4261e354901a984326a9a4c");
}

TEST(RequestDigest, DiffersWhereTheShortOneIsTheSame) {
  const auto first = restock("k", 1, 1);
  const auto second = support::add_with_short_digest("k", short_digest(first));
  ASSERT_EQ(short_digest(second), short_digest(first));
  EXPECT_NE(request_digest(second), request_digest(first));
}

TEST(ShortDigest, TellsWhatIsAskedForNotUnderWhichKey) {
  EXPECT_EQ(short_digest(buy("a", {line(1, 2)})), short_digest(buy("b", {line(1, 2)})));
  EXPECT_EQ(short_digest(restock("a", 1, 2)), short_digest(restock("b", 1, 2)));
}

TEST(ShortDigest, DiffersWithEveryPartOfTheMeaning) {
  auto by_bob = buy("k", {line(1, 2)});
  by_bob.customer = "bob";
  auto with_reason = restock("k", 1, 2);
  with_reason.reason = "found";
  const std::set<std::uint64_t> digests{
      short_digest(buy("k", {line(1, 2)})),
      short_digest(buy("k", {line(2, 1)})),
      short_digest(buy("k", {line(1, 1), line(1, 1)})),
      short_digest(buy("k", {line(1, 2, 0)})),
      short_digest(sell("k", {line(1, 2)})),
      short_digest(by_bob),
      short_digest(add("k", {new_item(1)})),
      short_digest(add("k", {new_item({})})),
      short_digest(price("k", 1, 2)),
      short_digest(restock("k", 1, 2)),
      short_digest(with_reason),
  };
  EXPECT_EQ(digests.size(), 11U);
}

TEST(ShortDigest, AMissingTextMeansAnEmptyOne) {
  auto missing = buy("k", {line(1, 2)});
  missing.customer.reset();
  auto empty = missing;
  empty.customer = "";
  EXPECT_EQ(short_digest(missing), short_digest(empty));
}

// These values are stored beside keys: if they changed, an upgrade would refuse honest retries as `key_reused`.
TEST(ShortDigest, IsTheSameForEver) {
  EXPECT_EQ(short_digest(buy("k", {line(1, 2, 300)})), 5259636807553556816U);
  EXPECT_EQ(short_digest(add("k", {new_item(1), new_item({})})), 3684445328357738089U);
  EXPECT_EQ(short_digest(price("k", 1, 2)), 12751488248376797752U);
  EXPECT_EQ(short_digest(restock("k", 1, -2)), 2519035177385025228U);
  EXPECT_EQ(short_digest(price("k", 1, 2, base::Seq(3))), 5631902732087738355U);
  EXPECT_EQ(short_digest(restock("k", 1, -2, base::Seq(3))), 3365113704196175081U);
  EXPECT_EQ(short_digest(msg::Grant{.key = "k", .hash = a_hash()}), 3592366246588839472U);
  EXPECT_EQ(short_digest(msg::Revoke{"k", base::Seq(7)}), 3116763096878992355U);
  EXPECT_EQ(short_digest(msg::Note{"k", msg::Act::kTrim, "before seq 9"}), 11833209798384901207U);
  EXPECT_EQ(short_digest(hold("k", {line(1, 2, 300)})), 17431187149223811128U);
  EXPECT_EQ(short_digest(confirm("k", 7)), 14499576813202072044U);
  EXPECT_EQ(short_digest(extend("k", 7)), 2551846050729801635U);
  EXPECT_EQ(short_digest(release("k", 7)), 10844028036091490113U);
  EXPECT_EQ(short_digest(retire("k", 1)), 15896808418960037914U);
  EXPECT_EQ(short_digest(count("k", 1, 2)), 8927932038644220605U);
  EXPECT_EQ(short_digest(a_transfer()), 5229082311376246125U);
}

// A read of what cannot be there is refused, instead of finding nothing.
TEST(ValidateRead, RefusesWhatIsOutsideTheLimits) {
  const auto text = [](std::size_t bytes) { return std::string(bytes, 'x'); };
  const auto fault = [](const auto& read) { return validate(read).has_value(); };
  EXPECT_TRUE(fault(msg::Lookup{}));
  EXPECT_TRUE(fault(msg::Lookup{.item = base::ItemId(1), .title = "x"}));
  EXPECT_TRUE(fault(msg::Lookup{.item = base::ItemId(0)}));
  EXPECT_FALSE(fault(msg::Lookup{.item = base::ItemId(msg::kItemIdMax)}));
  EXPECT_TRUE(fault(msg::Lookup{.item = base::ItemId(msg::kItemIdMax + 1)}));
  EXPECT_TRUE(fault(msg::Lookup{.title = ""}));
  EXPECT_FALSE(fault(msg::Lookup{.title = text(msg::kTitleBytesMax)}));
  EXPECT_TRUE(fault(msg::Lookup{.title = text(msg::kTitleBytesMax + 1)}));
  EXPECT_TRUE(fault(msg::Lookup{.title = "a\nb"}));
  EXPECT_FALSE(fault(msg::Search{.topic = text(msg::kTopicBytesMax), .text = text(msg::kTextBytesMax)}));
  EXPECT_TRUE(fault(msg::Search{.topic = text(msg::kTopicBytesMax + 1)}));
  EXPECT_TRUE(fault(msg::Search{.text = text(msg::kTextBytesMax + 1)}));
  EXPECT_TRUE(fault(msg::Search{.text = "\xff"}));
  EXPECT_TRUE(fault(msg::Search{.limit = 0}));
  EXPECT_FALSE(fault(msg::Search{.limit = msg::kPageMax}));
  EXPECT_TRUE(fault(msg::Search{.limit = msg::kPageMax + 1}));
  EXPECT_TRUE(fault(msg::GetOrder{base::OrderNo(0)}));
  EXPECT_FALSE(fault(msg::GetOrder{base::OrderNo(1)}));
}

TEST(ValidateList, OfCredentialsHasTheLimitsOfAPage) {
  const auto fault = [](std::optional<std::uint32_t> limit) {
    return validate(msg::ListCredentials{.limit = limit}).has_value();
  };
  EXPECT_FALSE(fault({}));
  EXPECT_TRUE(fault(0));
  EXPECT_FALSE(fault(1));
  EXPECT_FALSE(fault(msg::kPageMax));
  EXPECT_TRUE(fault(msg::kPageMax + 1));
}

TEST(ValidateList, RefusesWhatIsOutsideTheLimits) {
  const auto fault = [](msg::ListOrders list) { return validate(list).has_value(); };
  EXPECT_FALSE(fault({}));
  EXPECT_FALSE(fault({.customer = "ann", .after = base::OrderNo(3), .limit = msg::kPageMax}));
  EXPECT_TRUE(fault({.limit = 0}));
  EXPECT_TRUE(fault({.limit = msg::kPageMax + 1}));
  EXPECT_TRUE(fault({.customer = ""}));
  EXPECT_TRUE(fault({.customer = std::string(msg::kCustomerBytesMax + 1, 'c')}));
  EXPECT_TRUE(fault({.customer = "a\xff"}));
}

}  // namespace
}  // namespace ledger
