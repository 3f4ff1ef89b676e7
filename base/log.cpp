#include "base/log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <system_error>
#include <utility>

#include "base/text.h"
#include "base/time_text.h"

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
    made->set_pattern("%v");
    return made;
  }();
  return instance;
}

// A message stays one line, although it may quote bytes from outside: a control character in them would end the line or
// control a terminal. In JSON quotes and backslashes are escaped, too.
std::string escaped(std::string_view text, bool json) {
  if (!json) return shown(text);
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return shown(out);
}

std::string_view word_of(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarn:
      return "warning";
    case Level::kError:
      return "error";
    case Level::kOff:
      return "off";
  }
  return "off";
}

// The level as syslog(3) numbers it, between angle brackets.
std::string_view journal_prefix_of(Level level) {
  switch (level) {
    case Level::kDebug:
      return "<7>";
    case Level::kInfo:
      return "<6>";
    case Level::kWarn:
      return "<4>";
    case Level::kError:
    case Level::kOff:
      return "<3>";
  }
  return "<3>";
}

// systemd names the socket of its journal by device and inode. A child may have inherited the variable and not the
// socket.
bool is_journal(int fd) {
  const char* named = std::getenv("JOURNAL_STREAM");
  struct stat file {};
  return named && ::fstat(fd, &file) == 0 && fmt::format("{}:{}", file.st_dev, file.st_ino) == named;
}

// How lines look, and the files that they go to.
struct Shape {
  std::string instance = "pygmy";
  bool json = false;
  std::map<int, std::string> files;  // by descriptor: those of standard output and standard error that are files
  bool to_journal = false;
};
Shape& shape() {
  static Shape instance;
  return instance;
}

// Empty: the descriptor is no file, or a file without a name.
std::string path_of(int fd) {
  struct stat file {};
  if (::fstat(fd, &file) != 0 || !S_ISREG(file.st_mode) || file.st_nlink == 0) return {};
  std::error_code error;
  const auto path = std::filesystem::read_symlink(fmt::format("/proc/self/fd/{}", fd), error);
  return error ? std::string() : path.string();
}

}  // namespace

Level level_of(std::string_view word) {
  for (const auto level : {Level::kDebug, Level::kInfo, Level::kError}) {
    if (word == word_of(level)) return level;
  }
  return Level::kWarn;
}

void start(Level level, const std::string& instance, bool json) {
  shape() = {instance, json, {}, is_journal(STDERR_FILENO)};
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
    if (auto path = path_of(fd); !path.empty()) shape().files[fd] = std::move(path);
  }
  logger()->set_level(to_spdlog(level));
  logger()->flush_on(spdlog::level::debug);
}

bool is_to_file() { return shape().files.count(STDERR_FILENO) != 0; }

void reopen() {
  for (const auto& [fd, path] : shape().files) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (file < 0) continue;
    ::dup2(file, fd);
    ::close(file);
  }
}

std::string line(Level level, std::string_view message) {
  const auto time = instant_text(now().wall);
  const auto& [instance, json, files, to_journal] = shape();
  if (!json) return fmt::format("{} {:<5} {} | {}", time, word_of(level), instance, escaped(message, false));
  return fmt::format(R"({{"time":"{}","level":"{}","instance":"{}","message":"{}"}})", time, word_of(level),
                     escaped(instance, true), escaped(message, true));
}

void write(Level level, std::string_view message) {
  const auto prefix = shape().to_journal ? journal_prefix_of(level) : "";
  logger()->log(to_spdlog(level), "{}{}", prefix, line(level, message));
}

bool enabled(Level level) { return logger()->should_log(to_spdlog(level)); }

}  // namespace base::log
