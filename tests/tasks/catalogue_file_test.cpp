#include "tasks/catalogue_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace {

const std::string kHead = "id,title,topic,price,stock\n";

base::Result<tasks::Catalogue> read(const std::string& text) {
  std::istringstream in(text);
  return tasks::read_catalogue(in, "toys.csv");
}

// Returns the error for a file with these rows.
std::string complaint(const std::string& rows, const std::string& head = kHead) {
  const auto catalogue = read(head + rows);
  return catalogue ? "" : catalogue.error().message;
}

TEST(CatalogueFile, ARowIsAnItem) {
  const auto catalogue = read(kHead + "3,\"Tux, the penguin\",toys,25.99,100\n");
  ASSERT_TRUE(catalogue) << catalogue.error().message;
  ASSERT_EQ(catalogue->items.size(), 1U);
  const auto& item = catalogue->items[0];
  EXPECT_EQ(item.id, base::ItemId(3));
  EXPECT_EQ(item.title, "Tux, the penguin");
  EXPECT_EQ(item.topic, "toys");
  EXPECT_EQ(item.price, base::Cents(2599));
  EXPECT_EQ(item.stock, base::Quantity(100));
}

// An import that was interrupted goes on with the keys that it used, also after an upgrade.
TEST(CatalogueFile, TheFingerprintOfAFileIsTheSameInEveryRelease) {
  EXPECT_EQ(read(kHead + "3,Tux,toys,25.99,100\n")->fingerprint, "e3c888f89d8389a1");
}

TEST(CatalogueFile, ColumnsComeInAnyOrderAndTheIdMayBeMissing) {
  const auto catalogue = read("stock,price,title,topic\n7,1.5,Uno,games\n");
  ASSERT_TRUE(catalogue) << catalogue.error().message;
  EXPECT_FALSE(catalogue->items.at(0).id);
  EXPECT_EQ(catalogue->items.at(0).stock, base::Quantity(7));
}

TEST(CatalogueFile, AByteOrderMarkIsNotPartOfAName) {
  const auto catalogue = read("\xef\xbb\xbf" + kHead + "3,Tux,toys,1,1\n");
  ASSERT_TRUE(catalogue) << catalogue.error().message;
  EXPECT_EQ(catalogue->items.at(0).id, base::ItemId(3));
}

TEST(CatalogueFile, TextsAreThoseThatAnExportHasMadeHarmless) {
  const auto catalogue = read(kHead + "1,'=1+1,'@x,1,1\n2,'Tis,,1,1\n3,\" \", ,1,1\n");
  ASSERT_TRUE(catalogue) << catalogue.error().message;
  EXPECT_EQ(catalogue->items.at(0).title, "=1+1");
  EXPECT_EQ(catalogue->items.at(0).topic, "@x");
  EXPECT_EQ(catalogue->items.at(1).title, "'Tis");
  EXPECT_EQ(catalogue->items.at(1).topic, "");
  EXPECT_EQ(catalogue->items.at(2).title, " ");
}

TEST(CatalogueFile, TheFingerprintDependsOnTheContentAlone) {
  const auto print = [](const std::string& text) { return read(text)->fingerprint; };
  const auto one = print(kHead + "1,Tux,toys,1,1\n");
  EXPECT_EQ(print(kHead + "1,\"Tux\",toys,1,1\r\n"), one);
  EXPECT_NE(print(kHead + "1,Tux,toys,1,2\n"), one);
  EXPECT_NE(print(kHead + "1,Tu,xtoys,1,1\n"), one);
  EXPECT_NE(print(kHead + "1,Tux,toys,1,1\n2,Uno,toys,1,1\n"), one);
}

std::string complaint_in(const tasks::Prices& prices, const std::string& row, const std::string& column = ",currency") {
  std::istringstream in("title,topic,price,stock" + column + "\nTux,toys," + row + "\n");
  const auto catalogue = tasks::read_catalogue(in, "toys.csv", prices);
  return catalogue ? "" : catalogue.error().message;
}

TEST(CatalogueFile, PricesAreInTheCurrencyOfTheStore) {
  const tasks::Prices yen{msg::Currency{"JPY", 0}, true};
  EXPECT_EQ(complaint_in(yen, "2500,1", ""), "");
  EXPECT_NE(complaint_in(yen, "25.00,1", ""), "");
  EXPECT_EQ(complaint_in(yen, "2500,1,JPY"), "");
  EXPECT_EQ(complaint_in(yen, "2500,1,"), "");
  EXPECT_EQ(complaint_in(yen, "25.00,1,EUR"), "toys.csv:2: currency: the price is in EUR, but the store has JPY");
  EXPECT_EQ(complaint_in({{}, true}, "25.00,1,EUR"),
            "toys.csv:2: currency: the price is in EUR, but the store has no currency");
}

TEST(CatalogueFile, WithoutAStoreARowSaysItselfInWhichCurrencyItIs) {
  EXPECT_EQ(complaint_in({}, "2.500,1,KWD"), "");
  EXPECT_NE(complaint_in({}, "2.500,1,EUR"), "");
  EXPECT_EQ(complaint_in({}, "2.50,1,EUT"), "toys.csv:2: currency: 'EUT' is not a currency");
}

// All the error paths.
TEST(CatalogueFile, ABadRowIsNamedWithItsLine) {
  EXPECT_EQ(complaint("1,Tux,toys,1,1\n\n2,Uno,toys,cheap,1\n").substr(0, 11), "toys.csv:4:");
}

TEST(CatalogueFile, AllFaultsOfARowAreNamed) {
  const std::string head = "id,title,topic,price,stock,retired,terms,places\n";
  EXPECT_EQ(complaint("x,,to\ttys,cheap,many,maybe,soon,annex\n2,Uno,toys,1,1,,,annex=2\n", head),
            "toys.csv:2: the title is empty\n"
            "toys.csv:2: the topic has a control character\n"
            "toys.csv:2: price: 'cheap' is not an amount: write 25 or 25.99\n"
            "toys.csv:2: stock: 'many' is not a number from 0 to 1000000000\n"
            "toys.csv:2: id: 'x' is not a number from 1 to 9007199254740991\n"
            "toys.csv:2: retired: 'maybe' is not yes, no or empty\n"
            "toys.csv:2: terms: 'soon' is none of per_order=N, per_customer=N, window=24h, from=TIME and until=TIME\n"
            "toys.csv:2: places: 'annex' is not PLACE=PIECES with 1 to 1000000000 pieces\n"
            "toys.csv:3: places: 2 pieces, but the stock is 1");
}

TEST(CatalogueFile, AFaultIsNotToldTwice) {
  const std::string head = "id,title,topic,price,stock,currency,retired,places\n";
  EXPECT_EQ(complaint("x,Tux,toys,1,1,,yes,\n2,Uno,toys,1,1,,,\n", head),
            "toys.csv:2: id: 'x' is not a number from 1 to 9007199254740991")
      << "the row has an id";
  EXPECT_EQ(complaint("1,Tux,toys,cheap,1,EUT,,\n", head), "toys.csv:2: currency: 'EUT' is not a currency");
  EXPECT_EQ(complaint("1,Tux,toys,1,x,,,annex=2\n", head),
            "toys.csv:2: stock: 'x' is not a number from 0 to 1000000000");
}

TEST(CatalogueFile, TheFirstTwentyFaultsAreNamedHoweverManyARowHas) {
  std::string rows;
  for (int i = 1; i <= 11; ++i) rows += "0,T,t,much,1\n";
  const auto lines = complaint(rows);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 20);
  EXPECT_EQ(lines.substr(lines.rfind('\n') + 1), "... and 2 more faults");
}

TEST(CatalogueFile, ARowThatTheStoreWouldRefuseIsRefused) {
  for (const std::string row :
       {"0,Tux,toys,1,1", "x,Tux,toys,1,1", "9007199254740992,Tux,toys,1,1", "1,,toys,1,1", "1,Tux,toys,-1,1",
        "1,Tux,toys,1.999,1", "1,Tux,toys,10000000.01,1", "1,Tux,toys,1,-1", "1,Tux,toys,1,1000000001", "1,Tux,toys,1,",
        "1,T\tux,toys,1,1", "1,T\xffux,toys,1,1", "1,T\xc2\x85ux,toys,1,1", "1,Tux,\"to\nys\",1,1",
        "1,T\u202eux,toys,1,1", "1,Tux,\u2066,1,1", "1,Tux,toys,1", "1,Tux,toys,1,1,1"}) {
    EXPECT_NE(complaint(row + "\n"), "") << row;
  }
  EXPECT_NE(complaint("1," + std::string(401, 'x') + ",toys,1,1\n"), "");
  EXPECT_NE(complaint("1,Tux," + std::string(101, 'x') + ",1,1\n"), "");
  EXPECT_EQ(complaint("1," + std::string(400, 'x') + "," + std::string(100, 'x') + ",1,1\n"), "");
}

TEST(CatalogueFile, AColumnThatNothingKnowsIsRefused) {
  EXPECT_EQ(
      complaint("1,A,t,1,1,yes\n", "id,title,topic,price,stock,Retired\n"),
      "toys.csv:1: there is no column 'Retired': the columns are attributes, currency, description, id, low, places, "
      "price, retired, stock, terms, title, topic, topics");
  EXPECT_EQ(complaint("A;t;1;1\n", "title;topic;price;stock\n"),
            "toys.csv:1: the first line has semicolons: separate the columns with commas");
}

TEST(CatalogueFile, ARowMayTellDescriptionTopicsAndAttributes) {
  const std::string head = "title,topic,price,stock,description,topics,attributes\n";
  const auto catalogue = read(head + "A,t,1,5,\"Two\r\nlines\",maps;a\\;b,colour=red;pages=214\nB,t,1,5,,,\n");
  ASSERT_TRUE(catalogue) << catalogue.error().message;
  EXPECT_EQ(catalogue->items[0].description, "Two\nlines");
  EXPECT_EQ(catalogue->items[0].topics, (msg::Topics{"maps", "a;b"}));
  EXPECT_EQ(catalogue->items[0].attributes, (msg::Attributes{{"colour", "red"}, {"pages", "214"}}));
  EXPECT_FALSE(catalogue->items[1].description || catalogue->items[1].topics || catalogue->items[1].attributes);
  EXPECT_TRUE(catalogue->tells_description && catalogue->tells_topics && catalogue->tells_attributes);
  EXPECT_FALSE(read(kHead + "1,A,t,1,1\n")->tells_topics);
  EXPECT_EQ(complaint("A,t,1,5,,maps;maps,\n", head), "toys.csv:2: topics[1]: comes twice");
  EXPECT_EQ(complaint("A,t,1,5,,;,\n", head), "toys.csv:2: topics[0]: 0 bytes, not 1 .. 100");
  EXPECT_EQ(complaint("A,t,1,5,,,red\n", head), "toys.csv:2: attributes: 'red' has no value: write NAME=VALUE");
  EXPECT_EQ(complaint("A,t,1,5,,,a=1;a=2\n", head), "toys.csv:2: attributes: 'a' comes twice");
  EXPECT_EQ(complaint("A,t,1,5,a\tb,,\n", head), "toys.csv:2: description: has a control character");
}

TEST(CatalogueFile, ARowMayTellTheThresholdOfItsItem) {
  const std::string head = "id,title,topic,price,stock,low\n";
  const auto catalogue = read(head + "1,A,t,1,5,3\n2,B,t,1,1,\n3,C,t,1,1,0\n");
  ASSERT_TRUE(catalogue) << catalogue.error().message;
  EXPECT_EQ(catalogue->low.at(base::ItemId(1)), base::Quantity(3));
  EXPECT_EQ(catalogue->low.at(base::ItemId(2)), std::nullopt);
  EXPECT_EQ(catalogue->low.at(base::ItemId(3)), base::Quantity(0));
  EXPECT_TRUE(read(kHead + "1,A,t,1,1\n")->low.empty());
  EXPECT_EQ(complaint("1,A,t,1,4,-1\n", head), "toys.csv:2: low: '-1' is not a number from 0 to 1000000000, or empty");
  EXPECT_EQ(complaint("A,t,1,1,1\n", "title,topic,price,stock,low\n"),
            "toys.csv:2: low: an item with a threshold needs an id");
}

TEST(CatalogueFile, ARowMayTellThePlacesOfItsItem) {
  const std::string head = "id,title,topic,price,stock,places\n";
  const auto catalogue = read(head + "1,A,t,1,5,north=3;annex=2\n2,B,t,1,1,\n");
  ASSERT_TRUE(catalogue) << catalogue.error().message;
  EXPECT_EQ(catalogue->places.at(base::ItemId(1)),
            (msg::Places{{"annex", base::Quantity(2)}, {"north", base::Quantity(3)}}));
  EXPECT_EQ(catalogue->places.at(base::ItemId(2)), std::nullopt);
  EXPECT_TRUE(read(kHead + "1,A,t,1,1\n")->places.empty());
  EXPECT_EQ(complaint("1,A,t,1,4,north=3;annex=2\n", head), "toys.csv:2: places: 5 pieces, but the stock is 4");
  EXPECT_EQ(complaint("1,A,t,1,4,main=3\n", head), "toys.csv:2: places[0].place: 'main' is not listed");
  EXPECT_EQ(complaint("1,A,t,1,4,north\n", head).substr(0, 19), "toys.csv:2: places:");
  EXPECT_EQ(complaint("A,t,1,1,north=1\n", "title,topic,price,stock,places\n"),
            "toys.csv:2: places: an item with pieces elsewhere needs an id");
}

TEST(CatalogueFile, ARowMaySayWhetherItsItemIsRetired) {
  const std::string head = "id,title,topic,price,stock,retired\n";
  const auto catalogue = read(head + "1,A,t,1,1,yes\n2,B,t,1,1,no\n3,C,t,1,1,\n");
  ASSERT_TRUE(catalogue) << catalogue.error().message;
  EXPECT_EQ(catalogue->retired, (std::map<base::ItemId, bool>{
                                    {base::ItemId(1), true}, {base::ItemId(2), false}, {base::ItemId(3), false}}));
  EXPECT_TRUE(read(kHead + "1,A,t,1,1\n")->retired.empty());
  EXPECT_EQ(complaint("1,A,t,1,1,maybe\n", head), "toys.csv:2: retired: 'maybe' is not yes, no or empty");
  EXPECT_EQ(complaint("A,t,1,1,yes\n", "title,topic,price,stock,retired\n"),
            "toys.csv:2: retired: a retired item needs an id");
}

TEST(CatalogueFile, ARowMayTellTheTermsOfItsItem) {
  const std::string head = "id,title,topic,price,stock,terms\n";
  const auto catalogue = read(head + "1,A,t,1,1,per_order=2\n2,B,t,1,1,\n");
  ASSERT_TRUE(catalogue) << catalogue.error().message;
  msg::Terms two;
  two.per_order = base::Quantity(2);
  EXPECT_EQ(catalogue->terms, (std::map<base::ItemId, msg::Terms>{{base::ItemId(1), two}, {base::ItemId(2), {}}}));
  EXPECT_TRUE(read(kHead + "1,A,t,1,1\n")->terms.empty());
  EXPECT_EQ(complaint("1,A,t,1,1,per_order=two\n", head),
            "toys.csv:2: terms: 'per_order=two' is not right: write per_order=N");
  EXPECT_EQ(complaint("1,A,t,1,1,per_order=2 per_order=3\n", head), "toys.csv:2: terms: per_order comes twice");
  EXPECT_EQ(complaint("1,A,t,1,1,window=1h\n", head),
            "toys.csv:2: terms: window: is there without per_customer, or the other way round");
  EXPECT_EQ(complaint("A,t,1,1,per_order=2\n", "title,topic,price,stock,terms\n"),
            "toys.csv:2: terms: an item with terms needs an id");
  EXPECT_EQ(complaint("A,t,1,1,\n", "title,topic,price,stock,terms\n"), "");
}

TEST(CatalogueFile, AnIdComesOnce) {
  EXPECT_EQ(complaint("1,Tux,toys,1,1\n2,Uno,toys,1,1\n1,Jenga,toys,1,1\n"), "toys.csv:4: id 1 comes twice");
}

TEST(CatalogueFile, EitherAllRowsHaveAnIdOrNone) {
  EXPECT_NE(complaint("1,Tux,toys,1,1\n,Uno,toys,1,1\n"), "");
  EXPECT_NE(complaint(",Tux,toys,1,1\n1,Uno,toys,1,1\n"), "");
  EXPECT_EQ(complaint(",Tux,toys,1,1\n,Uno,toys,1,1\n"), "");
}

TEST(CatalogueFile, TheFirstLineNamesTheColumns) {
  EXPECT_NE(complaint("Tux,toys,1\n", "title,topic,stock\n").find("'price'"), std::string::npos);
  EXPECT_EQ(complaint("Tux,toys,1\n", "title,topic,price\n"), "") << "import --update takes it";
  EXPECT_NE(complaint("1,Tux,Tux,toys,1,1\n", "id,title,title,topic,price,stock\n").find("twice"), std::string::npos);
  EXPECT_NE(complaint("", ""), "");
}

}  // namespace
