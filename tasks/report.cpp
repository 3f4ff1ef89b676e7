// report sales: what was sold, by day, topic, item or place.
//
// The report is that of one seq S, which the store has when the report begins: orders do not change, and each order and
// each cancellation has its seq, so all that came after S is left out. Titles and topics are those of a moment after S.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <vector>

#include "base/notice.h"
#include "base/print.h"
#include "tasks/csv.h"
#include "tasks/currency.h"
#include "tasks/orders.h"
#include "tasks/output.h"
#include "tasks/sales.h"
#include "tasks/tasks.h"

namespace tasks {
namespace {

// On a terminal, tells how many orders are read. It leaves no line behind.
class Progress {
 public:
  Progress() : shown_(isatty(STDERR_FILENO) == 1) {}
  ~Progress() {
    if (shown_) base::notice("\r\033[K");
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void add(std::size_t orders) {
    read_ += orders;
    if (shown_) base::notice("\r{} orders read\033[K", read_);
  }

 private:
  bool shown_;
  std::size_t read_ = 0;
};

// Visits the items of the store, retired ones included, ascending by id, until `visit` returns false.
template <class Visit>
std::optional<msg::Refusal> each_item(client::Client& store, const Visit& visit) {
  msg::Search request;
  request.limit = msg::kPageMax;
  request.retired = true;
  do {
    const auto page = store.call(request);
    if (page.refusal) return page.refusal;
    for (const auto& item : page->items) {
      if (!visit(item)) return std::nullopt;
    }
    request.after = page->next;
  } while (request.after);
  return std::nullopt;
}

// Numbers for groups that have names.
using Numbers = std::map<std::string, std::uint32_t>;

std::uint32_t number_of(const std::string& name, Numbers& numbers) {
  return numbers.emplace(name, static_cast<std::uint32_t>(numbers.size())).first->second;
}

// The topics of all items: a few bytes for each item, and each topic once.
class Topics {
 public:
  std::optional<msg::Refusal> read(client::Client& store) {
    return each_item(store, [this](const msg::Item& item) {
      of_item_.emplace_back(item.id, number_of(item.topic, numbers_));
      return true;
    });
  }
  std::optional<std::int64_t> of(base::ItemId item) const {
    const auto found = std::lower_bound(of_item_.begin(), of_item_.end(), std::pair(item, std::uint32_t{0}));
    if (found == of_item_.end() || found->first != item) return std::nullopt;
    return found->second;
  }
  const Numbers& numbers() const { return numbers_; }

 private:
  std::vector<std::pair<base::ItemId, std::uint32_t>> of_item_;  // ascending
  Numbers numbers_;
};

struct Row {
  std::int64_t group = 0;
  std::string name;  // the day, the topic, the title or the place
  Sales sales;
};

struct Report {
  const SalesTask& task;
  const Tally& tally;
  std::vector<Row> rows;
  Currency currency;

  // Makes a row of each group, in the order of the names, days or ids. `names`: those of the topics or places.
  std::optional<msg::Refusal> add_rows(client::Client& store, const Numbers& names) {
    const auto& groups = tally.groups();
    for (const auto& [name, number] : names) {
      if (const auto found = groups.find(number); found != groups.end()) rows.push_back({number, name, found->second});
    }
    if (task.by == SalesBy::kTopic || task.by == SalesBy::kPlace) return std::nullopt;
    for (const auto& [group, sales] : groups) {
      rows.push_back({group, task.by == SalesBy::kDay ? day_text(group) : "", sales});
    }
    if (task.by == SalesBy::kDay || rows.empty()) return std::nullopt;
    return each_item(store, [this](const msg::Item& item) {
      const auto id = static_cast<std::int64_t>(item.id.value());
      const auto found = std::lower_bound(rows.begin(), rows.end(), id,
                                          [](const Row& row, std::int64_t least) { return row.group < least; });
      if (found != rows.end() && found->group == id) found->name = item.title;
      return id < rows.back().group;
    });
  }
};

Json json_of(const Sales& sales) {
  return {{"orders", sales.orders},
          {"pieces",
           {{"gross", sales.pieces.value()},
            {"taken_back", sales.pieces_taken_back.value()},
            {"net", sales.net_pieces().value()}}},
          {"money",
           {{"gross", sales.gross.value()}, {"taken_back", sales.taken_back.value()}, {"net", sales.net().value()}}}};
}

const char* word_of(SalesBy by) {
  switch (by) {
    case SalesBy::kDay:
      return "day";
    case SalesBy::kTopic:
      return "topic";
    case SalesBy::kItem:
      return "item";
    case SalesBy::kPlace:
      return "place";
  }
  return "";
}

void print_as_json(const Report& report) {
  const auto& task = report.task;
  Json json{{"by", word_of(task.by)}, {"seq", report.tally.as_of().value()}, {"utc_offset", task.offset}};
  if (!task.from.empty()) json["from"] = task.from;
  if (!task.to.empty()) json["to"] = task.to;
  json["groups"] = Json::array();
  for (const auto& row : report.rows) {
    Json group;
    if (task.by == SalesBy::kItem) group["item"] = row.group;
    group[task.by == SalesBy::kItem ? "title" : word_of(task.by)] = row.name;
    group.update(json_of(row.sales));
    json["groups"].push_back(std::move(group));
  }
  json["total"] = json_of(report.tally.total());
  json["sells"] = report.tally.sells();
  print_json(json);
}

void print_as_csv(const Report& report) {
  const auto by = report.task.by;
  const auto& currency = report.currency;
  base::print_exact(fmt::format("{}{},orders,pieces,pieces_taken_back,pieces_net,gross,taken_back,net{}\n", word_of(by),
                                by == SalesBy::kItem ? ",title" : "", currency ? ",currency" : ""));
  for (const auto& [group, name, sales] : report.rows) {
    base::print_exact(fmt::format(
        "{}{},{},{},{},{},{},{},{}{}\n", by == SalesBy::kItem ? fmt::format("{},", group) : "", csv_cell(name),
        sales.orders, sales.pieces, sales.pieces_taken_back, sales.net_pieces(), money(sales.gross, currency),
        money(sales.taken_back, currency), money(sales.net(), currency), currency ? "," + currency->code : ""));
  }
}

// The names are last, because they may have any width.
void print_row(const Sales& sales, const Currency& currency, const std::string& name) {
  base::print("{:>8} {:>9} {:>11} {:>9} {:>14} {:>14} {:>14}  {}\n", sales.orders, sales.pieces,
              sales.pieces_taken_back, sales.net_pieces(), money(sales.gross, currency),
              money(sales.taken_back, currency), money(sales.net(), currency), name);
}

void print_as_table(const Report& report) {
  const auto by = report.task.by;
  const auto& currency = report.currency;
  base::print("{:>8} {:>9} {:>11} {:>9} {:>14} {:>14} {:>14}  {}\n", "orders", "pieces", "taken back", "net",
              currency ? "gross " + currency->code : std::string("gross"), "taken back", "net", word_of(by));
  for (const auto& row : report.rows) {
    print_row(row.sales, currency, by == SalesBy::kItem ? fmt::format("{} {}", row.group, row.name) : row.name);
  }
  print_row(report.tally.total(), currency, "in all");
}

void show(const Common& common, const Report& report) {
  if (common.json) return print_as_json(report);
  report.task.csv ? print_as_csv(report) : print_as_table(report);
  base::notice("this is the state of seq {}; days begin at midnight of UTC{}\n", report.tally.as_of(),
               report.task.offset == kUtc ? "" : report.task.offset);
  if (const auto sells = report.tally.sells()) {
    base::notice("{} orders in which the store took pieces in are left out\n", sells);
  }
}

// Adds the orders of the period to the tally. Returns why it cannot.
base::Result<std::optional<msg::Refusal>> read_orders(client::Client& store, Period period, std::uint64_t after,
                                                      Tally& tally) {
  Progress progress;
  msg::ListOrders request{{}, base::OrderNo(after), msg::kPageMax};
  do {
    const auto page = store.call(request);
    if (page.refusal) return page.refusal;
    for (const auto& order : page->orders) {
      if (order.seq > tally.as_of() || order.at > period.last) return std::nullopt;
      if (const auto added = tally.add(order); !added) return base::fail(added.error().message);
    }
    progress.add(page->orders.size());
    request.after = page->next;
  } while (request.after);
  return std::nullopt;
}

}  // namespace

int report_sales(const Common& common, const SalesTask& task) {
  const auto offset = parse_offset(task.offset);
  if (!offset) return usage_error("--utc-offset: " + offset.error().message);
  const auto period = period_of(task.from, task.to, *offset);
  if (!period) return usage_error(period.error().message);
  auto store = common.connect();
  AskedCurrency asked;
  if (!common.json) asked = ask_currency(store);
  if (asked.refusal) return complain(common, *asked.refusal);

  std::uint64_t after = 0;
  if (!task.from.empty()) {
    if (const auto refusal = find_last_before(store, period->first, after)) return complain(common, *refusal);
  }
  const auto now = store.call(msg::ListOrders{{}, base::OrderNo(after), 1});
  if (now.refusal) return complain(common, *now.refusal);
  Topics topics;  // of all items that orders up to this seq can have
  if (task.by == SalesBy::kTopic) {
    if (const auto refusal = topics.read(store)) return complain(common, *refusal);
  }
  Numbers places;
  Tally tally(
      [&](const msg::Order& order, base::ItemId item, const std::string& place) -> std::optional<std::int64_t> {
        switch (task.by) {
          case SalesBy::kDay:
            return day_of(order.at, *offset);
          case SalesBy::kTopic:
            return topics.of(item);
          case SalesBy::kItem:
            return static_cast<std::int64_t>(item.value());
          case SalesBy::kPlace:
            return number_of(place, places);
        }
        return std::nullopt;
      },
      now.seq);
  const auto read = read_orders(store, *period, after, tally);
  if (!read) return refuse(read.error().message, common.json);
  if (*read) return complain(common, **read);
  Report report{task, tally, {}, asked.currency};
  const auto& names = task.by == SalesBy::kPlace ? places : topics.numbers();
  if (const auto refusal = report.add_rows(store, names)) return complain(common, *refusal);
  show(common, report);
  return kDone;
}

}  // namespace tasks
