#include "up/logs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

#include "base/print.h"
#include "tasks/output.h"

namespace up {
namespace {

namespace fs = std::filesystem;

constexpr auto kReadAgain = std::chrono::milliseconds(200);
constexpr std::size_t kReadBytes = 64 * 1024;

struct Line {
  std::string time;
  std::string text;
};

// The logs in a directory, with the names of their processes.
class Logs {
 public:
  explicit Logs(const LogsOptions& options) : options_(options), directory_(options.data + "/log") {}

  // Opens the logs that are new. Returns the names of all.
  const std::set<std::string>& look() {
    std::error_code error;
    for (const auto& file : fs::directory_iterator(directory_, error)) {
      const auto instance = file.path().stem().string();
      const auto& wanted = options_.instances;
      const bool is_wanted = wanted.empty() || std::find(wanted.begin(), wanted.end(), instance) != wanted.end();
      if (file.path().extension() != ".log" || !names_.insert(instance).second || !is_wanted) continue;
      readers_.emplace_back(file.path().string());
    }
    return names_;
  }

  // Returns the new lines of all logs by time. A line without a time stays behind the line before it.
  std::vector<Line> read() {
    std::vector<Line> lines;
    for (auto& reader : readers_) {
      std::string time;
      for (auto& text : reader.read()) {
        if (auto own = time_in(text); !own.empty()) time = std::move(own);
        lines.push_back({time, std::move(text)});
      }
    }
    std::stable_sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) { return a.time < b.time; });
    return lines;
  }

 private:
  const LogsOptions& options_;
  std::string directory_;
  std::set<std::string> names_;
  std::vector<LogReader> readers_;
};

std::string fault_of(const LogsOptions& options, const std::set<std::string>& names) {
  if (names.empty()) {
    return fmt::format("there are no logs in {}/log: name the data directory of a `pygmy up` with --data",
                       options.data);
  }
  for (const auto& instance : options.instances) {
    if (names.count(instance) == 0) {
      return fmt::format("there is no log of '{}' in {}/log, but of: {}", instance, options.data,
                         fmt::join(names, ", "));
    }
  }
  return {};
}

}  // namespace

std::string time_in(const std::string& line) {
  constexpr std::size_t kTimeBytes = 23;  // up to the milliseconds
  std::size_t at = 0;
  for (const std::string name : {R"("time":")", R"("ts":")"}) {
    if (const auto found = line.find(name); line.front() == '{' && found != std::string::npos) at = found + name.size();
  }
  const auto time = line.substr(at, kTimeBytes);
  const bool is_time = time.size() == kTimeBytes && time[4] == '-' && time[10] == 'T' && time[19] == '.' &&
                       std::all_of(time.begin(), time.begin() + 4, [](char c) { return c >= '0' && c <= '9'; });
  return is_time ? time : std::string();
}

LogReader::LogReader(std::string path) : path_(std::move(path)) { open(kTailBytes); }

LogReader::~LogReader() {
  if (fd_ >= 0) ::close(fd_);
}

LogReader::LogReader(LogReader&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      offset_(other.offset_),
      part_(std::move(other.part_)) {}

// Begins `tail_bytes` before the end of the file, but not within a line.
void LogReader::open(std::uint64_t tail_bytes) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  offset_ = 0;
  part_.clear();
  struct stat file {};
  if (fd_ < 0 || ::fstat(fd_, &file) != 0) return;
  const auto bytes = static_cast<std::uint64_t>(file.st_size);
  if (bytes <= tail_bytes) return;
  offset_ = bytes - tail_bytes;
  char c = 0;
  while (::pread(fd_, &c, 1, static_cast<off_t>(offset_++)) == 1 && c != '\n') {
  }
}

bool LogReader::was_replaced() const {
  struct stat there {};
  struct stat mine {};
  if (::stat(path_.c_str(), &there) != 0) return false;
  return fd_ < 0 || ::fstat(fd_, &mine) != 0 || there.st_ino != mine.st_ino || there.st_dev != mine.st_dev;
}

void LogReader::read_to_end(std::vector<std::string>& lines) {
  struct stat file {};
  if (fd_ < 0 || ::fstat(fd_, &file) != 0) return;
  if (static_cast<std::uint64_t>(file.st_size) < offset_) offset_ = 0;  // it was emptied
  std::string bytes(kReadBytes, '\0');
  for (ssize_t count = 0; (count = ::pread(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset_))) > 0;) {
    offset_ += static_cast<std::uint64_t>(count);
    part_.append(bytes, 0, static_cast<std::size_t>(count));
    std::size_t begin = 0;
    for (auto end = part_.find('\n'); end != std::string::npos; end = part_.find('\n', begin)) {
      if (end > begin) lines.push_back(part_.substr(begin, end - begin));
      begin = end + 1;
    }
    part_.erase(0, begin);
    if (part_.size() > kTailBytes) part_.clear();
  }
}

std::vector<std::string> LogReader::read() {
  std::vector<std::string> lines;
  const bool replaced = was_replaced();
  read_to_end(lines);
  if (replaced) {
    open(kTailBytes);
    read_to_end(lines);
  }
  return lines;
}

int run_logs(const LogsOptions& options) {
  Logs logs(options);
  if (const auto fault = fault_of(options, logs.look()); !fault.empty()) return tasks::refuse(fault, false);
  auto lines = logs.read();
  if (lines.size() > options.lines) {
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(options.lines));
  }
  for (;;) {
    for (const auto& line : lines) base::print("{}\n", line.text);
    if (!options.follow) return tasks::kDone;
    tasks::flush_output();
    std::this_thread::sleep_for(kReadAgain);
    logs.look();
    lines = logs.read();
  }
}

}  // namespace up
