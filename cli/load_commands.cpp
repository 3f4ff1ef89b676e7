// The command line of bench.
#include "cli/client_commands.h"
#include "load/load.h"

namespace cli {
namespace {

void describe_requests(CLI::App& command, load::BenchTask& task) {
  command.add_option("--op", task.op)
      ->check(CLI::IsMember({"lookup", "search", "buy", "hold", "order", "events", "mix"}))
      ->capture_default_str();
  command
      .add_option("--items", task.items,
                  "every item is as likely (uniform), a few get most requests (zipf), or one gets all (hot)")
      ->check(CLI::IsMember({"uniform", "zipf", "hot"}))
      ->capture_default_str();
  auto* own = command.add_flag("--items-of-the-store", task.items_of_the_store,
                               "buy and mix sell the items of the store, and not items of the topic bench");
  command.add_flag("--yes", task.yes, "really sell them")->needs(own);
  command
      .add_flag(
          "--changes", task.changes,
          "a mix also moves pieces of them to the places annex and north, restocks and counts them, and gives them "
          "other titles and terms of sale: for a store of tests")
      ->needs(own);
  command.add_option("--lines", task.lines, "lines of each buy, of a piece each")
      ->check(CLI::Range(std::size_t{1}, msg::kOrderLinesMax))
      ->capture_default_str();
  add_stale_ok(command, task.stale_ok_ms);
}

void describe_load(CLI::App& command, load::BenchTask& task) {
  command.add_option("--clients", task.clients)->check(CLI::Range(1U, 10000U))->capture_default_str();
  command
      .add_option("--inflight", task.inflight,
                  "requests under way for each client, at most; 1 if it is left out, or 128 with --rate")
      ->check(CLI::Range(1U, 1000U));
  command
      .add_option("--rate", task.rate,
                  "requests a second, whether the store keeps up or not; latencies count from the time at which a "
                  "request was due. Without it each answer starts the next request")
      ->check(CLI::Range(0.001, 10'000'000.0));
  command.add_option("--processes", task.processes, "divide clients, rate and requests over so many processes")
      ->check(CLI::Range(1U, 64U))
      ->capture_default_str();
}

void describe_time(CLI::App& command, load::BenchTask& task) {
  command.add_option("--warmup", task.warmup, "seconds before the requests that count")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  auto* seconds = command.add_option("--seconds", task.seconds)->check(CLI::PositiveNumber)->capture_default_str();
  command.add_option("--requests", task.requests, "make so many requests, instead of --seconds")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000'000}))
      ->excludes(seconds);
}

void describe_results(CLI::App& command, load::BenchTask& task) {
  command.add_option("--trace-every", task.trace_every, "trace every Nth request, for the time of each tier; 0: none")
      ->capture_default_str();
  command.add_option("--record", task.record, "write all requests and answers to FILE; see: pygmy check --help")
      ->type_name("FILE");
}

}  // namespace

void add_load(Commands& commands) {
  commands.add<load::BenchTask>(
      "bench", "put load on the store, and show throughput, latencies and the time of each tier",
      "bench --op buy --items hot --clients 8 --inflight 8\n"
      "Example: pygmy bench --op mix --items zipf --rate 2000 --warmup 2 --seconds 30\n"
      "Example: pygmy bench --op lookup --requests 1000000 --clients 32 --processes 4 --json",
      [](CLI::App& command, load::BenchTask& task) {
        describe_requests(command, task);
        describe_load(command, task);
        describe_time(command, task);
        describe_results(command, task);
      },
      load::bench);
}

}  // namespace cli
