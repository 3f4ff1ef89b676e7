#include "load/report.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/notice.h"
#include "base/print.h"

namespace load {
namespace {

using tasks::Json;

struct Quantile {
  const char* name;
  const char* field;
  std::uint64_t part, whole;
};
constexpr Quantile kQuantiles[] = {{"p50", "p50_us", 50, 100},
                                   {"p90", "p90_us", 90, 100},
                                   {"p99", "p99_us", 99, 100},
                                   {"p99.9", "p999_us", 999, 1000}};
// Each tier's time includes that of the tiers behind it. Tiers that are not named here come last.
constexpr const char* kOuterFirst[] = {"client", "frontend", "gate",  "catalog", "order", "decide",   "commit",
                                       "append", "queue",    "flush", "fan-out", "apply", "watermark"};

// In us, to a tenth.
double us(double ns) { return std::round(ns / 100) / 10; }
double us(std::uint64_t ns) { return us(static_cast<double>(ns)); }

Json by_code(const Tally::ByCode& counts) {
  auto json = Json::object();
  for (std::size_t code = 0; code < counts.size(); ++code) {
    if (counts[code] > 0) json[std::string(msg::kWords<msg::Code>[code])] = counts[code];
  }
  return json;
}

void add_quantiles(Json& json, const Histogram& times) {
  for (const auto& one : kQuantiles) json[one.field] = us(times.quantile(one.part, one.whole));
  json["max_us"] = us(times.max());
  json["mean_us"] = us(times.mean());
}

Json tiers_of(const Tally& tally) {
  std::vector<std::string> names;
  for (const auto& [tier, times] : tally.tiers) names.push_back(tier);
  const auto depth = [](const std::string& tier) {
    return std::find(std::begin(kOuterFirst), std::end(kOuterFirst), tier) - std::begin(kOuterFirst);
  };
  std::stable_sort(names.begin(), names.end(), [&](const auto& a, const auto& b) { return depth(a) < depth(b); });
  auto all = Json::array();
  for (const auto& name : names) {
    Json tier{{"tier", name}, {"count", tally.tiers.at(name).count()}};
    add_quantiles(tier, tally.tiers.at(name));
    all.push_back(std::move(tier));
  }
  return all;
}

void print_codes(const char* what, const Json& codes) {
  for (const auto& [code, count] : codes.items()) {
    base::print("  {:<9} {:>12}  {}\n", what, count.get<std::uint64_t>(), code);
  }
}

void print_tiers(const Json& tiers) {
  if (tiers.empty()) return;
  base::print("  time of each tier in us, of {} traced requests; a tier includes the tiers that it asks\n",
              tiers.front()["count"].get<std::uint64_t>());
  base::print("    {:<11} {:>10} {:>10} {:>10} {:>10}\n", "", "mean", "p50", "p99", "count");
  for (const auto& tier : tiers) {
    base::print("    {:<11} {:>10} {:>10} {:>10} {:>10}\n", tier["tier"].get<std::string>(),
                tier["mean_us"].get<double>(), tier["p50_us"].get<double>(), tier["p99_us"].get<double>(),
                tier["count"].get<std::uint64_t>());
  }
}

std::string loop_of(const Json& report) {
  if (report["rate"].is_null()) return "a closed loop";
  return fmt::format("an open loop of {} a second", report["rate"].get<double>());
}

}  // namespace

Json report_of(const BenchTask& task, const Tally& tally) {
  const auto lasted_us = std::max<std::int64_t>(1, tally.lasted.count() / 1000);
  Json json{{"op", task.op},
            {"items", task.items},
            {"clients", task.clients},
            {"inflight", *task.inflight},
            {"processes", task.processes},
            {"rate", task.rate ? Json(*task.rate) : Json()},
            {"seconds", static_cast<double>(lasted_us / 1000) / 1000},
            {"requests", tally.latencies.count()},
            {"ops", tally.ops},
            {"ops_s", tally.ops * 1'000'000 / static_cast<std::uint64_t>(lasted_us)}};
  add_quantiles(json, tally.latencies);
  json["errors"] = tally.errors;
  json["first_error"] = tally.first_error;
  json["stale"] = tally.stale;
  json["unsent"] = tally.unsent;
  json["late_p99_us"] = us(tally.late.quantile(99, 100));
  json["refused"] = by_code(tally.refused);
  json["errors_by_code"] = by_code(tally.failed);
  json["tiers"] = tiers_of(tally);
  return json;
}

void print_report(const Json& report) {
  const auto number = [&](const char* name) { return report[name].get<std::uint64_t>(); };
  base::print("{} of {} items, {} clients with {} under way each, {}, {:.1f} s\n", report["op"].get<std::string>(),
              report["items"].get<std::string>(), number("clients"), number("inflight"), loop_of(report),
              report["seconds"].get<double>());
  base::print("  {:<9} {:>12}  {} a second\n", "ops", number("ops"), number("ops_s"));
  for (const auto& one : kQuantiles) base::print("  {:<9} {:>12}  us\n", one.name, report[one.field].get<double>());
  base::print("  {:<9} {:>12}  us\n", "max", report["max_us"].get<double>());
  if (!report["rate"].is_null()) {
    base::print("  {:<9} {:>12}  us after the intended start (p99)\n", "sent", report["late_p99_us"].get<double>());
    base::print("  {:<9} {:>12}  requests that were due and did not start\n", "unsent", number("unsent"));
  }
  const auto first = report["first_error"].get<std::string>();
  base::print("  {:<9} {:>12}{}{}\n", "errors", number("errors"), number("errors") > 0 ? "  the first: " : "", first);
  if (number("stale") > 0) base::print("  {:<9} {:>12}  answers are marked as stale\n", "stale", number("stale"));
  print_codes("error", report["errors_by_code"]);
  print_codes("refused", report["refused"]);
  print_tiers(report["tiers"]);
  if (report["refused"].contains("out_of_stock"))
    base::notice("items ran out; to measure buys: pygmy restock ID 1000000\n");
}

Progress::Progress() : shown_(isatty(STDERR_FILENO) == 1) {}

void Progress::clear() const {
  if (shown_) base::notice("\r\033[K");
}

void Progress::show(base::Duration passed, std::uint64_t ops, std::uint64_t errors) {
  if (shown_) {
    base::notice("\r{:>5} s  {:>8} ops/s  {} errors\033[K", passed / std::chrono::seconds(1), ops - ops_before_,
                 errors);
  }
  ops_before_ = ops;
}

}  // namespace load
