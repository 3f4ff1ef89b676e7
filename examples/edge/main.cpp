// Looks an item up, buys a piece of it, and looks it up again, each time from several threads.
//
//   edge_example BROKER ITEM [KEY_FILE]      for example: edge_example tcp://127.0.0.1:7400 1
//
// In a store with keys, `pygmy keys add frontend edge-example` makes the file.
// It ends with 1 if the store refuses something, or if a thread sees an older stock than the one that was bought from.
#include <pygmy/edge.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <thread>
#include <vector>

namespace {

constexpr int kThreads = 4;
constexpr int kLookups = 10'000;  // of a thread

template <class T>
const T& must(const pygmy::Reply<T>& reply, const char* what) {
  if (reply) return *reply;
  std::fprintf(stderr, "%s: %s: %s\n", what, reply.refusal.code.c_str(), reply.refusal.message.c_str());
  std::exit(1);
}

// Returns how often a thread saw more than `most` pieces.
int look_up_from_threads(pygmy::Edge& shop, std::uint64_t item, std::int64_t most) {
  std::atomic<int> stale = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < kLookups; ++n) {
        if (must(shop.lookup(item), "look-up").stock > most) ++stale;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  return stale;
}

int run(const char* broker, std::uint64_t id, const char* key_file) {
  pygmy::Edge shop({.brokers = {broker}, .name = "edge-example", .key_file = key_file});
  const auto item = must(shop.lookup(id), "look-up");
  std::printf("%s: %lld in stock\n", item.title.c_str(), static_cast<long long>(item.stock));
  look_up_from_threads(shop, id, item.stock);

  const auto key = pygmy::new_key();
  const auto order = must(shop.place({.key = key, .lines = {{.item = id, .quantity = 1}}}), "order");
  const int stale = look_up_from_threads(shop, id, item.stock - 1);
  std::printf("order %llu; %d of %d look-ups after it were stale\n", static_cast<unsigned long long>(order.no), stale,
              kThreads * kLookups);

  const auto found = must(shop.outcome(key), "outcome");
  const bool same = found.effect == pygmy::Effect::kOrder && must(shop.order(order.no), "order").key == key;
  const auto topic = must(shop.search({.topic = item.topic}), "search");
  std::printf("its outcome is %s; %zu items of its topic\n", same ? "known" : "wrong", topic.items.size());
  return stale == 0 && same ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) {
    std::fprintf(stderr, "usage: %s BROKER ITEM [KEY_FILE]\n", argv[0]);
    return 2;
  }
  try {
    return run(argv[1], std::strtoull(argv[2], nullptr, 10), argc == 4 ? argv[3] : "");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
