// An order replica on a store in memory.
#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

#include "msg/block.h"
#include "order/core.h"
#include "tests/order/memory_store.h"
#include "tests/order/words.h"

namespace order {

using base::Seq;
using std::chrono::milliseconds;

// An order replica, and the stream that it follows.
class CoreTest : public ::testing::Test {
 protected:
  CoreTest() {
    start();
    block({{0, msg::StoreCreated{"store-1"}}});
    appoint("order-9");
    block({{0, msg::ItemsAdded{"given", 0, {added(1, 5)}}}});
    appoint("order-1");
  }

  void start() {
    Config config;
    config.replica.identity.role = msg::Role::kOrder;
    config.replica.pace.counters = {};  // in every heartbeat
    config.replica.identity.instance = "order-1";
    config.replica.identity.incarnation = base::Incarnation(11);
    config.replica.brokers = {"tcp://broker"};
    core = std::make_unique<Core>(config, store);
  }
  static msg::ItemAdded added(std::uint64_t id, std::int64_t stock) {
    return {base::ItemId(id), "a title", "a topic", base::Cents(100), base::Quantity(stock)};
  }
  void appoint(const std::string& instance) {
    epoch = base::epoch_of(seq.next());
    producer = {};
    block({{0, msg::WriterAppointed{instance, base::Incarnation(11)}}});
  }
  void block(const std::vector<msg::Event>& events) {
    msg::Block block;
    block.no = base::BlockNo(stream.size() + 1);
    block.first = seq.next();
    block.count = static_cast<std::uint32_t>(events.size());
    block.epoch = epoch;
    block.producer = producer;
    block.prev.bytes = hash;
    for (const auto& event : events) msg::encode(event, block.events.bytes);
    stream.push_back(msg::encode_block(block));
    hash = block.hash.bytes;
    seq = block.last();
    core->on_published(msg::kBlockTopic, stream.back(), {now, out});
  }
  template <class Request>
  void ask(const Request& request, std::optional<std::uint64_t> min = {}, std::uint32_t version = 1) {
    msg::Header header;
    header.v = version;
    header.id = ++asked;
    if (min) header.min = Seq(*min);
    header.by = by;
    std::string frame;
    msg::append_request(frame, header, request);
    core->on_request({"frontend", false}, frame, {now, out});
  }
  // Makes one block of the events that the writer has sent.
  void commit() {
    core->on_settled({now, out});
    std::vector<msg::Event> events;
    for (const auto& sent : appends(out)) {
      if (sent.append.epoch != epoch || sent.append.producer != producer.next()) continue;
      producer = sent.append.producer;
      for (auto& event : events_of(sent.append)) events.push_back(std::move(event));
    }
    if (!events.empty()) block(events);
  }
  void tick(base::Duration time = milliseconds(10)) {
    now.mono += time;
    core->on_tick({now, out});
  }
  std::vector<std::string> then() { return answers(out); }
  std::vector<std::string> sent_types() {
    std::vector<std::string> types;
    for (const auto& message : messages_of(out.sends())) types.push_back(message.header.t);
    out.sends().clear();
    return types;
  }
  // The troubles that the last heartbeat tells an operator.
  std::vector<std::string> troubles() {
    std::vector<std::string> told;
    for (const auto& publication : out.publications()) {
      told = msg::decode<msg::Heartbeat>(publication.payload).value().trouble.value_or(std::vector<std::string>{});
    }
    out.publications().clear();
    return told;
  }
  void crash() {
    core.reset();
    store.crash();
    start();
    for (const auto& bytes : stream) core->on_published(msg::kBlockTopic, bytes, {now, out});
  }

  base::Now now{base::Mono(std::chrono::hours(1)), 1'000'000};
  base::Outbox out;
  MemoryStore store;
  std::unique_ptr<Core> core;
  std::vector<std::string> stream;
  msg::Hash hash = msg::no_hash();
  Seq seq;
  base::Epoch epoch;
  base::ProducerNo producer;
  std::uint64_t asked = 0;
  std::optional<Seq> by;  // Header.by of the requests that follow
};

}  // namespace order
