// A shop for tests of the checkers: each test writes its blocks and its answers itself.
#pragma once

#include <gtest/gtest.h>

#include "tests/sim/judge.h"

namespace sim {

class JudgeTest : public testing::Test {
 protected:
  // Item 1 with stock 5 at seq 1.
  JudgeTest() {
    ask(msg::AddItems{.key = "add",
                      .items = {{base::ItemId(1), "Xen", "school", base::Cents(100), base::Quantity(5)}}});
    happens(msg::ItemsAdded{.key = "add",
                            .items = {{base::ItemId(1), "Xen", "school", base::Cents(100), base::Quantity(5)}}});
  }

  void happens(decltype(msg::Event::what) what) {
    msg::Block block;
    block.no = base::BlockNo(disk.rows.size() + 1);
    block.first = disk.last().next();
    block.count = 1;
    block.prev.bytes = hash;
    msg::encode(msg::Event{at, std::move(what)}, block.events.bytes);
    auto bytes = msg::encode_block(block);
    hash = block.hash.bytes;
    disk.rows.push_back({block.no, block.first, block.first, std::move(bytes)});
  }
  // `left` is the stock after the order, as the event says.
  void bought(const std::string& key, std::uint64_t no, std::int64_t pieces, std::int64_t left) {
    happens(
        msg::OrderPlaced{.key = key,
                         .no = base::OrderNo(no),
                         .lines = {{base::ItemId(1), base::Quantity(pieces), base::Cents(100), base::Quantity(left)}},
                         .total = base::Cents(100 * pieces)});
  }
  static msg::PlaceOrder buy(const std::string& key, std::int64_t pieces) {
    return {.key = key, .lines = {{base::ItemId(1), base::Quantity(pieces), {}}}};
  }
  Operation ask(Request request, client::Options options = {}) {
    Operation operation;
    operation.options = options;
    operation.client = "ann";
    operation.request = std::move(request);
    judge.invoked(operation);
    return operation;
  }
  template <class Body>
  void answer(const Operation& operation, std::uint64_t seq, const Body& body,
              std::optional<std::uint64_t> stale_ms = {}) {
    client::Answer answer;
    answer.header.seq = base::Seq(seq);
    answer.body = msg::encoded(body);
    answer.header.stale_ms = stale_ms;
    judge.answered(operation, answer, world.now());
  }
  void refuse(const Operation& operation, std::uint64_t seq, msg::Refusal refusal) {
    client::Answer answer;
    answer.header.seq = base::Seq(seq);
    answer.refusal = std::move(refusal);
    judge.answered(operation, answer, world.now());
  }
  static msg::ItemReply item(std::uint64_t version, std::int64_t stock) {
    return {{base::ItemId(1), "Xen", "school", base::Cents(100), base::Quantity(stock), base::Seq(version)}};
  }
  // The item as a change left it.
  static msg::ItemReply left(std::uint64_t version, std::int64_t stock) {
    auto reply = item(version, stock);
    reply.at = 1000;
    return reply;
  }
  // Ann buys 2 of the 5 at seq 2 and gets her answer.
  void ann_buys() {
    const auto order = ask(buy("k", 2));
    bought("k", 1, 2, 3);
    answer(order, 2, msg::OrderReply{judge_order(1)});
  }
  msg::Order judge_order(std::size_t no) {
    judge.reference().read();
    return judge.reference().orders().at(no - 1);
  }
  void settle() { judge.reference().read(); }
  std::string verdict() const { return world.verdict().value_or("").substr(0, 3); }

  std::int64_t at = 1000;  // of the events that happen
  World world{1};
  Disk disk;
  msg::Hash hash = msg::no_hash();
  Judge judge{world, disk};
};

}  // namespace sim
