// The report of a run: as one JSON object, and for people.
#pragma once

#include "load/load.h"
#include "load/tally.h"

namespace load {

tasks::Json report_of(const BenchTask& task, const Tally& tally);
void print_report(const tasks::Json& report);

// Shows how far a run is, in one line that each call replaces, if standard error is a terminal.
class Progress {
 public:
  Progress();

  // `ops` and `errors` since the start.
  void show(base::Duration passed, std::uint64_t ops, std::uint64_t errors);
  void clear() const;

 private:
  bool shown_;
  std::uint64_t ops_before_ = 0;
};

}  // namespace load
