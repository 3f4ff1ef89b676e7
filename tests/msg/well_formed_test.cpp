// The limits of events that are appended.
#include "msg/well_formed.h"

#include <gmock/gmock.h>

#include <set>

#include "base/time.h"
#include "msg/requests.h"

namespace {

using msg::Cents;
using msg::ItemId;
using msg::Quantity;

std::string fault(const decltype(msg::Event::what)& what) {
  return msg::fault_of_appended(msg::Event{1, what}).value_or("none");
}

msg::ItemsAdded items() {
  return {"k", 1, {{ItemId(1), "t", "", Cents(0), Quantity(0)}}, msg::Blob{std::string(16, 'd')}};
}
msg::PriceChanged price() { return {"k", 1, ItemId(1), Cents(msg::kPriceMaxCents), Cents(0), {}}; }
msg::ItemEdited edited() {
  return {"k", 1,     ItemId(1), std::string(msg::kTitleBytesMax, 't'), std::string(msg::kTopicBytesMax, 't'),
          "",  false, {}};
}
msg::StockMoved stock() { return {"k", 1, ItemId(msg::kItemIdMax), Quantity(-5), Quantity(0), "", {}}; }
msg::OrderPlaced order() {
  return {"k",
          1,
          msg::OrderNo(1),
          msg::OrderType::kSell,
          "ann",
          {{ItemId(1), Quantity(2), Cents(7), Quantity(3)}, {ItemId(2), Quantity(1), Cents(0), Quantity(0)}},
          Cents(14),
          {}};
}

msg::CredentialGranted granted(msg::ClientRole role = msg::ClientRole::kBuyer) {
  msg::CredentialGranted granted{"k", 1, {std::string(msg::kTokenHashBytes, 'h')}, role, "", "", 1, {}};
  if (role == msg::ClientRole::kBuyer) granted.customer = std::string(msg::kCustomerBytesMax, 'c');
  granted.label = std::string(msg::kLabelBytesMax, 'l');
  return granted;
}
msg::CredentialRevoked revoked() { return {"k", 1, msg::Seq(1), msg::Blob{std::string(32, 'd')}}; }
msg::OrderCancelled cancelled() {
  return {"k",
          1,
          msg::OrderNo(1),
          msg::CancelKind::kReturn,
          "ann",
          {{ItemId(1), Quantity(msg::kCancelledQuantityMax), Cents(7), Quantity(3)}},
          Cents(7 * msg::kCancelledQuantityMax),
          "late",
          {}};
}

msg::ActNoted noted() {
  return {"k", 1, msg::Act::kTrim, std::string(msg::kSubjectBytesMax, 's'), std::string(msg::kWhoBytesMax, 'w'), {}};
}

std::vector<msg::HoldLine> hold_lines() {
  return {{ItemId(1), Quantity(msg::kLineQuantityMax), Cents(7), Quantity(msg::kStockMax)}};
}
msg::HoldPlaced held() { return {"k", 1, msg::HoldNo(1), "ann", hold_lines(), 9, {}}; }
msg::HoldExtended extended() { return {"k", 1, msg::HoldNo(1), "ann", 9, 8, {}}; }
msg::HoldConfirmed confirmed() {
  return {"k",
          1,
          msg::HoldNo(1),
          msg::OrderNo(1),
          "ann",
          {{ItemId(1), Quantity(2), Cents(7), Quantity(3)}},
          Cents(14),
          hold_lines(),
          {}};
}
msg::HoldEnded ended() { return {"k", 1, msg::HoldNo(1), "ann", hold_lines(), {}}; }

msg::SubscriptionMade subscribed() {
  return {"k",
          1,
          std::string(msg::kSubscriptionNameBytesMax, 'n'),
          msg::Seq(1),
          std::vector<std::string>(msg::kSubscriptionTypesMax, std::string(msg::kEventTypeBytesMax, 't')),
          msg::kSubscriptionMsMax,
          {}};
}
msg::SubscriptionAcknowledged acknowledged() { return {"k", 1, "a.b_C-9", msg::Seq(7), msg::Seq(7), {}}; }
msg::SubscriptionEnded unsubscribed() { return {"k", 1, "n", {}}; }

template <class What, class Change>
std::string with(What what, const Change& change) {
  change(what);
  return fault(what);
}

TEST(WellFormed, EventsAtTheirLimitsPass) {
  EXPECT_EQ(fault(items()), "none");
  EXPECT_EQ(fault(price()), "none");
  EXPECT_EQ(fault(stock()), "none");
  EXPECT_EQ(with(stock(), [](auto& e) { e.counted = true; }), "none");
  EXPECT_EQ(with(stock(), [](auto& e) { e.counted = false; }), "counted: is false");
  EXPECT_EQ(fault(edited()), "none");
  EXPECT_EQ(fault(msg::ItemEdited{"k", 1, ItemId(1), {}, {}, {}, true, {}}), "none");
  EXPECT_EQ(fault(order()), "none");
  EXPECT_EQ(fault(cancelled()), "none");
  EXPECT_EQ(fault(msg::KeyVoided{std::string(msg::kKeyBytesMax, 'k')}), "none");
  EXPECT_EQ(fault(granted()), "none");
  EXPECT_EQ(with(granted(), [](auto& e) { e.customer = "c"; }), "none");
  EXPECT_EQ(fault(granted(msg::ClientRole::kAdmin)), "none");
  EXPECT_EQ(fault(revoked()), "none");
  EXPECT_EQ(fault(noted()), "none");
  EXPECT_EQ(fault(held()), "none");
  EXPECT_EQ(fault(extended()), "none");
  EXPECT_EQ(fault(confirmed()), "none");
  EXPECT_EQ(fault(ended()), "none");
  EXPECT_EQ(with(ended(), [](auto& e) { e.key.reset(); }), "none");
  EXPECT_EQ(with(noted(), [](auto& e) { e.who.reset(); }), "none");
}

TEST(WellFormed, EveryLimitOfASubscriptionIsChecked) {
  EXPECT_EQ(fault(subscribed()), "none");
  EXPECT_EQ(with(subscribed(), [](auto& e) { e.from.reset(), e.types.clear(); }), "none");
  EXPECT_EQ(fault(acknowledged()), "none");
  EXPECT_EQ(fault(unsubscribed()), "none");
  EXPECT_EQ(with(unsubscribed(), [](auto& e) { e.key.reset(); }), "none");
  EXPECT_EQ(with(subscribed(), [](auto& e) { e.key = ""; }), "key: 0 bytes, not 1 .. 64");
  EXPECT_EQ(with(subscribed(), [](auto& e) { e.name += 'n'; }), "name: 65 bytes, not 1 .. 64");
  EXPECT_EQ(with(subscribed(), [](auto& e) { e.name = "a b"; }), "name: is not of letters, digits, '.', '_' and '-'");
  EXPECT_EQ(with(subscribed(), [](auto& e) { e.from = msg::Seq(); }), "from: is 0");
  EXPECT_EQ(with(subscribed(), [](auto& e) { e.types.emplace_back("t"); }), "types: 33 is not within 1 .. 32");
  EXPECT_EQ(with(subscribed(), [](auto& e) { e.types[1] = ""; }), "types[1].type: 0 bytes, not 1 .. 64");
  EXPECT_EQ(with(subscribed(), [](auto& e) { e.ttl = 0; }), "ttl: 0 is not within 1 .. 31622400000");
  EXPECT_EQ(with(subscribed(), [](auto& e) { ++e.ttl; }), "ttl: 31622400001 is not within 1 .. 31622400000");
  EXPECT_EQ(with(acknowledged(), [](auto& e) { e.was = msg::Seq(8); }), "cursor: goes back");
  EXPECT_EQ(with(acknowledged(), [](auto& e) { e.name = ""; }), "name: 0 bytes, not 1 .. 64");
  EXPECT_EQ(with(unsubscribed(), [](auto& e) { e.name = "\xc3\xa9"; }).substr(0, 5), "name:");
  EXPECT_EQ(with(unsubscribed(), [](auto& e) { e.key = ""; }), "key: 0 bytes, not 1 .. 64");
}

TEST(WellFormed, TheBrokersOwnEventsCannotBeAppended) {
  for (const decltype(msg::Event::what)& what :
       {decltype(msg::Event::what)(msg::StoreCreated{"s", {}}), decltype(msg::Event::what)(msg::WriterAppointed{}),
        decltype(msg::Event::what)(msg::HolderJoined{}), decltype(msg::Event::what)(msg::HolderLeft{})}) {
    EXPECT_EQ(fault(what), "only the broker makes events of this type");
  }
}

TEST(WellFormed, EveryLimitOfAHoldIsChecked) {
  EXPECT_EQ(with(held(), [](auto& e) { e.key = ""; }), "key: 0 bytes, not 1 .. 64");
  EXPECT_EQ(with(held(), [](auto& e) { e.hold = {}; }), "hold: is 0");
  EXPECT_EQ(with(held(), [](auto& e) { e.customer.assign(129, 'c'); }), "customer: 129 bytes, not 0 .. 128");
  EXPECT_EQ(with(held(), [](auto& e) { e.lines.clear(); }), "lines: 0 is not within 1 .. 100");
  EXPECT_EQ(with(held(), [](auto& e) { e.lines[0].item = {}; }).substr(0, 14), "lines[0].item:");
  EXPECT_EQ(with(held(), [](auto& e) { e.lines[0].quantity = {}; }).substr(0, 18), "lines[0].quantity:");
  EXPECT_EQ(with(held(), [](auto& e) { e.lines[0].price = Cents(-1); }).substr(0, 15), "lines[0].price:");
  EXPECT_EQ(with(held(), [](auto& e) { e.lines[0].held = Quantity(-1); }).substr(0, 14), "lines[0].held:");
  EXPECT_EQ(with(held(), [](auto& e) { e.expires = -1; }).substr(0, 8), "expires:");
  EXPECT_EQ(with(extended(), [](auto& e) { e.hold = {}; }), "hold: is 0");
  EXPECT_EQ(with(extended(), [](auto& e) { e.expires = -1; }).substr(0, 8), "expires:");
  EXPECT_EQ(with(extended(), [](auto& e) { e.was = 10; }), "was: 10 is not within 0 .. 9");
  EXPECT_EQ(with(confirmed(), [](auto& e) { e.hold = {}; }), "hold: is 0");
  EXPECT_EQ(with(confirmed(), [](auto& e) { e.no = {}; }), "no: is 0");
  EXPECT_EQ(with(confirmed(), [](auto& e) { e.lines.clear(); }), "lines: 0 is not within 1 .. 100");
  EXPECT_EQ(with(confirmed(), [](auto& e) { e.ended.clear(); }), "ended: 0 is not within 1 .. 100");
  EXPECT_EQ(with(confirmed(), [](auto& e) { e.total = Cents(13); }), "total: 13 where the lines give 14");
  EXPECT_EQ(with(ended(), [](auto& e) { e.key = ""; }), "key: 0 bytes, not 1 .. 64");
  EXPECT_EQ(with(ended(), [](auto& e) { e.digest = msg::Blob{std::string(33, 'd')}; }),
            "digest: 33 is not within 1 .. 32");
  EXPECT_EQ(with(ended(), [](auto& e) { e.lines.clear(); }), "lines: 0 is not within 1 .. 100");
}

msg::Places at(std::string place, std::int64_t pieces) { return {{std::move(place), Quantity(pieces)}}; }

TEST(WellFormed, EveryLimitOfThePlacesOfAMovementIsChecked) {
  const auto of = [](msg::Places places) { return with(stock(), [&](auto& e) { e.places = places; }); };
  EXPECT_EQ(of(at(std::string(msg::kPlaceBytesMax, 'p'), -msg::kStockMax)), "none");
  EXPECT_EQ(of({{"a", Quantity(msg::kStockMax)}, {"b", Quantity(-1)}}), "none");
  EXPECT_EQ(of({}), "places: 0 is not within 1 .. 64");
  EXPECT_EQ(of({{"a", Quantity(1)}, {"b", Quantity(1)}, {"c", Quantity(1)}}), "places: 3 of them move");
  EXPECT_EQ(of(at("", 1)), "places[0].place: 0 bytes, not 1 .. 64");
  EXPECT_EQ(of(at("a\nb", 1)).substr(0, 16), "places[0].place:");
  EXPECT_EQ(of(at("main", 1)), "places[0].place: 'main' is not listed");
  EXPECT_EQ(of({{"b", Quantity(1)}, {"b", Quantity(1)}}), "places[1].place: is not after the one before");
  EXPECT_EQ(of(at("a", msg::kStockMax + 1)).substr(0, 17), "places[0].pieces:");
  EXPECT_EQ(of(at("a", 0)), "places: one of them does not move");
  const auto counted = [](msg::Places places, std::int64_t found) {
    return with(stock(), [&](auto& e) { e.counted = true, e.places = places, e.found = Quantity(found); });
  };
  EXPECT_EQ(counted(at("a", 0), msg::kStockMax), "none");
  EXPECT_EQ(counted(at("a", 1), -1).substr(0, 6), "found:");
  EXPECT_EQ(counted({{"a", Quantity(1)}, {"b", Quantity(1)}}, 1), "places: 2 of them move");
  EXPECT_EQ(with(stock(), [](auto& e) { e.found = Quantity(1); }), "found: is there without counted");
  EXPECT_EQ(with(stock(), [](auto& e) { e.opened = true, e.places = at("a", 1); }), "none");
  EXPECT_EQ(with(stock(), [](auto& e) { e.opened = true; }), "opened: is false, or no place is named");
  EXPECT_EQ(with(stock(), [](auto& e) { e.opened = false, e.places = at("a", 1); }),
            "opened: is false, or no place is named");
}

TEST(WellFormed, EveryLimitOfThePlacesOfALineIsChecked) {
  const auto of = [](msg::Places places) { return with(confirmed(), [&](auto& e) { e.lines[0].places = places; }); };
  EXPECT_EQ(of({{"a", Quantity(1)}, {"b", Quantity(1)}}), "none");
  EXPECT_EQ(of({{"a", Quantity(1)}, {"b", Quantity(2)}}), "lines[0].places: 3 of 2 pieces");
  EXPECT_EQ(of(at("a", 0)), "lines[0].places[0].pieces: 0 is not within 1 .. 1000000000");
  EXPECT_EQ(of(at("main", 1)), "lines[0].places[0].place: 'main' is not listed");
  msg::Places many;
  for (std::size_t i = 0; i <= msg::kPlacesMax; ++i) many.push_back({fmt::format("p{:02}", i), Quantity(1)});
  EXPECT_EQ(of(many), "lines[0].places: 65 is not within 1 .. 64");
  many.pop_back();
  const msg::OrderLine line{ItemId(1), Quantity(100), Cents(0), Quantity(0), many};
  const auto lines = [&](auto what, std::size_t count) {
    what.lines.assign(count, line);
    what.total = {};
    return fault(what);
  };
  EXPECT_EQ(lines(order(), 15), "none");
  EXPECT_EQ(lines(order(), 16), "places: 1024 in all lines");
  EXPECT_EQ(lines(cancelled(), 16), "places: 1024 in all lines");
  EXPECT_EQ(lines(confirmed(), 16), "places: 1024 in all lines");
}

TEST(WellFormed, EveryLimitOfAnEditIsChecked) {
  EXPECT_EQ(with(edited(), [](auto& e) { e.key = ""; }), "key: 0 bytes, not 1 .. 64");
  EXPECT_EQ(with(edited(), [](auto& e) { e.item = {}; }).substr(0, 5), "item:");
  EXPECT_EQ(with(edited(), [](auto& e) { e.title = ""; }), "title: 0 bytes, not 1 .. 400");
  EXPECT_EQ(with(edited(), [](auto& e) { e.title->push_back('t'); }), "title: 401 bytes, not 1 .. 400");
  EXPECT_EQ(with(edited(), [](auto& e) { e.topic->push_back('t'); }), "topic: 101 bytes, not 0 .. 100");
  EXPECT_EQ(with(edited(), [](auto& e) { e.topic_was->assign(101, 't'); }), "topic_was: 101 bytes, not 0 .. 100");
  EXPECT_EQ(with(edited(), [](auto& e) { e.topic.reset(); }),
            "topic_was: is there without topic, or the other way round");
  EXPECT_EQ(with(edited(), [](auto& e) { e.topic_was.reset(); }),
            "topic_was: is there without topic, or the other way round");
  EXPECT_EQ(fault(msg::ItemEdited{"k", 1, ItemId(1), {}, {}, {}, {}, {}}), "changes nothing");
}

TEST(WellFormed, EveryLimitOfDetailsIsChecked) {
  const auto of = [](auto change) {
    msg::ItemEdited edited{.key = "k", .item = ItemId(1)};
    change(edited);
    if (edited.topics && !edited.topics_was) edited.topics_was.emplace();
    return fault(edited);
  };
  EXPECT_EQ(of([](auto& e) { e.description = ""; }), "none") << "it removes the description";
  EXPECT_EQ(of([](auto& e) { e.description = "a\nb"; }), "none");
  EXPECT_EQ(of([](auto& e) { e.description = "a\rb"; }), "description: has a control character");
  EXPECT_EQ(of([](auto& e) { e.description = std::string(4097, 'd'); }), "description: 4097 bytes, at most 4096");
  EXPECT_EQ(of([](auto& e) { e.topics.emplace(); }), "none");
  EXPECT_EQ(of([](auto& e) { e.topics = msg::Topics(8, "t"); }), "topics: 8 besides the first one, at most 7");
  EXPECT_EQ(of([](auto& e) { e.topics = msg::Topics{"t", "t"}; }), "topics[1]: comes twice");
  EXPECT_EQ(of([](auto& e) { e.topics = msg::Topics{"a\nb"}; }), "topics[0]: has a control character");
  EXPECT_EQ(of([](auto& e) { e.topics_was.emplace(); }), "topics_was: is there without topics, or the other way round");
  EXPECT_EQ(of([](auto& e) { e.attributes.emplace(); }), "none");
  EXPECT_EQ(of([](auto& e) {
              e.attributes.emplace();
              for (int i = 0; i < 33; ++i) (*e.attributes)[std::to_string(i)] = "v";
            }),
            "attributes: 33 of them, at most 32");
  EXPECT_EQ(of([](auto& e) {
              e.attributes = msg::Attributes{{std::string(65, 'n'), "v"}};
            }),
            "attributes: a name: 65 bytes, not 1 .. 64");
  EXPECT_EQ(of([](auto& e) {
              e.attributes = msg::Attributes{{"n", "a\nb"}};
            }),
            "attributes.n: has a control character");
  EXPECT_EQ(of([](auto&) {}), "changes nothing");
}

TEST(WellFormed, AnEditChangesSomethingIfItNamesAnyOfItsFields) {
  const std::set<std::string_view> conditions{"key", "item", "version", "rules"};
  const msg::EditItem none;
  msg::for_each_field(none, [&](std::string_view name, const auto&) {
    msg::EditItem edit;
    msg::for_each_field(edit, [&](std::string_view other, auto& value) {
      if constexpr (requires { value.emplace(); }) {
        if (other == name) value.emplace();
      }
    });
    EXPECT_EQ(msg::changes_something(edit), !conditions.contains(name)) << name;
  });
}

TEST(WellFormed, ALevelFitsItsThreshold) {
  EXPECT_EQ(fault(msg::StockLow{ItemId(1), Quantity(0), Quantity(0)}), "none");
  EXPECT_EQ(fault(msg::StockLow{ItemId(1), Quantity(3), Quantity(2)}), "available: is above low");
  EXPECT_EQ(fault(msg::StockLow{ItemId(0), Quantity(0), Quantity(0)}).substr(0, 5), "item:");
  EXPECT_EQ(fault(msg::StockLow{ItemId(1), Quantity(-1), Quantity(0)}).substr(0, 10), "available:");
  EXPECT_EQ(fault(msg::StockOk{ItemId(1), Quantity(3), Quantity(2)}), "none");
  EXPECT_EQ(fault(msg::StockOk{ItemId(1), Quantity(3), {}}), "none");
  EXPECT_EQ(fault(msg::StockOk{ItemId(1), Quantity(2), Quantity(2)}), "available: is not above low");
  EXPECT_EQ(fault(msg::StockOk{ItemId(1), Quantity(3), Quantity(-1)}).substr(0, 4), "low:");
  const auto edited = [](std::int64_t low) {
    return fault(msg::ItemEdited{.key = "k", .item = ItemId(1), .low = Quantity(low)});
  };
  EXPECT_EQ(edited(-1), "none") << "it removes the threshold";
  EXPECT_EQ(edited(-2).substr(0, 4), "low:");
  EXPECT_EQ(edited(msg::kStockMax), "none");
  EXPECT_EQ(edited(msg::kStockMax + 1).substr(0, 4), "low:");
}

TEST(WellFormed, AnAddedItemHasNoEmptyDetails) {
  const auto of = [](auto change) {
    msg::ItemAdded item{ItemId(1), "T", "t", base::Cents(1), Quantity(1)};
    change(item);
    return fault(msg::ItemsAdded{"k", 1, {item}, {}});
  };
  EXPECT_EQ(of([](auto& i) { i.topics = msg::Topics{"maps"}; }), "none");
  for (const auto& why : {of([](auto& i) { i.description = ""; }), of([](auto& i) { i.topics.emplace(); }),
                          of([](auto& i) { i.attributes.emplace(); })}) {
    EXPECT_EQ(why, "items[0].description, topics or attributes: is empty");
  }
  EXPECT_EQ(of([](auto& i) { i.description = "\xff"; }), "items[0].description: is not valid UTF-8");
}

TEST(WellFormed, EveryLimitOfTermsIsChecked) {
  const auto of = [](const msg::Terms& terms) {
    return fault(msg::ItemEdited{"k", 1, ItemId(1), {}, {}, {}, {}, {}, terms});
  };
  const msg::Terms all{Quantity(1), Quantity(msg::kLineQuantityMax), msg::kTermsWindowMsMax, 1, base::kWallMax};
  const auto changed = [&](auto change) {
    auto terms = all;
    change(terms);
    return of(terms);
  };
  EXPECT_EQ(of(all), "none");
  EXPECT_EQ(of({}), "none") << "it removes all terms";
  EXPECT_EQ(changed([](auto& t) { t.per_order = Quantity(0); }), "terms.per_order: 0 is not within 1 .. 1000000");
  EXPECT_EQ(changed([](auto& t) { t.per_customer = Quantity(1'000'001); }),
            "terms.per_customer: 1000001 is not within 1 .. 1000000");
  EXPECT_EQ(changed([](auto& t) { ++*t.window; }).substr(0, 13), "terms.window:");
  EXPECT_EQ(changed([](auto& t) { t.window = 0; }).substr(0, 13), "terms.window:");
  EXPECT_EQ(changed([](auto& t) { t.window.reset(); }),
            "terms.window: is there without per_customer, or the other way round");
  EXPECT_EQ(changed([](auto& t) { t.per_customer.reset(); }),
            "terms.window: is there without per_customer, or the other way round");
  EXPECT_EQ(changed([](auto& t) { t.from = 0; }).substr(0, 11), "terms.from:");
  EXPECT_EQ(changed([](auto& t) { ++*t.until; }).substr(0, 12), "terms.until:");
  EXPECT_EQ(changed([](auto& t) { t.until = 1; }), "terms.until: is not after from");
}

TEST(WellFormed, EveryLimitIsChecked) {
  EXPECT_EQ(with(items(), [](auto& e) { e.key = ""; }), "key: 0 bytes, not 1 .. 64");
  EXPECT_EQ(with(items(), [](auto& e) { e.key = "a\nb"; }).substr(0, 5), "key: ");
  EXPECT_EQ(with(items(), [](auto& e) { e.digest->bytes.assign(33, 'd'); }), "digest: 33 is not within 1 .. 32");
  EXPECT_EQ(with(items(), [](auto& e) { e.items.clear(); }), "items: 0 is not within 1 .. 256");
  EXPECT_EQ(with(items(), [](auto& e) { e.items.resize(257, e.items[0]); }), "items: 257 is not within 1 .. 256");
  EXPECT_EQ(with(items(), [](auto& e) { e.items[0].id = ItemId(0); }).substr(0, 15), "items[0].id: 0 ");
  EXPECT_EQ(with(items(), [](auto& e) { e.items[0].title = ""; }), "items[0].title: 0 bytes, not 1 .. 400");
  EXPECT_EQ(with(items(), [](auto& e) { e.items[0].topic.assign(101, 't'); }),
            "items[0].topic: 101 bytes, not 0 .. 100");
  EXPECT_EQ(with(items(), [](auto& e) { e.items[0].stock = Quantity(-1); }),
            "items[0].stock: -1 is not within 0 .. 1000000000");
  EXPECT_EQ(with(items(), [](auto& e) { e.items[0].price = Cents(-1); }),
            "items[0].price: -1 is not within 0 .. 1000000000");
  EXPECT_EQ(with(price(), [](auto& e) { e.key = ""; }), "key: 0 bytes, not 1 .. 64");
  EXPECT_EQ(with(price(), [](auto& e) { e.item = ItemId(msg::kItemIdMax + 1); }).substr(0, 5), "item:");
  EXPECT_EQ(with(price(), [](auto& e) { e.price = Cents(msg::kPriceMaxCents + 1); }).substr(0, 6), "price:");
  EXPECT_EQ(with(price(), [](auto& e) { e.was = Cents(-1); }).substr(0, 4), "was:");
  EXPECT_EQ(with(stock(), [](auto& e) { e.key = ""; }), "key: 0 bytes, not 1 .. 64");
  EXPECT_EQ(with(stock(), [](auto& e) { e.item = ItemId(0); }).substr(0, 5), "item:");
  EXPECT_EQ(with(stock(), [](auto& e) { e.delta = Quantity(msg::kStockMax + 1); }).substr(0, 6), "delta:");
  EXPECT_EQ(with(stock(), [](auto& e) { e.stock = Quantity(-1); }).substr(0, 6), "stock:");
  EXPECT_EQ(with(stock(), [](auto& e) { e.reason.assign(201, 'r'); }), "reason: 201 bytes, not 0 .. 200");
  EXPECT_EQ(with(order(), [](auto& e) { e.key = ""; }), "key: 0 bytes, not 1 .. 64");
  EXPECT_EQ(with(order(), [](auto& e) { e.no = msg::OrderNo(0); }), "no: is 0");
  EXPECT_EQ(with(order(), [](auto& e) { e.customer.assign(129, 'c'); }), "customer: 129 bytes, not 0 .. 128");
  EXPECT_EQ(with(order(), [](auto& e) { e.lines.clear(); }), "lines: 0 is not within 1 .. 100");
  EXPECT_EQ(with(order(), [](auto& e) { e.lines[1].item = ItemId(0); }).substr(0, 14), "lines[1].item:");
  EXPECT_EQ(with(order(), [](auto& e) { e.lines[1].quantity = Quantity(0); }),
            "lines[1].quantity: 0 is not within 1 .. 1000000");
  EXPECT_EQ(with(order(), [](auto& e) { e.lines[1].price = Cents(-1); }).substr(0, 15), "lines[1].price:");
  EXPECT_EQ(with(order(), [](auto& e) { e.lines[1].stock = Quantity(-1); }).substr(0, 15), "lines[1].stock:");
  EXPECT_EQ(with(order(), [](auto& e) { e.total = Cents(15); }), "total: 15 where the lines give 14");
  EXPECT_EQ(with(order(),
                 [](auto& e) {
                   e.lines.assign(100, {ItemId(1), Quantity(msg::kLineQuantityMax), Cents(msg::kPriceMaxCents), {}});
                   e.total = Cents(100'000'000'000'000'000);
                 })
                .substr(0, 6),
            "total:");
  EXPECT_EQ(with(cancelled(), [](auto& e) { e.key = ""; }), "key: 0 bytes, not 1 .. 64");
  EXPECT_EQ(with(cancelled(), [](auto& e) { e.no = msg::OrderNo(0); }), "no: is 0");
  EXPECT_EQ(with(cancelled(), [](auto& e) { e.customer.assign(129, 'c'); }), "customer: 129 bytes, not 0 .. 128");
  EXPECT_EQ(with(cancelled(), [](auto& e) { e.reason.assign(201, 'r'); }), "reason: 201 bytes, not 0 .. 200");
  EXPECT_EQ(with(cancelled(), [](auto& e) { e.lines.clear(); }), "lines: 0 is not within 1 .. 100");
  EXPECT_EQ(with(cancelled(), [](auto& e) { e.lines[0].quantity += Quantity(1); }),
            "lines[0].quantity: 100000001 is not within 1 .. 100000000");
  EXPECT_EQ(with(cancelled(), [](auto& e) { e.total = Cents(15); }), "total: 15 where the lines give 700000000");
  EXPECT_EQ(with(cancelled(),
                 [](auto& e) {
                   e.lines.assign(
                       100, {ItemId(1), Quantity(msg::kCancelledQuantityMax), Cents(msg::kPriceMaxCents), Quantity(0)});
                 })
                .substr(0, 6),
            "total:");
  EXPECT_EQ(fault(msg::KeyVoided{""}), "key: 0 bytes, not 1 .. 64");
  EXPECT_EQ(with(granted(), [](auto& e) { e.key = ""; }), "key: 0 bytes, not 1 .. 64");
  EXPECT_EQ(with(granted(), [](auto& e) { e.hash.bytes.pop_back(); }), "hash: 31 is not within 32 .. 32");
  EXPECT_EQ(with(granted(), [](auto& e) { e.hash.bytes += 'h'; }), "hash: 33 is not within 32 .. 32");
  EXPECT_EQ(with(granted(), [](auto& e) { e.customer = ""; }), "customer: 0 bytes, not 1 .. 128");
  EXPECT_EQ(with(granted(), [](auto& e) { e.customer += 'c'; }), "customer: 129 bytes, not 1 .. 128");
  EXPECT_EQ(with(granted(msg::ClientRole::kReader), [](auto& e) { e.customer = "c"; }),
            "customer: 1 bytes, not 0 .. 0");
  EXPECT_EQ(with(granted(), [](auto& e) { e.label += 'l'; }), "label: 101 bytes, not 0 .. 100");
  EXPECT_EQ(with(revoked(), [](auto& e) { e.key = ""; }), "key: 0 bytes, not 1 .. 64");
  EXPECT_EQ(with(revoked(), [](auto& e) { e.digest->bytes = ""; }), "digest: 0 is not within 1 .. 32");
  EXPECT_EQ(with(revoked(), [](auto& e) { e.id = msg::Seq(); }), "id: is 0");
  EXPECT_EQ(with(noted(), [](auto& e) { e.key = ""; }), "key: 0 bytes, not 1 .. 64");
  EXPECT_EQ(with(noted(), [](auto& e) { e.subject = ""; }), "subject: 0 bytes, not 1 .. 200");
  EXPECT_EQ(with(noted(), [](auto& e) { e.subject += 's'; }), "subject: 201 bytes, not 1 .. 200");
  EXPECT_EQ(with(noted(), [](auto& e) { e.subject = "a\nb"; }).substr(0, 9), "subject: ");
  EXPECT_EQ(with(noted(), [](auto& e) { e.who = ""; }), "who: 0 bytes, not 1 .. 64");
  EXPECT_EQ(with(noted(), [](auto& e) { *e.who += 'w'; }), "who: 65 bytes, not 1 .. 64");
}

}  // namespace
