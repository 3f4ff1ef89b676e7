// export. Each command keeps one page of the store in memory.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/print.h"
#include "tasks/csv.h"
#include "tasks/currency.h"
#include "tasks/details.h"
#include "tasks/output.h"
#include "tasks/places.h"
#include "tasks/tasks.h"
#include "tasks/terms.h"

namespace tasks {

int export_items(const Common& common) {
  auto store = common.connect();
  AskedCurrency asked;
  if (!common.json) asked = ask_currency(store);
  if (asked.refusal) return complain(common, *asked.refusal);
  const auto& currency = asked.currency;
  const auto code = currency ? "," + currency->code : std::string();
  if (!common.json)
    base::print_exact(
        fmt::format("id,title,topic,price,stock,retired,terms,places,description,topics,attributes,low{}\n",
                    currency ? ",currency" : ""));
  msg::Search request;
  request.limit = msg::kPageMax;
  request.retired = true;
  do {
    const auto page = store.call(request);
    if (page.refusal) return complain(common, *page.refusal);
    for (const auto& item : page->items) {
      if (common.json) {
        print_json(to_json(item));
        continue;
      }
      base::print_exact(fmt::format("{},{},{},{},{},{},{},{},{},{},{},{}{}\n", item.id, csv_cell(item.title),
                                    csv_cell(item.topic), money(item.price, currency), item.stock,
                                    msg::is_retired(item) ? "yes" : "", cell_of(item.terms.value_or(msg::Terms{})),
                                    csv_cell(places_cell(item.places)), csv_cell(item.description.value_or("")),
                                    csv_cell(topics_cell(item.topics)), csv_cell(attributes_cell(item.attributes)),
                                    low_cell(item), code));
    }
    request.after = page->next;
  } while (request.after);
  return kDone;
}

namespace {

// A row for each line. The total is in the first one alone, so that the sum of the column is right. Of several lines of
// an item, the pieces of the first are taken back first.
void write_order(const msg::Order& order, const Currency& currency, const std::string& code) {
  std::map<base::ItemId, base::Quantity> back;
  for (const auto& each : order.cancellations.value_or(std::vector<msg::Cancellation>())) {
    for (const auto& line : each.lines) back[line.item] += line.quantity;
  }
  auto total = money(order.total, currency);
  for (const auto& line : order.lines) {
    const auto taken = std::min(line.quantity, back[line.item]);
    back[line.item] -= taken;
    base::print_exact(fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{}{}\n", order.no, order.seq,
                                  time_text(order.at), msg::word(order.type), csv_cell(order.customer),
                                  csv_cell(order.key), line.item, line.quantity, money(line.price, currency),
                                  std::exchange(total, {}), msg::word(order.state.value_or(msg::OrderState::kPlaced)),
                                  taken, csv_cell(places_cell(line.places)), code));
  }
}

}  // namespace

int export_orders(const Common& common) {
  auto store = common.connect();
  AskedCurrency asked;
  if (!common.json) asked = ask_currency(store);
  if (asked.refusal) return complain(common, *asked.refusal);
  const auto& currency = asked.currency;
  const auto code = currency ? "," + currency->code : std::string();
  if (!common.json)
    base::print_exact(
        fmt::format("order,seq,time,type,customer,key,item,quantity,price,total,state,taken_back,places{}\n",
                    currency ? ",currency" : ""));
  msg::ListOrders request;
  request.limit = msg::kPageMax;
  do {
    const auto page = store.call(request);
    if (page.refusal) return complain(common, *page.refusal);
    for (const auto& each : page->orders) {
      if (common.json) {
        print_json(to_json(each));
        continue;
      }
      write_order(each, currency, code);
    }
    request.after = page->next;
  } while (request.after);
  return kDone;
}

int export_holds(const Common& common) {
  auto store = common.connect();
  AskedCurrency asked;
  if (!common.json) asked = ask_currency(store);
  if (asked.refusal) return complain(common, *asked.refusal);
  const auto& currency = asked.currency;
  const auto code = currency ? "," + currency->code : std::string();
  if (!common.json)
    base::print_exact(
        fmt::format("hold,seq,time,expires,customer,key,item,quantity,price{}\n", currency ? ",currency" : ""));
  msg::ListHolds request;
  request.limit = msg::kPageMax;
  do {
    const auto page = store.call(request);
    if (page.refusal) return complain(common, *page.refusal);
    for (const auto& each : page->holds) {
      if (common.json) {
        print_json(to_json(each));
        continue;
      }
      for (const auto& line : each.lines) {
        base::print_exact(fmt::format("{},{},{},{},{},{},{},{},{}{}\n", each.no, each.seq, time_text(each.at),
                                      time_text(each.expires), csv_cell(each.customer), csv_cell(each.key), line.item,
                                      line.quantity, money(line.price, currency), code));
      }
    }
    request.after = page->next;
  } while (request.after);
  return kDone;
}

namespace {

template <class Number>
std::string if_there(const std::optional<Number>& number) {
  return number ? fmt::format("{}", *number) : std::string();
}

void write_movement(const Common& common, const msg::Movement& each) {
  if (common.json) return print_json(tasks::to_json(each));
  base::print_exact(fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{}\n", each.item, each.seq, time_text(each.at),
                                msg::word(each.kind), each.delta, each.stock,
                                each.held_delta.value_or(base::Quantity()), each.held.value_or(base::Quantity()),
                                if_there(each.order), if_there(each.hold), csv_cell(each.reason.value_or("")),
                                if_there(each.by), csv_cell(places_cell(each.places))));
}

// Writes the movements of one item, the newest first. Returns why it cannot.
std::optional<msg::Refusal> export_movements_of(client::Client& store, const Common& common, base::ItemId item) {
  msg::ListMovements request{item, {}, msg::kPageMax};
  do {
    const auto page = store.call(request);
    if (page.refusal) return page.refusal;
    for (const auto& each : page->movements) write_movement(common, each);
    request.before = page->next;
  } while (request.before);
  return std::nullopt;
}

}  // namespace

// A movement has no amount of money, so nobody is asked for the currency.
int export_movements(const Common& common) {
  auto store = common.connect();
  if (!common.json) {
    base::print_exact("item,seq,time,kind,delta,stock,held_delta,held,order,hold,reason,by,places\n");
  }
  msg::Search request;
  request.limit = msg::kPageMax;
  request.retired = true;
  do {
    const auto page = store.call(request);
    if (page.refusal) return complain(common, *page.refusal);
    for (const auto& item : page->items) {
      if (const auto refusal = export_movements_of(store, common, item.id)) return complain(common, *refusal);
    }
    request.after = page->next;
  } while (request.after);
  return kDone;
}

}  // namespace tasks
