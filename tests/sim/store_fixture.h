// The vocabulary of tests that drive a store by hand. Anything that the Cluster's checkers find fails the test.
#pragma once

#include <optional>
#include <string>

#include "tests/sim/world_fixture.h"

namespace sim {

class StoreTest : public testing::Test {
 protected:
  explicit StoreTest(Shape shape = {}) : cluster(world, shape) {
    base::log::start(base::log::Level::kOff, "sim");
    cluster.start_all();
    EXPECT_FALSE(ask("client-1", Workload::first_items()).refusal);
    run_until_level();
  }
  ~StoreTest() override {
    cluster.judge().look_once_more();
    if (world.verdict()) ADD_FAILURE() << *world.verdict();
  }

  // Sends a request, and lets time pass until the answer has come.
  client::Answer ask(const std::string& client, Request request, client::Options options = {}) {
    std::optional<client::Answer> answer;
    cluster.ask(client, std::move(request), options, [&](const client::Answer& given) { answer = given; });
    EXPECT_TRUE(world.run_until([&] { return answer.has_value(); }, 20s));
    return answer.value_or(client::Answer{});
  }
  static msg::PlaceOrder buying(const std::string& key, std::uint64_t item, std::int64_t pieces) {
    return {.key = key, .lines = {{base::ItemId(item), base::Quantity(pieces), {}}}};
  }
  std::optional<msg::Order> buy(const std::string& client, std::uint64_t item, std::int64_t pieces) {
    const auto answer = ask(client, buying(fmt::format("bought-{}", ++keys), item, pieces));
    const auto reply = msg::decode<msg::OrderReply>(answer.body);
    return answer.refusal || !reply ? std::nullopt : std::optional(reply->order);
  }
  std::int64_t stock(const std::string& client, std::uint64_t item, bool fresh = false) {
    const auto answer = ask(client, msg::Lookup{.item = base::ItemId(item)}, {.fresh = fresh});
    const auto reply = msg::decode<msg::ItemReply>(answer.body);
    return reply ? reply->item.stock.value() : -1;
  }
  void pass(Duration time) { world.run_until(world.now() + time); }
  void run_until_level() {
    EXPECT_TRUE(world.run_until([&] { return cluster.level(); }, 10s));
  }
  std::uint64_t times(const std::string& what) {
    const auto found = world.counts().find(what);
    return found == world.counts().end() ? 0 : found->second;
  }

  World world{1};
  Cluster cluster;
  int keys = 0;
};

}  // namespace sim
