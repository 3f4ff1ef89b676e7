// Tracer: decides which HTTP requests are traced for a collector (docs/adr/0061-traces-for-a-collector.md). Trace: what
// is noted of such a request until its answer leaves.
//
// A request with a valid `traceparent` (W3C Trace Context) continues that trace, and its flag decides. Of the others
// the given part is traced. The flag is a stranger's word: no more than kTracesPerSecond begin in a second.
//
// Pure. Threads: none; owned by the server's thread. Tests: tests/bridge/trace_test.cpp
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/rate.h"
#include "base/time.h"
#include "client/core.h"

namespace bridge {

constexpr std::size_t kTraceparentBytes = 55;  // of version 00

struct TraceParent {
  std::string trace_id;   // 32 hex digits, not all 0
  std::string parent_id;  // 16 hex digits, not all 0
  bool sampled = false;
};
// Reads a traceparent header. Of a version that it does not know it reads the parts of version 00, as the
// specification says. Returns nothing if the header is not valid.
std::optional<TraceParent> traceparent_of(std::string_view header);

struct Trace {
  // One request to the store.
  struct Call {
    std::string_view type;
    base::Mono begin{};
    base::Mono end{};
    std::vector<msg::Span> spans;
    std::optional<msg::Code> refusal;
  };
  static constexpr std::size_t kCallsMax = 16;  // more calls of a request are not noted
  static constexpr std::size_t kSpansMax = 32;  // of one call

  std::string trace_id;
  std::string span_id;    // of the HTTP request
  std::string parent_id;  // empty: the trace begins here
  std::string method;
  std::string_view route;  // as in the table of routes
  bool tls = false;
  base::Mono begin{};
  base::Mono end{};
  unsigned status = 0;
  std::vector<Call> calls;
  base::Random ids{0};

  void called(std::string_view type, base::Mono begin, base::Mono end, const client::Answer& answer);
  // The header that names this request as the parent.
  std::string traceparent() const;
};

class Tracer {
 public:
  static constexpr std::uint32_t kTracesPerSecond = 100;
  static constexpr std::uint32_t kTracesAtOnce = 200;

  // `part`: of the requests without a traceparent, 0 to 1.
  Tracer(double part, std::uint64_t seed) : part_(part), random_(seed) {}

  // Returns null if the request is not traced.
  std::shared_ptr<Trace> begin(const std::optional<TraceParent>& parent, base::Mono now);
  std::uint64_t refused() const { return refused_; }  // traces beyond kTracesPerSecond

 private:
  double part_;
  base::Random random_;
  base::Rate rate_{kTracesPerSecond, kTracesAtOnce};
  std::uint64_t refused_ = 0;
};

// 16 hex digits, not all 0.
std::string new_span_id(base::Random& random);

}  // namespace bridge
