#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

#include "base/text.h"

namespace base::log {
namespace {

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarn:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
    case Level::kOff:
      return spdlog::level::off;
  }
  return spdlog::level::off;
}

std::shared_ptr<spdlog::logger>& logger() {
  static std::shared_ptr<spdlog::logger> instance = [] {
    auto made = spdlog::stderr_logger_mt("pygmy");
    made->set_level(spdlog::level::warn);
    return made;
  }();
  return instance;
}

// A message stays one line, although it may quote bytes from outside. spdlog's pattern does not escape the message, so
// this escapes it for JSON, too.
std::string escaped(std::string_view text, bool json) {
  if (!json) return shown(text);
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return shown(out);
}

bool& as_json() {
  static bool json = false;
  return json;
}

}  // namespace

void start(Level level, const std::string& instance, bool json) {
  as_json() = json;
  logger()->set_level(to_spdlog(level));
  logger()->flush_on(spdlog::level::debug);
  logger()->set_pattern(json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l","instance":")" +
                                   escaped(instance, true) + R"(","message":"%v"})"
                             : "%H:%M:%S.%e %-5l " + instance + " | %v");
}

void write(Level level, std::string_view message) {
  logger()->log(to_spdlog(level), "{}", escaped(message, as_json()));
}

bool enabled(Level level) { return logger()->should_log(to_spdlog(level)); }

}  // namespace base::log
