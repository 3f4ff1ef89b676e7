#include "tasks/output.h"

#include <fmt/chrono.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <sstream>
#include <system_error>

#include "base/notice.h"
#include "base/print.h"
#include "msg/places.h"
#include "tasks/places.h"
#include "tasks/terms.h"

namespace tasks {
namespace {

int exit_code_of(msg::Code code) {
  if (msg::is_business(code) || msg::is_denial(code)) return kRefused;
  const bool usage = msg::is_bad_request(code) && code != msg::Code::kUnsupportedVersion;
  return usage ? kUsage : kUnknown;
}

// Text from outside may not be UTF-8; a replacement character is better than an exception.
std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// Replaces the amounts in `json`, which is made from `value`, by texts for people.
template <class T>
void show_amounts(const T& value, const Currency& currency, Json& json) {
  if constexpr (std::is_same_v<T, base::Cents>) {
    json = priced(value, currency);
  } else if constexpr (json::kIsVector<T>) {
    for (std::size_t i = 0; i < value.size(); ++i) show_amounts(value[i], currency, json[i]);
  } else if constexpr (msg::HasFields<T>) {
    msg::for_each_field(value, [&](std::string_view name, const auto& member) {
      if (const auto found = json.find(std::string(name)); found != json.end()) show_amounts(member, currency, *found);
    });
  }
}

void print_lines(const std::vector<msg::OrderLine>& lines, base::Cents total, const Currency& currency) {
  for (const auto& line : lines) {
    const auto places = line.places ? fmt::format(" ({})", tasks::text_of(line.quantity, line.places)) : "";
    base::print("  {:>4} x item {} at {}, {} in stock{}\n", line.quantity, line.item, money(line.price, currency),
                line.stock, places);
  }
  base::print("  total {}\n", priced(total, currency));
}

std::string_view state_text(msg::OrderState state) {
  return state == msg::OrderState::kPartlyCancelled ? "partly cancelled" : msg::word(state);
}

}  // namespace

Json to_json(const msg::Item& item) {
  auto json = Json::parse(json::to_text(item));
  json["held"] = msg::held_of(item).value();
  json["available"] = msg::available_of(item).value();
  json["retired"] = msg::is_retired(item);
  if (item.places) json["main"] = msg::pieces_at(item.stock, item.places, msg::kMainPlace).value();
  if (item.low) json["is_low"] = msg::is_low(item);
  return json;
}

Json to_json(msg::Order order) {
  if (!order.state) order.state = msg::OrderState::kPlaced;
  return Json::parse(json::to_text(order));
}

Json event_to_json(base::Seq seq, const msg::Event& event) { return Json::parse(json::to_text(seq, event)); }

std::string event_text(const msg::Event& event, const Currency& currency) {
  auto json = event_to_json({}, event);
  for (const auto* shown_before : {"seq", "at", "type"}) json.erase(shown_before);
  std::visit([&](const auto& what) { show_amounts(what, currency, json); }, event.what);
  return text_of(json);
}

// Control characters are escaped, which changes no value.
void print_json(const Json& json) { base::print("{}\n", text_of(json)); }

void print_item(const msg::Item& item, const Currency& currency, bool with_version) {
  const auto held = item.held ? fmt::format(", {} held, {} available", *item.held, msg::available_of(item)) : "";
  const auto places = item.places ? fmt::format(" ({})", text_of(item.stock, item.places)) : "";
  const auto low = msg::is_low(item) ? ", low" : "";
  auto topics = item.topic;
  for (const auto& topic : item.topics.value_or(msg::Topics())) topics += ", " + topic;
  base::print("{:>7}  {}  [{}]  {}  {} in stock{}{}{}{}{}{}\n", item.id, item.title, topics,
              priced(item.price, currency), item.stock, places, held, low, msg::is_retired(item) ? ", retired" : "",
              item.terms ? ", " + text_of(*item.terms) : "",
              with_version ? fmt::format(", version {}", item.version) : "");
}

std::string difference_text(base::Quantity delta) {
  if (delta.value() == 0) return "  as many as the books said";
  return fmt::format("  {} {} than the books said", std::abs(delta.value()), delta.value() < 0 ? "fewer" : "more");
}

void print_order(const msg::Order& order, const Currency& currency) {
  base::print("order {} ({}{}{}), seq {}, {}\n", order.no, msg::word(order.type), order.customer.empty() ? "" : " for ",
              order.customer, order.seq, time_text(order.at));
  print_lines(order.lines, order.total, currency);
  if (!order.cancellations) return;
  for (const auto& each : *order.cancellations) {
    base::print("{}{}{}, seq {}, {}\n", msg::word(each.kind), each.reason.empty() ? "" : ": ", each.reason, each.seq,
                time_text(each.at));
    print_lines(each.lines, each.total, currency);
  }
  base::print("this order is {}\n", state_text(order.state.value_or(msg::OrderState::kPlaced)));
}

void print_hold(const msg::Hold& hold, const Currency& currency) {
  base::print("hold {}{}{}, seq {}, {}\n", hold.no, hold.customer.empty() ? "" : " for ", hold.customer, hold.seq,
              time_text(hold.at));
  for (const auto& line : hold.lines) {
    base::print("  {:>4} x item {} at {}\n", line.quantity, line.item, money(line.price, currency));
  }
  if (hold.order) {
    base::print("this hold is confirmed as order {}\n", *hold.order);
  } else if (hold.state == msg::HoldState::kOpen) {
    base::print("this hold is open until {}\n", time_text(hold.expires));
  } else {
    base::print("this hold is {}\n", msg::word(hold.state));
  }
}

void print_movement(const msg::Movement& movement) {
  base::print("seq {}, {}: {} {:+}, {} in stock", movement.seq, time_text(movement.at), msg::word(movement.kind),
              movement.delta.value(), movement.stock);
  if (movement.held_delta || movement.held) {
    const auto held = movement.held.value_or(base::Quantity());
    base::print(", held {:+}, {} held", movement.held_delta.value_or(base::Quantity()).value(), held);
  }
  if (movement.places) base::print(", {}", changes_of(*movement.places));
  if (movement.order) base::print(", order {}", *movement.order);
  if (movement.hold) base::print(", hold {}", *movement.hold);
  if (movement.by) base::print(", by {}", *movement.by);
  base::print("{}{}\n", movement.reason ? ": " : "", movement.reason.value_or(""));
}

void print_subscription(const msg::Subscription& subscription, base::Seq last) {
  base::print("{}: acknowledged up to seq {}, {} behind; dropped at {}", subscription.name, subscription.cursor,
              count_text(msg::lag_of(subscription, last), "event"), time_text(msg::expires_of(subscription)));
  if (!subscription.types.empty()) base::print("; of {}", fmt::join(subscription.types, ", "));
  base::print("\n");
}

std::string count_text(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
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
    if (refusal.price) error["price"] = refusal.price->value();
    if (refusal.version) error["version"] = refusal.version->value();
    if (refusal.allowed) error["allowed"] = refusal.allowed->value();
    if (refusal.from) error["from"] = *refusal.from;
    if (refusal.until) error["until"] = *refusal.until;
    if (refusal.retry_ms) error["retry_ms"] = *refusal.retry_ms;
    if (!key.empty()) error["key"] = key;
    print_json({{"error", error}});
  }
  base::notice("pygmy: {}: {}\n", msg::word(refusal.code), refusal.message);
  const bool is_of_token = refusal.message.find("token") != std::string::npos;  // and not of a key alone
  if (refusal.code == msg::Code::kUnauthenticated && is_of_token) {
    base::notice("pygmy: put the token of a valid credential into PYGMY_TOKEN, or name its file with --token-file\n");
  }
  if (refusal.code == msg::Code::kUnknown && !key.empty()) {
    base::notice("pygmy: to find out, and to make sure that it takes no effect later: pygmy outcome {}\n", key);
  }
  return exit_code_of(refusal.code);
}

void flush_output() {
  if (std::fflush(stdout) != 0) throw std::system_error(errno, std::generic_category(), "standard output");
}

// `what` may have several lines.
int usage_error(const std::string& what) {
  std::istringstream lines(what);
  for (std::string line; std::getline(lines, line);) base::notice("pygmy: {}\n", line);
  return kUsage;
}

int refuse(const std::string& why, bool json) {
  if (json) print_json({{"error", {{"message", why}}}});
  base::notice("pygmy: {}\n", why);
  return kRefused;
}

bool colours(int fd) { return isatty(fd) == 1 && std::getenv("NO_COLOR") == nullptr; }

}  // namespace tasks
