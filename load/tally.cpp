#include "load/tally.h"

#include <algorithm>

namespace load {
namespace {

using tasks::Json;

std::uint64_t ns(base::Duration duration) {
  return static_cast<std::uint64_t>(std::max<base::Duration::rep>(0, duration.count()));
}

Json to_json(const Histogram& histogram) { return {{"rows", histogram.rows()}, {"sum", histogram.sum()}}; }

Histogram histogram_of(const Json& json) {
  return Histogram::of(json.at("rows").get<std::vector<Histogram::Row>>(), json.at("sum").get<std::uint64_t>());
}

}  // namespace

void Tally::add(const client::Answer& answer, base::Duration latency, bool counts, bool in_time) {
  if (counts) {
    latencies.add(ns(latency));
    if (answer.header.stale_ms) ++stale;
    if (answer.header.spans && !answer.refusal) {
      tiers["client"].add(ns(answer.took));
      for (const auto& span : *answer.header.spans) tiers[span.tier].add(span.us * 1000);
    }
    if (in_time && !answer.refusal) ++ops;
  }
  if (!answer.refusal) return;
  const auto code = static_cast<std::size_t>(answer.refusal->code);
  if (msg::is_business(answer.refusal->code)) {
    if (counts && in_time) ++refused[code];
    return;
  }
  ++failed[code];
  if (errors++ == 0) first_error = answer.refusal->message;
}

void Tally::add(const Tally& part) {
  ops += part.ops;
  if (errors == 0) first_error = part.first_error;
  errors += part.errors;
  stale += part.stale;
  unsent += part.unsent;
  for (std::size_t i = 0; i < refused.size(); ++i) refused[i] += part.refused[i];
  for (std::size_t i = 0; i < failed.size(); ++i) failed[i] += part.failed[i];
  latencies.add(part.latencies);
  late.add(part.late);
  for (const auto& [tier, times] : part.tiers) tiers[tier].add(times);
  lasted = std::max(lasted, part.lasted);
}

Json to_json(const Tally& tally) {
  Json json{{"ops", tally.ops},
            {"errors", tally.errors},
            {"stale", tally.stale},
            {"unsent", tally.unsent},
            {"refused", tally.refused},
            {"failed", tally.failed},
            {"first_error", tally.first_error},
            {"latencies", to_json(tally.latencies)},
            {"late", to_json(tally.late)},
            {"tiers", Json::object()},
            {"lasted_ns", tally.lasted.count()}};
  for (const auto& [tier, times] : tally.tiers) json["tiers"][tier] = to_json(times);
  return json;
}

Tally tally_of(const Json& json) {
  Tally tally;
  json.at("ops").get_to(tally.ops);
  json.at("errors").get_to(tally.errors);
  json.at("stale").get_to(tally.stale);
  json.at("unsent").get_to(tally.unsent);
  json.at("refused").get_to(tally.refused);
  json.at("failed").get_to(tally.failed);
  json.at("first_error").get_to(tally.first_error);
  tally.latencies = histogram_of(json.at("latencies"));
  tally.late = histogram_of(json.at("late"));
  for (const auto& [tier, times] : json.at("tiers").items()) tally.tiers[tier] = histogram_of(times);
  tally.lasted = base::Duration(json.at("lasted_ns").get<base::Duration::rep>());
  return tally;
}

}  // namespace load
