// The paths of the course's labs, so that the labs' clients work: the book store of 2019 to 2021, and the toy and stock
// bazaars of 2022 and 2023. There, prices are decimal numbers and refusals are {"error":{"code":404,"message":"..."}}.
#include <fmt/format.h>

#include "base/random.h"
#include "bridge/exchange.h"
#include "bridge/schema.h"

namespace bridge {
namespace {

std::string units(msg::Cents cents) { return fmt::format("{}.{:02}", cents.value() / 100, cents.value() % 100); }

Step plain(Exchange& exchange, std::string body) {
  return exchange.respond({200, "application/json", std::move(body), {}});
}

// --- the book store ---

Step list_books(Exchange& exchange, std::optional<std::string> topic) {
  const msg::Search search{std::move(topic), {}, {}, msg::kPageMax};
  return exchange.call(search, [](Exchange& self, const msg::ItemsReply& reply) {
    std::string body = "{\"items\":[";
    for (const auto& item : reply.items) {
      if (body.back() != '[') body += ',';
      body += fmt::format("{{\"id\":{},\"title\":{}}}", item.id, to_json(item.title));
    }
    return plain(self, body + "]}");
  });
}

Step show_book(Exchange& exchange, std::string_view id) {
  const auto number = decimal(id);
  if (!number) return exchange.refuse(msg::Code::kInvalid, fmt::format("'{}' is not an item id", id));
  return exchange.call(msg::Lookup{msg::ItemId(*number), {}}, [](Exchange& self, const msg::ItemReply& reply) {
    const auto& item = reply.item;
    return plain(self, fmt::format("{{\"id\":{},\"title\":{},\"topic\":{},\"quantity\":{},\"price\":{}}}", item.id,
                                   to_json(item.title), to_json(item.topic), item.stock, units(item.price)));
  });
}

// The labs have no keys: a request without a key is always a new order.
void give_key(Exchange& exchange) {
  if (exchange.key().empty()) exchange.use_key(base::new_key());
}

Step buy_book(Exchange& exchange, std::string_view id) {
  const auto number = decimal(id);
  if (!number) return exchange.refuse(msg::Code::kInvalid, fmt::format("'{}' is not an item id", id));
  give_key(exchange);
  const msg::PlaceOrder order{exchange.key(), msg::OrderType::kBuy, {}, {{msg::ItemId(*number), msg::Quantity(1), {}}}};
  return exchange.call(order, [](Exchange& self, const msg::OrderReply& reply) {
    const auto& line = reply.order.lines.at(0);
    return plain(
        self, fmt::format("{{\"order_number\":{},\"id\":{},\"quantity\":{}}}", reply.order.no, line.item, line.stock));
  });
}

Step list_books_of_path(Exchange& exchange) { return list_books(exchange, exchange.path_value(0)); }
Step list_books_of_query(Exchange& exchange) { return list_books(exchange, exchange.parameter("topic")); }
Step show_book_of_path(Exchange& exchange) { return show_book(exchange, exchange.path_value(0)); }
Step buy_book_of_path(Exchange& exchange) { return buy_book(exchange, exchange.path_value(0)); }
Step show_book_of_query(Exchange& exchange) { return show_book(exchange, *exchange.parameter("id")); }
Step buy_book_of_query(Exchange& exchange) { return buy_book(exchange, *exchange.parameter("id")); }

// --- the bazaars ---

Step show_product(Exchange& exchange, std::string name) {
  return exchange.call(msg::Lookup{{}, std::move(name)}, [](Exchange& self, const msg::ItemReply& reply) {
    return plain(self, fmt::format("{{\"data\":{{\"name\":{},\"price\":{},\"quantity\":{}}}}}",
                                   to_json(reply.item.title), units(reply.item.price), reply.item.stock));
  });
}

Step show_product_of_path(Exchange& exchange) { return show_product(exchange, exchange.path_value(0)); }
Step show_stock_of_query(Exchange& exchange) { return show_product(exchange, *exchange.parameter("stock_name")); }

Step order_product(Exchange& exchange) {
  msg::Refusal refusal;
  const auto body = exchange.body<LabOrderBody>(refusal);
  if (!body) return exchange.refuse(refusal);
  give_key(exchange);
  return exchange.call(msg::Lookup{{}, body->name}, [body](Exchange& self, const msg::ItemReply& reply) {
    const msg::PlaceOrder order{
        self.key(), body->type.value_or(msg::OrderType::kBuy), {}, {{reply.item.id, body->quantity, {}}}};
    return self.call(order, [](Exchange& at, const msg::OrderReply& placed) {
      return plain(at, fmt::format("{{\"data\":{{\"order_number\":{}}}}}", placed.order.no));
    });
  });
}

Step show_lab_order(Exchange& exchange) {
  const auto no = decimal(exchange.path_value(0));
  if (!no) return exchange.refuse(msg::Code::kInvalid, fmt::format("'{}' is no order number", exchange.path_value(0)));
  return exchange.call(msg::GetOrder{msg::OrderNo(*no)}, [](Exchange& self, const msg::OrderReply& reply) {
    const auto order = reply.order;
    return self.call(msg::Lookup{order.lines.at(0).item, {}}, [order](Exchange& at, const msg::ItemReply& item) {
      return plain(at,
                   fmt::format("{{\"data\":{{\"number\":{},\"name\":{},\"quantity\":{},\"type\":\"{}\"}}}}", order.no,
                               to_json(item.item.title), order.lines.at(0).quantity, msg::word(order.type)));
    });
  });
}

Route lab(std::string_view method, std::string_view path, std::string_view name, std::string_view what,
          Handler handle) {
  return {.method = method, .path = path, .name = name, .what = what, .handle = handle, .manner = Manner::kLab};
}

Route buying(Route route) {
  route.effect = true;
  return route;
}

Route with(Route route, Parameter parameter) {
  route.query.push_back(parameter);
  return route;
}

}  // namespace

void add_lab_routes(std::vector<Route>& table) {
  const Parameter topic{"topic", Kind::kText, "the topic, whole", false, true};
  const Parameter id{"id", Kind::kText, "the item's id", false, true};
  table.push_back(with(lab("GET", "/books", "labBooks", "Books of a topic", list_books_of_query), topic));
  table.push_back(lab("GET", "/books/{id}", "labBook", "One book", show_book_of_path));
  table.push_back(buying(lab("POST", "/books/{id}", "labBuyBook", "Buys one", buy_book_of_path)));
  table.push_back(with(lab("GET", "/search", "labSearch", "Books of a topic", list_books_of_query), topic));
  table.push_back(lab("GET", "/search/{topic}", "labSearchByPath", "Books of a topic", list_books_of_path));
  table.push_back(lab("GET", "/lookup/{id}", "labLookupByPath", "One book", show_book_of_path));
  table.push_back(buying(lab("GET", "/buy/{id}", "labBuyByPath", "Buys one", buy_book_of_path)));
  table.push_back(buying(lab("POST", "/buy/{id}", "labBuyByPathPost", "Buys one", buy_book_of_path)));
  table.push_back(with(lab("GET", "/lookup", "labLookup", "One book", show_book_of_query), id));
  table.push_back(with(buying(lab("GET", "/buy", "labBuy", "Buys one", buy_book_of_query)), id));
  table.push_back(with(buying(lab("POST", "/buy", "labBuyPost", "Buys one", buy_book_of_query)), id));
  table.push_back(lab("GET", "/products/{name}", "labProduct", "A product by its name", show_product_of_path));
  table.push_back(lab("GET", "/stocks/{name}", "labStockByPath", "A stock by its name", show_product_of_path));
  table.push_back(with(lab("GET", "/stocks", "labStock", "A stock by its name", show_stock_of_query),
                       {"stock_name", Kind::kText, "its name", false, true}));
  auto order = buying(lab("POST", "/orders", "labOrder", "Orders a product by its name", order_product));
  order.body = request_schema_of<LabOrderBody>;
  table.push_back(order);
  table.push_back(lab("GET", "/orders/{no}", "labShowOrder", "One order", show_lab_order));
}

}  // namespace bridge
