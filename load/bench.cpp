// bench: puts load on a store and reports throughput and latencies. It sells items of its own (tasks/goods.h), unless
// it is told to sell those of the store.
#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "load/generator.h"
#include "load/load.h"
#include "load/parts.h"
#include "load/report.h"
#include "load/requests.h"
#include "tasks/goods.h"
#include "tasks/interruption.h"

namespace load {
namespace {

constexpr std::size_t kOwnItems = 8;
constexpr std::int64_t kOwnPieces = 100'000'000;
constexpr double kSecondsMax = 1'000'000;

base::Duration duration(double seconds) {
  return std::chrono::duration_cast<base::Duration>(std::chrono::duration<double>(std::min(seconds, kSecondsMax)));
}

Plan plan_of(const BenchTask& task) {
  return {task.rate, duration(task.warmup), duration(std::max(task.seconds, 0.001)), task.requests};
}

// Makes the connections before the clock starts.
void knock(client::Client& store) {
  for (std::size_t i = 0; i < store.frontends().size(); ++i) (void)store.call(msg::Status{}, {.spread = i});
}

std::optional<msg::Refusal> prepare(client::Client& store, const BenchTask& task, tasks::BenchGoods& own,
                                    Contents& contents) {
  const bool hot = task.items == "hot";
  const auto op = op_of(task.op);
  if (sells(op) && !task.items_of_the_store) {
    if (auto refusal = own.bring(hot ? 1 : kOwnItems, base::Quantity(kOwnPieces))) return refusal;
    for (const auto& item : own.items()) contents.add(item);
  } else if (auto refusal = find_items(store, hot, contents)) {
    return refusal;
  }
  if (op != Op::kOrder && op != Op::kMix) return std::nullopt;
  if (auto refusal = find_orders(store, hot, contents)) return refusal;
  if (op == Op::kMix || contents.last_order > 0) return std::nullopt;
  return msg::Refusal{.code = msg::Code::kUnknownOrder,
                      .message = "there are no orders yet; first: pygmy bench --op buy"};
}

// A record is for `pygmy check`, which judges holds. Pieces of the load's own items must not be held when it takes them
// back.
bool holds(const BenchTask& task) { return !task.record.empty() && task.items_of_the_store; }

Requests requests_of(const BenchTask& task, Contents contents) {
  const auto items = contents.items().size();
  auto popularity = task.items == "zipf" ? Popularity::zipf(items) : Popularity::uniform(items);
  return {op_of(task.op),        std::move(contents), std::move(popularity), base::entropy(),
          base::new_key() + "-", task.lines,          holds(task),           task.changes};
}

int run_part(const tasks::Common& common, const BenchTask& task, tasks::Recorder* recorder, const Parent& parent) {
  const tasks::Interruption interruption;
  auto store = common.connect();
  tasks::BenchGoods own(store, recorder);
  Contents contents;
  if (const auto refusal = prepare(store, task, own, contents)) {
    (void)own.take_back();
    return complain(common, *refusal);
  }
  knock(store);
  auto requests = requests_of(task, std::move(contents));
  const Shape shape{.clients = task.clients,
                    .inflight = *task.inflight,
                    .stale_ok_ms = task.stale_ok_ms,
                    .trace_every = task.trace_every};
  Generator generator(store, requests, plan_of(task), shape, recorder);
  const auto& tally = generator.tally();
  parent.wait();
  generator.run([&] { return interruption.came(); },
                [&](base::Duration passed) { parent.tell(passed, tally.ops, tally.errors); });
  const auto left = own.take_back();
  parent.end(tally);
  if (left)
    return complain(common, {.code = left->code, .message = "items of the topic bench keep stock: " + left->message});
  return tally.errors == 0 ? tasks::kDone : tasks::kUnknown;
}

void show(const tasks::Common& common, const BenchTask& task, const Tally& tally) {
  const auto report = report_of(task, tally);
  if (common.json) {
    tasks::print_json(report);
  } else {
    print_report(report);
  }
}

int run_here(const tasks::Common& common, const BenchTask& task, tasks::Recorder* recorder) {
  Progress progress;
  return run_part(common, task, recorder,
                  {.wait = [] {},
                   .tell = [&](base::Duration passed, std::uint64_t ops,
                               std::uint64_t errors) { progress.show(passed, ops, errors); },
                   .end =
                       [&](const Tally& tally) {
                         progress.clear();
                         show(common, task, tally);
                       }});
}

int run_in_parts(const tasks::Common& common, const BenchTask& task) {
  auto quiet = common;
  quiet.json = false;  // standard output is the parent's
  std::optional<Tally> total;
  const int code = run_parts(
      parts_of(task),
      [&](const BenchTask& part, const Parent& parent) { return run_part(quiet, part, nullptr, parent); }, total);
  if (total) show(common, task, *total);
  return code;
}

// Returns why the options do not go together.
std::optional<std::string> fault_of(const BenchTask& task) {
  if (task.items_of_the_store && sells(op_of(task.op)) && !task.yes) {
    return "this would sell the goods of the store: add --yes, or leave --items-of-the-store out";
  }
  if (task.changes && op_of(task.op) != Op::kMix) return "--changes: only a mix changes items";
  if (std::isnan(task.seconds) || std::isnan(task.warmup)) return "--seconds and --warmup: give a number";
  if (task.rate && std::isnan(*task.rate)) return "--rate: give a number";
  if (task.processes > task.clients) return "--processes: each process needs a client of its own: raise --clients";
  if (task.processes > 1 && !task.record.empty()) return "--record: one process writes a record: leave --processes out";
  return std::nullopt;
}

}  // namespace

int bench(const tasks::Common& common, const BenchTask& asked) {
  if (const auto fault = fault_of(asked)) return tasks::usage_error(*fault);
  auto task = asked;
  if (!task.inflight) task.inflight = task.rate ? kOpenInflight : 1;
  std::optional<tasks::Recorder> recorder;
  if (!task.record.empty()) {
    auto created = tasks::Recorder::create(task.record);
    if (!created) return tasks::usage_error(created.error().message);
    recorder = std::move(*created);
  }
  const int code =
      task.processes == 1 ? run_here(common, task, recorder ? &*recorder : nullptr) : run_in_parts(common, task);
  if (recorder && !recorder->end()) {
    return tasks::usage_error(task.record + ": the record could not be written completely; is the disk full?");
  }
  return code;
}

}  // namespace load
