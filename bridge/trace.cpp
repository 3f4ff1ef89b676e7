#include "bridge/trace.h"

#include <fmt/format.h>

#include <algorithm>

namespace bridge {
namespace {

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}
bool is_zero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

}  // namespace

std::optional<TraceParent> traceparent_of(std::string_view header) {
  if (header.size() < kTraceparentBytes || header[2] != '-' || header[35] != '-' || header[52] != '-')
    return std::nullopt;
  const auto version = header.substr(0, 2);
  const auto trace = header.substr(3, 32);
  const auto parent = header.substr(36, 16);
  const auto flags = header.substr(53, 2);
  const bool has_more = header.size() > kTraceparentBytes;
  if (!is_hex(version) || version == "ff" || (has_more && (version == "00" || header[kTraceparentBytes] != '-')))
    return std::nullopt;
  if (!is_hex(trace) || is_zero(trace) || !is_hex(parent) || is_zero(parent) || !is_hex(flags)) return std::nullopt;
  const bool sampled = std::string_view("13579bdf").find(flags[1]) != std::string_view::npos;
  return TraceParent{std::string(trace), std::string(parent), sampled};
}

void Trace::called(std::string_view type, base::Mono call_begin, base::Mono call_end, const client::Answer& answer) {
  if (calls.size() >= kCallsMax) return;
  auto spans = answer.header.spans.value_or(std::vector<msg::Span>());
  if (spans.size() > kSpansMax) spans.resize(kSpansMax);
  calls.push_back({type, call_begin, call_end, std::move(spans), {}});
  if (answer.refusal) calls.back().refusal = answer.refusal->code;
}

std::string Trace::traceparent() const { return fmt::format("00-{}-{}-01", trace_id, span_id); }

std::shared_ptr<Trace> Tracer::begin(const std::optional<TraceParent>& parent, base::Mono now) {
  if (parent ? !parent->sampled : !random_.chance(part_)) return nullptr;
  if (const auto quota = rate_.ask({}, now); quota && !quota->granted) {
    ++refused_;
    return nullptr;
  }
  auto trace = std::make_shared<Trace>();
  trace->trace_id = parent ? parent->trace_id : new_span_id(random_) + new_span_id(random_);
  trace->span_id = new_span_id(random_);
  if (parent) trace->parent_id = parent->parent_id;
  trace->begin = now;
  trace->ids = base::Random(random_.next());
  return trace;
}

std::string new_span_id(base::Random& random) {
  std::uint64_t id = 0;
  while (id == 0) id = random.next();
  return fmt::format("{:016x}", id);
}

}  // namespace bridge
