// hold, confirm, extend, release, show-hold, holds.
#include "base/notice.h"
#include "base/print.h"
#include "tasks/currency.h"
#include "tasks/output.h"
#include "tasks/shop.h"

namespace tasks {
namespace {

int show(const Common& common, client::Client& store, const client::Reply<msg::HoldReply>& reply,
         const std::string& key = {}) {
  if (reply.refusal) return complain(common, *reply.refusal, key);
  if (common.json) {
    print_json(to_json(reply.body->hold));
  } else {
    print_hold(reply.body->hold, shown_currency(store));
  }
  return kDone;
}

std::uint32_t ttl_of(std::uint64_t milliseconds) { return static_cast<std::uint32_t>(milliseconds); }

}  // namespace

int hold(const Common& common, const HoldTask& task) {
  msg::PlaceHold request{.key = key_or_new(task.key), .ttl = ttl_of(task.ttl_ms)};
  if (!task.customer.empty()) request.customer = task.customer;
  auto lines = parse_lines(task.items);
  if (!lines) return usage_error(lines.error().message);
  request.lines = std::move(*lines);
  auto store = common.connect();
  AskedCurrency asked;
  if (!task.expect_price.empty()) asked = ask_currency(store);
  if (asked.refusal) return complain(common, *asked.refusal);
  const auto ok = expect_price(request.lines, task.expect_price, asked.currency);
  if (!ok) return usage_error(ok.error().message);
  auto reply = store.call(request);
  if (reply.refusal) reply.refusal = with_amount(*reply.refusal, asked.currency);
  return show(common, store, reply, request.key);
}

int confirm_hold(const Common& common, const HoldChangeTask& task) {
  msg::ConfirmHold request{.key = key_or_new(task.key), .hold = base::HoldNo(task.no)};
  const auto lines = parse_lines(task.items);
  if (!lines) return usage_error(lines.error().message);
  if (!lines->empty()) request.lines.emplace();
  for (const auto& line : *lines) request.lines->push_back({line.item, line.quantity});
  auto store = common.connect();
  return show_order(common, store, store.call(request), request.key);
}

int extend_hold(const Common& common, const HoldChangeTask& task) {
  const msg::ExtendHold request{key_or_new(task.key), base::HoldNo(task.no), ttl_of(task.ttl_ms)};
  auto store = common.connect();
  return show(common, store, store.call(request), request.key);
}

int release_hold(const Common& common, const HoldChangeTask& task) {
  const msg::ReleaseHold request{key_or_new(task.key), base::HoldNo(task.no)};
  auto store = common.connect();
  return show(common, store, store.call(request), request.key);
}

int show_hold(const Common& common, std::uint64_t no) {
  auto store = common.connect();
  return show(common, store, store.call(msg::GetHold{base::HoldNo(no)}));
}

int holds(const Common& common, const HoldsTask& task) {
  msg::ListHolds request{.customer = task.customer, .limit = task.limit};
  if (task.after) request.after = base::HoldNo(*task.after);
  auto store = common.connect();
  const auto reply = store.call(request);
  if (reply.refusal) return complain(common, *reply.refusal);
  const auto& page = *reply.body;
  if (common.json) {
    Json json{{"holds", Json::array()}, {"seq", reply.seq.value()}};
    for (const auto& each : page.holds) json["holds"].push_back(to_json(each));
    if (page.next) json["next"] = page.next->value();
    print_json(json);
    return kDone;
  }
  const auto currency = page.holds.empty() ? Currency() : shown_currency(store);
  for (const auto& each : page.holds) print_hold(each, currency);
  if (page.holds.empty()) base::notice("no open holds\n");
  if (page.next) base::notice("there is more: add --after {}\n", *page.next);
  return kDone;
}

}  // namespace tasks
