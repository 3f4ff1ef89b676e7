// `report` and `export` against a store of a few lines, in a thread of its own, which changes while it is read.
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <limits>
#include <sstream>
#include <thread>

#include "msg/cancellations.h"
#include "msg/internal.h"
#include "tasks/output.h"
#include "tasks/tasks.h"

namespace tasks {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::size_t kPage = 3;  // the store has small pages

// Gives pages of its orders, items, holds and movements. Each event raises its seq by one.
class TinyStore : public base::Core {
 public:
  void on_request(const base::ClientId& from, base::BytesView frame, base::Turn turn) override {
    for (msg::FrameReader reader(frame); !reader.done();) {
      const auto message = reader.next();
      if (message) answer(*message, turn.out.reply(from));
    }
  }
  void on_reply(const base::Endpoint&, base::BytesView, base::Turn) override {}
  void on_published(std::string_view, base::BytesView, base::Turn) override {}
  void on_tick(base::Turn) override {}
  void on_settled(base::Turn) override {}
  void on_stop(base::Turn) override {}

  void buys(std::int64_t at, std::uint64_t item, std::int64_t quantity) {
    msg::Order order;
    order.no = msg::OrderNo(orders.size() + 1);
    order.seq = seq = seq.next();
    order.at = at;
    order.customer = "ann";
    order.lines = {{msg::ItemId(item), msg::Quantity(quantity), msg::Cents(250), {}}};
    order.total = msg::Cents(250 * quantity);
    orders.push_back(order);
  }
  void takes_back(std::size_t no, std::int64_t quantity) {
    auto& order = orders.at(no - 1);
    msg::Cancellation cancellation{.no = order.no, .seq = seq = seq.next()};
    cancellation.lines = order.lines;
    cancellation.lines[0].quantity = msg::Quantity(quantity);
    msg::add_cancellation(order, cancellation);
  }

  std::vector<msg::Order> orders;
  std::vector<msg::Item> items;
  std::vector<msg::Hold> holds;
  std::vector<msg::Movement> movements;  // the newest first
  msg::Seq seq{10};
  bool goes_on = false;  // after each page of orders, somebody buys a piece and gives back one of the first order
  std::size_t pages_of_orders = 0;

 private:
  void answer(const msg::Message& request, base::Bytes& frame) {
    const auto& type = request.header.t;
    if (type == msg::ListOrders::kType) return list_orders(request, frame);
    if (type == msg::Search::kType) {
      const auto search = *msg::decode<msg::Search>(request.body);
      EXPECT_TRUE(search.retired.value_or(false));
      return page<msg::ItemsReply>(request, frame, items, &msg::ItemsReply::items, &msg::Item::id, search.after);
    }
    if (type == msg::ListHolds::kType) {
      const auto list = *msg::decode<msg::ListHolds>(request.body);
      return page<msg::HoldsReply>(request, frame, holds, &msg::HoldsReply::holds, &msg::Hold::no, list.after);
    }
    if (type == msg::ListMovements::kType) return list_movements(request, frame);
    if (type == msg::DescribeStore::kType) {
      return msg::append_message(frame, msg::reply_header(request.header.id, seq),
                                 msg::StoreReply{"", msg::Currency{"EUR", 2}});
    }
    msg::append_refusal(frame, request.header.id, seq, {.code = msg::Code::kUnknownType});
  }

  template <class Reply, class Row, class Id>
  void page(const msg::Message& request, base::Bytes& frame, const std::vector<Row>& rows,
            std::vector<Row> Reply::*shown, Id Row::*id, std::optional<Id> after, std::size_t size = kPage) {
    Reply reply;
    for (const auto& row : rows) {
      if (row.*id <= after.value_or(Id())) continue;
      if ((reply.*shown).size() == size) {
        reply.next = (reply.*shown).back().*id;
        break;
      }
      (reply.*shown).push_back(row);
    }
    msg::append_message(frame, msg::reply_header(request.header.id, seq), reply);
  }

  void list_orders(const msg::Message& request, base::Bytes& frame) {
    const auto list = *msg::decode<msg::ListOrders>(request.body);
    const auto size = std::min<std::size_t>(list.limit.value_or(kPage), kPage);
    page<msg::OrdersReply>(request, frame, orders, &msg::OrdersReply::orders, &msg::Order::no, list.after, size);
    ++pages_of_orders;
    if (!goes_on) return;
    buys(orders.back().at, 1, 1);
    takes_back(1, 1);
  }

  void list_movements(const msg::Message& request, base::Bytes& frame) {
    const auto list = *msg::decode<msg::ListMovements>(request.body);
    msg::MovementsReply reply;
    for (const auto& each : movements) {
      if (each.item != list.item || each.seq >= list.before.value_or(msg::Seq(1000))) continue;
      if (reply.movements.size() == kPage) {
        reply.next = reply.movements.back().seq;
        break;
      }
      reply.movements.push_back(each);
    }
    msg::append_message(frame, msg::reply_header(request.header.id, seq), reply);
  }
};

class ReportTest : public testing::Test {
 protected:
  static constexpr std::int64_t kDay = 86'400'000;
  static constexpr std::int64_t kNoon = 1795262400000;  // 2026-11-21 12:00 UTC

  ReportTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "pygmy-report-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    for (const std::uint64_t id : {1ULL, 2ULL, 3ULL, 4ULL, 5ULL}) {
      store.items.push_back({.id = msg::ItemId(id), .title = "Title " + std::to_string(id)});
      store.items.back().topic = id % 2 == 1 ? "odd, or so" : "even";
    }
  }
  ~ReportTest() override { std::filesystem::remove_all(directory_); }

  struct Ended {
    int code = 0;
    std::string out;
    std::string err;

    std::vector<std::string> lines() const {
      std::vector<std::string> all;
      std::istringstream in(out);
      for (std::string line; std::getline(in, line);) all.push_back(line);
      return all;
    }
    Json json() const { return Json::parse(out); }
  };

  template <class Run>
  Ended run(bool json, const Run& task) {
    const auto endpoint = "ipc://" + directory_ + "/frontend";
    std::atomic<bool> stop = false;
    std::thread thread([&] {
      net::Reactor reactor({.serve = {endpoint}}, store);
      reactor.run_until([&] { return stop.load(); }, base::Mono::max());
    });
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    Ended ended;
    ended.code = task(Common{.frontends = {endpoint}, .json = json});
    ended.err = testing::internal::GetCapturedStderr();
    ended.out = testing::internal::GetCapturedStdout();
    stop = true;
    thread.join();
    return ended;
  }
  Ended report(const SalesTask& task, bool json = true) {
    return run(json, [&](const Common& common) { return report_sales(common, task); });
  }

  TinyStore store;

 private:
  std::string directory_;
};

TEST_F(ReportTest, TellsTheSalesOfEachDay) {
  store.buys(kNoon, 1, 2);
  store.buys(kNoon + kDay / 2 - 1, 2, 1);
  store.buys(kNoon + kDay / 2, 1, 4);
  store.takes_back(1, 1);
  const auto told = report({});
  EXPECT_EQ(told.code, kDone);
  EXPECT_EQ(told.err, "");
  EXPECT_EQ(told.json()["seq"], 14);
  EXPECT_EQ(told.json()["groups"].dump(),
            R"([{"day":"2026-11-21","orders":2,"pieces":{"gross":3,"taken_back":1,"net":2},)"
            R"("money":{"gross":750,"taken_back":250,"net":500}},)"
            R"({"day":"2026-11-22","orders":1,"pieces":{"gross":4,"taken_back":0,"net":4},)"
            R"("money":{"gross":1000,"taken_back":0,"net":1000}}])");
  EXPECT_EQ(told.json()["total"]["money"]["net"], 1500);
  EXPECT_EQ(report({.offset = "+00:01"}).json()["groups"][0]["orders"], 1);
}

TEST_F(ReportTest, TellsTheSalesOfEachTopicAndItemByName) {
  store.buys(kNoon, 5, 1);
  store.buys(kNoon, 2, 1);
  store.buys(kNoon, 1, 1);
  store.buys(kNoon, 5, 1);
  const auto names = [](const Json& json, const char* name) {
    std::vector<std::string> all;
    for (const auto& group : json["groups"]) all.push_back(group[name].get<std::string>() + group["orders"].dump());
    return all;
  };
  EXPECT_THAT(names(report({.by = SalesBy::kTopic}).json(), "topic"), ElementsAre("even1", "odd, or so3"));
  const auto items = report({.by = SalesBy::kItem}).json();
  EXPECT_THAT(names(items, "title"), ElementsAre("Title 11", "Title 21", "Title 52"));
  EXPECT_EQ(items["groups"][2]["item"], 5);
}

TEST_F(ReportTest, TellsTheSalesOfEachPlaceByName) {
  store.buys(kNoon, 1, 5);
  store.orders.back().lines[0].places = {{"=annex", msg::Quantity(2)}, {"north", msg::Quantity(1)}};
  store.buys(kNoon, 2, 1);
  store.takes_back(1, 5);
  const auto told = report({.by = SalesBy::kPlace});
  ASSERT_EQ(told.json()["groups"].size(), 3U) << told.out;
  EXPECT_EQ(told.json()["by"], "place");
  EXPECT_EQ(told.json()["groups"][1].dump(),
            R"({"place":"main","orders":2,"pieces":{"gross":3,"taken_back":2,"net":1},)"
            R"("money":{"gross":750,"taken_back":500,"net":250}})");
  EXPECT_THAT(report({.by = SalesBy::kPlace, .csv = true}, false).lines(),
              ElementsAre("place,orders,pieces,pieces_taken_back,pieces_net,gross,taken_back,net,currency",
                          "'=annex,1,2,2,0,5.00,5.00,0.00,EUR", "main,2,3,2,1,7.50,5.00,2.50,EUR",
                          "north,1,1,1,0,2.50,2.50,0.00,EUR"));
}

TEST_F(ReportTest, IsTheStateOfOneSeqWhilePeopleBuyAndGiveBack) {
  for (int i = 0; i < 8; ++i) store.buys(kNoon, 3, 10);
  store.takes_back(1, 2);
  store.goes_on = true;
  for (const auto by : {SalesBy::kDay, SalesBy::kTopic, SalesBy::kItem}) {
    store.orders.resize(8);
    store.orders[0].cancellations->resize(1);
    store.orders[0].cancellations->front().seq = store.seq;
    store.pages_of_orders = 0;
    const auto seq = store.seq;
    const auto told = report({.by = by}).json();
    EXPECT_EQ(told["seq"], seq.value());
    EXPECT_EQ(told["total"]["orders"], 8);
    EXPECT_EQ(told["total"]["pieces"]["gross"], 80);
    EXPECT_EQ(told["total"]["pieces"]["taken_back"], 2);
    EXPECT_EQ(store.pages_of_orders, 4U) << "one for the seq, and three pages; it does not follow the new orders";
  }
}

TEST_F(ReportTest, ReadsTheOrdersOfItsTimeAlone) {
  for (int i = 0; i < 40; ++i) store.buys(kNoon + i * kDay, 1, 1);
  const auto told = report({.from = "2026-11-24", .to = "2026-11-25"}).json();
  ASSERT_EQ(told["groups"].size(), 2U);
  EXPECT_EQ(told["groups"][0]["day"], "2026-11-24");
  EXPECT_EQ(told["groups"][1]["day"], "2026-11-25");
  EXPECT_EQ(told["from"], "2026-11-24");
  EXPECT_LT(store.pages_of_orders, 10U) << "it stops at the first order after its time";
  EXPECT_EQ(report({.from = "2027-06-01"}).json()["groups"].size(), 0U);
}

TEST_F(ReportTest, ATableHasAmountsInTheCurrencyOfTheStore) {
  store.buys(kNoon, 1, 2);
  store.buys(kNoon, 1, 1);
  store.orders.back().type = msg::OrderType::kSell;
  const auto told = report({.by = SalesBy::kItem}, false);
  ASSERT_EQ(told.lines().size(), 3U) << told.out;
  EXPECT_THAT(told.lines()[0], HasSubstr("gross EUR"));
  EXPECT_THAT(told.lines()[1], HasSubstr(" 5.00           0.00           5.00  1 Title 1"));
  EXPECT_THAT(told.lines()[2], HasSubstr(" 5.00  in all"));
  EXPECT_EQ(told.err,
            "this is the state of seq 12; days begin at midnight of UTC\n"
            "1 orders in which the store took pieces in are left out\n");
}

TEST_F(ReportTest, CsvIsHarmlessAndHasTheCurrency) {
  store.items[1].topic = "=even";
  store.buys(kNoon, 2, 2);
  store.buys(kNoon, 1, 2);
  EXPECT_THAT(report({.by = SalesBy::kTopic, .csv = true}, false).lines(),
              ElementsAre("topic,orders,pieces,pieces_taken_back,pieces_net,gross,taken_back,net,currency",
                          "'=even,1,2,0,2,5.00,0.00,5.00,EUR", "\"odd, or so\",1,2,0,2,5.00,0.00,5.00,EUR"));
}

TEST_F(ReportTest, WrongOptionsAndSumsThatAreTooGreatAreRefused) {
  EXPECT_EQ(report({.from = "2026-11-22", .to = "2026-11-21"}).code, kUsage);
  EXPECT_EQ(report({.offset = "CET"}).code, kUsage);
  store.buys(kNoon, 1, 1);
  store.orders[0].lines[0].quantity = msg::Quantity(std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(report({}).code, kRefused);
  store.orders[0].lines[0] = {msg::ItemId(77), msg::Quantity(1), msg::Cents(1), {}};
  EXPECT_THAT(report({.by = SalesBy::kTopic}).err, HasSubstr("the catalogue does not have item 77"));
}

TEST_F(ReportTest, AllMovementsAreExportedAndAllOpenHolds) {
  for (std::uint64_t seq = 9; seq > 4; --seq) {
    msg::Movement movement{.item = msg::ItemId(5), .seq = msg::Seq(seq), .at = kNoon};
    movement.kind = msg::MovementKind::kRestocked;
    movement.delta = msg::Quantity(-1);
    movement.stock = msg::Quantity(static_cast<std::int64_t>(seq));
    if (seq == 9) movement.reason = "=broken, alas";
    if (seq == 5) movement.places = {{"annex", msg::Quantity(-1)}, {"b,c", msg::Quantity(1)}};
    store.movements.push_back(movement);
  }
  const auto rows = run(false, export_movements).lines();
  ASSERT_EQ(rows.size(), 6U);
  EXPECT_EQ(rows[0], "item,seq,time,kind,delta,stock,held_delta,held,order,hold,reason,by,places");
  EXPECT_EQ(rows[1], "5,9,2026-11-21 12:00:00.000 UTC,restocked,-1,9,0,0,,,\"'=broken, alas\",,");
  EXPECT_EQ(rows[5], "5,5,2026-11-21 12:00:00.000 UTC,restocked,-1,5,0,0,,,,,\"annex=-1;b,c=1\"");
  const auto lines = run(true, export_movements).lines();
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_EQ(Json::parse(lines[0])["reason"], "=broken, alas");

  for (std::uint64_t no = 1; no <= 4; ++no) {
    msg::Hold hold{.no = msg::HoldNo(no), .seq = msg::Seq(no), .version = msg::Seq(no), .at = kNoon};
    hold.expires = kNoon + 1000;
    hold.customer = "ann";
    hold.lines = {{msg::ItemId(2), msg::Quantity(3), msg::Cents(2499), {}}};
    store.holds.push_back(hold);
  }
  const auto holds = run(false, export_holds).lines();
  ASSERT_EQ(holds.size(), 5U);
  EXPECT_EQ(holds[0], "hold,seq,time,expires,customer,key,item,quantity,price,currency");
  EXPECT_EQ(holds[4], "4,4,2026-11-21 12:00:00.000 UTC,2026-11-21 12:00:01.000 UTC,ann,,2,3,24.99,EUR");
  EXPECT_EQ(run(true, export_holds).lines().size(), 4U);
}

}  // namespace
}  // namespace tasks
