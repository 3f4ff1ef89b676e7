#include "cli/output.h"

#include <fmt/chrono.h>
#include <unistd.h>

#include <algorithm>

#include <ctime>

#include <cstdlib>

namespace cli {
namespace {

// nlohmann writes a double as the shortest text that reads back the same, so 25.99 stays 25.99.
double units(base::Cents cents) { return static_cast<double>(cents.value()) / 100; }

Json lines_to_json(const std::vector<msg::OrderLine>& lines) {
  auto all = Json::array();
  for (const auto& line : lines) {
    all.push_back({{"item", line.item.value()},
                   {"quantity", line.quantity.value()},
                   {"price", units(line.price)},
                   {"price_cents", line.price.value()},
                   {"stock", line.stock.value()}});
  }
  return all;
}

struct Fill {
  Json& json;
  void operator()(const msg::StoreCreated& event) { json["store"] = event.store; }
  void operator()(const msg::WriterAppointed& event) { json["replica"] = event.replica; }
  void operator()(const msg::HolderJoined& event) { json["holder"] = event.holder; }
  void operator()(const msg::HolderLeft& event) { json["holder"] = event.holder; }
  void operator()(const msg::ItemsAdded& event) {
    json["key"] = event.key;
    for (const auto& item : event.items) {
      json["items"].push_back({{"id", item.id.value()},
                               {"title", item.title},
                               {"topic", item.topic},
                               {"price", units(item.price)},
                               {"price_cents", item.price.value()},
                               {"stock", item.stock.value()}});
    }
  }
  void operator()(const msg::PriceChanged& event) {
    json["key"] = event.key;
    json["item"] = event.item.value();
    json["price"] = units(event.price);
    json["price_cents"] = event.price.value();
    json["was"] = units(event.was);
    json["was_cents"] = event.was.value();
  }
  void operator()(const msg::StockMoved& event) {
    json["key"] = event.key;
    json["item"] = event.item.value();
    json["delta"] = event.delta.value();
    json["stock"] = event.stock.value();
    if (!event.reason.empty()) json["reason"] = event.reason;
  }
  void operator()(const msg::OrderPlaced& event) {
    json["key"] = event.key;
    json["order"] = event.no.value();
    json["order_type"] = msg::word(event.type);
    json["customer"] = event.customer;
    json["lines"] = lines_to_json(event.lines);
    json["total"] = units(event.total);
    json["total_cents"] = event.total.value();
  }
  void operator()(const msg::KeyVoided& event) { json["key"] = event.key; }
};

// Replaces control characters, because text from the stream is printed to a terminal.
std::string plain(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return text;
}

int exit_code_of(msg::Code code) {
  if (msg::is_business(code)) return kRefused;
  const bool usage = msg::is_bad_request(code) && code != msg::Code::kUnsupportedVersion;
  return usage ? kUsage : kUnknown;
}

}  // namespace

Json to_json(const msg::Item& item) {
  return {{"id", item.id.value()},
          {"title", item.title},
          {"topic", item.topic},
          {"price", units(item.price)},
          {"price_cents", item.price.value()},
          {"stock", item.stock.value()},
          {"seq", item.version.value()}};
}

Json to_json(const msg::Order& order) {
  return {{"order", order.no.value()},
          {"seq", order.seq.value()},
          {"time", time_text(order.at)},
          {"type", msg::word(order.type)},
          {"key", order.key},
          {"customer", order.customer},
          {"lines", lines_to_json(order.lines)},
          {"total", units(order.total)},
          {"total_cents", order.total.value()}};
}

Json event_to_json(base::Seq seq, const msg::Event& event) {
  Json json{{"seq", seq.value()}, {"at", event.at}};
  std::visit(
      [&](const auto& what) {
        json["type"] = what.kType;
        Fill{json}(what);
      },
      event.what);
  return json;
}

// Text from outside may not be UTF-8; a replacement character is better than an exception.
void print_json(const Json& json) { fmt::print("{}\n", json.dump(-1, ' ', false, Json::error_handler_t::replace)); }

void print_item(const msg::Item& item) {
  fmt::print("{:>7}  {}  [{}]  {}  {} in stock\n", item.id, item.title, item.topic, money(item.price), item.stock);
}

void print_order(const msg::Order& order) {
  fmt::print("order {} ({}{}{}), seq {}, {}\n", order.no, msg::word(order.type), order.customer.empty() ? "" : " for ",
             order.customer, order.seq, time_text(order.at));
  for (const auto& line : order.lines) {
    fmt::print("  {:>4} x item {} at {}, {} left\n", line.quantity, line.item, money(line.price), line.stock);
  }
  fmt::print("  total {}\n", money(order.total));
}

void print_checks(const std::vector<Check>& checks, bool json) {
  auto all = Json::array();
  for (const auto& check : checks) {
    all.push_back({{"name", check.name}, {"ok", check.ok}, {"detail", check.detail}});
    if (!json) fmt::print("{:<6}  {:<8}  {}\n", check.ok ? "ok" : "FAILED", check.name, plain(check.detail));
  }
  const bool ok = std::all_of(checks.begin(), checks.end(), [](const Check& check) { return check.ok; });
  if (json) print_json({{"checks", all}, {"ok", ok}});
}

std::string duration_text(std::uint64_t milliseconds) {
  return milliseconds < 1000 ? fmt::format("{} ms", milliseconds)
                             : fmt::format("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100);
}

std::string time_text(std::int64_t milliseconds) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S}.{:03} UTC", fmt::gmtime(static_cast<std::time_t>(milliseconds / 1000)),
                     milliseconds % 1000);
}

int complain(const Common& common, const msg::Refusal& refusal, const std::string& key) {
  if (common.json) {
    Json error{{"code", msg::word(refusal.code)}, {"message", refusal.message}};
    if (refusal.item) error["item"] = refusal.item->value();
    if (refusal.stock) error["stock"] = refusal.stock->value();
    if (refusal.price) error["price"] = units(*refusal.price);
    if (!key.empty()) error["key"] = key;
    print_json({{"error", error}});
  }
  fmt::print(stderr, "pygmy: {}: {}\n", msg::word(refusal.code), refusal.message);
  if (refusal.code == msg::Code::kUnknown && !key.empty()) {
    fmt::print(stderr, "pygmy: to find out, and to make sure that it takes no effect later: pygmy outcome {}\n", key);
  }
  return exit_code_of(refusal.code);
}

int usage_error(const std::string& what) {
  fmt::print(stderr, "pygmy: {}\n", what);
  return kUsage;
}

int refuse(const std::string& why, bool json) {
  if (json) print_json({{"error", {{"message", why}}}});
  fmt::print(stderr, "pygmy: {}\n", why);
  return kRefused;
}

bool colours(int fd) { return isatty(fd) == 1 && std::getenv("NO_COLOR") == nullptr; }

}  // namespace cli
