#include <benchmark/benchmark.h>

#include "bench/micro/shop.h"
#include "msg/block.h"

namespace {

base::Bytes events(std::uint32_t count) {
  const auto items = micro::items();
  const ledger::Outlook outlook(
      items, [](const std::string&) { return std::nullopt; }, base::OrderNo());
  base::Bytes bytes;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto decision = ledger::decide(outlook, micro::order("key-" + std::to_string(i), 1 + i), 1);
    bytes += msg::encoded(std::get<msg::Event>(decision));
  }
  return bytes;
}

msg::Block block(std::uint32_t count) {
  msg::Block block;
  block.no = base::BlockNo(2);
  block.first = base::Seq(2);
  block.count = count;
  block.prev.bytes = msg::no_hash();
  block.events.bytes = events(count);
  return block;
}

}  // namespace

// The argument is the number of orders in a block.
static void block_encode(benchmark::State& state) {
  auto built = block(static_cast<std::uint32_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(msg::encode_block(built));
}
BENCHMARK(block_encode)->Arg(1)->Arg(64)->Arg(512);

static void block_decode_with_events(benchmark::State& state) {
  auto built = block(static_cast<std::uint32_t>(state.range(0)));
  const auto bytes = msg::encode_block(built);
  for (auto _ : state) {
    const auto read = msg::decode_block(bytes);
    benchmark::DoNotOptimize(msg::decode_events(read->events.bytes, read->count));
  }
}
BENCHMARK(block_decode_with_events)->Arg(1)->Arg(64)->Arg(512);
