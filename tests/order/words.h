// Words that the tests of the order folder share: requests, and answers told as short sentences.
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/core.h"
#include "msg/block.h"
#include "msg/envelope.h"
#include "msg/internal.h"
#include "msg/requests.h"

namespace order {

inline msg::PlaceOrder buy(std::string key, std::uint64_t item, std::int64_t quantity = 1) {
  return {std::move(key), msg::OrderType::kBuy, "ann", {{base::ItemId(item), base::Quantity(quantity), {}}}};
}
inline msg::AddItems add(std::string key, std::uint64_t id, std::int64_t stock) {
  return {std::move(key), {{base::ItemId(id), "a title", "a topic", base::Cents(100), base::Quantity(stock)}}};
}
inline msg::ChangePrice price(std::string key, std::uint64_t item, std::int64_t cents) {
  return {std::move(key), base::ItemId(item), base::Cents(cents)};
}
inline msg::Restock restock(std::string key, std::uint64_t item, std::int64_t delta) {
  return {std::move(key), base::ItemId(item), base::Quantity(delta), std::nullopt};
}
inline msg::CountStock count(std::string key, std::uint64_t item, std::int64_t stock) {
  return {std::move(key), base::ItemId(item), base::Quantity(stock), {}, {}};
}
inline msg::Transfer transfer(std::string key, std::uint64_t item, std::int64_t quantity, std::string to) {
  return {std::move(key), base::ItemId(item), base::Quantity(quantity), {}, std::move(to), {}, {}, true};
}
inline msg::EditItem retitle(std::string key, std::uint64_t item, std::string title) {
  return {std::move(key), base::ItemId(item), std::move(title), {}, {}, {}};
}
inline msg::EditItem retire(std::string key, std::uint64_t item, bool retired = true) {
  return {std::move(key), base::ItemId(item), {}, {}, retired, {}};
}
// Without an item: everything that remains of the order.
inline msg::Cancel cancel(std::string key, std::uint64_t no, std::optional<std::uint64_t> item = {},
                          std::int64_t quantity = 1) {
  msg::Cancel request{std::move(key), base::OrderNo(no), msg::CancelKind::kCancel, {}, {}};
  if (item) request.lines = {{base::ItemId(*item), base::Quantity(quantity)}};
  return request;
}
inline msg::PlaceHold hold(std::string key, std::uint64_t item, std::int64_t quantity, std::uint32_t ttl,
                           std::string customer = "ann") {
  return {std::move(key), std::move(customer), {{base::ItemId(item), base::Quantity(quantity), {}}}, ttl};
}
// Without an item: the whole hold.
inline msg::ConfirmHold confirm(std::string key, std::uint64_t no, std::optional<std::uint64_t> item = {},
                                std::int64_t quantity = 1) {
  msg::ConfirmHold request{std::move(key), base::HoldNo(no), {}};
  if (item) request.lines = {{base::ItemId(*item), base::Quantity(quantity)}};
  return request;
}
inline msg::ExtendHold extend(std::string key, std::uint64_t no, std::uint32_t ttl) {
  return {std::move(key), base::HoldNo(no), ttl};
}
inline msg::ReleaseHold release(std::string key, std::uint64_t no) { return {std::move(key), base::HoldNo(no)}; }
inline msg::Subscribe subscribe(std::string key, std::string name, std::optional<std::uint64_t> from = {},
                                std::int64_t ttl = 60'000) {
  return {std::move(key), std::move(name), from ? std::optional(base::Seq(*from)) : std::nullopt, {}, ttl};
}
inline msg::Acknowledge acknowledge(std::string key, std::string name, std::uint64_t cursor) {
  return {std::move(key), std::move(name), base::Seq(cursor)};
}
inline msg::Unsubscribe unsubscribe(std::string key, std::string name) { return {std::move(key), std::move(name)}; }
inline msg::Outcome outcome(std::string key) { return {std::move(key)}; }

inline std::string items_told(const std::vector<msg::Item>& items) {
  std::string told;
  for (const auto& item : items) {
    told += fmt::format("item {} stock {} price {} ", item.id, item.stock, item.price);
  }
  return told;
}

inline std::string body_told(std::string_view body) {
  if (const auto reply = msg::decode<msg::OutcomeReply>(body)) {
    return fmt::format("outcome {}{}{} ", msg::word(reply->outcome),
                       reply->order ? fmt::format(" {}", reply->order->no) : "",
                       reply->hold ? fmt::format(" hold {}", reply->hold->no) : "");
  }
  if (const auto reply = msg::decode<msg::HoldReply>(body)) {
    return fmt::format("hold {} {} ", reply->hold.no, msg::word(reply->hold.state));
  }
  if (const auto reply = msg::decode<msg::HoldsReply>(body)) {
    std::string told = "holds";
    for (const auto& hold : reply->holds) told += fmt::format(" {}", hold.no);
    return told + (reply->next ? fmt::format(" next {} ", *reply->next) : " ");
  }
  if (const auto reply = msg::decode<msg::MovementsReply>(body)) {
    std::string told = "movements";
    for (const auto& each : reply->movements) {
      told += fmt::format(" {} {} {}", each.seq, msg::word(each.kind), each.delta);
    }
    return told + (reply->next ? fmt::format(" next {} ", *reply->next) : " ");
  }
  if (const auto reply = msg::decode<msg::OrderReply>(body)) {
    auto text = fmt::format("order {} ", reply->order.no);
    if (reply->order.state) text += fmt::format("{} ", msg::word(*reply->order.state));
    return text;
  }
  if (const auto reply = msg::decode<msg::ItemReply>(body)) return items_told({reply->item});
  if (const auto reply = msg::decode<msg::ItemsReply>(body)) return items_told(reply->items);
  if (const auto reply = msg::decode<msg::OrdersReply>(body)) {
    std::string told = "orders";
    for (const auto& order : reply->orders) told += fmt::format(" {}", order.no);
    return told + (reply->next ? fmt::format(" next {} ", *reply->next) : " ");
  }
  if (const auto reply = msg::decode<msg::SubscriptionsReply>(body)) {
    std::string told = "subscriptions";
    for (const auto& each : reply->subscriptions) told += fmt::format(" {} {}", each.name, each.cursor);
    return told + fmt::format(" of {} ", reply->last);
  }
  if (const auto reply = msg::decode<msg::SubscriptionReply>(body); reply && reply->subscription) {
    return fmt::format("{}: {} {} ", reply->seq, reply->subscription->name, reply->subscription->cursor);
  }
  if (const auto reply = msg::decode<msg::NoteReply>(body)) return fmt::format("noted {} ", reply->seq);
  return "something else ";
}

// "1: order 1 @3": the answer to request 1 is order 1 and reveals seq 3.
inline std::string told(const msg::Message& message) {
  const auto what = message.header.err ? *message.header.err + " " : body_told(message.body);
  return fmt::format("{}: {}@{}", message.header.id, what, message.header.seq.value_or(base::Seq()));
}

template <class Frames>
std::vector<msg::Message> messages_of(const Frames& frames) {
  std::vector<msg::Message> messages;
  for (const auto& [peer, batches] : frames) {
    for (const auto& batch : batches) {
      for (msg::FrameReader reader(batch); !reader.done();) messages.push_back(*reader.next());
    }
  }
  return messages;
}

// Takes the answers out of the outbox.
inline std::vector<std::string> answers(base::Outbox& out) {
  std::vector<std::string> all;
  for (const auto& message : messages_of(out.replies())) all.push_back(told(message));
  out.replies().clear();
  return all;
}

struct SentAppend {
  std::uint64_t id = 0;
  msg::Append append;
};

// Takes what was sent to the broker out of the outbox; what is not an append is left out.
inline std::vector<SentAppend> appends(base::Outbox& out) {
  std::vector<SentAppend> all;
  for (const auto& message : messages_of(out.sends())) {
    if (message.header.t != msg::Append::kType) continue;
    all.push_back({message.header.id, *msg::decode<msg::Append>(message.body)});
  }
  out.sends().clear();
  return all;
}

inline std::vector<msg::Event> events_of(const msg::Append& append) {
  auto events = msg::decode_events(append.events.bytes, append.count);
  return events ? std::move(*events) : std::vector<msg::Event>();
}

}  // namespace order
