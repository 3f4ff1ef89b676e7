// Repeated requests: which record they repeat, and their answer (G3, ADR 19).
#include "ledger/repeat.h"

#include "msg/codec.h"
#include "tests/ledger/shop.h"
#include "tests/support/collide.h"

namespace ledger {
namespace {

using msg::Code;

// The record as a release without request_digest stored it.
KeyRecord without_digest(KeyRecord record) {
  record.digest.reset();
  return record;
}
// The record as a view of format 2 has it, which does not have the kind of a change either.
KeyRecord of_format_2(KeyRecord record) {
  record.change.reset();
  return without_digest(std::move(record));
}

class Repeat : public ::testing::Test, public Shop {
 protected:
  Repeat() {
    given(1, 5, 250);
    given(2, 7);
  }

  // Commits the command, and returns the record of its key.
  KeyRecord done(const Command& command) {
    when(command);
    commit();
    return std::get<KeyRecord>(when(outcome(key_of(command))));
  }
  bool repeats(const Command& command, const KeyRecord& record) { return is_repeat(command, record, items()); }
};

std::vector<Command> one_of_each() {
  return {buy("k", {line(1, 1)}), price("k", 1, 1), restock("k", 1, 1), add("k", {new_item(9)}), cancel("k", 1)};
}

TEST_F(Repeat, IsTheSameRequestAndNoOther) {
  auto commands = one_of_each();
  for (std::size_t i = 0; i < commands.size(); ++i) {
    Shop shop;
    shop.given(1, 5);
    shop.when(buy("an-order", {line(1, 1)}));
    shop.commit();
    shop.when(commands[i]);
    shop.commit();
    const auto record = std::get<KeyRecord>(shop.when(outcome("k")));
    for (std::size_t j = 0; j < commands.size(); ++j) {
      EXPECT_EQ(is_repeat(commands[j], record, shop.items()), i == j) << i << " " << j;
      EXPECT_EQ(is_repeat(commands[j], of_format_2(record), shop.items()), i == j) << i << " " << j;
    }
  }
}

// A record of one kind never answers a request of another kind, even if the digests agree.
TEST_F(Repeat, IsOfTheSameKindEvenIfTheDigestsAgree) {
  auto commands = one_of_each();
  for (std::size_t i = 0; i < commands.size(); ++i) {
    Shop shop;
    shop.given(1, 5);
    shop.when(buy("an-order", {line(1, 1)}));
    shop.commit();
    shop.when(commands[i]);
    shop.commit();
    auto record = std::get<KeyRecord>(shop.when(outcome("k")));
    for (std::size_t j = 0; j < commands.size(); ++j) {
      record.digest = request_digest(commands[j]);
      EXPECT_EQ(is_repeat(commands[j], record, shop.items()), i == j) << i << " " << j;
    }
  }
}

TEST_F(Repeat, IsOfTheSameShapeEvenIfTheDigestsAgree) {
  const auto same_digest = [&](const Command& command, KeyRecord record) {
    record.digest = request_digest(command);
    return repeats(command, record);
  };
  EXPECT_FALSE(same_digest(price("p", 2, 9), done(price("p", 1, 9))));
  EXPECT_FALSE(same_digest(restock("r", 2, 1), done(restock("r", 1, 1))));
  const auto three = done(add("a", {new_item({}), new_item({}), new_item({})}));  // 3, 4, 5
  EXPECT_FALSE(same_digest(add("a", {new_item(3)}), three));
  EXPECT_FALSE(same_digest(add("a", {new_item({}), new_item(5)}), three))
      << "what gets an id comes after the named ones";
  EXPECT_FALSE(same_digest(add("a", std::vector(6, new_item({}))), three)) << "there are no six ids up to 5";
  EXPECT_FALSE(same_digest(add("a", {new_item(base::ItemId::Rep(-1)), new_item({})}), three));
  EXPECT_TRUE(same_digest(add("a", std::vector(5, new_item({}))), three)) << "of this shape it could be";
}

// This pair once made one writer after another abort.
TEST_F(Repeat, ARestockIsNotAnsweredToAnAddWithItsShortDigest) {
  const auto moved = restock("k", 1, 1);
  const auto crafted = support::add_with_short_digest("k", short_digest(moved));
  ASSERT_EQ(short_digest(crafted), short_digest(moved));
  when(moved);
  refused(when(crafted), Code::kKeyReused);
  commit();
  refused(when(crafted), Code::kKeyReused);
  const auto record = done(moved);
  EXPECT_TRUE(repeats(moved, of_format_2(record)));
  EXPECT_FALSE(repeats(crafted, without_digest(record)));
  EXPECT_FALSE(repeats(crafted, of_format_2(record)));
}

// Format 2 does not tell a restock from an add, so the items of the add must exist with its titles.
TEST_F(Repeat, AnAddOfFormat2IsRepeatedOnlyIfItsItemsAreThere) {
  const auto moved = restock("k", 2, 1);
  const auto crafted = support::add_with_short_digest("k", short_digest(moved));
  EXPECT_FALSE(repeats(crafted, of_format_2(done(moved)))) << "items 1 and 2 have other titles";
  const auto added = add("a", {new_item({}), new_item({})});
  EXPECT_TRUE(repeats(added, of_format_2(done(added))));
}

TEST_F(Repeat, APriceIsAnsweredAsTheFirstTime) {
  const auto change = price("k", 1, 300);
  const auto record = done(change);
  const msg::ItemReply first{*items().find(base::ItemId(1)), happened_at(), base::Cents(250)};
  done(price("later", 1, 400));
  done(restock("later still", 1, 9));
  EXPECT_EQ(msg::encoded(answer_again(change, record, items())), msg::encoded(first));
}

TEST_F(Repeat, ACountIsAnsweredAsTheFirstTime) {
  const auto found = count("k", 1, 3);
  const auto record = done(found);
  done(restock("later", 1, 9));
  EXPECT_TRUE(repeats(found, record));
  EXPECT_FALSE(repeats(count("k", 1, 4), record));
  EXPECT_FALSE(repeats(restock("k", 1, 3), record)) << "the same numbers mean something else";
  const auto answer = answer_again(found, record, items());
  EXPECT_EQ(answer.item.stock, base::Quantity(3));
  EXPECT_EQ(answer.item.version, record.seq);
  EXPECT_TRUE(answer.at);
}

TEST_F(Repeat, ATransferIsAnsweredWithThePlacesOfThen) {
  msg::Transfer transfer{.key = "k", .item = base::ItemId(1), .quantity = base::Quantity(2), .to = "north"};
  transfer.opens = true;
  const auto record = done(transfer);
  done(restock("later", 1, 9));
  auto further = transfer;
  further.key = "further";
  done(further);
  EXPECT_TRUE(repeats(transfer, record));
  EXPECT_FALSE(repeats(restock("k", 1, 2), record)) << "the same numbers mean something else";
  const auto answer = answer_again(transfer, record, items());
  EXPECT_EQ(answer.item.places, (msg::Places{{"north", base::Quantity(2)}}));
  EXPECT_EQ(answer.item.version, record.seq);
  EXPECT_TRUE(answer.at);
}

TEST_F(Repeat, ARestockIsAnsweredAsTheFirstTime) {
  const auto change = restock("k", 1, 3);
  const auto record = done(change);
  const msg::ItemReply first{*items().find(base::ItemId(1)), happened_at(), {}};
  done(price("later", 1, 400));
  done(restock("later still", 1, 9));
  EXPECT_EQ(msg::encoded(answer_again(change, record, items())), msg::encoded(first));
}

TEST_F(Repeat, AnEditIsAnsweredAsTheFirstTime) {
  const auto change = retire("k", 1);
  const auto record = done(change);
  const msg::ItemReply first{*items().find(base::ItemId(1)), happened_at(), {}};
  EXPECT_EQ(first.item.retired, true);
  done(price("later", 1, 400));
  done(restock("later still", 1, 9));
  EXPECT_EQ(msg::encoded(answer_again(change, record, items())), msg::encoded(first));
  EXPECT_FALSE(repeats(retire("k", 2), record));
  EXPECT_FALSE(repeats(restock("k", 1, 1), record));
  EXPECT_FALSE(repeats(change, done(restock("k2", 1, 1))));
}

// The title and the topic of then are not kept.
TEST_F(Repeat, AfterAnEditAnEarlierChangeIsAnsweredWithTheItemAsItIsNow) {
  const auto change = price("k", 1, 300);
  const auto record = done(change);
  const auto edit = retitle("e", 1, "New");
  const auto of_edit = done(edit);
  const auto answer = answer_again(change, record, items());
  EXPECT_EQ(answer.item, *items().find(base::ItemId(1)));
  EXPECT_EQ(answer.item.title, "New");
  EXPECT_FALSE(answer.at || answer.was);
  EXPECT_TRUE(answer_again(edit, of_edit, items()).at);
  done(retire("r", 1));
  EXPECT_FALSE(answer_again(edit, of_edit, items()).at);
}

TEST_F(Repeat, AfterAnEditAnEarlierAddIsAnsweredWithTheItemsAsTheyAreNow) {
  const auto change = add("k", {new_item(40), new_item(41)});
  const auto record = done(change);
  done(retitle("e", 41, "New"));
  const auto answer = answer_again(change, record, items());
  ASSERT_EQ(answer.items.size(), 2U);
  EXPECT_EQ(answer.items[1], *items().find(base::ItemId(41)));
  EXPECT_FALSE(answer.at);
  EXPECT_TRUE(repeats(change, of_format_2(record))) << "the title of an edited item tells nothing";
}

TEST_F(Repeat, PiecesThatWereHeldAreShownAsTheFirstTime) {
  done(hold("h", {line(1, 2)}));
  const auto change = restock("k", 1, 3);
  const auto record = done(change);
  const msg::ItemReply first{*items().find(base::ItemId(1)), happened_at(), {}};
  EXPECT_EQ(first.item.held, base::Quantity(2));
  done(release("r", 1));
  const auto later = price("p", 1, 300);
  const auto later_record = done(later);
  done(hold("h2", {line(1, 1)}));
  EXPECT_EQ(msg::encoded(answer_again(change, record, items())), msg::encoded(first));
  EXPECT_FALSE(answer_again(later, later_record, items()).item.held);
}

TEST_F(Repeat, AnAddIsAnsweredAsTheFirstTime) {
  const auto change = add("k", {new_item({}, 3), new_item(40, 4), new_item({}, 5)});
  const auto record = done(change);
  msg::ItemsReply first{{}, {}, happened_at()};
  for (const std::uint64_t id : {41U, 40U, 42U}) first.items.push_back(*items().find(base::ItemId(id)));
  done(price("later", 41, 400));
  EXPECT_EQ(msg::encoded(answer_again(change, record, items())), msg::encoded(first));
}

TEST_F(Repeat, FieldsThatFormat2LacksAreShownAsTheyAreNow) {
  const auto change = restock("k", 1, 3);
  const auto record = of_format_2(done(change));
  done(restock("later", 1, 9));
  const auto answer = answer_again(change, record, items());
  EXPECT_EQ(answer.item, *items().find(base::ItemId(1)));
  EXPECT_FALSE(answer.at);
  const auto added = add("a", {new_item(8)});
  const auto of_add = of_format_2(done(added));
  done(restock("later still", 8, 1));
  const auto answers = answer_again(added, of_add, items());
  ASSERT_EQ(answers.items.size(), 1U);
  EXPECT_EQ(answers.items[0], *items().find(base::ItemId(8)));
  EXPECT_FALSE(answers.at);
}

}  // namespace
}  // namespace ledger
