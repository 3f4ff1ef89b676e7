// The log: one line for each event, on standard error.
//
// The only door to spdlog. A line is `time level instance | message`; the time is UTC, with its date:
// 2026-11-27T15:44:24.123Z. If standard error is systemd's journal, `<N>` before the line tells it the level
// (sd-daemon(3)). Never log a secret. Events that the outside can
// cause in floods (bad frames, refusals) are counted, and logged through a Throttle.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <string_view>

#include "base/time.h"

namespace base::log {

enum class Level { kDebug, kInfo, kWarn, kError, kOff };

Level level_of(std::string_view word);  // debug, info, warn or error

// Call it before anything logs. `instance` names this process, e.g. "order-2".
void start(Level level, const std::string& instance, bool json = false);

// Returns whether standard error was a file when the log started.
bool is_to_file();
// Opens the files anew that standard error and standard output were at the start, under the names that they had then.
// So the old files can be renamed while the process runs.
void reopen();

// Returns a line as the log has it, without its end, for output that is no log but is to look like one.
std::string line(Level level, std::string_view message);
void write(Level level, std::string_view message);
bool enabled(Level level);

template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::kDebug)) write(Level::kDebug, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::kInfo)) write(Level::kInfo, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::kWarn)) write(Level::kWarn, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::kError)) write(Level::kError, fmt::format(format, std::forward<Args>(args)...));
}

// Passes at most one line a second. Use one for each kind of message that the outside can cause.
class Throttle {
 public:
  bool pass(Mono now) {
    if (now < next_) return false;
    next_ = now + std::chrono::seconds(1);
    return true;
  }

 private:
  Mono next_{};
};

}  // namespace base::log
