// An Api without sockets, and a store that answers as the test says.
#pragma once

#include <gmock/gmock.h>

#include "bridge/api.h"
#include "client/client.h"
#include "msg/block.h"

namespace bridge {

class ApiTest : public testing::Test {
 protected:
  ApiTest() { api.told(msg::Anonymous::kAll); }

  static Request request(std::string method, std::string target, std::string body = {}, Headers headers = {}) {
    return {std::move(method), std::move(target), std::move(headers), std::move(body)};
  }
  void get(std::string target, Headers headers = {}) {
    send(request("GET", std::move(target), {}, std::move(headers)));
  }
  void post(std::string target, std::string body, Headers headers = {{"Idempotency-Key", "k1"}}) {
    send(request("POST", std::move(target), std::move(body), std::move(headers)));
  }
  void send(const Request& what) { step = handle(api, what); }
  Step handle(Api& by, const Request& what) {
    return by.handle(what, visitor, asker_of(what, by.site(), by.sign_ins(), now), now);
  }

  // The present request to the store. Fails if its type is another one.
  template <class Message>
  Message asked() {
    const auto* call = std::get_if<Call>(&step);
    if (!call || call->ask.type != Message::kType) {
      ADD_FAILURE() << "the store is not asked for " << Message::kType << ": " << describe();
      return {};
    }
    return msg::decode<Message>(call->ask.body).value();
  }
  bool is_write() { return std::get<Call>(step).ask.is_write; }
  const client::Options& options() { return std::get<Call>(step).ask.options; }

  // Answers it.
  template <class Body>
  void answer(const Body& body, msg::Seq seq = msg::Seq(9)) {
    client::Answer reply;
    reply.body = msg::encoded(body);
    reply.header.seq = seq;
    reply.header.stale_ms = stale_ms;
    if (options().trace) reply.header.spans = std::vector<msg::Span>{{"gate", 5}, {"frontend", 80}, {"catalog", 40}};
    reply.took = std::chrono::microseconds(100);
    tell(reply);
  }
  void refuse(msg::Refusal refusal) {
    client::Answer reply;
    reply.header.seq = msg::Seq(9);
    reply.refusal = std::move(refusal);
    tell(reply);
  }
  void tell(const client::Answer& reply) {
    auto* call = std::get_if<Call>(&step);
    ASSERT_TRUE(call) << "the store is not asked: " << describe();
    const auto then = std::move(call->then);
    step = then(reply);
  }

  // The response to the HTTP client.
  const Response& response() {
    static const Response none{0, {}, {}, {}};
    const auto* answered = std::get_if<Answered>(&step);
    EXPECT_TRUE(answered) << describe();
    return answered ? answered->response : none;
  }
  unsigned status() { return response().status; }
  std::string body() { return response().body; }
  std::string header(std::string_view name) {
    for (const auto& [each, value] : response().headers) {
      if (each == name) return value;
    }
    return {};
  }

  std::string describe() {
    if (const auto* call = std::get_if<Call>(&step)) return "a call of " + std::string(call->ask.type);
    if (const auto* answered = std::get_if<Answered>(&step)) {
      return std::to_string(answered->response.status) + " " + answered->response.body;
    }
    return "a stream";
  }

  static msg::Item item(std::uint64_t id, std::uint64_t version = 8) {
    return {msg::ItemId(id), "RPCs for Dummies", "ds", msg::Cents(2499), msg::Quantity(5), msg::Seq(version)};
  }
  static msg::Order order() {
    msg::Order placed{.no = msg::OrderNo(7), .seq = msg::Seq(9), .at = 1700000000000, .key = "k1", .customer = "ann"};
    placed.lines = {{msg::ItemId(2), msg::Quantity(1), msg::Cents(2499), msg::Quantity(4)}};
    placed.total = msg::Cents(2499);
    return placed;
  }
  // A block of these events, the first with seq `first`; `prev` is the hash of the block before.
  static msg::EventsReply events(std::uint64_t first, const std::vector<msg::Event>& all,
                                 const msg::Hash& prev = msg::no_hash()) {
    msg::Block block{.no = base::BlockNo(1), .first = msg::Seq(first), .count = static_cast<std::uint32_t>(all.size())};
    block.prev.bytes = prev;
    for (const auto& event : all) msg::encode(event, block.events.bytes);
    return {{{msg::encode_block(block)}}, msg::Seq(first + all.size() - 1)};
  }

  Metrics metrics;
  Operate operate;
  std::string secret = "5ec2e7";  // of the next sign-in
  Api api{metrics,
          [this](const std::string& instance, const std::string& action) { return operate(instance, action); },
          [this] { return secret; },
          {.hosts = {"shop"}, .origins = {"https://friend.example"}}};
  base::Mono now{std::chrono::hours(1)};
  std::string visitor = "192.0.2.1";  // of the next request
  std::optional<std::uint64_t> stale_ms;
  Step step;
};

}  // namespace bridge
