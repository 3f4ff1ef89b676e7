// Requests and replies between two cores of one loop.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "net/loop.h"

namespace {

class Idle : public base::Core {
 public:
  void on_request(const base::ClientId&, base::BytesView, base::Turn) override {}
  void on_reply(const base::Endpoint&, base::BytesView, base::Turn) override {}
  void on_published(std::string_view, base::BytesView, base::Turn) override {}
  void on_tick(base::Turn) override {}
  void on_settled(base::Turn) override {}
  void on_stop(base::Turn) override {}
};

class Echo final : public Idle {
 public:
  void on_request(const base::ClientId& from, base::BytesView frame, base::Turn turn) override {
    turn.out.reply(from) += frame;
  }
};

class Asker final : public Idle {
 public:
  void on_reply(const base::Endpoint&, base::BytesView, base::Turn) override { ++replies; }
  std::uint64_t replies = 0;
};

}  // namespace

static void bus_request_and_reply(benchmark::State& state) {
  const auto endpoint = "ipc:///tmp/pygmy-micro-" + std::to_string(::getpid());
  Echo echo;
  Asker asker;
  net::Loop loop;
  loop.add({.serve = {endpoint}}, echo);
  loop.add({}, asker);
  std::uint64_t asked = 0;
  for (auto _ : state) {
    loop.outbox(asker).send(endpoint) += std::string(100, 'x');
    ++asked;
    loop.run_until([&] { return asker.replies == asked; }, base::Mono::max());
  }
}
BENCHMARK(bus_request_and_reply);
