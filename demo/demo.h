// `pygmy demo`: a store of its own with sample data, customers, and faults if you like. Nothing of it is kept.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace demo {

struct DemoTask {
  double rate = 50;  // requests a second
  unsigned customers = 8;
  bool faults = false;                // kills and pauses processes
  std::optional<double> minutes;      // then it ends; none: Ctrl-C ends it
  std::string catalogue;              // CSV file; empty: the sample bookstore
  std::optional<unsigned> port_base;  // none: free ports
  std::optional<std::uint64_t> seed;  // of the customers and faults; none: another one each time
  bool no_browser = false;
};

// Returns an exit code of tasks/tasks.h: kDone if no request failed and the audit found no fault.
int run_demo(const DemoTask& task);

// The sample bookstore, as CSV.
std::string_view sample();

}  // namespace demo
