// Bodies of the labs' paths. Each year's clients read other names, so some answers tell one thing under several names.
// docs/HTTP.md describes each.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "json/json.h"
#include "msg/requests.h"

namespace bridge {

// --- in ---

// An integer, or the same as text: "2".
struct LabQuantity {
  msg::Quantity value;
  json::Problem read(const json::Value& given);
};
// buy or sell, without case.
struct LabOrderType {
  msg::OrderType value = msg::OrderType::kBuy;
  json::Problem read(const json::Value& given);
};
struct LabOrderBody {
  std::optional<std::string> name;  // or stock_name
  std::optional<std::string> stock_name;
  LabQuantity quantity;
  std::optional<LabOrderType> type;  // or trade_type; missing: buy
  std::optional<LabOrderType> trade_type;
  static constexpr auto fields() {
    return std::tuple(msg::field("name", &LabOrderBody::name), msg::field("stock_name", &LabOrderBody::stock_name),
                      msg::field("quantity", &LabOrderBody::quantity), msg::field("type", &LabOrderBody::type),
                      msg::field("trade_type", &LabOrderBody::trade_type));
  }
};

// --- out ---

// Cents that are written as a decimal number: 25.99. Only the labs' clients read prices in this form.
struct Decimal {
  msg::Cents cents;
  void write(std::string& out) const;
};

struct LabTitle {
  msg::ItemId id;
  std::string title;
  static constexpr auto fields() {
    return std::tuple(msg::field("id", &LabTitle::id), msg::field("title", &LabTitle::title));
  }
};
using LabTitles = std::vector<LabTitle>;
struct LabItems {
  LabTitles items;
  static constexpr auto fields() { return std::tuple(msg::field("items", &LabItems::items)); }
};
struct LabBook {
  msg::ItemId id;
  std::string title;
  std::string topic;
  msg::Quantity quantity, stock, count;  // all three: the pieces that are left
  Decimal price, cost;                   // both: the price
  static constexpr auto fields() {
    return std::tuple(msg::field("id", &LabBook::id), msg::field("title", &LabBook::title),
                      msg::field("topic", &LabBook::topic), msg::field("quantity", &LabBook::quantity),
                      msg::field("stock", &LabBook::stock), msg::field("count", &LabBook::count),
                      msg::field("price", &LabBook::price), msg::field("cost", &LabBook::cost));
  }
};
struct LabBought {
  msg::OrderNo order_number, order_id;
  msg::ItemId id, item_id;
  std::string title, item;
  msg::Quantity quantity;  // the pieces that are left
  std::string buy_status, order_status;
  std::string date;  // UTC
  static constexpr auto fields() {
    return std::tuple(msg::field("order_number", &LabBought::order_number), msg::field("id", &LabBought::id),
                      msg::field("title", &LabBought::title), msg::field("quantity", &LabBought::quantity),
                      msg::field("Item", &LabBought::item), msg::field("BuyStatus", &LabBought::buy_status),
                      msg::field("Order status", &LabBought::order_status), msg::field("OrderId", &LabBought::order_id),
                      msg::field("ID", &LabBought::item_id), msg::field("Date", &LabBought::date));
  }
};
// The bazaars put each answer into `data`.
template <class Data>
struct Lab {
  Data data;
  static constexpr auto fields() { return std::tuple(msg::field("data", &Lab::data)); }
};
struct LabProduct {
  std::string name;
  Decimal price;
  msg::Quantity quantity;
  static constexpr auto fields() {
    return std::tuple(msg::field("name", &LabProduct::name), msg::field("price", &LabProduct::price),
                      msg::field("quantity", &LabProduct::quantity));
  }
};
struct LabOrdered {
  msg::OrderNo order_number, transaction_number;
  static constexpr auto fields() {
    return std::tuple(msg::field("order_number", &LabOrdered::order_number),
                      msg::field("transaction_number", &LabOrdered::transaction_number));
  }
};
struct LabOrder {
  msg::OrderNo number;
  std::string name;
  msg::Quantity quantity;
  msg::OrderType type = msg::OrderType::kBuy;
  static constexpr auto fields() {
    return std::tuple(msg::field("number", &LabOrder::number), msg::field("name", &LabOrder::name),
                      msg::field("quantity", &LabOrder::quantity), msg::field("type", &LabOrder::type));
  }
};
struct LabAlive {
  std::string status;
  static constexpr auto fields() { return std::tuple(msg::field("status", &LabAlive::status)); }
};

struct LabError {
  std::uint32_t code = 0;
  std::string message;
  static constexpr auto fields() {
    return std::tuple(msg::field("code", &LabError::code), msg::field("message", &LabError::message));
  }
};
struct LabErrorBody {
  LabError error;
  std::optional<std::string> buy_status, order_status;  // only if a book was to be bought, and was not
  static constexpr auto fields() {
    return std::tuple(msg::field("error", &LabErrorBody::error), msg::field("BuyStatus", &LabErrorBody::buy_status),
                      msg::field("Order status", &LabErrorBody::order_status));
  }
};

}  // namespace bridge
