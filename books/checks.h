// The checks that audit, backup, rescue and verify make, and their faults.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace books {

struct Check {
  std::string name;
  bool ok = false;
  std::string detail;
  bool looked = true;  // otherwise nothing was checked, and `detail` says why; then it is not ok
};

// Counts the faults of one check and keeps the first one as an example.
struct Faults {
  std::uint64_t count = 0;
  std::string first;

  void add(std::string example) {
    if (count++ == 0) first = std::move(example);
  }
  Check check(std::string name, std::string when_ok) const;
};

void print_checks(const std::vector<Check>& checks, bool json);

}  // namespace books
