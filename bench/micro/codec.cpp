#include <benchmark/benchmark.h>

#include "bench/micro/shop.h"
#include "msg/envelope.h"

static void codec_encode_place(benchmark::State& state) {
  const auto order = micro::order("0j2k3l4m5n6o7p8q9r0s1t2u3");
  for (auto _ : state) benchmark::DoNotOptimize(msg::encoded(order));
}
BENCHMARK(codec_encode_place);

static void codec_decode_place(benchmark::State& state) {
  const auto bytes = msg::encoded(micro::order("0j2k3l4m5n6o7p8q9r0s1t2u3"));
  for (auto _ : state) benchmark::DoNotOptimize(msg::decode<msg::PlaceOrder>(bytes));
}
BENCHMARK(codec_decode_place);

static void codec_message_round_trip(benchmark::State& state) {
  const auto body = msg::encoded(msg::Lookup{base::ItemId(7), {}});
  msg::Header header;
  header.t = msg::Lookup::kType;
  header.id = 4711;
  header.ttl = 5000;
  for (auto _ : state) {
    base::Bytes frame;
    msg::append_message(frame, header, base::BytesView(body));
    msg::FrameReader reader(frame);
    benchmark::DoNotOptimize(reader.next());
  }
}
BENCHMARK(codec_message_round_trip);
