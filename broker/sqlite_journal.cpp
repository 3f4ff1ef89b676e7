#include "broker/sqlite_journal.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/event_fd.h"
#include "base/file_lock.h"
#include "base/log.h"
#include "broker/block_rows.h"
#include "broker/journal_file.h"
#include "disk/checkpoints.h"
#include "disk/durable.h"
#include "disk/in_place.h"
#include "msg/codec.h"

namespace broker {
namespace {

[[noreturn]] void durability_in_doubt(const std::filesystem::path& file, std::string_view what) {
  base::log::error(
      "{}: {}; nobody knows how much of it is on the disk, so this broker stops. Make room or repair the disk; "
      "nothing that was acknowledged is lost",
      file.string(), what);
  std::_Exit(SqliteJournal::kExitDurability);
}

std::string lost_text(const std::string& fault) {
  return fmt::format(
      "{}: the journal was removed or replaced while this broker ran. No write is acknowledged any more. This process "
      "still has all that it acknowledged, and the files may end with it: before you stop it, run `pygmy backup`. Then "
      "stop the store and restore that backup into a new directory. If the files were only moved, stop the store and "
      "move them back",
      fault);
}

std::string full_text(const std::filesystem::path& file) {
  return fmt::format(
      "{}: the disk is full. Writes wait, reads go on, and nothing is lost: make room, and the writes go on by "
      "themselves",
      file.string());
}

bool is_full(const std::exception& error) {
  const auto* sqlite = dynamic_cast<const SQLite::Exception*>(&error);
  return sqlite && sqlite->getErrorCode() == SQLITE_FULL;
}

constexpr std::chrono::milliseconds kTryAgain{100};  // while the disk is full

}  // namespace

class SqliteJournal::Impl {
 public:
  explicit Impl(const std::filesystem::path& file)
      : file_(std::filesystem::absolute(file)),
        lock_(file_.parent_path() / "broker.lock"),
        writer_(open_journal(file_)),
        checkpoints_(writer_, kCheckpointPages),
        tail_(check_journal(writer_, file_, kVerifyBlocks)),
        insert_(writer_),
        trim_(writer_),
        rows_(file_) {
    tail_.term = raise_term(writer_, file_, tail_.term);
    disk::lengthen_log(file_, kLogBytes);
    in_place_.emplace(file_);
    worker_ = std::thread([this] { work(); });
  }

  ~Impl() {
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
    }
    wake_.notify_one();
    worker_.join();
  }

  const Tail& tail() const { return tail_; }
  int fd() const { return event_.fd(); }

  void commit(Commit block) {
    {
      const std::lock_guard lock(mutex_);
      CHECK(!waiting_ && !writing_ && !done_, "block {} while another is in flight", block.no);
      waiting_ = std::move(block);
    }
    wake_.notify_one();
  }

  std::optional<base::BlockNo> completed() {
    const std::lock_guard lock(mutex_);
    if (done_) event_.clear();  // it is raised under this lock, together with done_
    return std::exchange(done_, std::nullopt);
  }

  void trim(base::Seq begins) {
    {
      const std::lock_guard lock(mutex_);
      begins_ = begins;
    }
    wake_.notify_one();
  }

  std::optional<std::string> lost() const {
    const std::lock_guard lock(mutex_);
    return lost_;
  }

  std::optional<std::string> full() const {
    const std::lock_guard lock(mutex_);
    return full_ ? std::optional(full_text(file_)) : std::nullopt;
  }

  std::uint64_t checkpoints_failed() const { return checkpoints_.failed(); }

  base::Result<std::vector<base::Bytes>> read(base::Seq from, base::Seq to, std::size_t bytes_max) {
    return rows_.read(from, to, bytes_max);
  }

  Kept kept() const {
    return {file_.string(),
            "Stop the store and restore a backup that ends after it into a new directory; if there is none, make one "
            "now (pygmy backup keeps what is before it), and keep the views: they have what follows."};
  }

 private:
  void work() {
    for (std::unique_lock lock(mutex_); !lost_;) {
      wake_.wait_for(lock, disk::InPlace::kLook, [this] { return waiting_ || closing_ || begins_ || trim_.due(); });
      if (begins_) trim_.to(*std::exchange(begins_, std::nullopt));
      if (!waiting_ && closing_) return;
      const auto block = std::exchange(waiting_, std::nullopt);
      writing_ = block.has_value();
      lock.unlock();
      if (block && !write(*block)) return;
      if (!block && trim_.due()) trim();
      auto lost = find_lost();
      lock.lock();
      writing_ = false;
      lost_ = std::move(lost);
      if (!block || lost_) continue;
      done_ = block->no;
      event_.raise();
    }
  }

  // Tries until there is room for the block. Meanwhile it is a commit that takes long, whose result nobody knows yet.
  // Returns false if the journal is closed before that.
  bool write(const Commit& block) {
    while (!try_to_write(block)) {
      if (!note_full(true)) return false;
    }
    note_full(false);
    return true;
  }

  // Returns false if the disk is full, so that nothing was written.
  bool try_to_write(const Commit& block) {
    try {
      SQLite::Transaction transaction(writer_);
      insert_.insert(block.no, block.first, block.last, block.bytes);
      if (block.control) keep_control(writer_, *block.control);
      transaction.commit();
      return true;
    } catch (const std::exception& error) {
      if (is_full(error)) return false;
      durability_in_doubt(file_, fmt::format("block {} could not be committed: {}", block.no, error.what()));
    }
  }

  // Waits a while if the disk is full. Returns false if the journal is closed.
  bool note_full(bool full) {
    std::unique_lock lock(mutex_);
    if (full && !full_) base::log::error("{}", full_text(file_));
    if (!full && full_) base::log::info("{}: there is room again", file_.string());
    full_ = full;
    return !full || !wake_.wait_for(lock, kTryAgain, [this] { return closing_; });
  }

  // A block in a removed file must not be acknowledged.
  std::optional<std::string> find_lost() const {
    auto fault = in_place_->fault();
    if (!fault) return std::nullopt;
    auto text = lost_text(*fault);
    base::log::error("{}", text);
    return text;
  }

  void trim() {
    try {
      trim_.step();
      note_full(false);
    } catch (const std::exception& error) {
      if (!is_full(error)) durability_in_doubt(file_, fmt::format("could not be trimmed: {}", error.what()));
      note_full(true);
    }
  }

  const std::filesystem::path file_;
  base::FileLock lock_;
  SQLite::Database writer_;  // used by the worker once it runs
  disk::Checkpoints checkpoints_;
  Tail tail_;
  InsertRow insert_;
  TrimRows trim_;
  Rows rows_;
  std::optional<disk::InPlace> in_place_;  // made before the worker starts
  base::EventFd event_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<Commit> waiting_;
  std::optional<base::Seq> begins_;  // requested since the last step
  bool writing_ = false;
  std::optional<base::BlockNo> done_;
  std::optional<std::string> lost_;
  bool full_ = false;
  bool closing_ = false;
  std::thread worker_;
};

SqliteJournal::SqliteJournal(const std::filesystem::path& file) : impl_(std::make_unique<Impl>(file)) {}
SqliteJournal::~SqliteJournal() = default;

Tail SqliteJournal::tail() const { return impl_->tail(); }
void SqliteJournal::commit(Commit block) { impl_->commit(std::move(block)); }
base::Result<std::vector<base::Bytes>> SqliteJournal::read(base::Seq from, base::Seq to, std::size_t bytes_max) {
  return impl_->read(from, to, bytes_max);
}
Kept SqliteJournal::kept() const { return impl_->kept(); }
void SqliteJournal::trim(base::Seq begins) { impl_->trim(begins); }
std::optional<std::string> SqliteJournal::lost() const { return impl_->lost(); }
std::optional<std::string> SqliteJournal::full() const { return impl_->full(); }
std::uint64_t SqliteJournal::checkpoints_failed() const { return impl_->checkpoints_failed(); }
int SqliteJournal::fd() const { return impl_->fd(); }
std::optional<base::BlockNo> SqliteJournal::completed() { return impl_->completed(); }

}  // namespace broker
