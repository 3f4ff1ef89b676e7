#include "storage/snapshot_maker.h"

#include <SQLiteCpp/Backup.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "base/random.h"
#include "base/time.h"
#include "msg/sha256.h"
#include "storage/view_file.h"

namespace storage {
namespace {

constexpr int kMakerBusyMs = 1000;
constexpr std::size_t kHashStepBytes = 4 * 1024 * 1024;
constexpr base::Duration kRestMin = std::chrono::milliseconds(1);
constexpr int kNice = 5;

void read_position(SQLite::Database& view, stream::MadeSnapshot& made) {
  SQLite::Statement position(view, "SELECT store, applied FROM position");
  if (!position.executeStep()) throw std::runtime_error("this view is empty");
  made.store = std::string(bytes_of(position.getColumn(0)));
  made.seq = base::Seq(from_sql(position.getColumn(1)));
}

}  // namespace

SnapshotMaker::SnapshotMaker(std::string view, const std::string& directory)
    : view_(std::move(view)), directory_(directory), copy_(directory + "/snapshot.made") {
  std::filesystem::remove(copy_);
}

SnapshotMaker::~SnapshotMaker() { remove(); }

void SnapshotMaker::begin() {
  remove();
  thread_ = std::thread([this] { run(); });
}

void SnapshotMaker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopping_.notify_all();
  if (thread_.joinable()) thread_.join();
  stop_ = false;
  result_.reset();
}

void SnapshotMaker::remove() {
  stop();
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  std::error_code ignored;  // there may be none; a failing disk is found by the view itself
  std::filesystem::remove(copy_, ignored);
}

std::optional<base::Result<stream::MadeSnapshot>> SnapshotMaker::made() {
  const std::lock_guard lock(mutex_);
  if (!result_) return std::nullopt;
  auto result = std::exchange(result_, std::nullopt);
  if (*result) fd_ = ::open(copy_.c_str(), O_RDONLY | O_CLOEXEC);
  return result;
}

base::Result<std::string> SnapshotMaker::read(std::uint64_t offset, std::uint32_t bytes) {
  std::string part(bytes, '\0');
  const auto size = ::pread(fd_, part.data(), part.size(), static_cast<off_t>(offset));
  if (size != static_cast<ssize_t>(bytes)) return base::fail(fmt::format("{} cannot be read", copy_));
  return part;
}

void SnapshotMaker::run() {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);  // only of this thread
  auto result = [this]() -> base::Result<stream::MadeSnapshot> {
    try {
      return make();
    } catch (const std::exception& error) {
      std::error_code ignored;
      std::filesystem::remove(copy_, ignored);
      return base::fail(error.what());
    }
  }();
  const std::lock_guard lock(mutex_);
  result_ = std::move(result);
}

stream::MadeSnapshot SnapshotMaker::make() {
  if (std::filesystem::space(directory_).available < 2 * std::filesystem::file_size(view_)) {
    throw std::runtime_error(fmt::format("{} has no room for a copy of {}", directory_, view_));
  }
  stream::MadeSnapshot made{.id = base::new_key()};
  copy(made);
  hash(made);
  return made;
}

void SnapshotMaker::copy(stream::MadeSnapshot& made) {
  SQLite::Database from(view_, SQLite::OPEN_READONLY, kMakerBusyMs);
  from.exec("BEGIN");  // from the first read on, all reads see the same commit
  read_position(from, made);
  made.format = static_cast<std::uint32_t>(from.execAndGet("PRAGMA user_version").getInt());
  SQLite::Database to(copy_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  to.exec("PRAGMA journal_mode = OFF");  // if anything interrupts this, the file is removed
  to.exec("PRAGMA synchronous = OFF");
  SQLite::Backup backup(to, from);
  for (;;) {
    const auto began = base::now().mono;
    if (backup.executeStep(kPagesPerStep) == SQLITE_DONE) break;
    rest(began);
  }
}

void SnapshotMaker::hash(stream::MadeSnapshot& made) {
  std::ifstream file(copy_, std::ios::binary);
  std::string bytes(kHashStepBytes, '\0');
  msg::Sha256 hash;
  for (;;) {
    const auto began = base::now().mono;
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    hash.add({bytes.data(), static_cast<std::size_t>(file.gcount())});
    made.size += static_cast<std::uint64_t>(file.gcount());
    if (!file) break;
    rest(began);
  }
  if (file.bad() || made.size != std::filesystem::file_size(copy_)) throw std::runtime_error(copy_ + " cannot be read");
  made.sha256 = hash.finish();
}

void SnapshotMaker::rest(base::Mono began) {
  const auto worked = base::now().mono - began;
  std::unique_lock lock(mutex_);
  if (stopping_.wait_for(lock, std::max(worked / 4, kRestMin), [this] { return stop_; })) {
    throw std::runtime_error("it was stopped");
  }
}

}  // namespace storage
