// The paths of the course's labs, so that the labs' clients work: the book store of 2019 to 2021, and the toy and stock
// bazaars of 2022 and 2023. There, prices are decimal numbers and refusals are {"error":{"code":404,"message":"..."}}.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>

#include "base/decimal.h"
#include "base/random.h"
#include "bridge/exchange.h"
#include "bridge/schema.h"

namespace bridge {
namespace {

// --- the book store ---

// The clients of 2019 write a topic in short.
std::optional<std::string> long_topic(std::string_view topic) {
  if (same_word(topic, "ds")) return "distributed systems";
  if (same_word(topic, "gs")) return "graduate school";
  return std::nullopt;
}

using ShowBooks = Step (*)(Exchange&, const LabTitles&);

Step list_books(Exchange& exchange, const std::string& topic, ShowBooks show) {
  const msg::Search search{topic, {}, {}, msg::kPageMax};
  return exchange.call(search, [topic, show](Exchange& self, const msg::ItemsReply& reply) {
    const auto other = long_topic(topic);
    if (reply.items.empty() && other) return list_books(self, *other, show);
    LabTitles titles;
    for (const auto& item : reply.items) titles.push_back({item.id, item.title});
    return show(self, titles);
  });
}

Step show_titles(Exchange& exchange, const LabTitles& titles) { return exchange.answer(200, titles); }
Step show_items(Exchange& exchange, const LabTitles& titles) { return exchange.answer(200, LabItems{titles}); }

Step show_book(Exchange& exchange, msg::ItemId id) {
  return exchange.call(msg::Lookup{id, {}}, [](Exchange& self, const msg::ItemReply& reply) {
    const auto& item = reply.item;
    const Decimal price{item.price};
    const auto left = msg::available_of(item);
    return self.answer(200, LabBook{item.id, item.title, item.topic, left, left, left, price, price});
  });
}

// The labs have no keys: a request without a key is always a new order.
void give_key(Exchange& exchange) {
  if (exchange.key().empty()) exchange.use_key(base::new_key());
}

Step show_bought(Exchange& exchange, const msg::Order& order, const std::string& title) {
  const auto& line = order.lines.at(0);
  const auto at = fmt::gmtime(static_cast<std::time_t>(order.at / 1000));
  return exchange.answer(200, LabBought{order.no, order.no, line.item, line.item, title, title, line.stock, "Success",
                                        "Success", fmt::format("{:%Y-%m-%d %H:%M:%S}", at)});
}

// The title is asked for first, so that no step can fail after the order.
Step buy_book(Exchange& exchange, msg::ItemId id) {
  give_key(exchange);
  return exchange.call(msg::Lookup{id, {}}, [](Exchange& self, const msg::ItemReply& reply) {
    const auto title = reply.item.title;
    const msg::PlaceOrder order{self.key(), msg::OrderType::kBuy, {}, {{reply.item.id, msg::Quantity(1), {}}}};
    return self.call(
        order, [title](Exchange& at, const msg::OrderReply& placed) { return show_bought(at, placed.order, title); });
  });
}

using ForItem = Step (*)(Exchange&, msg::ItemId);

Step with_id(Exchange& exchange, std::string_view id, ForItem then) {
  const auto number = base::decimal(id);
  if (!number) return exchange.refuse(msg::Code::kInvalid, fmt::format("'{}' is not an item id", id));
  return then(exchange, msg::ItemId(*number));
}

Step with_id_of_query(Exchange& exchange, ForItem then) {
  const auto item = exchange.parameter("item");
  const auto id = item ? item : exchange.parameter("id");
  if (!id) return exchange.refuse(msg::Code::kInvalid, "the parameter 'item' is missing");
  return with_id(exchange, *id, then);
}

Step list_titles_of_query(Exchange& exchange) {
  return list_books(exchange, *exchange.parameter("topic"), show_titles);
}
Step list_items_of_query(Exchange& exchange) { return list_books(exchange, *exchange.parameter("topic"), show_items); }
Step list_items_of_path(Exchange& exchange) { return list_books(exchange, exchange.path_value(0), show_items); }
Step show_book_of_path(Exchange& exchange) { return with_id(exchange, exchange.path_value(0), show_book); }
Step show_book_of_query(Exchange& exchange) { return with_id_of_query(exchange, show_book); }
Step buy_book_of_path(Exchange& exchange) { return with_id(exchange, exchange.path_value(0), buy_book); }
Step buy_book_of_query(Exchange& exchange) { return with_id_of_query(exchange, buy_book); }

// --- the bazaars ---

Step show_product(Exchange& exchange, std::string name) {
  return exchange.call(msg::Lookup{{}, std::move(name)}, [](Exchange& self, const msg::ItemReply& reply) {
    const auto& item = reply.item;
    return self.answer(200, Lab<LabProduct>{{item.title, {item.price}, msg::available_of(item)}});
  });
}

Step show_product_of_path(Exchange& exchange) { return show_product(exchange, exchange.path_value(0)); }
Step show_stock_of_query(Exchange& exchange) { return show_product(exchange, *exchange.parameter("stock_name")); }

Step order_product(Exchange& exchange) {
  msg::Refusal refusal;
  const auto body = exchange.body<LabOrderBody>(refusal);
  if (!body) return exchange.refuse(refusal);
  const auto name = body->name ? body->name : body->stock_name;
  if (!name) return exchange.refuse(msg::Code::kMalformed, "name: missing");
  give_key(exchange);
  return exchange.call(msg::Lookup{{}, *name}, [body](Exchange& self, const msg::ItemReply& reply) {
    const auto type = body->type ? body->type : body->trade_type;
    const msg::PlaceOrder order{
        self.key(), type.value_or(LabOrderType()).value, {}, {{reply.item.id, body->quantity.value, {}}}};
    return self.call(order, [](Exchange& at, const msg::OrderReply& placed) {
      return at.answer(200, Lab<LabOrdered>{{placed.order.no, placed.order.no}});
    });
  });
}

Step show_lab_order(Exchange& exchange) {
  const auto no = base::decimal(exchange.path_value(0));
  if (!no) return exchange.refuse(msg::Code::kInvalid, fmt::format("'{}' is no order number", exchange.path_value(0)));
  return exchange.call(msg::GetOrder{msg::OrderNo(*no)}, [](Exchange& self, const msg::OrderReply& reply) {
    const auto order = reply.order;
    return self.call(msg::Lookup{order.lines.at(0).item, {}}, [order](Exchange& at, const msg::ItemReply& item) {
      return at.answer(200, Lab<LabOrder>{{order.no, item.item.title, order.lines.at(0).quantity, order.type}});
    });
  });
}

Step show_lab_alive(Exchange& exchange) { return exchange.answer(200, LabAlive{"ok"}); }

Route lab(std::string_view method, std::string_view path, std::string_view name, std::string_view what, Handler handle,
          Schema answer) {
  return {.method = method,
          .path = path,
          .name = name,
          .what = what,
          .handle = handle,
          .answer = answer,
          .manner = Manner::kLab};
}

Route buying(std::string_view method, std::string_view path, std::string_view name, Handler handle) {
  auto route = lab(method, path, name, "Buys one", handle, schema_of<LabBought>);
  route.effect = true;
  route.manner = Manner::kLabBuy;
  return route;
}

Route probing(std::string_view path, std::string_view name) {
  auto route = lab("GET", path, name, "200 while the bridge runs", show_lab_alive, schema_of<LabAlive>);
  route.asks_store = false;
  route.for_all = true;
  return route;
}

Route with(Route route, std::vector<Parameter> query) {
  route.query = std::move(query);
  route.also = {404};
  return route;
}

void add_book_routes(std::vector<Route>& table) {
  const std::vector<Parameter> topic{{"topic", Kind::kText, "the topic, whole; also ds and gs", false, true}};
  const std::vector<Parameter> item{{"item", Kind::kText, "the item's id", false, false, true},
                                    {"id", Kind::kText, "another name of `item`; one of both is required"}};
  const auto titles = schema_of<LabTitles>;
  const auto items = schema_of<LabItems>;
  const auto book = schema_of<LabBook>;
  table.push_back(with(lab("GET", "/books", "labBooks", "Books of a topic", list_titles_of_query, titles), topic));
  table.push_back(lab("GET", "/books/{id}", "labBook", "One book", show_book_of_path, book));
  table.push_back(buying("POST", "/books/{id}", "labBuyBook", buy_book_of_path));
  table.push_back(with(lab("GET", "/search", "labSearch", "Books of a topic", list_items_of_query, items), topic));
  table.push_back(lab("GET", "/search/{topic}", "labSearchByPath", "Books of a topic", list_items_of_path, items));
  table.push_back(with(lab("GET", "/lookup", "labLookup", "One book", show_book_of_query, book), item));
  table.push_back(lab("GET", "/lookup/{id}", "labLookupByPath", "One book", show_book_of_path, book));
  table.push_back(with(buying("GET", "/buy", "labBuy", buy_book_of_query), item));
  table.push_back(with(buying("POST", "/buy", "labBuyPost", buy_book_of_query), item));
  table.push_back(buying("GET", "/buy/{id}", "labBuyByPath", buy_book_of_path));
  table.push_back(buying("POST", "/buy/{id}", "labBuyByPathPost", buy_book_of_path));
  table.push_back(probing("/health", "labHealth"));
}

void add_bazaar_routes(std::vector<Route>& table) {
  const auto product = schema_of<Lab<LabProduct>>;
  table.push_back(lab("GET", "/products/{name}", "labProduct", "A product by its name", show_product_of_path, product));
  table.push_back(lab("GET", "/stocks/{name}", "labStockByPath", "A stock by its name", show_product_of_path, product));
  table.push_back(with(lab("GET", "/stocks", "labStock", "A stock by its name", show_stock_of_query, product),
                       {{"stock_name", Kind::kText, "its name", false, true}}));
  auto order =
      lab("POST", "/orders", "labOrder", "Orders a product by its name", order_product, schema_of<Lab<LabOrdered>>);
  order.effect = true;
  order.body = request_schema_of<LabOrderBody>;
  order.example = R"({"name":"NAME","quantity":1})";
  table.push_back(order);
  table.push_back(lab("GET", "/orders/{no}", "labShowOrder", "One order", show_lab_order, schema_of<Lab<LabOrder>>));
  table.push_back(probing("/ping", "labPing"));
}

}  // namespace

void add_lab_routes(std::vector<Route>& table) {
  add_book_routes(table);
  add_bazaar_routes(table);
}

}  // namespace bridge
