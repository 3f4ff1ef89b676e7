#include <benchmark/benchmark.h>

#include <vector>

#include "bench/micro/shop.h"
#include "frontend/cache.h"

namespace {

std::string key(std::uint64_t item) { return "lookup" + msg::encoded(msg::Lookup{base::ItemId(item), {}}); }

void put(frontend::Cache& cache, std::uint64_t item) {
  cache.put(key(item), {base::Bytes(118, 'x'), base::Seq(1), {base::ItemId(item)}, false});
}

}  // namespace

static void cache_hit(benchmark::State& state) {
  frontend::Cache cache(64 * 1024 * 1024);
  std::vector<std::string> keys;
  for (std::uint64_t item = 1; item <= micro::kItems; ++item) {
    put(cache, item);
    keys.push_back(key(item));
  }
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(cache.find(keys[i++ % keys.size()]));
}
BENCHMARK(cache_hit);

static void cache_fill_and_touch(benchmark::State& state) {
  frontend::Cache cache(64 * 1024 * 1024);
  std::uint64_t item = 0;
  for (auto _ : state) {
    item = 1 + item % micro::kItems;
    put(cache, item);
    cache.touch(base::ItemId(item));
  }
}
BENCHMARK(cache_fill_and_touch);
