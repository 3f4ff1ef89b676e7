// Spans in the JSON form of OTLP 1 (the OpenTelemetry protocol): ids in hex, 64-bit numbers as text, enums as numbers.
//
// A trace has a SERVER span for the HTTP request, a CLIENT span for each request to the store, and in it an INTERNAL
// span for each tier that had it. All times come from this bridge's clock and from durations, so they never compare the
// clocks of two machines; client/waterfall.h says where a tier's span lies. A span never reaches beyond its parent.
//
// The attributes are the semantic conventions' where there is one. A span holds no path, no query, no body, no key, no
// name of a customer and no address: only the route, statuses, request types and times.
//
// Pure. Tests: tests/bridge/otlp_test.cpp
#pragma once

#include <cstddef>
#include <string>

#include "bridge/trace.h"

namespace bridge {

struct SpanText {
  std::string text;  // JSON objects, separated by commas
  std::size_t spans = 0;
};
// `wall`: the time since 1970 of the zero of the trace's clock.
SpanText spans_of(Trace& trace, base::Duration wall);

// The body of a request to a collector is `head`, spans separated by commas, and `tail`.
struct Envelope {
  std::string head;
  std::string tail;
};
Envelope envelope_of(const std::string& instance, const std::string& version);

}  // namespace bridge
