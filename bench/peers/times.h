// The times of a load in a closed loop, and the line that tells them: JSON, as the other programs of bench/ print it.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

namespace peers {

using Clock = std::chrono::steady_clock;

class Times {
 public:
  void add(Clock::time_point sent) {
    micros_.push_back(std::chrono::duration<double, std::micro>(Clock::now() - sent).count());
  }
  void print(double seconds) {
    std::sort(micros_.begin(), micros_.end());
    std::printf("{\"ops_s\": %.0f, \"p50_us\": %.1f, \"p99_us\": %.1f}\n",
                static_cast<double>(micros_.size()) / seconds, at(0.5), at(0.99));
  }

 private:
  double at(double part) const {
    return micros_.empty() ? 0 : micros_[static_cast<std::size_t>(part * static_cast<double>(micros_.size() - 1))];
  }
  std::vector<double> micros_;
};

}  // namespace peers
