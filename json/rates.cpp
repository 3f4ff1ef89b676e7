#include "json/rates.h"

#include <algorithm>

#include "json/status.h"

namespace json {
namespace {

// The requests that were answered between the two, at all frontends.
std::array<base::LatencyCounts, Totals::kKinds> latency_between(const Totals& before, const Totals& last) {
  std::array<base::LatencyCounts, Totals::kKinds> all;
  for (const auto& [frontend, latency] : last.latency) {
    const auto earlier = before.latency.find(frontend);
    if (earlier == before.latency.end()) continue;
    for (std::size_t kind = 0; kind < Totals::kKinds; ++kind) all[kind] += latency[kind].since(earlier->second[kind]);
  }
  return all;
}

}  // namespace

std::uint64_t rate(std::uint64_t now, std::uint64_t before, base::Duration time) {
  const auto ms = std::max<std::int64_t>(1, std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
  return now < before ? 0 : (now - before) * 1000 / static_cast<std::uint64_t>(ms);
}

std::optional<base::LatencyCounts> latency_of(const msg::Heartbeat& beat, std::string_view kind) {
  for (const auto& latency : beat.latency.value_or(std::vector<msg::Latency>{})) {
    base::LatencyCounts counts;
    if (latency.kind != kind || latency.counts.size() != counts.counts.size()) continue;
    std::copy(latency.counts.begin(), latency.counts.end(), counts.counts.begin());
    counts.sum_us = latency.sum_us;
    return counts;
  }
  return std::nullopt;
}

Totals totals_of(const msg::StatusReply& status, base::Mono now) {
  Totals totals{.at = now, .commit = commit_of(status).value(), .watermark = status.mark.value()};
  constexpr std::string_view kRequests = "requests_";
  for (const auto& seen : status.processes) {
    for (const auto& [name, value] : seen.beat.counters) {
      const bool counts = seen.beat.role == msg::Role::kFrontend && name.compare(0, kRequests.size(), kRequests) == 0;
      if (counts) totals.requests[name.substr(kRequests.size())] += value;
      if (name == "cache_hits") totals.hits += value;
      if (name == "cache_hits" || name == "cache_misses" || name == "cache_shared") totals.reads += value;
      if (seen.beat.role != msg::Role::kBroker) continue;
      if (name == "blocks") totals.blocks += value;
      if (name == "events") totals.events += value;
      if (name == "commit_us") totals.commit_us += value;
    }
    if (seen.beat.role != msg::Role::kFrontend) continue;
    for (std::size_t kind = 0; kind < Totals::kKinds; ++kind) {
      const auto counts = latency_of(seen.beat, msg::kWords<msg::RequestKind>[kind]);
      if (counts) totals.latency[seen.beat.instance][kind] = *counts;
    }
  }
  return totals;
}

Rates rates_between(const Totals& before, const Totals& last) {
  const auto time = last.at - before.at;
  Rates rates{.lookups_s = rate(last.reads, before.reads, time),
              .blocks_s = rate(last.blocks, before.blocks, time),
              .commit_s = rate(last.commit, before.commit, time),
              .watermark_s = rate(last.watermark, before.watermark, time)};
  for (const auto& [type, count] : last.requests) {
    const auto earlier = before.requests.find(type);
    if (earlier == before.requests.end()) continue;
    rates.requests_s.members.emplace_back(type, rate(count, earlier->second, time));
  }
  const auto latency = latency_between(before, last);
  for (std::size_t kind = 0; kind < Totals::kKinds; ++kind) {
    if (latency[kind].count() == 0) continue;
    const auto word = msg::kWords<msg::RequestKind>[kind];
    rates.p50_us.members.emplace_back(word, latency[kind].quantile_us(50));
    rates.p99_us.members.emplace_back(word, latency[kind].quantile_us(99));
  }
  const auto reads = last.reads - std::min(before.reads, last.reads);
  const auto hits = last.hits - std::min(before.hits, last.hits);
  if (reads > 0) rates.hit_ratio = static_cast<double>(hits) / static_cast<double>(reads);
  const auto blocks = last.blocks - std::min(before.blocks, last.blocks);
  const auto per_block = [&](std::uint64_t now, std::uint64_t earlier) {
    return blocks == 0 || now < earlier ? 0 : (now - earlier) / blocks;
  };
  rates.block_events = per_block(last.events, before.events);
  rates.commit_us = per_block(last.commit_us, before.commit_us);
  return rates;
}

}  // namespace json
