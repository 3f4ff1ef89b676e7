#include "bridge/otlp.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "client/waterfall.h"
#include "json/json.h"
#include "msg/refusal.h"

namespace bridge {
namespace {

constexpr int kInternal = 1;
constexpr int kServer = 2;
constexpr int kClient = 3;
constexpr unsigned kServerFault = 500;

struct Interval {
  base::Mono begin;
  base::Mono end;
};

class Attributes {
 public:
  Attributes& text(std::string_view key, std::string_view value) {
    add(key);
    text_ += R"("stringValue":)";
    json::write(value, text_);
    text_ += "}}";
    return *this;
  }
  Attributes& number(std::string_view key, std::uint64_t value) {
    add(key);
    text_ += fmt::format(R"("intValue":"{}"}}}})", value);
    return *this;
  }
  std::string list() const { return "[" + text_ + "]"; }

 private:
  void add(std::string_view key) {
    text_ += fmt::format(R"({}{{"key":"{}","value":{{)", text_.empty() ? "" : ",", key);
  }
  std::string text_;
};

// The process in which a tier's time passed; empty: this release does not know the tier.
std::string_view role_of(std::string_view tier) {
  if (tier == "catalog") return "catalog";
  if (tier == "queue" || tier == "flush") return "broker";
  if (tier == "order" || tier == "decide" || tier == "commit" || tier == "append") return "order";
  for (const char* each : {"frontend", "gate", "fan-out", "apply", "watermark"}) {
    if (tier == each) return "frontend";
  }
  return {};
}

class Writer {
 public:
  Writer(Trace& trace, base::Duration wall) : trace_(trace), wall_(wall) {}

  std::string add(std::string id, const std::string& parent, std::string_view name, int kind, const Interval& when,
                  const Attributes& attributes, bool failed) {
    auto& out = made.text;
    out += fmt::format(R"({}{{"traceId":"{}","spanId":"{}",)", out.empty() ? "" : ",", trace_.trace_id, id);
    if (!parent.empty()) out += fmt::format(R"("parentSpanId":"{}",)", parent);
    out += R"("name":)";
    json::write(name, out);
    out +=
        fmt::format(R"(,"kind":{},"startTimeUnixNano":"{}","endTimeUnixNano":"{}","attributes":{},"status":{{{}}}}})",
                    kind, unix_nanos(when.begin), unix_nanos(when.end), attributes.list(), failed ? R"("code":2)" : "");
    ++made.spans;
    return id;
  }
  void add_call(const Trace::Call& call) {
    Attributes attributes;
    attributes.text("rpc.system", "pygmy").text("rpc.method", call.type);
    if (call.refusal) attributes.text("error.type", msg::word(*call.refusal));
    const bool failed = call.refusal && !msg::is_business(*call.refusal);
    std::vector<Interval> times{within({call.begin, call.end}, {trace_.begin, trace_.end})};
    std::vector<std::string> ids{
        add(new_span_id(trace_.ids), trace_.span_id, call.type, kClient, times[0], attributes, failed)};
    const auto bars = client::waterfall(call.spans, base::micros(times[0].end - times[0].begin));
    for (std::size_t i = 1; i < bars.size(); ++i) {
      const auto& bar = bars[i];
      const auto begin = times[0].begin + bounded(bar.begin_us);
      times.push_back(within({begin, begin + bounded(bar.us)}, times[bar.parent]));
      Attributes of_tier;
      if (const auto role = role_of(bar.tier); !role.empty()) of_tier.text("pygmy.role", role);
      ids.push_back(add(new_span_id(trace_.ids), ids[bar.parent], bar.tier, kInternal, times[i], of_tier, false));
    }
  }

  SpanText made;

 private:
  std::int64_t unix_nanos(base::Mono time) const { return (time.time_since_epoch() + wall_).count(); }
  // A process of the store may tell any number.
  static base::Duration bounded(std::uint64_t us) {
    constexpr std::uint64_t kHourUs = 3'600'000'000;
    return std::chrono::microseconds(std::min(us, kHourUs));
  }
  static Interval within(const Interval& inner, const Interval& outer) {
    const auto begin = std::clamp(inner.begin, outer.begin, outer.end);
    return {begin, std::clamp(inner.end, begin, outer.end)};
  }

  Trace& trace_;
  const base::Duration wall_;
};

}  // namespace

SpanText spans_of(Trace& trace, base::Duration wall) {
  trace.end = std::max(trace.begin, trace.end);
  Writer writer(trace, wall);
  Attributes attributes;
  attributes.text("http.request.method", trace.method)
      .text("http.route", trace.route)
      .text("url.scheme", trace.tls ? "https" : "http")
      .number("http.response.status_code", trace.status);
  const bool failed = trace.status >= kServerFault;
  if (failed) attributes.text("error.type", fmt::format("{}", trace.status));
  writer.add(trace.span_id, trace.parent_id, fmt::format("{} {}", trace.method, trace.route), kServer,
             {trace.begin, trace.end}, attributes, failed);
  for (const auto& call : trace.calls) writer.add_call(call);
  return std::move(writer.made);
}

Envelope envelope_of(const std::string& instance, const std::string& version) {
  Attributes resource;
  resource.text("service.name", "pygmy").text("service.version", version).text("service.instance.id", instance);
  return {
      fmt::format(R"({{"resourceSpans":[{{"resource":{{"attributes":{}}},"scopeSpans":[{{"scope":{{"name":"pygmy"}},)"
                  R"("spans":[)",
                  resource.list()),
      "]}]}]}"};
}

}  // namespace bridge
