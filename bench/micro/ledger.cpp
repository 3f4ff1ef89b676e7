#include <benchmark/benchmark.h>

#include "bench/micro/shop.h"

namespace {

std::optional<ledger::KeyRecord> no_key(const std::string&) { return std::nullopt; }

}  // namespace

static void ledger_decide_buy(benchmark::State& state) {
  const auto items = micro::items();
  const ledger::Outlook outlook(items, no_key, base::OrderNo());
  std::uint64_t number = 0;
  for (auto _ : state) {
    ++number;
    const ledger::Command command = micro::order(std::to_string(number), 1 + number % micro::kItems);
    benchmark::DoNotOptimize(ledger::decide(outlook, command, 1));
  }
}
BENCHMARK(ledger_decide_buy);

// Decides, foresees and applies an order, as the writer does.
static void ledger_whole_buy(benchmark::State& state) {
  auto items = micro::items();
  ledger::Outlook outlook(items, no_key, base::OrderNo());
  std::uint64_t number = 0;
  base::Seq seq(micro::kItems);
  for (auto _ : state) {
    ++number;
    const ledger::Command command = micro::order(std::to_string(number), 1 + number % micro::kItems);
    const auto decision = ledger::decide(outlook, command, 1);
    const auto& event = std::get<msg::Event>(decision);
    outlook.decided(event);
    seq = seq.next();
    items.evolve(event, seq);
    outlook.committed(event);
  }
}
BENCHMARK(ledger_whole_buy);
