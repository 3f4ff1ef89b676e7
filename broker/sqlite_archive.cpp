#include "broker/sqlite_archive.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>

#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <utility>

#include "base/file_lock.h"
#include "base/log.h"
#include "broker/block_rows.h"
#include "broker/journal_file.h"
#include "broker/sqlite_journal.h"
#include "disk/checkpoints.h"
#include "disk/in_place.h"

namespace broker {

namespace {

struct Row {
  base::BlockNo no;
  base::Seq first;
  base::Seq last;
  base::Bytes bytes;
};

}  // namespace

class SqliteArchive::Impl {
 public:
  explicit Impl(const std::filesystem::path& file)
      : file_(std::filesystem::absolute(file)),
        lock_(file_.parent_path() / "broker.lock"),
        writer_(open_journal(file_)),
        checkpoints_(writer_, kCheckpointPages),
        tail_(check_blocks(writer_, file_, SqliteJournal::kVerifyBlocks)),
        insert_(writer_),
        trim_(writer_),
        rows_(file_),
        in_place_(file_),
        durable_{tail_.block, tail_.hash, disk_of(writer_, file_)},
        worker_([this] { work(); }) {}

  ~Impl() {
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
    }
    changed_.notify_all();
    worker_.join();
  }

  const Tail& tail() const { return tail_; }
  Claim claim() const {
    const std::lock_guard lock(mutex_);
    return durable_;
  }

  void append(Row row) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_bytes_ < kWaitingBytesMax; });
    waiting_bytes_ += row.bytes.size();
    waiting_.push_back(std::move(row));
    changed_.notify_all();
  }

  void keep_store(const std::string& store) {
    const std::lock_guard lock(mutex_);
    store_ = store;
  }

  void trim(base::Seq begins) {
    {
      const std::lock_guard lock(mutex_);
      begins_ = begins;
    }
    changed_.notify_all();
  }

  std::uint64_t checkpoints_failed() const { return checkpoints_.failed(); }

  base::Result<std::vector<base::Bytes>> read(base::Seq from, base::Seq to, std::size_t bytes_max) {
    return rows_.read(from, to, bytes_max);
  }

  Kept kept() const {
    return {file_.string(),
            "Other brokers have it: stop this broker, move its archive.db* away, and start it again, so that it "
            "fetches all of it from them."};
  }

 private:
  [[noreturn]] void give_up(const char* why) {
    base::log::error(
        "{}: {}; a broker without its archive is useless, so this one stops. Repair the disk, or make "
        "room; what is missing is fetched again at the next start",
        file_.string(), why);
    std::_Exit(SqliteJournal::kExitDurability);
  }

  void work() {
    for (std::unique_lock lock(mutex_);;) {
      changed_.wait_for(lock, disk::InPlace::kLook,
                        [this] { return !waiting_.empty() || closing_ || begins_ || trim_.due(); });
      if (begins_) trim_.to(*std::exchange(begins_, std::nullopt));
      if (waiting_.empty()) {
        if (closing_) return;
        lock.unlock();
        if (trim_.due()) trim_step();
        require_in_place();
        lock.lock();
        continue;
      }
      const auto rows = std::exchange(waiting_, {});
      const auto store = std::exchange(store_, std::nullopt);
      waiting_bytes_ = 0;
      changed_.notify_all();
      lock.unlock();
      write(rows, store);
      lock.lock();
      durable_.block = rows.back().no;
      durable_.hash = msg::hash_of(rows.back().bytes);
    }
  }

  void trim_step() {
    try {
      trim_.step();
    } catch (const std::exception& error) {
      give_up(error.what());
    }
  }

  void write(const std::vector<Row>& rows, const std::optional<std::string>& store) {
    try {
      SQLite::Transaction transaction(writer_);
      if (store) keep_control(writer_, {.store = *store});
      for (const auto& row : rows) insert_.insert(row.no, row.first, row.last, row.bytes);
      transaction.commit();
    } catch (const std::exception& error) {
      give_up(error.what());
    }
    require_in_place();
  }

  // Checked before anything is claimed: bytes in a removed file are lost when this process ends.
  void require_in_place() {
    const auto fault = in_place_.fault();
    if (!fault) return;
    base::log::error(
        "{}: the archive was removed or replaced while this broker ran, so this one stops. Move it back if it was "
        "moved; if it is gone, what it had is fetched again at the next start",
        *fault);
    std::_Exit(SqliteJournal::kExitDurability);
  }

  const std::filesystem::path file_;
  base::FileLock lock_;
  SQLite::Database writer_;  // used by the worker once it runs
  disk::Checkpoints checkpoints_;
  const Tail tail_;
  InsertRow insert_;
  TrimRows trim_;
  Rows rows_;
  const disk::InPlace in_place_;

  mutable std::mutex mutex_;  // guards the members below
  Claim durable_;
  std::condition_variable changed_;
  std::vector<Row> waiting_;
  std::optional<std::string> store_;  // kept with the next rows
  std::optional<base::Seq> begins_;   // requested since the last step
  std::size_t waiting_bytes_ = 0;
  bool closing_ = false;
  std::thread worker_;
};

SqliteArchive::SqliteArchive(const std::filesystem::path& file) : impl_(std::make_unique<Impl>(file)) {}
SqliteArchive::~SqliteArchive() = default;

Tail SqliteArchive::tail() const { return impl_->tail(); }
void SqliteArchive::append(base::BlockNo no, base::Seq first, base::Seq last, base::Bytes bytes) {
  impl_->append({no, first, last, std::move(bytes)});
}
void SqliteArchive::keep_store(const std::string& store) { impl_->keep_store(store); }
base::Result<std::vector<base::Bytes>> SqliteArchive::read(base::Seq from, base::Seq to, std::size_t bytes_max) {
  return impl_->read(from, to, bytes_max);
}
Kept SqliteArchive::kept() const { return impl_->kept(); }
void SqliteArchive::trim(base::Seq begins) { impl_->trim(begins); }
std::uint64_t SqliteArchive::checkpoints_failed() const { return impl_->checkpoints_failed(); }
Claim SqliteArchive::claim() const { return impl_->claim(); }

}  // namespace broker
