// `pygmy logs`: shows the logs of an `up` as one, in the order of their times.
//
// Bounds: it reads the last kTailBytes of each log at most, and a line of at most as much. Tests:
// tests/up/logs_test.cpp, tests/process/test_logs.py.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace up {

struct LogsOptions {
  std::vector<std::string> instances;  // empty: all
  std::string data = "./data";
  bool follow = false;  // waits for new lines until interrupted
  std::uint64_t lines = 100;
};

// Returns an exit code of tasks/tasks.h.
int run_logs(const LogsOptions& options);

// Returns the time of a line of a log, plain or in JSON: "2026-11-27T15:44:24.123". Empty: the line has none.
std::string time_in(const std::string& line);

// A log that is read while its process writes it. It may be emptied, and it may be renamed and begun anew.
class LogReader {
 public:
  static constexpr std::uint64_t kTailBytes = 8 * 1024 * 1024;

  explicit LogReader(std::string path);
  ~LogReader();
  LogReader(LogReader&& other) noexcept;
  LogReader(const LogReader&) = delete;
  LogReader& operator=(const LogReader&) = delete;

  // Returns the complete lines that came since the last call; at the first call, those of the last kTailBytes.
  std::vector<std::string> read();

 private:
  void open(std::uint64_t tail_bytes);
  bool was_replaced() const;
  void read_to_end(std::vector<std::string>& lines);

  std::string path_;
  int fd_ = -1;
  std::uint64_t offset_ = 0;
  std::string part_;  // of a line whose end is not written yet
};

}  // namespace up
