#include "broker/sqlite_journal.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "base/check.h"
#include "base/file_lock.h"
#include "base/log.h"
#include "broker/journal_file.h"
#include "msg/codec.h"

namespace broker {
namespace {

[[noreturn]] void durability_in_doubt(const std::filesystem::path& file, std::string_view what) {
  base::log::error(
      "{}: {}; it is not known what of it is on the disk, so this broker stops. Make room or mend the disk; "
      "nothing that was acknowledged is lost",
      file.string(), what);
  std::_Exit(SqliteJournal::kExitDurability);
}

int make_eventfd() {
  const int fd = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (fd < 0) throw std::runtime_error(fmt::format("cannot make an eventfd: {}", std::strerror(errno)));
  return fd;
}

std::int64_t column(base::Seq seq) { return static_cast<std::int64_t>(seq.value()); }

}  // namespace

class SqliteJournal::Impl {
 public:
  explicit Impl(const std::filesystem::path& file)
      : file_(std::filesystem::absolute(file)),
        lock_(file_.parent_path() / "broker.lock"),
        writer_(open_journal(file_)),
        tail_(check_journal(writer_, file_, kVerifyBlocks)),
        reader_(file_.string(), SQLite::OPEN_READONLY),
        insert_(writer_, "INSERT INTO blocks VALUES (?, ?, ?, ?)"),
        remember_(writer_, "UPDATE meta SET control = ? WHERE id = 1"),
        select_(reader_, "SELECT bytes FROM blocks WHERE last >= ? AND first <= ? ORDER BY last"),
        event_(make_eventfd()) {
    tail_.term = raise_term(writer_, file_, tail_.term);
    reader_.setBusyTimeout(2000);
    worker_ = std::thread([this] { work(); });
  }

  ~Impl() {
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
    }
    wake_.notify_one();
    worker_.join();
    ::close(event_);
  }

  const Tail& tail() const { return tail_; }
  int fd() const { return event_; }

  void commit(Commit block) {
    {
      const std::lock_guard lock(mutex_);
      CHECK(!waiting_ && !writing_ && !done_, "block {} while another is in flight", block.no);
      waiting_ = std::move(block);
    }
    wake_.notify_one();
  }

  std::optional<base::BlockNo> completed() {
    std::uint64_t times = 0;
    if (::read(event_, &times, sizeof times) < 0 && errno != EAGAIN && errno != EINTR) {
      durability_in_doubt(file_, "the eventfd of its commits fails");
    }
    const std::lock_guard lock(mutex_);
    return std::exchange(done_, std::nullopt);
  }

  std::vector<base::Bytes> read(base::Seq from, base::Seq to, std::size_t bytes_max) {
    try {
      return select(from, to, bytes_max);
    } catch (const std::exception& error) {
      durability_in_doubt(file_, fmt::format("cannot be read: {}", error.what()));
    }
  }

 private:
  std::vector<base::Bytes> select(base::Seq from, base::Seq to, std::size_t bytes_max) {
    std::vector<base::Bytes> found;
    std::size_t bytes = 0;
    select_.bind(1, column(from));
    select_.bind(2, column(to));
    while (select_.executeStep()) {
      const auto blob = select_.getColumn(0);
      const auto size = static_cast<std::size_t>(blob.getBytes());
      if (!found.empty() && bytes + size > bytes_max) break;
      bytes += size;
      found.emplace_back(static_cast<const char*>(blob.getBlob()), size);
    }
    select_.reset();  // ends the read: an open one would keep the log from being checkpointed
    return found;
  }

  void work() {
    for (std::unique_lock lock(mutex_);;) {
      wake_.wait(lock, [this] { return waiting_ || closing_; });
      if (!waiting_) return;
      const Commit block = *std::exchange(waiting_, std::nullopt);
      writing_ = true;
      lock.unlock();
      write(block);
      lock.lock();
      writing_ = false;
      done_ = block.no;
      tell();
    }
  }

  void write(const Commit& block) {
    try {
      SQLite::Transaction transaction(writer_);
      insert_.bind(1, static_cast<std::int64_t>(block.no.value()));
      insert_.bind(2, column(block.first));
      insert_.bind(3, column(block.last));
      insert_.bindNoCopy(4, block.bytes.data(), static_cast<int>(block.bytes.size()));
      insert_.exec();
      insert_.reset();
      if (block.control) remember(*block.control);
      transaction.commit();
    } catch (const std::exception& error) {
      durability_in_doubt(file_, fmt::format("block {} could not be committed: {}", block.no, error.what()));
    }
  }

  void remember(const msg::Control& control) {
    const auto bytes = msg::encoded(control);
    remember_.bind(1, bytes.data(), static_cast<int>(bytes.size()));
    remember_.exec();
    remember_.reset();
  }

  void tell() {
    const std::uint64_t once = 1;
    if (::write(event_, &once, sizeof once) != sizeof once) {
      durability_in_doubt(file_, "the eventfd of its commits fails");
    }
  }

  const std::filesystem::path file_;
  base::FileLock lock_;
  SQLite::Database writer_;  // the worker's, once it runs
  Tail tail_;
  SQLite::Database reader_;
  SQLite::Statement insert_;
  SQLite::Statement remember_;
  SQLite::Statement select_;
  const int event_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<Commit> waiting_;
  bool writing_ = false;
  std::optional<base::BlockNo> done_;
  bool closing_ = false;
  std::thread worker_;
};

SqliteJournal::SqliteJournal(const std::filesystem::path& file) : impl_(std::make_unique<Impl>(file)) {}
SqliteJournal::~SqliteJournal() = default;

Tail SqliteJournal::tail() const { return impl_->tail(); }
void SqliteJournal::commit(Commit block) { impl_->commit(std::move(block)); }
std::vector<base::Bytes> SqliteJournal::read(base::Seq from, base::Seq to, std::size_t bytes_max) {
  return impl_->read(from, to, bytes_max);
}
int SqliteJournal::fd() const { return impl_->fd(); }
std::optional<base::BlockNo> SqliteJournal::completed() { return impl_->completed(); }

}  // namespace broker
