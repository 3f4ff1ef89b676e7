// A loop without any code of ours. compare.py divides the other times by its time, so that a slower machine does not
// look like a regression: it does what our code does most, which is hashing, copying and allocating small strings.
#include <benchmark/benchmark.h>

#include <string>
#include <unordered_map>

static void reference(benchmark::State& state) {
  std::unordered_map<std::string, std::string> map;
  std::uint64_t number = 0;
  for (auto _ : state) {
    const auto key = std::to_string(number++ % 4096) + "-a key as long as they are";
    map[key] = key + key;
    benchmark::DoNotOptimize(map);
  }
}
BENCHMARK(reference);
