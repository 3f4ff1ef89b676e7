#include "bridge/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/counters.h"

namespace bridge {
namespace {

const std::string kBridgeTier = "bridge";

// Names come from heartbeats, which may hold any bytes.
bool is_name(std::string_view name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

std::string escaped_label(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out;
}

std::string labels_of(const msg::Heartbeat& beat) {
  return fmt::format("role=\"{}\",instance=\"{}\"", msg::word(beat.role), escaped_label(beat.instance));
}

class Text {
 public:
  void metric(std::string_view name, std::string_view type, std::string_view help) {
    fmt::format_to(std::back_inserter(out), "# HELP pygmy_{0} {2}\n# TYPE pygmy_{0} {1}\n", name, type, help);
  }
  template <class Value>
  void line(std::string_view name, const std::string& labels, Value value) {
    fmt::format_to(std::back_inserter(out), "pygmy_{}{}{}{} {}\n", name, labels.empty() ? "" : "{", labels,
                   labels.empty() ? "" : "}", value);
  }
  void gauge(std::string_view name, std::string_view help, std::uint64_t value) {
    metric(name, "gauge", help);
    line(name, "", value);
  }
  std::string out;
};

template <class Value>
void per_process(Text& text, const msg::StatusReply& status, std::string_view name, std::string_view help,
                 Value value) {
  text.metric(name, "gauge", help);
  for (const auto& seen : status.processes) text.line(name, labels_of(seen.beat), value(seen));
}

bool is_told(std::uint64_t age_ms) { return age_ms <= Metrics::kToldMs; }

// Leaves out the processes that have been silent for long, because their figures are worth nothing.
template <class Value>
void per_told_process(Text& text, const msg::StatusReply& status, std::string_view name, std::string_view help,
                      Value value) {
  text.metric(name, "gauge", help);
  for (const auto& seen : status.processes) {
    if (is_told(seen.age_ms)) text.line(name, labels_of(seen.beat), value(seen));
  }
}

void append_processes(Text& text, const msg::StatusReply& status) {
  const auto commit = json::commit_of(status);
  per_process(text, status, "process_up", "1: a heartbeat came within the last second",
              [](const msg::Seen& seen) { return seen.age_ms <= json::kSilentMs ? 1U : 0U; });
  per_process(text, status, "heartbeat_age_seconds", "since the last heartbeat of the process",
              [](const msg::Seen& seen) { return static_cast<double>(seen.age_ms) / 1e3; });
  per_process(text, status, "process_live", "1: level with the stream and answering", [](const msg::Seen& seen) {
    return seen.age_ms <= json::kSilentMs && seen.beat.state == msg::State::kLive ? 1U : 0U;
  });
  per_process(text, status, "process_writer", "1: the writer",
              [&](const msg::Seen& seen) { return seen.beat.instance == status.writer ? 1U : 0U; });
  per_told_process(text, status, "applied_seq", "seq of the last applied event",
                   [](const msg::Seen& seen) { return seen.beat.applied.value(); });
  per_told_process(text, status, "lag_events", "committed events that are not applied yet",
                   [&](const msg::Seen& seen) { return json::lag_of(seen.beat, commit); });
  per_told_process(text, status, "trouble", "problems that an operator must look at; see pygmy status",
                   [](const msg::Seen& seen) { return seen.beat.trouble ? seen.beat.trouble->size() : 0; });
}

void append_broker(Text& text, const msg::StatusReply& status) {
  const auto* leader = json::leader_of(status);
  text.gauge("broker_up", "1: a heartbeat of a leading broker came within the last second",
             leader && leader->age_ms <= json::kSilentMs ? 1 : 0);
  if (!leader || !is_told(leader->age_ms)) return;
  const auto& told = *leader->beat.leader;
  text.gauge("broker_term", "rises with every start of a broker and every takeover", told.term.value());
  text.gauge("writer_epoch", "seq of the writer's appointment", told.epoch.value());
  text.gauge("leases", "frontends whose lease may still run", told.holders);
  text.gauge("diverged", "views whose digest differs from the others'", told.diverged.size());
}

void append_stream(Text& text, const msg::StatusReply& status) {
  const auto commit = json::commit_of(status);
  text.gauge("commit_seq", "seq of the last committed event", commit.value());
  text.gauge("watermark_seq", "seq that every edge that may answer has applied", status.mark.value());
  text.gauge("watermark_lag_events", "committed events that no answer may reveal yet",
             commit > status.mark ? commit.value() - status.mark.value() : 0);
}

// A counter of a heartbeat in Prometheus's form: times in seconds, and the name ends with `_total` if the counter only
// rises. A counter that is not declared comes from a process of another release.
struct Series {
  explicit Series(std::string_view counter) {
    const auto [declared, value] = base::meaning_of(counter);
    if (!declared) {
      label = fmt::format(",name=\"{}\"", counter);
      return;
    }
    name = declared->name;
    help = declared->help;
    is_time = declared->name.ends_with(kMicros);
    if (is_time) name.replace(name.size() - kMicros.size(), kMicros.size(), "_seconds");
    if (declared->kind == base::CounterKind::kFamily) label = fmt::format(",{}=\"{}\"", declared->label, value);
    type = declared->kind == base::CounterKind::kGauge ? "gauge" : "counter";
    if (declared->kind != base::CounterKind::kGauge) name += "_total";
  }

  static constexpr std::string_view kMicros = "_us";
  std::string name = "undeclared";
  std::string_view type = "untyped";
  std::string_view help = "counters that this release does not know, by name";
  std::string label;
  bool is_time = false;                              // the heartbeat counts microseconds
  std::map<std::string, std::uint64_t> values = {};  // by labels
};

void append_counters(Text& text, const msg::StatusReply& status) {
  std::map<std::string, Series> all;
  for (const auto& seen : status.processes) {
    if (!is_told(seen.age_ms)) continue;
    for (const auto& counter : seen.beat.counters) {
      if (!is_name(counter.name)) continue;
      const Series one(counter.name);
      all.try_emplace(one.name, one).first->second.values[labels_of(seen.beat) + one.label] = counter.value;
    }
  }
  for (const auto& [name, series] : all) {
    text.metric(name, series.type, series.help);
    for (const auto& [labels, value] : series.values) {
      if (series.is_time) {
        text.line(name, labels, static_cast<double>(value) / 1e6);
      } else {
        text.line(name, labels, value);
      }
    }
  }
}

void append_histogram(std::string& out, std::string_view name, const std::string& labels,
                      const base::LatencyCounts& counts) {
  const auto seconds = [](std::uint64_t us) { return static_cast<double>(us) / 1e6; };
  std::uint64_t so_far = 0;
  for (std::size_t i = 0; i < base::kLatencyBoundsUs.size(); ++i) {
    so_far += counts.counts[i];
    fmt::format_to(std::back_inserter(out), "pygmy_{}_bucket{{{},le=\"{}\"}} {}\n", name, labels,
                   seconds(base::kLatencyBoundsUs[i]), so_far);
  }
  so_far += counts.counts.back();
  fmt::format_to(std::back_inserter(out), "pygmy_{0}_bucket{{{1},le=\"+Inf\"}} {2}\npygmy_{0}_sum{{{1}}} {3}\n", name,
                 labels, so_far, seconds(counts.sum_us));
  fmt::format_to(std::back_inserter(out), "pygmy_{}_count{{{}}} {}\n", name, labels, so_far);
}

void append_latency(Text& text, const msg::StatusReply& status) {
  for (const auto& declared : base::kCounters) {
    if (declared.kind == base::CounterKind::kHistogram) text.metric("request_seconds", "histogram", declared.help);
  }
  for (const auto& seen : status.processes) {
    if (!is_told(seen.age_ms)) continue;
    for (const auto kind : msg::kWords<msg::RequestKind>) {
      const auto counts = json::latency_of(seen.beat, kind);
      if (!counts) continue;
      append_histogram(text.out, "request_seconds", fmt::format("{},kind=\"{}\"", labels_of(seen.beat), kind), *counts);
    }
  }
}

// The names are letters, digits, '.', '_' and '-'.
template <class Value>
void per_webhook(Text& text, const WebhooksAnswer& all, std::string_view name, std::string_view type,
                 std::string_view help, Value value) {
  if (all.webhooks.empty()) return;
  text.metric(name, type, help);
  for (const auto& each : all.webhooks) text.line(name, fmt::format("webhook=\"{}\"", each.name), value(each));
}

void append_webhooks(Text& text, const WebhooksAnswer& all) {
  per_webhook(text, all, "webhook_delivered_total", "counter", "events that the receiver took, since this bridge began",
              [](const WebhookAnswer& each) { return each.delivered; });
  per_webhook(text, all, "webhook_failed_total", "counter", "tries that failed, since this bridge began",
              [](const WebhookAnswer& each) { return each.failed; });
  per_webhook(text, all, "webhook_dead_letters", "gauge", "events that were given up and can be sent again",
              [](const WebhookAnswer& each) { return each.dead_letters; });
  per_webhook(text, all, "webhook_disabled", "gauge", "1: nothing is sent until an operator enables it",
              [](const WebhookAnswer& each) { return each.state == WebhookState::kDisabled ? 1U : 0U; });
}

void append_subscriptions(Text& text, const msg::SubscriptionsReply& all) {
  if (all.subscriptions.empty()) return;
  text.metric("subscription_lag_events", "gauge",
              "events of the stream behind the cursor of the subscription, without its own last one");
  for (const auto& each : all.subscriptions) {
    text.line("subscription_lag_events", fmt::format("subscription=\"{}\"", each.name), msg::lag_of(each, all.last));
  }
}

}  // namespace

void Latencies::add(base::Duration duration) {
  counts_.add(duration);
  const auto us = base::micros(std::max(duration, base::Duration::zero()));
  if (recent_.size() < kRecentMax && recent_.size() <= recent_count_) recent_.push_back(us);
  recent_[recent_count_++ % kRecentMax] = us;
}

void Latencies::append(std::string& out, std::string_view name, const std::string& labels) const {
  append_histogram(out, name, labels, counts_);
}

std::uint64_t Latencies::recent_us(unsigned part) const {
  const auto count = std::min(recent_count_, recent_.size());
  if (count == 0) return 0;
  std::vector<std::uint64_t> sorted(recent_.begin(), recent_.begin() + static_cast<std::ptrdiff_t>(count));
  std::sort(sorted.begin(), sorted.end());
  return sorted[(count - 1) * part / 100];
}

void Metrics::answered(std::string_view route, unsigned status, base::Duration took) {
  ++answers_[{route, status}];
  routes_[route].add(took);
  tiers_[kBridgeTier].add(took);
}

void Metrics::tier(const std::string& name, std::uint64_t us) {
  if (is_name(name)) tiers_[name].add(std::chrono::microseconds(us));
}

void Metrics::published(const FeedBatch& batch) {
  for (const auto& event : batch) {
    ++events_[event->type];
    if (event->type == msg::OrderPlaced::kType) ++orders_;
  }
  recent_.published(batch);
}

void Metrics::heard(const msg::StatusReply& status, base::Mono now) {
  status_ = status;
  heard_ = now;
  before_ = std::exchange(last_, json::totals_of(status, now));
}

std::uint64_t Metrics::age_ms(base::Mono now) const {
  return base::micros(std::max(now - heard_, base::Duration::zero())) / 1000;
}

// Returns the last status with its ages as of `now`. It has no processes until a status has been heard.
msg::StatusReply Metrics::status_at(base::Mono now) const {
  return json::aged(status_.value_or(msg::StatusReply()), age_ms(now) > kFreshMs ? age_ms(now) : 0);
}

std::string Metrics::prometheus(base::Mono now) const {
  Text text;
  text.metric("http_requests_total", "counter", "requests answered by this bridge");
  for (const auto& [what, count] : answers_) {
    text.line("http_requests_total", fmt::format("route=\"{}\",status=\"{}\"", what.first, what.second), count);
  }
  text.metric("http_request_seconds", "histogram", "from the request to its answer, in this bridge");
  for (const auto& [route, latencies] : routes_) {
    latencies.append(text.out, "http_request_seconds", fmt::format("route=\"{}\"", route));
  }
  text.metric("tier_seconds", "histogram",
              "time of a request in each tier; the bridge measures all requests, the other tiers some");
  for (const auto& [tier, latencies] : tiers_) {
    latencies.append(text.out, "tier_seconds", fmt::format("tier=\"{}\"", tier));
  }
  text.metric("stream_events_total", "counter", "events of the stream by type, since the start of this bridge");
  for (const auto& [type, count] : events_) text.line("stream_events_total", fmt::format("type=\"{}\"", type), count);
  for (const auto& [name, value] : gauges_) text.gauge(name, "present value in this bridge", value);
  for (const auto& [name, value] : counters_) {
    text.metric(name, "counter", "counted since this bridge began");
    text.line(name, "", value);
  }
  append_webhooks(text, webhooks_);
  append_subscriptions(text, subscriptions_);
  text.metric("status_age_seconds", "gauge", "since a frontend has told this bridge the status of the store");
  text.line("status_age_seconds", "", static_cast<double>(age_ms(now)) / 1e3);
  const auto status = status_at(now);
  if (status_ && is_told(age_ms(now))) append_stream(text, status);
  append_broker(text, status);
  append_processes(text, status);
  append_counters(text, status);
  append_latency(text, status);
  return text.out;
}

// The figures that come from the difference of the last two statuses.
std::string Metrics::rates() const {
  const auto rates = json::rates_between(before_, last_);
  const auto ratio = rates.hit_ratio ? fmt::format("{:.4f}", *rates.hit_ratio) : std::string("null");
  return fmt::format(
      R"("lookups_s":{},"requests_s":{},"all_p50_us":{},"all_p99_us":{},"hit_ratio":{},"blocks_s":{},"block_events":{},)"
      R"("commit_us":{})",
      rates.lookups_s, json::to_text(rates.requests_s), json::to_text(rates.p50_us), json::to_text(rates.p99_us), ratio,
      rates.blocks_s, rates.block_events, rates.commit_us);
}

std::string Metrics::live(base::Now now, bool demo) {
  constexpr auto kNoRates =
      R"("lookups_s":null,"requests_s":{},"all_p50_us":{},"all_p99_us":{},"hit_ratio":null,"blocks_s":null,)"
      R"("block_events":null,"commit_us":null)";
  json::Numbers p50;
  json::Numbers p99;
  for (auto& [tier, latencies] : tiers_) {
    if (!latencies.has_recent()) continue;
    p50.members.emplace_back(tier, latencies.recent_us(50));
    p99.members.emplace_back(tier, latencies.recent_us(99));
    latencies.forget_recent();
  }
  const auto status = status_at(now.mono);
  json::Numbers lag;
  for (const auto& seen : status.processes) {
    if (is_told(seen.age_ms))
      lag.members.emplace_back(seen.beat.instance, json::lag_of(seen.beat, json::commit_of(status)));
  }
  const bool fresh = status_ && age_ms(now.mono) <= kFreshMs;
  const auto orders = std::exchange(orders_, 0);
  auto figures = fmt::format(R"({{"at":{},"orders_s":{},"p50_us":{},"p99_us":{},"lag":{},{},"demo":{}}})", now.wall,
                             fresh || orders > 0 ? fmt::format("{}", orders) : "null", json::to_text(p50),
                             json::to_text(p99), json::to_text(lag), fresh ? rates() : kNoRates, demo);
  recent_.second(now.wall, figures, status);
  if (!status_) return figures;
  figures.pop_back();
  return figures + ",\"status\":" + json::to_text(json::status_of(status, age_ms(now.mono))) + "}";
}

}  // namespace bridge
