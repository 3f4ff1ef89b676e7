// Exporter: sends spans to a collector of OpenTelemetry over HTTP, on a thread of its own, so that no answer of the
// bridge waits for it (docs/adr/0061-traces-for-a-collector.md). SpanQueue decides what is sent when; bridge/post.h
// sends it.
//
// A change between taken and not taken is logged once. Errors: the constructor throws std::runtime_error with a line
// that says what to do. Threads: add() and figures() may be called by any. Tests: tests/process/test_otlp.py
#pragma once

#include <memory>
#include <string>

#include "bridge/span_queue.h"

namespace bridge {

struct ExportOptions {
  std::string url;  // of the collector; without a path: at /v1/traces. Empty: nothing is exported
  double part = 0;  // of the requests without a traceparent, 0 to 1
  std::string instance;
  std::string version;
};

class Exporter {
 public:
  static constexpr base::Duration kTime = std::chrono::seconds(10);  // for one batch
  static constexpr base::Duration kEnd = std::chrono::seconds(1);

  explicit Exporter(const ExportOptions& options);
  ~Exporter();
  Exporter(const Exporter&) = delete;
  Exporter& operator=(const Exporter&) = delete;

  void start();
  void add(SpanText spans);
  Exported figures() const;
  // Sends what is left, for at most kEnd, and ends the thread. Only after start(), and once.
  void finish();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Throws std::runtime_error that says what is wrong with the URL. `url`: may be empty.
void require_collector(const std::string& url);

// The time since 1970 of the zero of base::BootClock.
base::Duration wall_of_clock();

}  // namespace bridge
